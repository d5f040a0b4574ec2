import { csvLine, csvRow, type CsvRow, type Field } from './csv.ts'
import {
  approvalColumns,
  chainColumns,
  fileOf,
  grantColumns,
  unseenColumns,
  useColumns,
} from './export-columns.ts'
import { groupDefinitions, groupNames, numberDefinitions, numberNames } from './numbers.ts'
import type { Report } from './report.ts'
import { lanes } from './timeline.ts'

const decisionColumns = [
  'time',
  'decision_id',
  'records',
  'reason',
  'rule',
  'operation',
  'resource',
  'subresource',
  'namespace',
  'name',
  'user',
  'identity',
  'mode',
  'policy',
] as const

/** Of the files that have one row for each decision. */
const rowColumns = {
  changes: [...decisionColumns, 'ground', 'repository', 'commit', 'path', 'author'],
  denials: [...decisionColumns, 'claimed_repository', 'claimed_commit'],
  'dry-runs': ['time', 'decision_id', 'records', 'answer'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type RowKind = keyof typeof rowColumns
export const rowKinds = Object.keys(rowColumns) as readonly RowKind[]

export function rowFileHeader(kind: RowKind): string {
  return csvLine(rowColumns[kind])
}

export function rowLine(kind: RowKind, row: CsvRow): string {
  return csvRow(rowColumns[kind], row)
}

/** The other files, by name, whole. */
export function smallFiles(report: Report): ReadonlyMap<string, string> {
  const grants = report.breakGlass?.grants ?? []
  const [uses, approvals] = [
    grants.flatMap((one) => one.uses.map((use) => ({ ...use, grant: one.grant }))),
    grants.flatMap((one) => one.approvals.map((approval) => ({ ...approval, grant: one.grant }))),
  ]
  return new Map([
    ['summary.csv', summaryFile(report)],
    ['grants.csv', fileOf(grantColumns, grants)],
    ['uses.csv', fileOf(useColumns, uses)],
    ['approvals.csv', fileOf(approvalColumns, approvals)],
    ['unseen.csv', fileOf(unseenColumns, unseenItems(report))],
    ['chains.csv', fileOf(chainColumns, report.integrity.chains)],
  ])
}

function summaryFile({ summary, timeline, period, completeness }: Report): string {
  const line = (name: string, key: string, value: Field, how: string) =>
    csvLine([name, key, value, how])
  return [
    csvLine(['number', 'key', 'value', 'how']),
    line('period_from', '', period.from, 'as given; it is in the period'),
    line('period_to', '', period.to, 'as given; it is not in the period'),
    line(
      'timeline_slot_seconds',
      '',
      timeline.slotSeconds,
      'length of a slot, from period_from on',
    ),
    line('records_standing', '', completeness.records.standing, 'audit verify'),
    line('population_standing', '', completeness.population.standing, 'audit reconcile'),
    ...numberNames.map((name) =>
      line(name, '', summary.numbers[name], numberDefinitions[name].how),
    ),
    ...groupNames.flatMap((name) =>
      (summary.groups[name] ?? []).map(({ key, count }) =>
        line(name, key, count, groupDefinitions[name].how),
      ),
    ),
    ...timeline.slots.flatMap(({ from, counts }) =>
      lanes
        .filter((lane) => counts[lane] > 0)
        .map((lane) => line(`timeline_${lane}`, from, counts[lane], timelineHow(lane))),
    ),
  ].join('')
}

function timelineHow(lane: string): string {
  const rows = lane === 'denied' ? 'denials.csv' : `changes.csv, ground is ${lane}`
  return `${rows}, from this time to the next`
}

function unseenItems({ population }: Report) {
  if (population === null) return []
  const { unseen, withoutRecord, contradictions, impersonations, unsure } = population
  const lists = [
    ['unseen', unseen],
    ['without-record', withoutRecord],
    ['contradiction', contradictions],
    ['impersonation', impersonations],
    ['unsure', unsure],
  ] as const
  return lists.flatMap(([finding, { list }]) => list.map((one) => ({ ...one, finding })))
}
