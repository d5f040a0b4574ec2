import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { rowsOf } from './read-csv.ts'

/** `number` or `number/key` -> value, as summary.csv has them. */
export type Numbers = ReadonlyMap<string, number>

type Row = Readonly<Record<string, string>>

interface Span {
  readonly from: number
  readonly to: number
}

/** What an auditor does who has the CSV files alone. `period` in epoch ms. */
export function fromFiles(files: ReadonlyMap<string, string>, period: Span): Numbers {
  const rows = (file: string): readonly Row[] => rowsOf(files.get(file) ?? '')
  const [changes, denials, dryRuns] = [
    rows('changes.csv'),
    rows('denials.csv'),
    rows('dry-runs.csv'),
  ]
  const numbers = decisionNumbers(changes, denials)
  const sum = (list: readonly Row[]) => list.reduce((all, one) => all + Number(one['records']), 0)
  numbers.set('records', sum(changes) + sum(denials) + sum(dryRuns))
  numbers.set('dry_runs', dryRuns.length)
  numbers.set('chains', rows('chains.csv').length)
  const [grants, uses] = [rows('grants.csv'), rows('uses.csv')]
  addGrants(numbers, { grants, approvals: rows('approvals.csv') }, period)
  addUses(numbers, uses, changes)
  const unseen = rows('unseen.csv')
  for (const [name, finding] of findings) numbers.set(name, counts(unseen, { finding }))
  const fromGit = changes.filter((row) => row['ground'] === 'git')
  group(numbers, 'changes_by_author', fromGit, (row) => row['author'] ?? '')
  const [slot] = rows('summary.csv').filter((row) => row['number'] === 'timeline_slot_seconds')
  const lanes = [
    ...changes.map((row) => [row['time'] ?? '', row['ground'] ?? ''] as const),
    ...denials.map((row) => [row['time'] ?? '', 'denied'] as const),
  ]
  addTimeline(numbers, lanes, { from: period.from, slot: Number(slot?.['value']) * 1000 })
  return numbers
}

const findings = [
  ['unseen', 'unseen'],
  ['without_record', 'without-record'],
  ['contradictions', 'contradiction'],
  ['impersonations', 'impersonation'],
  ['unsure', 'unsure'],
] as const

function counts(list: readonly Row[], wanted: Row): number {
  return list.filter((row) => Object.entries(wanted).every(([key, value]) => row[key] === value))
    .length
}

function addGrants(
  numbers: Map<string, number>,
  { grants, approvals }: { readonly grants: readonly Row[]; readonly approvals: readonly Row[] },
  period: Span,
): void {
  const isInside = (time = '') => Date.parse(time) >= period.from && Date.parse(time) < period.to
  const unclosed = grants.filter((row) => row['post_mortem'] !== '' && row['closed_at'] === '')
  const reviewed = grants.filter((row) => row['reviewer'] !== '')
  const created = { created_in_period: 'yes' }
  const told = {
    grants: grants.length,
    grants_created: counts(grants, created),
    grants_unused: counts(grants, { ...created, uses: '0' }),
    approvals: counts(approvals, { counted: 'yes' }),
    approvals_by_holder: counts(approvals, { counted: 'yes', by_holder: 'yes' }),
    post_mortems_closed: grants.filter((row) => isInside(row['closed_at'])).length,
    post_mortems_open: unclosed.length,
    post_mortems_overdue: unclosed.filter((row) => row['overdue'] !== '').length,
    reviews_by_holder: reviewed.filter((row) => row['reviewer'] === row['holder']).length,
  }
  for (const [name, value] of Object.entries(told)) numbers.set(name, value)
  group(numbers, 'grants_by_phase', grants, (row) => row['phase'] ?? '')
}

function addUses(numbers: Map<string, number>, all: readonly Row[], changes: readonly Row[]): void {
  const uses = all.filter((row) => row['in_period'] === 'yes')
  numbers.set('uses', uses.length)
  numbers.set('uses_open', counts(uses, { resolution: '' }))
  numbers.set('uses_unnecessary', counts(uses, { unnecessary: 'yes' }))
  numbers.set('uses_without_record', counts(uses, { has_record: 'no' }))
  const known = new Set(all.map((row) => row['decision_id']))
  const glass = changes.filter((row) => row['ground'] === 'break-glass')
  const lost = glass.filter((row) => !known.has(row['decision_id']))
  numbers.set('records_without_use', lost.length)
  const open = uses.filter((row) => row['seconds_open'] !== '')
  const seconds = open.map((row) => Number(row['seconds_open']))
  if (seconds.length > 0) numbers.set('longest_open_seconds', Math.max(...seconds))
  group(numbers, 'uses_by_resolution', uses, (row) => orElse(row['resolution'], 'Open'))
}

