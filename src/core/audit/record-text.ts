import { canonicalJson } from '../manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** Records have a handful of shapes; whoever makes up keys must not make this grow. */
const mostShapes = 64
/** `__proto__`, asked for by name, is there in every object; a line break would join two keys. */
const ordinaryKey = /^[A-Za-z][\w.-]*$/
const orders = new Map<string, readonly string[]>()

/**
 * What canonicalJson gives, five times faster: every decision has such a text, and a list of all
 * keys in order makes JSON.stringify write each object in that order.
 */
export function recordText(record: JsonObject): string {
  const keys: string[] = []
  if (!collectKeys(record, keys)) return canonicalJson(record)
  return JSON.stringify(record, orderOf(keys) as string[])
}

/** False for what JSON.stringify would write in another way. */
function collectKeys(object: JsonObject, keys: string[]): boolean {
  for (const key in object) {
    if (!ordinaryKey.test(key)) return false
    keys.push(key)
    if (!isPlain(object[key] ?? null, keys)) return false
  }
  return true
}

function isPlain(value: Json, keys: string[]): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'boolean' || value === null) return true
  if (isJsonObject(value)) return collectKeys(value, keys)
  return Array.isArray(value) && (value as readonly Json[]).every((item) => isPlain(item, keys))
}

function orderOf(keys: readonly string[]): readonly string[] {
  const shape = keys.join('\n')
  const known = orders.get(shape)
  if (known !== undefined) return known
  const order = [...new Set(keys)].toSorted()
  if (orders.size < mostShapes) orders.set(shape, order)
  return order
}
