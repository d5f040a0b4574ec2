import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'

/** What stands at a path and what should; undefined: nothing. */
export interface Difference {
  readonly path: string
  readonly found: Json | undefined
  readonly wanted: Json | undefined
}

const defaults: JsonObject = {
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
  matchConditions: [],
}

/** As the API server stores an entry. */
export function withDefaults(webhook: JsonObject): JsonObject {
  const rules: unknown = at(webhook, 'rules')
  const withScope = Array.isArray(rules)
    ? (rules as readonly Json[]).map((rule) =>
        isJsonObject(rule) ? { scope: '*', ...rule } : rule,
      )
    : []
  return { ...defaults, ...webhook, rules: withScope }
}

/** Of two entries of one name, both as the API server stores them, in the smallest parts. */
export function differences(found: JsonObject, wanted: JsonObject): readonly Difference[] {
  return keysOf(found, wanted).flatMap((key) => compare(key, found[key], wanted[key]))
}

function compare(
  path: string,
  found: Json | undefined,
  wanted: Json | undefined,
): readonly Difference[] {
  if (isSame(found, wanted)) return []
  if (isJsonObject(found) && isJsonObject(wanted)) {
    return keysOf(found, wanted).flatMap((key) => {
      return compare(`${path}.${key}`, found[key], wanted[key])
    })
  }
  const [left, right] = [found, wanted].map(itemsOf)
  if (left === undefined || right === undefined) return [{ path, found, wanted }]
  return [...new Set([...right.keys(), ...left.keys()])].flatMap((key) =>
    compare(`${path}[${key}]`, left.get(key), right.get(key)),
  )
}

/** By name where all have one, else by place; lists of words are compared as a whole. */
function itemsOf(list: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (!Array.isArray(list)) return undefined
  const items = list as readonly Json[]
  if (!items.every(isJsonObject)) return undefined
  const names = items.map((item) => stringAt(item, 'name'))
  const areNamed = names.every((name) => name !== undefined) && new Set(names).size === names.length
  return new Map(items.map((item, i) => [areNamed ? `name=${names[i] ?? ''}` : String(i), item]))
}

function keysOf(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(b), ...Object.keys(a)])]
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return canonicalJson(a) === canonicalJson(b)
}
