import { percentOf, seriesClass } from './chart-parts.ts'
import { html, joined, type Html } from './html.ts'

interface Column {
  readonly label: string
  /** One for each series, from the bottom up. */
  readonly values: readonly number[]
}

export interface ColumnChart {
  readonly title: string
  /** Names, in the order of the values. */
  readonly series: readonly string[]
  /** From 1, one for each series; by default in their order. See theme.ts. */
  readonly colours?: readonly number[]
  readonly columns: readonly Column[]
}

const plotHeight = 160
const plotTop = 16
const axisRoom = 24
const mostLabels = 6

/** Columns side by side, in the order of time, each a stack of series; with its legend. */
export function columnChart({ title, series, colours, columns }: ColumnChart): Html {
  const classes = series.map((_, i) => seriesClass(colours?.[i] ?? i + 1))
  const most = Math.max(...columns.map(({ values }) => sumOf(values)), 0)
  const bottom = plotTop + plotHeight
  return html`${legend(series, classes)}<svg
      class="chart"
      role="img"
      width="100%"
      height="${bottom + axisRoom}"
    >
      <title>${title}</title>
      <desc>${describe(series, columns)}</desc>
      <text class="soft" x="0" y="10">${most}</text>
      <line class="axis" x1="0" x2="100%" y1="${plotTop}" y2="${plotTop}" />
      ${columns.map((column, i) => stack(column, { index: i, count: columns.length, most, classes }))}
      <line class="axis" x1="0" x2="100%" y1="${bottom}" y2="${bottom}" />
      ${labels(columns, bottom + 16)}
    </svg>`
}

function legend(series: readonly string[], classes: readonly string[]): Html {
  return html`<ul class="legend">
    ${series.map((name, i) => html`<li><span class="swatch ${classes[i]}"></span>${name}</li>`)}
  </ul>`
}

interface Place {
  readonly index: number
  readonly count: number
  readonly most: number
  readonly classes: readonly string[]
}

function stack({ values }: Column, { index, count, most, classes }: Place): Html {
  let top = plotTop + plotHeight
  const left = percentOf(index + 0.12, count)
  const width = percentOf(0.76, count)
  const parts = values.map((value, i) => {
    const height = most === 0 ? 0 : Math.round((value / most) * plotHeight * 100) / 100
    top -= height
    return value === 0
      ? ''
      : html`<rect
          class="${classes[i]}"
          x="${left}"
          y="${Math.round(top * 100) / 100}"
          width="${width}"
          height="${height}"
        />`
  })
  return joined(parts)
}

/** So many that they never run into each other; the first and the last are there. */
function labels(columns: readonly Column[], y: number): readonly Html[] {
  const last = columns.length - 1
  const step = Math.max(1, Math.ceil(last / (mostLabels - 1)))
  return columns.flatMap(({ label }, i) => {
    const isShown = i === last || (i % step === 0 && last - i >= step / 2)
    if (!isShown) return []
    const anchor = i === 0 && last > 0 ? 'start' : i === last && last > 0 ? 'end' : 'middle'
    const x = anchor === 'start' ? '0' : anchor === 'end' ? '100%' : percentOf(i + 0.5, last + 1)
    return [html`<text class="soft" x="${x}" y="${y}" text-anchor="${anchor}">${label}</text>`]
  })
}

function describe(series: readonly string[], columns: readonly Column[]): string {
  const told = columns.map(({ label, values }) => {
    const parts = values.flatMap((value, i) => (value === 0 ? [] : [`${series[i]} ${value}`]))
    return `${label}: ${parts.length === 0 ? 'none' : parts.join(', ')}`
  })
  return told.length === 0 ? 'Nothing to show.' : told.join('; ')
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
