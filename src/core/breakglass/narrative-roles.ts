import type { PostMortemFacts } from './narrative-facts.ts'
import type { Person } from './narrative-timeline.ts'

/** People by what they did; who they are is in the records of the cluster. */
export interface Roles {
  of(person: Person): string
  /** A text without the names that are known. */
  without(text: string): string
}

const words: Readonly<Record<Person['role'], string>> = {
  holder: 'the on-call engineer',
  approver: 'an approver',
  revoker: 'somebody who revoked it',
  reviewer: 'the reviewer',
  actor: 'the actor',
}

export function rolesIn({ holder, approvers, timeline, review, bypass }: PostMortemFacts): Roles {
  const byName = new Map<string, string>()
  const add = (name: string, word: string) => {
    if (name !== '' && !byName.has(name)) byName.set(name, word)
  }
  add(holder ?? '', words.holder)
  add(bypass?.actor ?? '', words.actor)
  for (const [i, name] of approvers.entries()) add(name, `approver ${i + 1}`)
  for (const { by } of timeline) if (by !== null) add(by.name, words[by.role])
  add(review?.by ?? '', words.reviewer)
  const spellings = [...byName].flatMap(([name, word]) =>
    spellingsOf(name).map((spelling) => [spelling, word] as const),
  )
  return {
    of: ({ name, role }) => byName.get(name) ?? words[role],
    without: (text) =>
      spellings.reduce((clean, [spelling, word]) => replaced(clean, spelling, word), text),
  }
}

const shortest = 3

/** Also `alice` of `alice@acme.example` and of `oidc:alice`: that is how people write it. */
function spellingsOf(name: string): readonly string[] {
  const short = (name.split('@')[0] ?? '').split(':').at(-1) ?? ''
  return [name, short].filter(({ length }) => length >= shortest)
}

function replaced(text: string, name: string, word: string): string {
  const pattern = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
  const whole = new RegExp(String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`, 'giu')
  return text.replaceAll(whole, () => word)
}
