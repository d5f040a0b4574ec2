import { at, type Json } from '../manifest/json.ts'
import type { Finding } from './issue.ts'

export type Findings = Iterable<Finding>

/** The list at a key of a policy as it was written; empty when there is none. */
export function items(value: Json | undefined, key: string): readonly Json[] {
  const found = at(value, key)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

/** The strings of a list: an item of another type is the schema's to report. */
export function texts(value: Json | undefined, key: string): readonly string[] {
  return items(value, key).filter((item) => typeof item === 'string')
}
