import { parseTimestamp } from '../content/meaning/timestamp.ts'

const day = 86_400_000

/** RFC 3339 in UTC, to the second: what is left of it is cut. */
export function momentText(ms: number): string {
  const days = Math.floor(ms / day)
  const seconds = Math.floor((ms - days * day) / 1000)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${dateText(days)}T${clock.map(padded).join(':')}Z`
}

/** Epoch ms of an RFC 3339 time; undefined if it is none. */
export function momentOf(text: string | undefined): number | undefined {
  const nanoseconds = text === undefined ? undefined : parseTimestamp(text)
  return nanoseconds === undefined ? undefined : Number(nanoseconds / 1_000_000n)
}

/** Of the proleptic Gregorian calendar; years are counted from March, so that leap days come last. */
function dateText(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return [String(year).padStart(4, '0'), padded(month), padded(dayOfMonth)].join('-')
}

function padded(value: number): string {
  return String(value).padStart(2, '0')
}
