import { compileWildcards, oneOf, type Matches, type Piece } from './wildcards.ts'

const longest = 1000

/**
 * A pattern of an Application's directory, as github.com/gobwas/glob reads it without separators: `*`
 * crosses slashes. Undefined for what it does not compile, or is not understood here.
 */
export function compileArgoGlob(pattern: string): Matches | undefined {
  if (pattern.length > longest) return undefined
  const reading: Reading = { characters: Array.from(pattern), at: 0 }
  const pieces = readPieces(reading, false)
  if (pieces === undefined || isMisread(pieces)) return undefined
  return compileWildcards(pieces)
}

/** The library itself takes several patterns wrongly where they are only a part, and hold wildcards. */
function isMisread(pieces: readonly Piece[]): boolean {
  const isTextOnly = (piece: Piece): boolean => piece.kind === 'one' && piece.isLiteral === true
  const holdsWildcards = (piece: Piece): boolean =>
    piece.kind === 'either' && !piece.of.every((one) => one.every(isTextOnly))
  return pieces.length > 1 && pieces.some(holdsWildcards)
}

interface Reading {
  readonly characters: readonly string[]
  at: number
}

const anything = (): boolean => true

/** Up to the end, or to what ends one of several patterns. */
function readPieces(reading: Reading, isOneOfSeveral: boolean): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (;;) {
    const character = reading.characters[reading.at]
    if (character === undefined) return pieces
    if (isOneOfSeveral && (character === ',' || character === '}')) return pieces
    reading.at += 1
    // Several patterns in one of several: that too it takes wrongly.
    const isNested = isOneOfSeveral && character === '{'
    const piece = isNested ? undefined : readPiece(character, reading)
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
}

function readPiece(character: string, reading: Reading): Piece | undefined {
  if (character === '*') return { kind: 'many', passes: anything }
  if (character === '?') return { kind: 'one', passes: anything }
  if (character === '{') return readSeveral(reading)
  if (character === '[') return readClass(reading)
  // Where nothing is opened, it is not told apart from a mistake.
  if (character === '}' || character === ']') return undefined
  return character === '\\' ? readEscaped(reading) : oneOf(character)
}

function readEscaped(reading: Reading): Piece | undefined {
  const character = reading.characters[reading.at]
  reading.at += 1
  return character === undefined ? undefined : oneOf(character)
}

function readSeveral(reading: Reading): Piece | undefined {
  const of: (readonly Piece[])[] = []
  for (;;) {
    const pieces = readPieces(reading, true)
    const end = reading.characters[reading.at]
    reading.at += 1
    if (pieces === undefined || end === undefined) return undefined
    of.push(pieces)
    if (end === '}') return { kind: 'either', of }
  }
}

/** `[abc]`, `[a-z]`, and with `!` the others. Nothing in between: there is one range or one list. */
function readClass(reading: Reading): Piece | undefined {
  const close = reading.characters.indexOf(']', reading.at)
  if (close === -1) return undefined
  const body = reading.characters.slice(reading.at, close)
  reading.at = close + 1
  const isNot = body[0] === '!'
  const members = isNot ? body.slice(1) : body
  const passes = members.length === 0 || members.includes('\\') ? undefined : inClass(members)
  if (passes === undefined) return undefined
  return { kind: 'one', passes: (character) => passes(character) !== isNot }
}

function inClass(members: readonly string[]): Matches | undefined {
  const [low = '', dash, high = ''] = members
  if (dash !== '-') return (character) => members.includes(character)
  if (members.length !== 3 || high < low) return undefined
  return (character) => character >= low && character <= high
}
