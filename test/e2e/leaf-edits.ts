import { formatFieldPath, type FieldStep } from '../../src/core/manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { withEntry } from './kind-manifests.ts'
import { otherTexts } from './other-texts.ts'

/** From the root: keys of maps and indexes of lists. */
export type Steps = readonly (string | number)[]

/** One change of an object, in several ways: the API server does not take every value. */
export interface Edit {
  readonly what: string
  readonly path: Steps
  readonly values: readonly (Json | undefined)[]
  /** It may also change another field, and be no change by itself: the denial names that one. */
  readonly mayChangeOthers?: true
}

/** Each leaf with another value, and without. An empty map or list is a leaf. */
export function leafEdits(object: JsonObject): readonly Edit[] {
  return leavesOf(object)
    .filter(({ path }) => !isIdentity(path))
    .flatMap(({ path, value }): Edit[] => [
      { what: 'another value of', path, values: otherValues(value) },
      { what: 'without', path, values: [undefined] },
    ])
}

/** Each map and list emptied, and gone; each list with an item twice, or in another order. */
export function partEdits(object: JsonObject): readonly Edit[] {
  return partsOf(object)
    .filter(({ path }) => path.length > 0 && !isClaimed(path))
    .flatMap(({ path, value }): Edit[] => {
      if (isJsonObject(value)) {
        return [
          { what: 'without', path, values: [undefined] },
          { what: 'with an empty', path, values: [{}] },
        ]
      }
      const list = value as readonly Json[]
      return [
        { what: 'without', path, values: [undefined] },
        { what: 'with an empty', path, values: [[]] },
        { what: 'with an item twice in', path, values: [[...list, list[0] ?? null]] },
      ]
    })
}

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u-1' }

/** What every object can have, and Git does not declare. */
export function metadataEdits({ metadata }: JsonObject): readonly Edit[] {
  const old = isJsonObject(metadata) ? metadata : {}
  const map = (key: string) => (isJsonObject(old[key]) ? old[key] : {})
  const list = (key: string) => (Array.isArray(old[key]) ? (old[key] as readonly Json[]) : [])
  const edit = (key: string, value: Json): Edit => {
    return { what: 'with one more in', path: ['metadata', key], values: [value] }
  }
  return [
    edit('labels', { ...map('labels'), foreign: 'x' }),
    edit('annotations', { ...map('annotations'), foreign: 'x' }),
    edit('finalizers', [...list('finalizers'), 'example.com/foreign']),
    edit('ownerReferences', [...list('ownerReferences'), owner]),
  ]
}

const container = { name: 'foreign', image: 'example.com/foreign:1' }
const variable = { name: 'FOREIGN', value: 'x' }

/** What a Pod, or the template of Pods, can have and Git does not declare. */
export function podEdits(object: JsonObject): readonly Edit[] {
  return partsOf(object)
    .filter(({ value }) => isJsonObject(value) && Array.isArray(value['containers']))
    .flatMap(({ path, value }) => {
      const spec = value as JsonObject
      const more = (key: string, item: Json): Edit => {
        const list = Array.isArray(spec[key]) ? (spec[key] as readonly Json[]) : []
        return { what: 'with one more in', path: [...path, key], values: [[...list, item]] }
      }
      return [
        more('containers', container),
        more('initContainers', container),
        more('volumes', { name: 'foreign', emptyDir: {} }),
        more('tolerations', { key: 'foreign', operator: 'Exists' }),
        ...envEdits([...path, 'containers', 0], at(spec, ['containers', 0])),
      ]
    })
}

function envEdits(path: Steps, first: Json | undefined): readonly Edit[] {
  const env = isJsonObject(first) && Array.isArray(first['env']) ? first['env'] : []
  const list = env as readonly Json[]
  return [{ what: 'with one more in', path: [...path, 'env'], values: [[variable, ...list]] }]
}

function at(value: Json | undefined, path: Steps): Json | undefined {
  let current = value
  for (const step of path) {
    if (typeof step === 'number') current = (current as readonly Json[] | undefined)?.[step]
    else current = isJsonObject(current) && Object.hasOwn(current, step) ? current[step] : undefined
  }
  return current
}

/** A copy with another value there; undefined takes it away. */
export function put(value: Json | undefined, path: Steps, next: Json | undefined): Json {
  const [step, ...rest] = path
  if (step === undefined) return next ?? null
  const below = rest.length === 0 ? next : put(at(value, [step]), rest, next)
  if (typeof step === 'string') return withEntry(isJsonObject(value) ? value : {}, step, below)
  const list = Array.isArray(value) ? (value as readonly Json[]) : []
  return below === undefined ? list.toSpliced(step, 1) : list.with(step, below)
}

/** As denials name the place. */
export function formatSteps(object: JsonObject, path: Steps): string {
  const steps = path.map((step, i): FieldStep => {
    if (typeof step === 'string') return { kind: 'key', key: step }
    return { kind: 'item', items: [at(object, path.slice(0, i + 1)) ?? null] }
  })
  return formatFieldPath(steps)
}

interface Place {
  readonly path: Steps
  readonly value: Json
}

export function leavesOf(value: Json, path: Steps = []): readonly Place[] {
  const below = childrenOf(value, path)
  if (below.length === 0) return [{ path, value }]
  return below.flatMap((child) => leavesOf(child.value, child.path))
}

/** Maps and lists that hold something. */
function partsOf(value: Json, path: Steps = []): readonly Place[] {
  const below = childrenOf(value, path)
  if (below.length === 0) return []
  return [{ path, value }, ...below.flatMap((child) => partsOf(child.value, child.path))]
}

function childrenOf(value: Json, path: Steps): readonly Place[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, i) => ({ path: [...path, i], value: item }))
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).map(([key, entry]) => ({ path: [...path, key], value: entry }))
}

/** What holds the claim, without which nothing is compared. */
function isClaimed([first, second, third]: Steps): boolean {
  if (first !== 'metadata') return false
  return second === undefined || (second === 'annotations' && third === undefined)
}

/** What an object is found by. */
function isIdentity([first, second]: Steps): boolean {
  if (first === 'apiVersion' || first === 'kind') return true
  return first === 'metadata' && (second === 'name' || second === 'namespace')
}

function otherValues(value: Json): readonly Json[] {
  if (typeof value === 'number') return [value + 1, value - 1, value + 2, value + 100]
  if (typeof value === 'boolean') return [!value]
  if (typeof value === 'string') return otherTexts(value)
  if (Array.isArray(value)) return [['x'], [{}]]
  return value === null ? ['x'] : [{ foreign: 'x' }, { matchLabels: { foreign: 'x' } }]
}
