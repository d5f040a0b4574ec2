import type { PostMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import {
  countText,
  whyText,
  type BypassFacts,
} from '../../core/breakglass/post-mortem-bypass-facts.ts'
import type { Env } from '../env.ts'
import { counted, header, painter, table, type Cell } from '../output.ts'
import { useText } from './use-text.ts'

/** One line for each. */
export function postMortemsTable(all: readonly PostMortemFacts[], env: Env): string {
  const paint = painter(env.stdout, env.vars)
  const rows = all.map((facts) => [
    facts.name,
    facts.bypass?.actor ?? facts.holder ?? 'unknown',
    facts.incident ?? '',
    facts.phase,
    resolvedCell(facts),
    facts.due.review ?? '',
    { text: facts.overdue.join(', '), style: 'red' } as const,
  ])
  const titles = ['NAME', 'HOLDER', 'INCIDENT', 'PHASE', 'RESOLVED', 'REVIEW DUE', 'OVERDUE']
  return table([header(...titles), ...rows], paint)
}

function resolvedCell({ uses, bypass }: PostMortemFacts): string {
  if (bypass !== null) return `${countText(bypass)} unseen`
  return `${uses.filter(({ resolution }) => resolution !== null).length}/${uses.length}`
}

/** All of one, with names: the page for the repository has none. */
export function postMortemText(facts: PostMortemFacts, env: Env): string {
  const paint = painter(env.stdout, env.vars)
  const { bypass } = facts
  const blocks = [
    table(bypass === null ? headRows(facts) : bypassHead(bypass, facts), paint),
    ...(bypass === null ? [] : [table([header(...writeTitles), ...writeRows(bypass)], paint)]),
    table([header('TIME', 'WHAT', 'BY'), ...timelineRows(facts)], paint),
    ...facts.uses.map((use) => useText(use, [], paint)),
  ]
  return blocks.join('\n')
}

function bypassHead(bypass: BypassFacts, facts: PostMortemFacts): readonly (readonly Cell[])[] {
  return [
    ['post-mortem', facts.name],
    ['phase', `${facts.phase}, ${countText(bypass)} written past the webhook`],
    ['actor', bypass.actor],
    ['between', `${bypass.from} and ${bypass.to}`],
    ...(facts.openBecause === null ? [] : [['open', facts.openBecause]]),
    ...dueRows(facts),
    ...reviewRows(facts),
  ]
}

const writeTitles = ['', 'TIME', 'VERB', 'OBJECT', 'CODE', 'FROM', 'WHY']

function writeRows({ writes, count }: BypassFacts): readonly (readonly Cell[])[] {
  const rows = writes.map((write) => [
    String(write.n),
    write.time,
    write.verb,
    write.target,
    String(write.code),
    write.sourceIps.join(' '),
    whyText(write),
  ])
  const more = count - writes.length
  return more > 0 ? [...rows, [`and ${more} more, which are only counted`]] : rows
}

function headRows(facts: PostMortemFacts): readonly (readonly Cell[])[] {
  const { name, grant, grantPhase, phase, holder, incident, reason, uses } = facts
  const open = uses.filter(({ resolution }) => resolution === null).length
  return [
    ['post-mortem', name],
    ['grant', `${grant}${grantPhase === null ? '' : `, ${grantPhase}`}`],
    ['phase', `${phase}, ${counted(uses.length, 'uses')}, ${open === 0 ? 'none' : open} open`],
    ['holder', `${holder ?? 'unknown'} (${incident ?? 'no incident'}: ${reason ?? ''})`],
    ...listed('approved by', facts.approvers),
    ...listed('without', facts.skippedApprovers),
    ...(facts.openBecause === null ? [] : [['open', facts.openBecause]]),
    ...dueRows(facts),
    ...reviewRows(facts),
  ]
}

function listed(label: string, names: readonly string[]): readonly (readonly Cell[])[] {
  return names.length === 0 ? [] : [[label, names.join(', ')]]
}

function dueRows({ due, overdue }: PostMortemFacts): readonly (readonly Cell[])[] {
  const parts = [
    ['draft due', 'draft', due.draft],
    ['review due', 'review', due.review],
  ] as const
  return parts.flatMap(([label, part, time]) => {
    if (time === null) return []
    const isLate = overdue.includes(part)
    return [[label, isLate ? { text: `${time}, overdue`, style: 'red' as const } : time]]
  })
}

function reviewRows({ review }: PostMortemFacts): readonly (readonly Cell[])[] {
  if (review === null) return []
  const { verdict, by, at, text, link } = review
  const when = at === null ? '' : ` at ${at}`
  return [
    ['review', `${verdict ?? 'begun'} by ${by}${when}`],
    ...(text === null ? [] : text.split('\n').map((line, i) => [i === 0 ? 'notes' : '', line])),
    ...(link === null ? [] : [['link', link]]),
  ]
}

function timelineRows({ timeline }: PostMortemFacts): readonly (readonly Cell[])[] {
  return timeline.map(({ time, what, by }) => [
    time,
    what,
    by === null ? '' : by.role === 'holder' ? by.name : `${by.name} (${by.role})`,
  ])
}