function addTimeline(
  numbers: Map<string, number>,
  lanes: readonly (readonly [time: string, lane: string])[],
  { from, slot }: { readonly from: number; readonly slot: number },
): void {
  for (const [time, lane] of lanes) {
    const begin = from + Math.floor((Date.parse(time) - from) / slot) * slot
    const key = `timeline_${lane}/${new Date(begin).toISOString()}`
    numbers.set(key, (numbers.get(key) ?? 0) + 1)
  }
}

/** What an auditor does who has the lines of the records alone, as docs/audit-report.md says. */
export function fromRecords(records: readonly JsonObject[], period: Span): Numbers {
  const text = (record: JsonObject, key: string) => (record[key] ?? '') as string
  const ids = Map.groupBy(records, (record) => text(record, 'decisionId'))
  const [changes, denials]: [Row[], Row[]] = [[], []]
  let [dryRuns, count] = [0, 0]
  for (const all of ids.values()) {
    const real = all.filter((record) => record['dryRun'] !== true)
    const told = (real.length > 0 ? real : all).toSorted(
      (a, b) =>
        text(a, 'time').localeCompare(text(b, 'time')) || Number(a['seq']) - Number(b['seq']),
    )
    const first = Date.parse(text(told[0]!, 'time'))
    if (first < period.from || first >= period.to) continue
    count += told.length
    const allowed = told.find((record) => record['decision'] === 'allow')
    if (real.length === 0) dryRuns += 1
    else if (allowed === undefined) denials.push(rowOf(told[0]!))
    else changes.push(rowOf(allowed))
  }
  const numbers = decisionNumbers(changes, denials)
  numbers.set('records', count)
  numbers.set('dry_runs', dryRuns)
  return numbers
}

const grounds: Readonly<Record<string, string>> = {
  VerifiedCommit: 'git',
  BreakGlass: 'break-glass',
  Exception: 'exception',
  OwnObject: 'own-object',
  OutOfScope: 'out-of-scope',
  NoDesiredStateChange: 'unchanged',
}

function rowOf(record: JsonObject): Row {
  const reason = record['reason'] as string
  const git = (record['git'] ?? {}) as Record<string, string>
  return {
    ground: record['wouldDeny'] === true ? 'not-enforced' : (grounds[reason] ?? 'not-enforced'),
    reason,
    rule: (record['rule'] ?? '') as string,
    namespace: record['ns'] as string,
    user: record['user'] as string,
    repository: git['repo'] ?? '',
    commit: git['commit'] ?? '',
  }
}

function decisionNumbers(changes: readonly Row[], denials: readonly Row[]): Map<string, number> {
  const of = (ground: string) => changes.filter((row) => row['ground'] === ground)
  const changed = changes.filter((row) => row['ground'] !== 'unchanged')
  const numbers = new Map([
    ['decisions', changes.length + denials.length],
    ['admitted', changes.length],
    ['unchanged', of('unchanged').length],
    ['changes', changed.length],
    ['changes_from_git', of('git').length],
    ['commits', new Set(of('git').map((row) => `${row['repository']} ${row['commit']}`)).size],
    ['changes_under_break_glass', of('break-glass').length],
    ['changes_by_exception', of('exception').length],
    ['changes_of_own_objects', of('own-object').length],
    ['changes_out_of_scope', of('out-of-scope').length],
    ['changes_not_enforced', of('not-enforced').length],
    ['denied', denials.length],
  ])
  const column = (name: string) => (row: Row) => row[name] ?? ''
  group(numbers, 'changes_by_ground', changes, column('ground'))
  group(numbers, 'changes_by_repository', of('git'), column('repository'))
  group(numbers, 'changes_by_writer', of('git'), column('rule'))
  group(numbers, 'changes_by_namespace', changed, (row) => orElse(row['namespace'], '(cluster)'))
  group(numbers, 'changes_by_user', changed, column('user'))
  group(numbers, 'exceptions_by_rule', of('exception'), column('rule'))
  group(numbers, 'not_enforced_by_reason', of('not-enforced'), column('reason'))
  group(numbers, 'denials_by_reason', denials, column('reason'))
  group(numbers, 'denials_by_user', denials, column('user'))
  return numbers
}

function group(
  numbers: Map<string, number>,
  name: string,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): void {
  for (const [key, of] of Map.groupBy(rows, keyOf)) numbers.set(`${name}/${key}`, of.length)
}

function orElse(text: string | undefined, word: string): string {
  return text === undefined || text === '' ? word : text
}
