import { momentOf, momentText } from '../breakglass/moment.ts'
import { html, type Content, type Html } from '../html/html.ts'
import type { Verdict } from './decision-facts.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

export function badge(text: string, tone: Tone = 'plain'): Html {
  return tone === 'plain'
    ? html`<span class="badge">${text}</span>`
    : html`<span class="badge ${tone}">${text}</span>`
}

const verdictTones: Readonly<Record<Verdict, readonly [string, Tone]>> = {
  allow: ['allowed', 'good'],
  deny: ['denied', 'bad'],
  'would-deny': ['would be denied', 'warn'],
}

export function verdictBadge(verdict: Verdict): Html {
  return badge(...verdictTones[verdict])
}

export function verdictText(verdict: Verdict): string {
  return verdictTones[verdict][0]
}

/** `2026-08-23 02:14:07 UTC` of epoch ms. */
export function whenText(epochMs: number): string {
  return momentText(epochMs).replace('T', ' ').replace('Z', ' UTC')
}

/** RFC 3339 as people read it, and how long ago; what is no time is shown as it is. */
export function when(time: string | null | undefined, now: number): Html {
  const at = momentOf(time ?? undefined)
  if (at === undefined) return html`${time ?? ''}`
  return html`<time datetime="${momentText(at)}">${whenText(at)}</time>
    <span class="sub">${agoText(now - at)}</span>`
}

const units = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** `3 minutes ago`, `in 2 hours`. */
export function agoText(ms: number): string {
  const text = spanText(Math.abs(ms))
  if (text === '0 seconds') return 'just now'
  return ms < 0 ? `in ${text}` : `${text} ago`
}

function spanText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [size, unit] = units.find(([least]) => seconds >= least) ?? [1, 'second']
  return counted(Math.floor(seconds / size), unit)
}

export function counted(count: number, what: string, plural = `${what}s`): string {
  return `${count} ${count === 1 ? what : plural}`
}

/** Rows without anything are left out. */
export function facts(rows: readonly (readonly [string, Content])[]): Html {
  const told = rows.filter(([, value]) => value !== '' && value !== undefined && value !== null)
  return html`<dl class="facts">
    ${told.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}

interface ColumnHead {
  readonly name: string
  readonly isNumber?: boolean
}

export interface TableView {
  readonly caption: string
  readonly columns: readonly (string | ColumnHead)[]
  /** As many cells as columns; the first one names its row. */
  readonly rows: readonly (readonly Content[])[]
  readonly style?: string
}

/**
 * On narrow screens each row becomes a card, by styles alone. Roles are said, since browsers forget
 * what a table is once it is laid out as something else.
 */
export function table({ caption, columns, rows, style = '' }: TableView): Html {
  const heads = columns.map((one) => (typeof one === 'string' ? { name: one } : one))
  return html`<div class="table-card ${style}">
    <table class="stack" role="table">
      <caption>
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${heads.map((head) => html`<th role="columnheader" scope="col" class="${kindOf(head)}">${head.name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (cells) =>
            html`<tr role="row">
              ${cells.map((cell, i) => cellOf(cell, i, heads[i]))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function cellOf(content: Content, index: number, head: ColumnHead | undefined): Html {
  const label = head?.name ?? ''
  const inner = html`<div>${content}</div>`
  return index === 0
    ? html`<th role="rowheader" scope="row" data-label="${label}">${inner}</th>`
    : html`<td role="cell" data-label="${label}" class="${kindOf(head)}">${inner}</td>`
}

function kindOf(head: ColumnHead | undefined): string {
  return head?.isNumber === true ? 'number' : ''
}

export interface Tile {
  readonly name: string
  readonly value: Content
  readonly note: Content
  readonly tone?: Tone
}

export function tiles(all: readonly Tile[]): Html {
  return html`<ul class="tiles">
    ${all.map(
      ({ name, value, note, tone = 'plain' }) =>
        html`<li class="tile ${tone}">
          <div class="name">${name}</div>
          <div class="value">${value}</div>
          <div class="note">${note}</div>
        </li>`,
    )}
  </ul>`
}

export function notice(tone: Tone, content: Content): Html {
  return html`<div class="notice ${tone}"><p>${content}</p></div>`
}

export function empty(content: Content): Html {
  return html`<p class="empty">${content}</p>`
}

/** The beginning of a long digest or commit; the whole of it where somebody looks for it. */
export function short(id: string, length = 12): Html {
  const shown = id.startsWith('sha256:') ? id.slice('sha256:'.length) : id
  return html`<code title="${id}">${shown.slice(0, length)}</code>`
}
