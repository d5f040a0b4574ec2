import { momentOf, momentText } from '../breakglass/moment.ts'

/** Epoch ms; `to` is no more in it. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** Epoch ms of an RFC 3339 time, or of the beginning of a day in UTC; undefined if it is neither. */
export function boundaryOf(text: string): number | undefined {
  const day = text.slice(0, dayLength)
  const midnight = momentOf(`${day}T00:00:00Z`)
  // The 31st of June would be the first of July.
  if (midnight === undefined || !momentText(midnight).startsWith(day)) return undefined
  return text.length === dayLength ? midnight : momentOf(text)
}

const dayLength = 'yyyy-mm-dd'.length

export function isWithin(time: number | undefined, { from, to }: Period): boolean {
  return time !== undefined && time >= from && time < to
}
