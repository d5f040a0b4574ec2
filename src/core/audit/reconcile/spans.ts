/** A stretch of time in which something was never away for long. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly count: number
}

export interface Spans {
  add(time: number): void
  /** In their order. */
  all(): readonly Span[]
}

type Grown = { -readonly [K in keyof Span]: Span[K] }

const mostSpans = 4096

/**
 * Times that come in nearly any order, as stretches. When there are too many, those that are next to
 * each other are taken together: memory is bounded, and what is left is coarser.
 */
export function spansOf(tolerance: number): Spans {
  let within = tolerance
  let spans: Grown[] = []
  const add = (time: number): void => {
    const next = firstAfter(spans, time)
    const [before, after] = [spans[next - 1], spans[next]]
    const joinsBefore = before !== undefined && time <= before.to + within
    const joinsAfter = after !== undefined && time >= after.from - within
    if (joinsBefore) {
      before.to = Math.max(before.to, time)
      before.count += 1
      if (!joinsAfter) return
      before.to = Math.max(before.to, after.to)
      before.count += after.count
      spans.splice(next, 1)
    } else if (joinsAfter) {
      after.from = time
      after.count += 1
    } else spans.splice(next, 0, { from: time, to: time, count: 1 })
    while (spans.length > mostSpans) {
      within *= 2
      spans = coarser(spans, within)
    }
  }
  return { add, all: () => spans.map((span) => ({ ...span })) }
}

/** Place of the first one that begins later. Most times come last. */
function firstAfter(spans: readonly Span[], time: number): number {
  let [low, high] = [0, spans.length]
  if (high > 0 && (spans.at(-1)?.from ?? 0) <= time) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((spans[middle]?.from ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low
}

function coarser(spans: readonly Grown[], within: number): Grown[] {
  const merged: Grown[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last === undefined || span.from > last.to + within) merged.push({ ...span })
    else {
      last.to = Math.max(last.to, span.to)
      last.count += span.count
    }
  }
  return merged
}

/** What is left of `from` to `to` without the spans, where that is longer than `longest`. */
export function holesIn(
  spans: readonly Span[],
  [from, to]: readonly [number, number],
  longest: number,
): readonly (readonly [from: number, to: number])[] {
  const holes: [number, number][] = []
  let reached = from
  for (const span of spans) {
    if (span.from - reached > longest && reached < to) {
      holes.push([reached, Math.min(span.from, to)])
    }
    reached = Math.max(reached, span.to)
  }
  if (to - reached > longest) holes.push([reached, to])
  return holes
}
