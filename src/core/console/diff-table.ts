import type { DiffRow } from '../breakglass/diff.ts'
import { html, type Content, type Html } from '../html/html.ts'
import { badge, table, type Tone } from './parts.ts'

const words: Readonly<Record<DiffRow['op'], readonly [string, Tone]>> = {
  add: ['added', 'good'],
  remove: ['removed', 'bad'],
  replace: ['changed', 'warn'],
}

/** What a use changed, as its grant keeps it: what may be secret never got there. */
export function diffTable(rows: readonly DiffRow[], isTruncated: boolean): Html {
  const [only] = rows
  const more = isTruncated ? html`<p class="soft">There was more than a use keeps.</p>` : ''
  if (only?.path === '*') {
    return html`<p>The whole object was ${only.op === 'add' ? 'made' : 'deleted'}.</p>
      ${more}`
  }
  if (rows.length === 0) return html`<p class="soft">No field is told of it.</p>`
  return html`${table({
    caption: 'Before and after',
    style: 'diff',
    columns: ['Field', 'Change', 'Before', 'After'],
    rows: rows.map((row) => [
      html`<code>${row.path}</code>`,
      badge(...words[row.op]),
      row.op === 'add' ? html`<span class="soft">(none)</span>` : cell(row, row.from, 'was'),
      row.op === 'remove' ? html`<span class="soft">(none)</span>` : cell(row, row.value, 'is'),
    ]),
  })}
  ${more}`
}

function cell({ hidden }: DiffRow, text: string | undefined, kind: 'was' | 'is'): Content {
  if (hidden !== undefined) return html`<span class="soft">(${hidden.toLowerCase()})</span>`
  const shown = text === undefined || text === '' ? '""' : text
  return kind === 'was'
    ? html`<del class="was"><code>${shown}</code></del>`
    : html`<ins class="is"><code>${shown}</code></ins>`
}
