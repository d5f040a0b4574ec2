/** When to come back, in epoch ms, by a Retry-After of seconds or of a date; undefined if it is none. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return now + Number(text) * 1000
  // Date.parse takes much for a date: those of HTTP begin with a day.
  const at = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(at) ? at : undefined
}
