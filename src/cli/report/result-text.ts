import type { Completeness, Standing } from '../../core/report/completeness.ts'
import type { NumberName } from '../../core/report/numbers.ts'
import type { Report } from '../../core/report/report.ts'
import type { Env } from '../env.ts'
import { painter, printable, table, type Cell } from '../output.ts'

export interface Result {
  readonly files: readonly string[]
  readonly report: Report
}

const told: readonly (readonly [NumberName, string])[] = [
  ['changes', 'changes'],
  ['changes_from_git', 'shown by a commit'],
  ['changes_under_break_glass', 'under break-glass'],
  ['changes_not_enforced', 'let through by the mode'],
  ['denied', 'denied'],
  ['unseen', 'unseen writes'],
]

/** What `audit report --out` says to people. */
export function resultText({ files, report }: Result, env: Env): string {
  const { period, warnings, completeness, summary } = report
  const paint = painter(env.stdout, env.vars)
  const rows: Cell[][] = [
    ['period', `${period.from} to before ${period.to}`],
    ...parts(completeness),
    ...told.map(([name, title]) => [title, String(summary.numbers[name] ?? 'not known')]),
  ]
  return [
    ...warnings.map((text) => `${paint('yellow', 'warning')}: ${printable(text)}\n`),
    table(rows, paint),
    ...files.map((file) => `written: ${printable(file)}\n`),
  ].join('')
}

const styles = { shown: 'green', 'not-provable': 'yellow', contradicted: 'red' } as const

function parts({ records, population }: Completeness): Cell[][] {
  const cell = (standing: Standing): Cell => ({
    text: standing === 'not-provable' ? 'not provable' : standing,
    style: styles[standing],
  })
  return [records, population].flatMap(({ standing, doubts }, i) => [
    [i === 0 ? 'records' : 'population', cell(standing)],
    ...doubts.map(({ text }) => ['', text]),
  ])
}
