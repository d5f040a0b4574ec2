/** A part of a pattern: one character or any number of them that pass, or one of several patterns. */
export type Piece =
  | {
      readonly kind: 'one'
      readonly passes: (character: string) => boolean
      /** One character, and no other. */
      readonly isLiteral?: true
    }
  | { readonly kind: 'many'; readonly passes: (character: string) => boolean }
  | { readonly kind: 'either'; readonly of: readonly (readonly Piece[])[] }

export type Matches = (text: string) => boolean

interface State {
  readonly passes?: (character: string) => boolean
  /** Once a character has passed; of a state that takes none, where one may be as well. */
  next: readonly State[]
}

const mostStates = 5000

/** In time that grows with pattern and text, whoever wrote the pattern. Undefined if it is too large. */
export function compileWildcards(pieces: readonly Piece[]): Matches | undefined {
  const end: State = { next: [] }
  const builder = { left: mostStates }
  const start = follow(pieces, end, builder)
  if (builder.left < 0) return undefined
  return (text) => {
    let states = closure([start])
    for (const character of text) {
      const passed = [...states].flatMap(({ passes, next }) =>
        passes?.(character) === true ? next : [],
      )
      states = closure(passed)
      if (states.size === 0) return false
    }
    return states.has(end)
  }
}

export function oneOf(character: string): Piece {
  return { kind: 'one', passes: (other) => other === character, isLiteral: true }
}

/** The state from which the pieces lead to `end`. */
function follow(pieces: readonly Piece[], end: State, builder: { left: number }): State {
  let next = end
  for (const piece of pieces.toReversed()) {
    builder.left -= 1
    if (builder.left < 0) return end
    next = before(piece, next, builder)
  }
  return next
}

function before(piece: Piece, next: State, builder: { left: number }): State {
  if (piece.kind === 'one') return { passes: piece.passes, next: [next] }
  if (piece.kind === 'either') return { next: piece.of.map((one) => follow(one, next, builder)) }
  const around: State = { next: [next] }
  around.next = [next, { passes: piece.passes, next: [around] }]
  return around
}

/** With what can be reached without a character. */
function closure(states: readonly State[]): ReadonlySet<State> {
  const found = new Set<State>()
  const waiting = [...states]
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (found.has(state)) continue
    found.add(state)
    if (state.passes === undefined) waiting.push(...state.next)
  }
  return found
}
