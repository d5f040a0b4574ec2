import { ownersOf } from '../breakglass/field-owners.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import { isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'

/** Of an entry of managedFields; whoever has more has enough. */
const mostFields = 200

/**
 * The fields that a person's tool says it has written, status apart. It finds something in what a part
 * of the control plane may well have made, and clears nothing: the name is the client's own.
 */
export function handMade(object: JsonObject): readonly FieldPath[] {
  const found: FieldPath[] = []
  for (const entry of ownersOf(object)) {
    if (!isByHand(entry)) continue
    collect(isJsonObject(entry) ? (entry['fieldsV1'] ?? null) : null, [], found)
  }
  return found
}

/** `kubectl`, `kubectl-edit`, `kubectl-client-side-apply`. */
function isByHand(entry: Json): boolean {
  const manager = stringAt(entry, 'manager') ?? ''
  return /^kubectl(?:-|$)/.test(manager) && stringAt(entry, 'subresource') !== 'status'
}

function collect(fields: Json, path: FieldPath, found: FieldPath[]): void {
  if (!isJsonObject(fields) || found.length >= mostFields) return
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.' || found.length >= mostFields) continue
    const next = [...path, stepOf(key)]
    if (isJsonObject(below) && Object.keys(below).some((one) => one !== '.')) {
      collect(below, next, found)
    } else found.push(next)
  }
}

function stepOf(key: string): FieldPath[number] {
  if (key.startsWith('f:')) return { kind: 'key', key: key.slice(2) }
  return { kind: 'item', items: [itemOf(key)] }
}

function itemOf(key: string): Json {
  try {
    return JSON.parse(key.slice(2)) as Json
  } catch {
    return null
  }
}
