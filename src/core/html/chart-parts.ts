const seriesCount = 6

export function seriesClass(series: number): string {
  return `series-${((series - 1) % seriesCount) + 1}`
}

/** With two decimals: `33.33%`; nothing of nothing is `0%`. */
export function percentOf(part: number, whole: number): string {
  return whole === 0 ? '0%' : `${Math.round((part / whole) * 10_000) / 100}%`
}

export function shortLabel(label: string, longest: number): string {
  const characters = Array.from(label)
  return characters.length <= longest ? label : `${characters.slice(0, longest - 1).join('')}…`
}
