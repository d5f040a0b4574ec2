import { at, stringAt, type Json } from '../manifest/json.ts'
import type { Finding, IssuePath } from './issue.ts'
import type { PresetOrigin } from './entries.ts'

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

export function* perItem(
  spec: Json | undefined,
  key: string,
  rule: (item: Json, path: IssuePath) => Findings,
): Findings {
  for (const [i, item] of items(spec, key).entries()) yield* rule(item, ['spec', key, i])
}

/** What an entry is called: by itself, or by its preset. */
export function entryName(entry: Json): string | undefined {
  return stringAt(entry, 'name') ?? stringAt(entry, 'preset')
}

/** Where the policy says what became this: the entry itself, or the one with its preset. */
export function placeOf(
  policy: Json,
  list: 'writers' | 'exceptions' | 'derived',
  { name, from }: { readonly name: string; readonly from?: PresetOrigin },
): IssuePath {
  const [key, entry] = from === undefined ? [list, name] : [from.list, from.entry]
  const position = items(at(policy, 'spec'), key).findIndex((one) => entryName(one) === entry)
  return ['spec', key, Math.max(0, position)]
}
