import { isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { ownersOf } from '../breakglass/field-owners.ts'
import type { FieldPath, FieldStep } from '../manifest/field-path.ts'
import type { WriterHint } from './result.ts'

const longest = 128

/**
 * Who managedFields say wrote these fields last, or else the object; undefined where nobody says. A
 * status is nobody's wish, so its writers only count where it is in question.
 */
export function writerHint(
  object: JsonObject,
  paths: readonly FieldPath[],
): WriterHint | undefined {
  const entries = ownersOf(object).filter(isJsonObject)
  const owning = entries.filter(({ fieldsV1 = null }) => paths.some((path) => owns(fieldsV1, path)))
  const wishes = entries.filter((one) => stringAt(one, 'subresource') !== 'status')
  const [candidates = []] = [owning, wishes, entries].filter(({ length }) => length > 0)
  const [first] = candidates.toSorted((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1))
  return first === undefined ? undefined : toHint(first)
}

function toHint(entry: JsonObject): WriterHint {
  const text = (key: string) => (stringAt(entry, key) ?? '').slice(0, longest)
  const subresource = text('subresource')
  return {
    isHint: true,
    manager: text('manager'),
    operation: text('operation'),
    time: timeOf(entry).slice(0, longest),
    ...(subresource === '' ? {} : { subresource }),
  }
}

function timeOf(entry: JsonObject): string {
  return stringAt(entry, 'time') ?? ''
}

/** FieldsV1 has `f:key` for fields, `k:{...}` for items by their keys, `v:...` for items by value. */
function owns(fields: Json, [step, ...rest]: FieldPath): boolean {
  if (step === undefined) return true
  if (!isJsonObject(fields)) return false
  const below = Object.entries(fields).filter(([key]) => isAt(key, step))
  return below.some(([, next]) => isWhole(next) || owns(next, rest))
}

/** A leaf, or what its owner has as a whole. */
function isWhole(fields: Json): boolean {
  return isJsonObject(fields) && Object.keys(fields).length === 0
}

function isAt(key: string, step: FieldStep): boolean {
  if (step.kind === 'key') return key === `f:${step.key}`
  if (key.startsWith('v:')) return step.items.some((item) => key === `v:${JSON.stringify(item)}`)
  const keys = key.startsWith('k:') ? readJson(key.slice(2)) : undefined
  return (
    isJsonObject(keys) &&
    step.items.some(
      (item) =>
        isJsonObject(item) && Object.entries(keys).every(([name, value]) => item[name] === value),
    )
  )
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
