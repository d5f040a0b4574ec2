import { canonicalJson } from '../core/manifest/canonical.ts'
import type { Json } from '../core/manifest/json.ts'

/** JSON text that says the same as YAML. */
export function jsonAsYaml(value: Json): string {
  return canonicalJson(value).replace(misread, escaped)
}

/** What JSON may hold as it is, and YAML takes for the end of a line, or not at all. */
const misread = /[\u007f-\u009f\u2028\u2029\ufeff]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
