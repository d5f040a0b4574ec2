import { once } from 'node:events'
import { styleText } from 'node:util'
import type { Env, Output } from './env.ts'

export const outputFormats = ['text', 'json'] as const
export type OutputFormat = (typeof outputFormats)[number]

type Style = Parameters<typeof styleText>[0]
/** Texts come from clusters and files: they are shown with what they would do to a terminal escaped. */
export type Cell = string | { readonly text: string; readonly style: Style }

const gap = '  '
const quietFor = 2_000
const redrawEvery = 500

/** Waits for a reader that is slower than we are; ends with the signal when it has gone. */
export async function print(env: Pick<Env, 'stdout' | 'signal'>, text: string): Promise<void> {
  if (!env.stdout.write(text)) await once(env.stdout, 'drain', { signal: env.signal })
}

export async function printJson(env: Env, value: unknown): Promise<void> {
  await print(env, `${JSON.stringify(value, null, 2)}\n`)
}

/** Columns as wide as their widest cell, the last one open. A row of one cell is no column. */
export function table(rows: readonly (readonly Cell[])[], paint: Paint): string {
  const plain = rows.map((row) => row.map(textOf))
  const widths: number[] = []
  for (const row of plain.filter(({ length }) => length > 1)) {
    for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length)
  }
  const lines = rows.map((row) =>
    row
      .map((cell, i) => {
        const text = textOf(cell)
        const padding = i + 1 === row.length ? 0 : (widths[i] ?? 0) - text.length
        return (typeof cell === 'string' ? text : paint(cell.style, text)) + ' '.repeat(padding)
      })
      .join(gap)
      .trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}

export function header(...titles: readonly string[]): readonly Cell[] {
  return titles.map((text) => ({ text, style: 'bold' }))
}

export type Paint = (style: Style, text: string) => string

/** Colours on a terminal that has them, and for nobody who asked for none (no-color.org). */
export function painter(output: Output, vars: Env['vars']): Paint {
  const isColoured = hasColours(output, vars)
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
}

export function hasColours(output: Output, vars: Env['vars']): boolean {
  return output.isTTY === true && (vars['NO_COLOR'] ?? '') === '' && vars['TERM'] !== 'dumb'
}

/** One line of text in which nothing can move the cursor, hide or turn around what is beside it. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** `what` is a plural. */
export function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what.replace(/ies$/, 'y').replace(/s$/, '') : what}`
}

function textOf(cell: Cell): string {
  return printable(typeof cell === 'string' ? cell : cell.text)
}

export interface Progress extends Disposable {
  update(text: string): void
}

/** What is being waited for, on a terminal only and once it has taken two seconds. */
export function progress(env: Env, first: string): Progress {
  const { stderr, now } = env
  if (stderr.isTTY !== true) return { update: () => {}, [Symbol.dispose]: () => {} }
  const startedAt = now()
  let text = first
  let isShown = false
  const timer = setInterval(() => {
    const waited = now() - startedAt
    if (waited < quietFor) return
    isShown = true
    const line = `${printable(text)} (${Math.floor(waited / 1000)} s)`
    stderr.write(`\r\u001B[K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
  }, redrawEvery).unref()
  return {
    update: (next) => (text = next),
    [Symbol.dispose]: () => {
      clearInterval(timer)
      if (isShown) stderr.write('\r\u001B[K')
    },
  }
}
