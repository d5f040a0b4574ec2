import stored from '../../../../src/core/content/catalogue/1.36.json' with { type: 'json' }
import { builtInKind } from '../../../../src/core/content/catalogue.ts'
import type { Field, Position } from '../../../../src/core/content/position.ts'
import type { StoredCatalogue } from '../../../../src/core/content/stored-catalogue.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { randomScalar } from './scalars.ts'
import type { Random } from './random.ts'

const catalogue: StoredCatalogue = stored

export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly position: Position
}

/** Events are no desired state, and no webhook is asked about registrations. */
const left = /^(?:events\.k8s\.io|admissionregistration\.k8s\.io|v1\/(?:Event|Binding)$)/

export const kinds: readonly Kind[] = Object.keys(catalogue.kinds)
  .filter((name) => !left.test(name))
  .map((name) => {
    const [kind = '', version = '', group = ''] = name.split('/').toReversed()
    const position = builtInKind({ group, version, kind })
    if (position === undefined) throw new Error(name)
    return { group, version, kind, position }
  })

/** Fields of a struct; none of what is no struct. */
export function fieldsOf({ type }: Position): readonly string[] {
  return Object.hasOwn(catalogue.types, type) ? Object.keys(catalogue.types[type] ?? {}) : []
}

/** What the API server keeps for itself, or fills in whatever a manifest says. */
export function isTheServers(kind: Kind, path: readonly string[]): boolean {
  const place = path.join('.')
  if (path[0] === 'status' || serverMetadata.has(place)) return true
  if (kind.group !== '') return false
  // What is written as text is stored as data.
  if (kind.kind === 'Secret') return place === 'stringData'
  if (kind.kind === 'Node') return place === 'spec.podCIDR'
  return kind.kind === 'Service' && allocated.has(place)
}

const serverMetadata = new Set(
  [
    'creationTimestamp',
    'deletionGracePeriodSeconds',
    'deletionTimestamp',
    'generateName',
    'generation',
    'managedFields',
    'name',
    'namespace',
    'resourceVersion',
    'selfLink',
    'uid',
  ].map((key) => `metadata.${key}`),
)

const allocated = new Set(
  [
    'clusterIP',
    'clusterIPs',
    'ipFamilies',
    'ipFamilyPolicy',
    'healthCheckNodePort',
    'ports.nodePort',
  ].map((key) => `spec.${key}`),
)

/** What a manifest of the kind may look like; whether anybody would run it is another matter. */
export function randomDeclared(kind: Kind, random: Random): JsonObject {
  const maker = { kind, random }
  const { group, version } = kind
  const apiVersion = group === '' ? version : `${group}/${version}`
  const body = randomStruct(kind.position, [], maker)
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {}
  const named = { ...metadata, name: 'a', namespace: 'zoo' }
  return { ...body, apiVersion, kind: kind.kind, metadata: named }
}

interface Maker {
  readonly kind: Kind
  readonly random: Random
}

const deepest = 9

function randomStruct(position: Position, path: readonly string[], maker: Maker): JsonObject {
  const { kind, random } = maker
  const names = random
    .shuffled(fieldsOf(position))
    .filter((name) => !isTheServers(kind, [...path, name]))
    .slice(0, 1 + random.below(path.length < 3 ? 6 : 4))
  const made: Record<string, Json> = {}
  for (const name of names) {
    const field = position.field(name)
    if (field === undefined || path.length >= deepest) continue
    made[name] = randomField(field, [...path, name], maker)
  }
  return made
}

/** Sometimes what says nothing: an empty value, or null. */
function randomField(field: Field, path: readonly string[], maker: Maker): Json {
  const { random } = maker
  if (random.chance(0.04)) return null
  const value = randomValue(field.position, path, maker)
  return random.chance(0.06) ? emptyOf(value) : value
}

function emptyOf(value: Json): Json {
  if (Array.isArray(value)) return []
  if (isJsonObject(value)) return {}
  if (typeof value === 'string') return ''
  return typeof value === 'boolean' ? false : 0
}

/** A value that says something. */
export function randomValue(position: Position, path: readonly string[], maker: Maker): Json {
  const { random } = maker
  if (position.items !== undefined) return randomList(position, path, maker)
  if (fieldsOf(position).length > 0) return randomStruct(position, path, maker)
  const values = position.field('a')
  if (values === undefined) return randomScalar(position.meaning, random)
  return randomMap(values, path, maker)
}

const keys = ['app', 'a.b/c', '__proto__', 'constructor', 'cpu', 'memory', 'tier']

function randomMap(values: Field, path: readonly string[], maker: Maker): JsonObject {
  const made = Object.create(null) as Record<string, Json>
  const isAny = values.position.meaning === 'exact' && values.position.field('a') !== undefined
  for (const key of maker.random.shuffled(keys).slice(0, 1 + maker.random.below(3))) {
    const isDeeper = !isAny || (path.length < 4 && maker.random.chance(0.5))
    made[key] = isDeeper
      ? randomValue(values.position, [...path, key], maker)
      : randomScalar('exact', maker.random)
  }
  return made
}

function randomList(position: Position, path: readonly string[], maker: Maker): readonly Json[] {
  const { items } = position
  if (items === undefined) return []
  const made = Array.from({ length: 1 + maker.random.below(3) }, (_, i) => {
    const item = randomValue(items, path, maker)
    return position.list.kind === 'map' ? withKeys(item, position.list.keys, i) : item
  })
  return position.list.kind === 'set' ? made.map((_, i) => `item-${i}`) : made
}

/** What tells it apart from its neighbours. */
function withKeys(item: Json, names: readonly string[], i: number): Json {
  if (!isJsonObject(item)) return item
  return { ...item, ...Object.fromEntries(names.map((name) => [name, `${name}-${i}`])) }
}
