import type { Change } from '../../core/audit/reconcile/changes.ts'
import type { Listed, Why, WriteFinding } from '../../core/audit/reconcile/findings.ts'
import type { Gap, Reconciliation, Window } from '../../core/audit/reconcile/result.ts'
import { counted, header, table, type Cell, type Paint } from '../output.ts'

const mostRows = 20

/** What a person reads: first what is unexplained, then what could not be compared, then the rest. */
export function reconciliationText(found: Reconciliation, paint: Paint): string {
  const sections = [
    writes('unseen: written without being asked about', found.unseen, 'red'),
    rows('when that was', gapRows(found.gaps)),
    writes(
      'without a record: the API server knows of a decision, we do not',
      found.withoutRecord,
      'red',
    ),
    writes('contradictions: the decision does not fit', found.contradictions, 'red'),
    writes(
      'borrowed names: done by somebody who impersonated another',
      found.impersonations,
      'red',
    ),
    writes('unsure: nobody can tell whether it was written', found.unsure, 'yellow'),
    withoutEvent(found),
    rows('not provable: something is missing here', windowRows(found.notProvable), 'yellow'),
    writes('admitted, not written', found.notCommitted),
    changes(found.changes),
    exempt(found),
  ]
  const shown = sections.flatMap((section) => (section === undefined ? [] : [section(paint)]))
  return [...shown, summary(found, paint)].join('\n')
}

type Section = (paint: Paint) => string
type Style = 'red' | 'yellow' | 'bold'

function rows(
  title: string,
  body: readonly (readonly Cell[])[],
  style: Style = 'bold',
  { total = body.length - 1, lines = body.length - 1 } = {},
): Section | undefined {
  if (body.length < 2) return undefined
  return (paint) => {
    const more = lines - Math.min(body.length - 1, mostRows)
    const rest = more > 0 ? `and ${more} more\n` : ''
    return `${paint(style, title)} (${total})\n${table(body.slice(0, mostRows + 1), paint)}${rest}`
  }
}

function writes(title: string, { count, list }: Listed<WriteFinding>, style: Style = 'bold') {
  const titles = header('TIME', 'USER', 'VERB', 'RESOURCE', 'OBJECT', 'CODE', 'WHY')
  const body = list.slice(0, mostRows).map(writeRow)
  return rows(title, [titles, ...body], style, { total: count, lines: count })
}

function writeRow(write: WriteFinding): readonly Cell[] {
  const { time, verb, resource, code, why } = write
  return [time, userText(write), verb, resource, objectText(write), String(code), whyText[why]]
}

const whyText: Readonly<Record<Why, string>> = {
  'failed-open': 'no answer from us, and the webhook configuration let it pass',
  'not-asked': 'the API server did not ask',
  'own-work': 'the API server did not ask; it is what solewriter itself does',
  'no-answer': 'the API server answered with an error that leaves it open',
  'perhaps-empty': 'a collection, perhaps with nothing in it, while nobody may have been asked',
  'no-record': 'no record has its decision id',
  'record-changed': 'no record of that decision has the hash that the API server was told',
  'used-twice': 'another write has the same decision',
  'other-request': 'the decision is about something else',
  denied: 'the decision is a denial',
  'dry-run': 'the decision is about a dry run',
  'refused-later': 'refused by somebody else',
  partly: 'a collection: some of it may be gone',
  impersonated: 'by impersonation',
}

function userText({ user, impersonator }: WriteFinding | Change): string {
  return impersonator === null ? user : `${user} (${impersonator})`
}

function objectText({ namespace, name }: { namespace: string; name: string }): string {
  return [namespace, name].filter((part) => part !== '').join('/')
}

function gapRows(gaps: readonly Gap[]): readonly (readonly Cell[])[] {
  return [
    header('FROM', 'TO', 'WRITES', 'AFTER'),
    ...gaps.map(({ from, to, writes: count, after }) => [
      from,
      to,
      String(count),
      after === null
        ? ''
        : `${after.time} ${userText(after)} ${after.verb} ${after.resource} ${after.name}`,
    ]),
  ]
}

function windowRows(windows: readonly Window[]): readonly (readonly Cell[])[] {
  return [
    header('FROM', 'TO', 'MISSING', 'OF'),
    ...windows.map(({ from, to, of, records }) => [
      from,
      to,
      records === null ? 'all events' : counted(records, 'records'),
      of,
    ]),
  ]
}

function withoutEvent({ withoutEvent: { count, list } }: Reconciliation): Section | undefined {
  const titles = header('USER', 'OPERATION', 'RESOURCE', 'DECISION', 'COUNT', 'FIRST')
  const body = list.map(({ user, operation, resource, decision, count: some, time }) => [
    user,
    operation,
    resource,
    decision,
    String(some),
    time,
  ])
  return rows('decisions of which the log has no event', [titles, ...body], 'yellow', {
    total: count,
  })
}

function changes({ count, list }: Listed<Change>): Section | undefined {
  const body = list.map((change) => {
    const { time, verb, resource } = change
    return [time, userText(change), verb, resource, objectText(change)]
  })
  const titles = header('TIME', 'USER', 'VERB', 'RESOURCE', 'OBJECT')
  return rows('changes of admission and policy', [titles, ...body], 'bold', {
    total: count,
    lines: count,
  })
}

function exempt({ exempt: groups, counts }: Reconciliation): Section | undefined {
  const body = groups.map(({ condition, isSure, user, resource, count }) => [
    isSure ? condition : `${condition} (perhaps)`,
    user,
    resource,
    String(count),
  ])
  const titles = header('CONDITION', 'USER', 'RESOURCE', 'WRITES')
  return rows('exempt by matchConditions', [titles, ...body], 'bold', { total: counts.exempt })
}

const verdicts = {
  explained: ['green', 'ok'],
  unexplained: ['red', 'not ok'],
  'not-provable': ['yellow', 'not provable'],
} as const

function summary(found: Reconciliation, paint: Paint): string {
  const { verdict, period, counts, read, reasons } = found
  const [style, word] = verdicts[verdict]
  const when = period === null ? 'no events' : `${period.from} to ${period.to}`
  const broken = read.unreadableEvents + read.unreadableRecords
  const grounds = reasons.map(({ reason, count }) => `${reason} ${count}`)
  const lines = [
    `${paint(style, word)}: ${counted(counts.written, 'writes')}, ${parts(found)}`,
    [
      `${when}: ${counted(read.events, 'events')}, ${counted(read.records, 'records')}`,
      ...(broken === 0 ? [] : [`${counted(broken, 'lines')} that cannot be read`]),
    ].join(', '),
    ...(grounds.length === 0 ? [] : [`grounds: ${grounds.join(', ')}`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** What is none of the usual is named only where there is some. */
function parts({ counts, ...found }: Reconciliation): string {
  const usual = [
    `${counts.decided} with a decision`,
    `${found.unseen.count} unseen`,
    `${counts.exempt} more exempt`,
    `${counts.denied} denied`,
  ]
  const others = [
    [found.withoutRecord.count, 'without a record'],
    [found.contradictions.count, 'contradicted'],
    [found.impersonations.count, 'under borrowed names'],
    [found.unsure.count, 'unsure'],
    [found.withoutEvent.count, 'decisions without an event'],
  ] as const
  const unusual = others.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return [...usual, ...unusual].join(', ')
}
