import { momentText } from '../../breakglass/moment.ts'

/** RFC 3339 in UTC, to the millisecond. */
export function timeText(ms: number): string {
  const whole = Math.floor(ms)
  const part = String(((whole % 1000) + 1000) % 1000).padStart(3, '0')
  return momentText(whole).replace('Z', `.${part}Z`)
}
