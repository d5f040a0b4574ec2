import { isMet, type Bar, type Results } from './bars.ts'
import type { Pair, Sample } from './measure.ts'

/** Tables for people. */
export function describe(results: Results, bars: readonly Bar[]): string {
  const head = ['', 'server', 'reviews/s', 'CPU us/review', 'p50 ms', 'p99 ms']
  const rows = [
    ...results.bodies.flatMap(({ body, full }) => pairRows(`${body}, full`, full)),
    ...results.bodies.flatMap(({ body, half }) => pairRows(`${body}, half load`, half)),
    ...pairRows('2 KB beside 1 MB', results.beside),
  ]
  return [
    table([head, ...rows]),
    ...(results.writes === undefined ? [] : [writeTable(results.writes)]),
    barTable(bars),
  ].join('\n\n')
}

function pairRows(title: string, pair: Pair): readonly (readonly string[])[] {
  return [
    [title, 'bare', ...numbers(pair.bare)],
    ['', 'ours', ...numbers(pair.ours)],
    ['', 'ratio', ...ratios(pair)],
  ]
}

function numbers(sample: Sample): readonly string[] {
  return [
    sample.perSecond.toFixed(0),
    sample.cpuMicros.toFixed(1),
    sample.p50.toFixed(2),
    sample.p99.toFixed(2),
  ]
}

function ratios({ bare, ours, cpuRatio }: Pair): readonly string[] {
  const all = [ours.perSecond / bare.perSecond, cpuRatio, ours.p50 / bare.p50, ours.p99 / bare.p99]
  return all.map((ratio) => `${ratio.toFixed(2)}x`)
}

function writeTable(writes: NonNullable<Results['writes']>): string {
  const rows = Object.entries(writes).map(([name, ms]) => [name, (ms as number).toFixed(2)])
  return table([['webhook', 'p50 ms of a write'], ...rows])
}

export function barTable(bars: readonly Bar[]): string {
  return table([['bar', 'measured', 'at most', '', ''], ...bars.map(barRow)])
}

function barRow(bar: Bar): readonly string[] {
  return [bar.name, bar.value.toFixed(2), String(bar.most), bar.unit, isMet(bar) ? 'met' : 'MISSED']
}

/** The first column to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column === 0 ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
