/** One document of a file; `line` is the file's line, from 1, on which `text` begins. */
export interface Chunk {
  readonly text: string
  readonly line: number
}

export interface ManifestProblem {
  readonly line: number
  readonly message: string
}

export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly problem: ManifestProblem }

export type Split =
  | { readonly kind: 'chunks'; readonly chunks: readonly Chunk[] }
  | { readonly kind: 'refused'; readonly problem: ManifestProblem }

/** Text without its byte order mark, or the line on which the bytes stop being UTF-8. */
export function decodeManifest(content: string | Uint8Array): Decoded {
  if (typeof content === 'string') return { kind: 'text', text: content.replace(/^\uFEFF/, '') }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(content) }
  } catch {
    const problem = { line: lineOfBadByte(content), message: 'the file is not UTF-8' }
    return { kind: 'refused', problem }
  }
}

/** Line by line: a newline byte never stands inside a longer UTF-8 sequence. */
function lineOfBadByte(content: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < content.length; line += 1) {
    const newline = content.indexOf(0x0a, start)
    const end = newline === -1 ? content.length : newline + 1
    try {
      decoder.decode(content.subarray(start, end))
    } catch {
      return line
    }
    start = end
  }
  return line
}

const separator = /^---(?:[ \t]+(?:#.*)?)?$/

/**
 * Cuts a file where kubectl cuts it: at every line that begins with `---`, whatever YAML thinks of
 * that line. A line on which the two disagree makes the whole file unreadable.
 */
export function splitDocuments(text: string): Split {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const chunks: Chunk[] = []
  let start = 0
  for (const [position, line] of lines.entries()) {
    if (!line.startsWith('---')) continue
    if (!separator.test(line)) {
      const message = 'a document separator (---) must stand alone on its line'
      return { kind: 'refused', problem: { line: position + 1, message } }
    }
    chunks.push(chunkOf(lines, start, position))
    start = position + 1
  }
  chunks.push(chunkOf(lines, start, lines.length))
  return { kind: 'chunks', chunks }
}

/** Every line ends with a newline, the last one too: block scalars depend on it. */
function chunkOf(lines: readonly string[], start: number, end: number): Chunk {
  const text = lines.slice(start, end).map((line) => `${line}\n`)
  return { text: text.join(''), line: start + 1 }
}

/** The file's line of a character of a chunk; what is wrong after the last line is wrong in it. */
export function lineAt(chunk: Chunk, offset: number): number {
  let line = chunk.line
  let newline = chunk.text.indexOf('\n')
  const limit = Math.min(offset, chunk.text.length - 1)
  while (newline !== -1 && newline < limit) {
    line += 1
    newline = chunk.text.indexOf('\n', newline + 1)
  }
  return line
}

const notYaml =
  /[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

/** What YAML 1.1 and 1.2 treat differently before any grammar, or Kubernetes' reader refuses. */
const doubts: readonly (readonly [RegExp, string])[] = [
  [notYaml, 'a control character, or a line break that only YAML 1.1 knows'],
  [/^%/m, 'a YAML directive (%)'],
  [/^\.\.\.(?:[ \t]|$)/m, 'an end-of-document mark (...)'],
]

export function findTextDoubt(
  text: string,
): { readonly offset: number; readonly message: string } | undefined {
  for (const [pattern, what] of doubts) {
    const offset = text.search(pattern)
    if (offset !== -1) return { offset, message: `the document holds ${what}` }
  }
  return undefined
}
