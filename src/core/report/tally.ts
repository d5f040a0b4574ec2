export interface Counted {
  readonly key: string
  readonly count: number
}

export interface Tally {
  add(key: string): void
  /** The largest first; equal ones by their key. */
  counts(): readonly Counted[]
}

/** Names come from strangers, who could make up any number of them. */
const mostKeys = 50_000
export const beyond = '(all others)'

export function tallyOf(most = mostKeys): Tally {
  const counts = new Map<string, number>()
  return {
    add: (key) => {
      const known = counts.has(key) || counts.size < most ? key : beyond
      counts.set(known, (counts.get(known) ?? 0) + 1)
    },
    counts: () =>
      Array.from(counts, ([key, count]) => ({ key, count })).toSorted(
        (a, b) => b.count - a.count || (a.key < b.key ? -1 : 1),
      ),
  }
}
