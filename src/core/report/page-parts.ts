import { percentOf } from '../html/chart-parts.ts'
import { html, type Content, type Html } from '../html/html.ts'
import type { Standing } from './completeness.ts'
import { groupDefinitions, type GroupName } from './numbers.ts'
import type { Summary } from './summary.ts'
import type { Counted } from './tally.ts'

/** With a narrow space between thousands. */
export function numberText(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, '\u202f')
}

export function orUnknown(value: number | null): string {
  return value === null ? 'not known' : numberText(value)
}

/** `3 d 4 h`, `12 min`, `45 s`. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return 'not over'
  // The clocks of two machines.
  if (seconds < 0) return `-${durationText(-seconds)}`
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24]
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, seconds % 60]
  if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`
  if (minutes > 0) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
  return `${rest} s`
}

/** `2026-08-23 02:14:07`, in UTC; what is no such time stays. */
export function shownTime(time: string | null): string {
  if (time === null) return ''
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2')
}

/** In a table: on one line. */
export function timeCell(time: string | null): Html {
  return html`<span class="nowrap">${shownTime(time)}</span>`
}

type Tone = 'good' | 'warn' | 'bad' | 'plain'

export function badge(text: string, tone: Tone = 'plain'): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

const standings: Readonly<Record<Standing, readonly [text: string, tone: Tone]>> = {
  shown: ['shown', 'good'],
  'not-provable': ['not provable', 'warn'],
  contradicted: ['contradicted', 'bad'],
}

export function standingBadge(standing: Standing): Html {
  const [text, tone] = standings[standing]
  return badge(text, tone)
}

export interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** The first cell of a row is its header. */
export function tableOf(
  columns: readonly (string | Column)[],
  rows: readonly (readonly Content[])[],
  caption?: string,
): Html {
  const all = columns.map((column) => (typeof column === 'string' ? { title: column } : column))
  const kindOf = (i: number) => (all[i]?.isNumber === true ? 'number' : 'text')
  return html`<div class="scroll">
    <table class="${all.length > 3 ? 'wide' : 'narrow'}">
      ${
        caption === undefined
          ? ''
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          ${all.map(({ title }, i) => html`<th scope="col" class="${kindOf(i)}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, i) =>
                i === 0
                  ? html`<th scope="row" class="${kindOf(i)}">${cell}</th>`
                  : html`<td class="${kindOf(i)}">${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

const mostRows = 25

/** A breakdown as a table in which each number has a bar; what does not fit is one row. */
export function groupTable(name: GroupName, { groups }: Pick<Summary, 'groups'>): Html {
  const { title } = groupDefinitions[name]
  const counts = groups[name]
  if (counts === null || counts.length === 0) {
    return html`<div>
      <h3>${title}</h3>
      <p class="soft">${counts === null ? 'Not known.' : 'None.'}</p>
    </div>`
  }
  const shown = firstOf(counts)
  const most = Math.max(...shown.map(({ count }) => count))
  return html`<div>
    <h3>${title}</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">Count</th>
          <td aria-hidden="true"></td>
        </tr>
      </thead>
      <tbody>
        ${shown.map(({ key, count }) => meterRow(key, count, most))}
      </tbody>
    </table>
  </div>`
}

function meterRow(key: string, count: number, most: number): Html {
  return html`<tr>
    <th scope="row">${key === '' ? '(none)' : key}</th>
    <td class="number">${numberText(count)}</td>
    <td class="meter" aria-hidden="true">
      <svg>
        <rect class="series-1" width="${percentOf(count, most)}" height="100%" rx="2" />
      </svg>
    </td>
  </tr>`
}

/** The largest ones, and the rest together. */
export function firstOf(counts: readonly Counted[], most = mostRows): readonly Counted[] {
  if (counts.length <= most) return counts
  const rest = counts.slice(most)
  const count = rest.reduce((sum, one) => sum + one.count, 0)
  return [...counts.slice(0, most), { key: `${rest.length} more, in summary.csv`, count }]
}
