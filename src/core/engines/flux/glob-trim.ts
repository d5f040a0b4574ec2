/** Which of several matches is cut off. */
export type Length = 'shortest' | 'longest'

const longest = 300

/** The value without the start that the pattern matches; a malformed pattern changes nothing. */
export function withoutStart(value: string, pattern: string, which: Length): string | undefined {
  if (value.length > longest || pattern.length > longest) return undefined
  let cut = 0
  for (let end = value.length; end > 0; end -= 1) {
    const match = matches(pattern, value.slice(0, end))
    if (match === 'malformed') return value
    if (match === 'yes') cut = end
    if (match === 'yes' && which === 'longest') break
  }
  return value.slice(cut)
}

/** The pattern is read backwards too, so that `[a-z]` at the end is none. */
export function withoutEnd(value: string, pattern: string, which: Length): string | undefined {
  const rest = withoutStart(reversed(value), reversed(pattern), which)
  return rest === undefined ? undefined : reversed(rest)
}

function reversed(ascii: string): string {
  return ascii.split('').reverse().join('')
}

type Match = 'yes' | 'no' | 'malformed'

/**
 * Whether the pattern matches the whole name, as Go's path.Match does but for `/`, which is nothing
 * special. What is malformed is found only where the name is long enough to come to it.
 */
function matches(pattern: string, name: string): Match {
  let rest: string | undefined = name
  for (let left = pattern; left !== '';) {
    const { isStarred, chunk, after } = nextChunk(left)
    if (isStarred && chunk === '') return 'yes'
    left = after
    const found: string | false | undefined = findChunk(rest, {
      isStarred,
      chunk,
      isLast: left === '',
    })
    if (found === undefined) return 'malformed'
    if (found === false) return 'no'
    rest = found
  }
  return rest === '' ? 'yes' : 'no'
}

interface Chunk {
  readonly isStarred: boolean
  readonly chunk: string
  readonly isLast: boolean
}

/** What is left of the name after the chunk; false if it is not there, undefined if it is malformed. */
function findChunk(name: string, { isStarred, chunk, isLast }: Chunk): string | false | undefined {
  const last = isStarred ? name.length : 0
  for (let start = 0; start <= last; start += 1) {
    const rest = matchStart(chunk, name.slice(start))
    if (rest === undefined) return undefined
    if (rest !== false && (rest === '' || !isLast)) return rest
  }
  return false
}

function nextChunk(pattern: string): { isStarred: boolean; chunk: string; after: string } {
  const body = pattern.replace(/^\*+/, '')
  const isStarred = body.length < pattern.length
  let isInClass = false
  let end = 0
  for (; end < body.length; end += 1) {
    const character = body[end]
    if (character === '*' && !isInClass) break
    if (character === '[') isInClass = true
    if (character === ']') isInClass = false
    if (character === '\\' && end + 1 < body.length) end += 1
  }
  return { isStarred, chunk: body.slice(0, end), after: body.slice(end) }
}

function matchStart(chunk: string, name: string): string | false | undefined {
  let at = 0
  let left = chunk
  while (left !== '') {
    const character = name[at]
    if (character === undefined) return false
    const step = matchOne(left, character)
    if (typeof step !== 'string') return step
    left = step
    at += 1
  }
  return name.slice(at)
}

/** What is left of the chunk after what matches the one character. */
function matchOne(chunk: string, character: string): string | false | undefined {
  if (chunk.startsWith('?')) return chunk.slice(1)
  if (chunk.startsWith('[')) return matchClass(chunk.slice(1), character)
  const literal = chunk.startsWith('\\') ? chunk.slice(1) : chunk
  if (literal === '') return undefined
  return literal.startsWith(character) ? literal.slice(1) : false
}

function matchClass(text: string, character: string): string | false | undefined {
  const isNegated = text.startsWith('^')
  let left = isNegated ? text.slice(1) : text
  let isIn = false
  for (let ranges = 0; ranges === 0 || !left.startsWith(']'); ranges += 1) {
    const range = readRange(left)
    if (range === undefined) return undefined
    if (range.low <= character && character <= range.high) isIn = true
    left = range.after
  }
  return isIn === isNegated ? false : left.slice(1)
}

function readRange(text: string): { low: string; high: string; after: string } | undefined {
  const low = readMember(text)
  if (low === undefined || !low.after.startsWith('-')) {
    return low && { low: low.character, high: low.character, after: low.after }
  }
  const high = readMember(low.after.slice(1))
  return high && { low: low.character, high: high.character, after: high.after }
}

function readMember(text: string): { character: string; after: string } | undefined {
  const [, character, after] = /^(?:\\([^])|[^-\]\\])([^]+)$/.exec(text) ?? []
  if (after === undefined) return undefined
  return { character: character ?? text.slice(0, 1), after }
}
