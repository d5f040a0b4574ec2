import { html, type Html } from './html.ts'
import { percentOf, seriesClass, shortLabel } from './chart-parts.ts'

interface Bar {
  readonly label: string
  readonly value: number
}

export interface BarChart {
  /** What a reader who does not see it is told first. */
  readonly title: string
  readonly bars: readonly Bar[]
  /** From 1; see theme.ts. */
  readonly series?: number
}

const rowHeight = 40
const barTop = 20
const barHeight = 10
const longestLabel = 44

/**
 * Bars that lie, each with its label and number above it: text keeps its size on every width. The
 * numbers belong in a table beside it, too.
 */
export function barChart({ title, bars, series = 1 }: BarChart): Html {
  const most = Math.max(...bars.map(({ value }) => value), 0)
  const described = bars.map(({ label, value }) => `${label}: ${value}`).join('; ')
  return html`<svg
    class="chart"
    role="img"
    width="100%"
    height="${Math.max(bars.length, 1) * rowHeight}"
  >
    <title>${title}</title>
    <desc>${described === '' ? 'Nothing to show.' : described}</desc>
    ${bars.map((bar, i) => barRow(bar, i * rowHeight, { most, series }))}
  </svg>`
}

function barRow(
  { label, value }: Bar,
  top: number,
  { most, series }: { readonly most: number; readonly series: number },
): Html {
  return html`<g>
    <text x="0" y="${top + 13}">${shortLabel(label, longestLabel)}</text>
    <text x="100%" y="${top + 13}" text-anchor="end">${value}</text>
    <rect class="track" x="0" y="${top + barTop}" width="100%" height="${barHeight}" rx="2" />
    <rect
      class="${seriesClass(series)}"
      x="0"
      y="${top + barTop}"
      width="${percentOf(value, most)}"
      height="${barHeight}"
      rx="2"
    />
  </g>`
}
