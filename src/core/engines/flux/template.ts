/** Text and expansions, one after the other. */
export type Template = readonly Part[]
export type Part = string | Expansion

/** `${variable}`, or `${variable<operator>arguments}`. */
export interface Expansion {
  readonly variable: string
  readonly operator: string
  readonly words: readonly Part[]
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
  problem: string
}

const deepest = 20

/**
 * The template as github.com/fluxcd/pkg/envsubst v1.7 reads it, or why Flux fails on it. Its grammar is
 * its own: `$$` is a dollar outside of braces, arguments end where that package lets them end.
 */
export function parseTemplate(text: string): Template | string {
  if (text.includes('\0') || !text.isWellFormed()) return 'the text is not plain text'
  const cursor: Cursor = { text, at: 0, depth: 0, problem: '' }
  const parts: Part[] = []
  while (cursor.at < text.length) {
    const part = isExpansion(cursor) ? readExpansion(cursor) : readText(cursor)
    if (part === undefined) return `${cursor.problem} in line ${lineAt(cursor)}`
    parts.push(part)
  }
  return parts
}

function lineAt({ text, at }: Cursor): number {
  return text.slice(0, at).split('\n').length
}

function readText(cursor: Cursor): string {
  let read = ''
  while (cursor.at < cursor.text.length && !isExpansion(cursor)) {
    const dollar = cursor.text.indexOf('$', cursor.at)
    const end = dollar === -1 ? cursor.text.length : dollar
    read += cursor.text.slice(cursor.at, end)
    cursor.at = end
    if (dollar === -1 || isExpansion(cursor)) continue
    read += '$'
    cursor.at += cursor.text.startsWith('$$', dollar) ? 2 : 1
  }
  return read
}

function isExpansion({ text, at }: Cursor): boolean {
  return text.startsWith('${', at)
}

function fail(cursor: Cursor, problem: string): undefined {
  if (cursor.problem === '') cursor.problem = problem
  return undefined
}

function readExpansion(cursor: Cursor): Expansion | undefined {
  if (cursor.depth >= deepest) return fail(cursor, 'expressions within expressions')
  cursor.at += 2
  cursor.depth += 1
  const isLength = peek(cursor) === '#'
  if (isLength) cursor.at += 1
  const variable = take(cursor, /[A-Za-z0-9_]+/y)
  if (variable === '' || isForeign(cursor)) return fail(cursor, 'an invalid name of a variable')
  const words: Part[] = []
  const operator = isLength ? '#length' : readOperator(cursor, words)
  if (operator === undefined || take(cursor, /\}/y) === '') {
    return fail(cursor, 'an expression that is not understood, or not closed')
  }
  cursor.depth -= 1
  return { variable, operator, words }
}

/** Letters and digits of other scripts belong to the name, as far as Go's tables know them. */
function isForeign(cursor: Cursor): boolean {
  return peek(cursor) > '\u007f'
}

function peek({ text, at }: Cursor): string {
  return text[at] ?? ''
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at
  const taken = pattern.exec(cursor.text)?.[0] ?? ''
  cursor.at += taken.length
  return taken
}

type Reader = (cursor: Cursor, words: Part[]) => boolean

const operators: readonly (readonly [RegExp, Reader])[] = [
  [/:[-=?+]|=/y, readDefault],
  [/:/y, readRange],
  [/[,^]{1,2}/y, () => true],
  [/\/[/#%]?/y, readReplacement],
  [/#{1,2}|%{1,2}/y, (cursor, words) => readWord(cursor, words, { ends: '}' })],
]

/** '' for a plain variable; undefined if what follows the operator is not for it. */
function readOperator(cursor: Cursor, words: Part[]): string | undefined {
  for (const [pattern, read] of operators) {
    const operator = take(cursor, pattern)
    if (operator !== '') return read(cursor, words) ? operator : undefined
  }
  return ''
}

function readDefault(cursor: Cursor, words: Part[]): boolean {
  while (peek(cursor) !== '}') {
    if (!readWord(cursor, words, { ends: '}' })) return false
  }
  return true
}

function readRange(cursor: Cursor, words: Part[]): boolean {
  if (!readWord(cursor, words, { ends: ':}' })) return false
  return take(cursor, /:+/y) === '' || readWord(cursor, words, { ends: '}' })
}

function readReplacement(cursor: Cursor, words: Part[]): boolean {
  if (!readWord(cursor, words, { ends: '/', hasEscapes: true })) return false
  if (take(cursor, /\/+/y) === '') return false
  return peek(cursor) === '}' || readWord(cursor, words, { ends: '}', hasEscapes: true })
}

interface WordRule {
  readonly ends: string
  /** `$$`, `\/` and `\\` stand for their second character. */
  readonly hasEscapes?: boolean
}

/** One expansion, or text up to the next one. */
function readWord(cursor: Cursor, words: Part[], { ends, hasEscapes = false }: WordRule): boolean {
  const word = isExpansion(cursor) ? readExpansion(cursor) : readLiteral(cursor, ends, hasEscapes)
  if (word === undefined || word === '') return false
  words.push(word)
  return true
}

function readLiteral(cursor: Cursor, ends: string, hasEscapes: boolean): string {
  let read = ''
  while (cursor.at < cursor.text.length && !isExpansion(cursor)) {
    const escaped = hasEscapes ? take(cursor, /\$\$|\\\/|\\\\/y).slice(1) : ''
    if (escaped === '' && ends.includes(peek(cursor))) break
    read += escaped === '' ? peek(cursor) : escaped
    if (escaped === '') cursor.at += 1
  }
  return read
}
