import type { CheckOutcome, CheckStatus } from '../../core/lint/check.ts'
import type { Finding } from '../../core/lint/finding.ts'
import { counted, printable, type Paint } from '../output.ts'

const mostFindings = 5

interface TextOptions {
  readonly isAll: boolean
  readonly paint: Paint
}

const marks: Readonly<Record<CheckStatus, readonly [Parameters<Paint>[0], string]>> = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  problem: ['red', 'problem'],
  unknown: ['magenta', 'unknown'],
}

/** One line for each check, with what is wrong below it; notes only with `isAll`. */
export function doctorText(outcomes: readonly CheckOutcome[], options: TextOptions): string {
  return outcomes.map((outcome) => outcomeText(outcome, options)).join('')
}

function outcomeText(outcome: CheckOutcome, options: TextOptions): string {
  const { status, title, summary, unknown, findings } = outcome
  const { paint, isAll } = options
  const [style, mark] = marks[status]
  const head = `${paint(style, mark)}  ${paint('bold', title)}: ${printable(summary)}`
  const told = findings.filter(({ severity }) => isAll || severity !== 'note')
  const shown = isAll ? told : told.slice(0, mostFindings)
  const rest = told.length - shown.length
  const lines = [
    head,
    ...unknown.map(({ what, why }) => `         ${printable(`${what}: ${why}`)}`),
    ...shown.flatMap((finding, i) => {
      return [whatLine(finding, paint), ...wayOut(finding, shown[i + 1])]
    }),
    ...(rest > 0 ? [`         and ${counted(rest, 'findings')} more: --all shows them`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

const styles = { problem: 'red', warning: 'yellow', note: 'dim' } as const

function whatLine({ severity, what }: Finding, paint: Paint): string {
  const mark = paint(styles[severity], severity === 'note' ? '·' : '-')
  return `         ${mark} ${printable(what)}`
}

/** Each line once for those below each other that have the same. */
function wayOut({ fix, command }: Finding, next: Finding | undefined): readonly string[] {
  return [
    ...(fix === '' || next?.fix === fix ? [] : [fix]),
    ...(command === undefined || next?.command === command ? [] : [`$ ${command}`]),
  ].map((line) => `           ${printable(line)}`)
}
