import type { Splice } from './flow-splice.ts'

const mark = '\uFEFF'

/** The text of a file as YAML sees it, and the way back to the file as it is. */
export interface SourceText {
  /** Without byte order mark, with newlines alone, and with one at the end. */
  readonly text: string
  /** The file after one splice of that text: its mark, line ends and last line stay as they are. */
  readonly with: (splice: Splice) => string
}

export function sourceText(file: string): SourceText {
  const start = file.startsWith(mark) ? mark : ''
  const raw = file.slice(start.length)
  const newline = /^[^\n]*\r\n/.test(raw) ? '\r\n' : '\n'
  const isEnded = raw === '' || raw.endsWith('\n')
  const whole = isEnded ? raw : raw + newline
  const text = whole.replaceAll('\r\n', '\n')
  return {
    text,
    with: (splice) => {
      const written = splice.text.replaceAll('\n', newline)
      const before = whole.slice(0, offsetIn(whole, text, splice.start))
      const next = before + written + whole.slice(offsetIn(whole, text, splice.end))
      const isCut = !isEnded && next.endsWith(newline)
      return start + (isCut ? next.slice(0, -newline.length) : next)
    },
  }
}

/** Of the same character; of a newline where its line ends. */
function offsetIn(whole: string, text: string, offset: number): number {
  if (whole.length === text.length) return offset
  let at = 0
  for (let seen = 0; seen < offset; seen += 1) at += whole.startsWith('\r\n', at) ? 2 : 1
  return at
}
