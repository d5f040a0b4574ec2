/** Nanoseconds of the units of a Go duration. */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const shape = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/
const part = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g

/** Nanoseconds of `1h2m3.5s`, as Go's time.ParseDuration reads it; undefined if it is none. */
export function parseDuration(text: string): bigint | undefined {
  const match = text.length <= 100 ? shape.exec(text) : null
  if (match === null) return undefined
  let total = 0n
  for (const [, whole, fraction, unit] of text.matchAll(part)) {
    total += nanoseconds(String(whole), String(fraction), String(unit))
  }
  return match[1] === '-' ? -total : total
}

function nanoseconds(whole: string, fraction: string, unit: string): bigint {
  return (BigInt(whole + fraction) * (units[unit] ?? 0n)) / 10n ** BigInt(fraction.length)
}
