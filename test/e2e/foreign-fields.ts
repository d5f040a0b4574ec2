import { builtInKind } from '../../src/core/content/catalogue.ts'
import { exactPosition } from '../../src/core/content/exact.ts'
import type { Position } from '../../src/core/content/position.ts'
import { isJsonObject, type Json } from '../../src/core/manifest/json.ts'
import { fieldsOf, isTheServers, type Kind } from '../core/content/random/declared.ts'
import type { Specimen } from './kind-manifests.ts'
import type { Edit, Steps } from './leaf-edits.ts'

/** One of them the API server takes for most fields. */
const values: readonly Json[] = [
  true,
  1,
  'x',
  'Never',
  '1',
  [{}],
  {},
  ['x'],
  { x: 'y' },
  '10.0.0.9',
  'TCP',
  'a/b',
]

/** Every field that the schema has and the manifest leaves out, set. */
export function foreignFieldEdits({ kind, object }: Specimen): readonly Edit[] {
  const [version = '', group = ''] = kind.apiVersion.split('/').toReversed()
  const gvk = { group, version, kind: kind.kind }
  const position = builtInKind(gvk) ?? exactPosition
  return editsBelow(object, { position, path: [] }, { ...gvk, position })
}

interface Place {
  readonly position: Position
  readonly path: Steps
}

function editsBelow(value: Json, { position, path }: Place, kind: Kind): readonly Edit[] {
  if (Array.isArray(value)) {
    const items = position.items ?? exactPosition
    return (value as readonly Json[]).flatMap((item, i) =>
      editsBelow(item, { position: items, path: [...path, i] }, kind),
    )
  }
  if (!isJsonObject(value)) return []
  const keys = path.filter((step) => typeof step === 'string')
  const absent = fieldsOf(position).filter((field) => {
    const isClaim = keys.length === 1 && keys[0] === 'metadata' && field === 'annotations'
    return !isClaim && !Object.hasOwn(value, field) && !isTheServers(kind, [...keys, field])
  })
  const below = Object.entries(value).flatMap(([key, entry]) => {
    const next = position.field(key)?.position ?? exactPosition
    return editsBelow(entry, { position: next, path: [...path, key] }, kind)
  })
  const set = absent.map((field): Edit => {
    return { what: 'with', path: [...path, field], values, mayChangeOthers: true }
  })
  return [...set, ...below]
}
