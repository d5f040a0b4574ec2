import type { Json } from '../../manifest/json.ts'
import type { Meaning } from '../position.ts'
import { parseDuration } from './duration.ts'
import { parseQuantity } from './quantity.ts'
import { parseTimestamp } from './timestamp.ts'

/** Whether two scalars say the same where a value of that meaning stands. */
export function isSameScalar(a: Json, b: Json, meaning: Meaning): boolean {
  if (Object.is(a, b)) return true
  if (meaning === 'exact') return isSameNumber(a, b)
  const [left, right] = [textOf(a), textOf(b)]
  if (left === undefined || right === undefined) return false
  return readers[meaning](left, right)
}

/** `-0` and `0`, and an integer that arrived as bigint. */
function isSameNumber(a: Json, b: Json): boolean {
  if (typeof a !== 'number' && typeof a !== 'bigint') return false
  if (typeof b !== 'number' && typeof b !== 'bigint') return false
  // oxlint-disable-next-line eqeqeq -- 1n === 1 is false
  return a == b
}

/** YAML may hold a quantity as a number: `cpu: 1`. */
function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}

const readers: Readonly<
  Record<Exclude<Meaning, 'exact'>, (left: string, right: string) => boolean>
> = {
  quantity: (left, right) => isSameAmount(parseQuantity(left), parseQuantity(right)),
  duration: (left, right) => isSameAmount(parseDuration(left), parseDuration(right)),
  timestamp: (left, right) => isSameAmount(parseTimestamp(left), parseTimestamp(right)),
  bytes: (left, right) => {
    const [a, b] = [parseBase64(left), parseBase64(right)]
    return a !== undefined && b !== undefined && a === b
  },
}

function isSameAmount(a: bigint | undefined, b: bigint | undefined): boolean {
  return a !== undefined && b !== undefined && a === b
}

/** In one spelling. Go reads over line ends and nothing else; an unused bit that is set is refused here. */
function parseBase64(text: string): string | undefined {
  const compact = text.replaceAll(/[\r\n]/g, '')
  return Buffer.from(compact, 'base64').toString('base64') === compact ? compact : undefined
}
