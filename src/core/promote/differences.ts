import { whyHidden } from '../breakglass/diff-hidden.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import { changedPaths } from '../manifest/changes.ts'
import { formatFieldPath, type FieldPath, type FieldPattern } from '../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { isList } from './edits.ts'

/** A field in which two objects differ, for people. */
export interface FieldDifference {
  readonly path: string
  /** Absent where nothing stands there. */
  readonly from?: string
  readonly to?: string
}

const most = 50
const longest = 200

export function differencesOf(from: JsonObject, to: JsonObject): readonly FieldDifference[] {
  return changedPaths(from, to, most).map((path) => {
    const [before, after] = [valueAt(from, path), valueAt(to, path)]
    return {
      path: formatFieldPath(path),
      ...(before !== undefined && { from: shortText(before) }),
      ...(after !== undefined && { to: shortText(after) }),
    }
  })
}

function shortText(value: Json): string {
  const text = canonicalJson(value)
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`
}

/** Of an item that both lists have under one name; without one nobody can tell which. */
function valueAt(object: JsonObject, path: FieldPath): Json | undefined {
  let value: Json | undefined = object
  for (const step of path) {
    value = step.kind === 'key' ? at(value, step.key) : itemIn(value, step.items)
  }
  return value
}

function itemIn(list: Json | undefined, items: readonly Json[]): Json | undefined {
  if (!isList(list)) return undefined
  const name = stringAt(items[0], 'name')
  if (name === undefined) return list.find((item) => items.includes(item))
  return list.find((item) => stringAt(item, 'name') === name)
}

interface Resource {
  readonly group: string
  readonly kind: string
}

/** Programs get their settings there, most of which are no secrets: they count by name and looks. */
const ordinary: ReadonlySet<string> = new Set(['args', 'command', 'env'])

/** Fields whose new value looks like a secret, which has no place in Git as it is. */
export function secretLooking(
  from: JsonObject,
  to: JsonObject,
  { group, kind }: Resource,
): readonly string[] {
  const resource = kind === 'Secret' ? 'secrets' : ''
  return changedPaths(from, to).flatMap((path) => {
    const value = valueAt(to, path)
    const field = path.flatMap((step): FieldPattern => {
      if (step.kind === 'key') return ordinary.has(step.key) ? [] : [step]
      const name = stringAt(step.items[0], 'name')
      return [name === undefined ? { kind: 'any' } : { kind: 'item', field: 'name', value: name }]
    })
    const isSecret =
      value !== undefined && whyHidden({ group, resource, field }, value) === 'Confidential'
    return isSecret ? [formatFieldPath(path)] : []
  })
}
