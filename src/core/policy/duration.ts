const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
export const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/
const longest = 3_650 * units.d

/** `90s`, `10m`, `1h`, `30d` in milliseconds; undefined for anything else or beyond ten years. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text)
  if (match === null) return undefined
  const [, amount, unit] = match
  const duration = Number(amount) * units[unit as keyof typeof units]
  return duration <= longest ? duration : undefined
}

/** As `parseDuration` reads it, in the largest unit that is exact. */
export function formatDuration(duration: number): string {
  const [unit, size] = Object.entries(units).findLast(([, one]) => duration % one === 0) ?? [
    'ms',
    1,
  ]
  return `${duration / size}${unit}`
}
