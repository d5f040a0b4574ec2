import type { PostMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { isActor } from '../../core/breakglass/post-mortem-bypass.ts'

type Asked = Pick<
  PostMortemFacts,
  'name' | 'grant' | 'phase' | 'openBecause' | 'holder' | 'review' | 'bypass'
>

/** Nobody judges what may still go on, nor what is their own. Undefined if `username` can close it. */
export function whyNotClosable(facts: Asked, username: string): string | undefined {
  const { name, grant, phase, openBecause, holder, review, bypass } = facts
  if (phase === 'Closed') return `${name} is closed already: ${review?.verdict ?? 'unused'}`
  if (holder === username) {
    return `nobody reviews their own grant: somebody other than ${holder} closes ${name}`
  }
  if (isActor(bypass?.actor, username)) {
    return `nobody reviews their own writes: somebody other than ${username} closes ${name}`
  }
  if (phase === 'Resolved') return undefined
  const why = openBecause ?? 'the controller has not looked at it yet'
  if (bypass !== null) return `${name} is not resolved: ${why}`
  return `${name} is not resolved: ${why}\nHow each use stands: kubectl breakglass diff ${grant}`
}
