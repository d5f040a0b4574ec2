import { canonicalJson } from '../manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** `__proto__`, asked for by name, is there in every object; numbers come before all other keys. */
const ordinaryKey = /^[A-Za-z][\w.-]*$/
/** Records have a handful of keys; whoever makes up others must not make this grow. */
const mostKeys = 128
const ordinaryKeys = new Set<string>()

/**
 * What canonicalJson gives, six times faster: every decision has such a text, and JSON.stringify
 * writes the keys of an object as they come.
 */
export function recordText(record: JsonObject): string {
  const ordered = isPlain(record) ? inOrder(record) : undefined
  return ordered === undefined ? canonicalJson(record) : JSON.stringify(ordered)
}
