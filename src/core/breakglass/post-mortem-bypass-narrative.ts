import { code, plain, tableOf } from './narrative-markdown.ts'
import type { PostMortemFacts } from './narrative-facts.ts'
import type { Roles } from './narrative-roles.ts'
import { countText, whyText, type BypassFacts } from './post-mortem-bypass-facts.ts'

/** What stands in place of a grant in the page about a bypass. */
export function bypassFactRows(
  bypass: BypassFacts,
  { due }: Pick<PostMortemFacts, 'due'>,
  roles: Roles,
): readonly (readonly string[])[] {
  return [
    ['Actor', roles.of({ role: 'actor', name: bypass.actor })],
    ['Between', `${plain(bypass.from)} and ${plain(bypass.to)}`],
    ['Writes', countText(bypass)],
    ['Draft due', due.draft ?? 'no date'],
    ['Review due', due.review ?? 'no date'],
  ]
}

export const bypassWhy: readonly string[] = [
  '## Why nobody was asked',
  '',
  '- [ ] the webhook configuration was taken away, or changed',
  '- [ ] the webhook did not answer, and the configuration let that pass',
  '- [ ] somebody acted under a name that may write',
  '- [ ] another reason:',
]

export function bypassChanges(bypass: BypassFacts, roles: Roles): readonly string[] {
  const rows = bypass.writes.map((write) => [
    plain(write.time),
    plain(write.verb),
    code(write.target),
    String(write.code),
    plain(roles.without(whyText(write))),
  ])
  const more = bypass.count - bypass.writes.length
  return [
    ...tableOf(['Time', 'Verb', 'Object', 'Code', 'Why'], rows),
    ...(more > 0
      ? ['', `${more} more are only counted: the audit log of the API server has them.`]
      : []),
    '',
    'What became of each of them in Git is for the review to say.',
  ]
}
