const shape =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-]\d{2}):(\d{2}))$/

/** Nanoseconds since the epoch of an RFC 3339 time, undefined if it is none, such as one of 31 June. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = shape.exec(text)
  if (match === null) return undefined
  const part = (i: number) => Number(match[i] ?? 0)
  if (!isDay(part(1), part(2), part(3))) return undefined
  if (part(4) > 23 || part(5) > 59 || part(6) > 59) return undefined
  const days = daysSinceEpoch(part(1), part(2), part(3))
  const seconds = ((days * 24 + part(4)) * 60 + part(5)) * 60 + part(6)
  const fraction = (match[7] ?? '').padEnd(9, '0')
  const offset = offsetSeconds(match[8] ?? '+0', part(9))
  return BigInt(seconds - offset) * 1_000_000_000n + BigInt(fraction)
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const next = month === 12 ? daysSinceEpoch(year + 1, 1, 1) : daysSinceEpoch(year, month + 1, 1)
  return daysSinceEpoch(year, month, day) < next
}

/** `hours` keeps its sign at -00 too. */
function offsetSeconds(hours: string, minutes: number): number {
  const seconds = Math.abs(Number(hours)) * 3600 + minutes * 60
  return hours.startsWith('-') ? -seconds : seconds
}

/** Of the proleptic Gregorian calendar; years are counted from March, so that leap days come last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const monthFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  return shifted * 365 + leapDays + dayOfYear - 719_468
}
