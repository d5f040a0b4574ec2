import type { DeclaredObject } from '../provenance/declarations.ts'
import type { Case } from './case.ts'
import { proposal } from './way-out-proposal.ts'
import { wayOut } from './way-out.ts'

/** What answers from memory is told; a message is not worth waiting for. */
const atOnce = AbortSignal.abort()

/** Why a human may not, where the change belongs, and what to do in an emergency. */
export async function humanMessage(one: Case): Promise<string> {
  const found = await findDeclaration(one)
  const match = await one.exception()
  const reach = match.kind === 'not-covered' ? (match.reach() ?? '') : ''
  const place = placeInGit(one, found)
  const command = wayOut(one)
  // Half a command is worse than none.
  const shown = place.length + command.length < room ? command : ''
  const commit = proposal(one, found?.object)
  const told = place.length + shown.length + commit.length < room ? commit : ''
  return [place, told, shown, posing(one), reach].filter((part) => part !== '').join(' ')
}

/** What the limit of a denial leaves for the most important, in characters. */
const room = 900

function placeInGit(one: Case, found: Found | undefined): string {
  if (found !== undefined) {
    const { repository, file } = found.object
    return `${one.title} is declared in ${repository}:${file} (${found.branch}). Change it there.`
  }
  if (isAct(one)) {
    return `${one.title} is not declared in Git, and no commit can be: only an exception of the policy allows it.`
  }
  const repositories = one.policy.spec.repositories.map(({ name }) => name)
  if (repositories.length === 0) {
    return `${one.title} is not declared in Git: the policy names no repository yet.`
  }
  return `${one.title} is not declared in Git. Declare it in ${repositories.slice(0, 5).join(' or ')}.`
}

/** Something done to an object rather than said of it: exec, eviction, a token. */
function isAct({ request }: Case): boolean {
  const { operation, subresource } = request
  return operation === 'CONNECT' || (subresource !== '' && subresource !== 'scale')
}

interface Found {
  readonly object: DeclaredObject
  readonly branch: string
}

async function findDeclaration(one: Case): Promise<Found | undefined> {
  const { target, declarations } = one
  if (target === undefined) return undefined
  for (const { name: repository } of one.policy.spec.repositories) {
    for (const { branch, commit } of one.repositories.get(repository)?.tips() ?? []) {
      const query = { repository, commit, branches: [branch], id: target }
      const declared = await declarations.find(query, atOnce).catch(() => undefined)
      if (declared?.kind === 'declared') return { object: declared.object, branch }
    }
  }
  return undefined
}

function posing({ who, request }: Case): string {
  if (who.kind !== 'human' || who.posesAs === undefined) return ''
  const name = request.user.username.slice(0, 120)
  return `${name} is the name of writer ${who.posesAs.name}, but this request does not carry its token.`
}
