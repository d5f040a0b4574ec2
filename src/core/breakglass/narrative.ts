import type { DiffRow } from './diff.ts'
import type { PostMortemFacts } from './narrative-facts.ts'
import { code, plain, tableOf } from './narrative-markdown.ts'
import { rolesIn, type Roles } from './narrative-roles.ts'
import { resolutionText, type UseFacts } from './narrative-uses.ts'
import { bypassChanges, bypassFactRows, bypassWhy } from './post-mortem-bypass-narrative.ts'

/**
 * The post-mortem as a page for the repository: what is known is filled in, what people have to say is
 * asked for. Blameless: whoever took part is named by role.
 */
export function narrativeOf(facts: PostMortemFacts): string {
  const roles = rolesIn(facts)
  const sections: readonly (readonly string[])[] = [
    [`# Post-mortem ${plain(facts.name)}`, ...howTo],
    tableOf(['Fact', ''], factRows(facts, roles)),
    whyLines(facts, roles),
    ['## Timeline', '', ...tableOf(['Time', 'What', 'By'], timelineRows(facts, roles))],
    ['## Changes', '', ...changes(facts, roles)],
    ...questions,
    ['## Review', '', ...reviewLines(facts, roles)],
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function whyLines({ bypass, reason }: PostMortemFacts, roles: Roles): readonly string[] {
  if (bypass !== null) return bypassWhy
  return ['## Why the glass was broken', '', `> ${plain(roles.without(reason ?? ''))}`]
}

const howTo = [
  '',
  'Made by `solewriter postmortem show -o markdown`. Roles stand for people here; who they are is in the',
  'records of the cluster. The facts are filled in: the rest is for those who took part.',
]

function factRows(facts: PostMortemFacts, roles: Roles): readonly (readonly string[])[] {
  const { incident, grant, grantPhase, activatedAt, expiresAt, due, uses, bypass } = facts
  if (bypass !== null) return bypassFactRows(bypass, facts, roles)
  const open = uses.filter(({ resolution }) => resolution === null).length
  return [
    ['Incident', incident === null ? 'not known' : code(incident)],
    ['Grant', `${code(grant)}${grantPhase === null ? '' : `, ${plain(grantPhase)}`}`],
    ['Holder', roles.of({ role: 'holder', name: facts.holder ?? '' })],
    ['Approved by', consentText(facts, roles)],
    ['Active', activatedAt === null ? 'never' : `${activatedAt} to ${expiresAt ?? 'no end'}`],
    ['Uses', `${uses.length}, ${open === 0 ? 'none open' : `${open} open`}`],
    ['Draft due', due.draft ?? 'no date'],
    ['Review due', due.review ?? 'no date'],
  ]
}

function consentText({ approvers, skippedApprovers }: PostMortemFacts, roles: Roles): string {
  const consent = approvers.map((name) => roles.of({ role: 'approver', name }))
  const skipped =
    skippedApprovers.length === 0
      ? []
      : [`not waited for: ${skippedApprovers.map(code).join(', ')}`]
  return [consent.length === 0 ? 'nobody' : consent.join(', '), ...skipped].join('; ')
}

function timelineRows({ timeline }: PostMortemFacts, roles: Roles): readonly (readonly string[])[] {
  return timeline.map(({ time, what, by }) => [
    plain(time),
    plain(what),
    by === null ? '' : roles.of(by),
  ])
}

function changes({ uses, bypass }: PostMortemFacts, roles: Roles): readonly string[] {
  if (bypass !== null) return bypassChanges(bypass, roles)
  if (uses.length === 0) return ['Nothing was written under the grant.']
  return uses.flatMap((use, i) => [...(i === 0 ? [] : ['']), ...changesOf(use)])
}

function changesOf(use: UseFacts): readonly string[] {
  const { n, operation, target, diff, diffTruncated, decisionId, program } = use
  const rows = diff.filter(({ path }) => path !== '*').map(diffRow)
  return [
    `### Use ${n}: ${plain(operation)} ${code(target)}`,
    '',
    `${stateText(use)}. Decision ${code(decisionId)}.`,
    ...(use.unnecessary
      ? ['Git declared the same already: the glass need not have been broken.']
      : []),
    ...(program === null ? [] : [`It started ${code(program)}.`]),
    ...(rows.length === 0 ? [] : ['', ...tableOf(['', 'Field', 'Before', 'After'], rows)]),
    ...(diffTruncated ? ['', 'There was more than is kept.'] : []),
  ]
}

function stateText({ state, resolution }: UseFacts): string {
  if (resolution === null) return `${plain(state)}, open`
  return `${plain(state)}, ${plain(resolutionText(resolution))}`
}

const signs: Readonly<Record<DiffRow['op'], string>> = {
  add: 'added',
  remove: 'removed',
  replace: 'changed',
}

function diffRow({ op, path, from, value, hidden }: DiffRow): readonly string[] {
  const cell = (text: string | undefined) => (text === undefined ? '' : code(text))
  const why = hidden === undefined ? undefined : `(${hidden.toLowerCase()})`
  return [
    signs[op],
    code(path),
    op === 'add' ? '' : (why ?? cell(from)),
    op === 'remove' ? '' : (why ?? cell(value)),
  ]
}

const questions: readonly (readonly string[])[] = [
  [
    '## Why was Git not usable?',
    '',
    '- [ ] the GitOps engine was down',
    '- [ ] the repository was down',
    '- [ ] review would have taken too long',
    '- [ ] CI was red',
    '- [ ] what had to change is not in Git',
    '- [ ] another reason:',
  ],
  ['## Impact', '', '_Who noticed what, from when to when?_'],
  ['## Contributing factors', '', '_What made it possible, and what made it worse?_'],
  ['## What went well', '', '-'],
  ['## What went badly', '', '-'],
  ['## Where we were lucky', '', '-'],
  [
    '## Actions',
    '',
    '_At least one that prevents it, or why there is none._',
    '',
    ...tableOf(['Action', 'Kind', 'Owner', 'Due', 'Ticket'], [['', 'prevent', '', '', '']]),
  ],
]

function reviewLines({ review, bypass }: PostMortemFacts, roles: Roles): readonly string[] {
  const about = bypass === null ? 'the on-call engineer' : 'the actor'
  const { verdict, at, text, link } = review ?? { verdict: null, at: null, text: null, link: null }
  const first =
    verdict === null
      ? `Open. Somebody other than ${about} decides: justified, unjustified or inconclusive.`
      : `${plain(verdict)}${at === null ? '' : `, ${plain(at)}`}`
  const said = (text ?? '').split('\n').map((line) => `> ${plain(roles.without(line))}`)
  return [
    first,
    ...(text === null ? [] : ['', ...said]),
    ...(link === null ? [] : ['', `Link: ${code(link)}`]),
  ]
}
