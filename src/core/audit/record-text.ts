import { canonicalJson } from '../manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** What is undefined is left out. */
export interface SparseRecord {
  readonly [key: string]: Json | undefined
}

/**
 * What canonicalJson gives, many times faster where the keys are in canonical order already: every
 * decision has such a text. What is in `place` comes first, whatever the record says.
 */
export function recordText(record: SparseRecord, place: SparseRecord = {}): string {
  const whole = { ...record, ...place }
  if (isCanonical(whole)) {
    const text = JSON.stringify(whole)
    // Half a surrogate pair would be written as an escape, and has no canonical text.
    if (!text.includes('\\u')) return text
  }
  return canonicalJson(withoutUndefined(whole))
}

/** Whether JSON.stringify writes the canonical text of it, as long as all text is well-formed. */
function isCanonical(object: SparseRecord): boolean {
  let before = ''
  for (const key in object) {
    if (key < before || !isPlain(object[key])) return false
    before = key
  }
  return true
}

function isPlain(value: Json | undefined): boolean {
  if (typeof value === 'string' || value === undefined) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'bigint') return false
  if (isJsonObject(value)) return isCanonical(value)
  return !Array.isArray(value) || (value as readonly Json[]).every(isPlain)
}

function withoutUndefined(object: SparseRecord): JsonObject {
  const known = Object.entries(object).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as JsonObject
}
