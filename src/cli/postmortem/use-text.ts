import type { DiffRow } from '../../core/breakglass/diff.ts'
import type { Hidden } from '../../core/breakglass/diff-hidden.ts'
import { resolutionText, type UseFacts } from '../../core/breakglass/narrative-uses.ts'
import { header, table, type Cell, type Paint } from '../output.ts'

/** What stands there now, of each row of a diff. */
export type NowCell = { readonly value: string } | { readonly hidden: Hidden } | null

/** A use with what it changed, field by field. `now`: what stands in each of them, if it was looked for. */
export function useText(
  use: UseFacts,
  more: readonly Cell[][],
  paint: Paint,
  now?: readonly NowCell[],
) {
  const head = table([...headRows(use), ...more], paint)
  const rows = use.diff.flatMap((row, i) => diffRow(row, now === undefined ? undefined : now[i]))
  const titles = ['', 'FIELD', 'BEFORE', 'AFTER', ...(now === undefined ? [] : ['NOW'])]
  const shown = rows.length === 0 ? '' : table([header(...titles), ...rows], paint)
  return head + shown + (use.diffTruncated ? 'there was more than a use keeps\n' : '')
}

function headRows({
  n,
  time,
  operation,
  target,
  program,
  unnecessary,
  ...use
}: UseFacts): Cell[][] {
  const { state, resolution, diff, paths, decisionId } = use
  const isUntold = diff.length === 0 && paths.some((path) => path !== '*')
  const [only] = diff
  const whole =
    only?.path === '*' ? `, the whole object was ${only.op === 'add' ? 'made' : 'deleted'}` : ''
  return [
    [{ text: `use ${n}`, style: 'bold' }, `${operation} ${target}${whole}`],
    ['time', time],
    ...(program === null ? [] : [['started', program]]),
    ...(isUntold ? [['changed', paths.join(' ')]] : []),
    ['state', resolution === null ? `${state}, open` : `${state}, ${resolutionText(resolution)}`],
    ...(unnecessary ? [['unnecessary', 'Git declared the same already']] : []),
    ['decision', decisionId],
  ]
}

const signs = { add: ['+', 'green'], remove: ['-', 'red'], replace: ['~', 'yellow'] } as const

function diffRow(row: DiffRow, now: NowCell | undefined): Cell[][] {
  const { op, path, from, value, hidden } = row
  if (path === '*') return []
  const [sign, style] = signs[op]
  const cell = (text: string | undefined, isThere: boolean) =>
    isThere ? shownText(hidden === undefined ? { value: text ?? '' } : { hidden }) : '(none)'
  return [
    [
      { text: sign, style },
      path,
      cell(from, op !== 'add'),
      cell(value, op !== 'remove'),
      ...(now === undefined ? [] : [now === null ? '(none)' : shownText(now)]),
    ],
  ]
}

function shownText(shown: { readonly value: string } | { readonly hidden: Hidden }): string {
  if ('hidden' in shown) return `(${shown.hidden.toLowerCase()})`
  return shown.value === '' ? '""' : shown.value
}
