import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../core/policy/duration.ts'

const aDay = 24 * 60 * 60 * 1000
const units: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}
/** Two files of full size, and something to go on with. */
const leastBytes = 256 * 2 ** 20

export function keepFor(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < aDay) {
    throw new InvalidArgumentError('must be a duration of at least a day, such as 2160h')
  }
  return ms
}

export function byteCount(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,15})(Ki|Mi|Gi|Ti)?$/.exec(text) ?? []
  const bytes = Number(count) * (units[unit] ?? 1)
  if (count === '' || bytes < leastBytes) {
    throw new InvalidArgumentError('must be a size of at least 256Mi, such as 20Gi')
  }
  return bytes
}
