import {
  at,
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../src/core/manifest/json.ts'
import type { Meaning } from '../../src/core/content/position.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import type { ServedKind } from './kinds.ts'
import { orderedLists } from './ordered-lists.ts'

// The structure of the objects, as OpenAPI v3 publishes it. It is no authority on defaults.

export type Shape =
  | {
      readonly kind: 'scalar'
      readonly type: ScalarType
      readonly meaning: Meaning
      readonly values: readonly string[]
    }
  | { readonly kind: 'type'; readonly name: string }
  | ListOf
  | { readonly kind: 'map'; readonly values: Shape }
  /** Any JSON. */
  | { readonly kind: 'any' }

interface ListOf {
  readonly kind: 'list'
  readonly items: Shape
  readonly keys: readonly string[]
  readonly isOrdered: boolean
  readonly isSet: boolean
}

type ScalarType = 'string' | 'integer' | 'boolean' | 'int-or-string' | 'quantity' | 'time'

export interface Schema {
  /** Kind, as `ServedKind` names it -> type. */
  readonly kinds: ReadonlyMap<string, string>
  /** Type -> field -> shape. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, Shape>>
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.'

/** Types that stand for a scalar or for free JSON; the schema says no more than their name. */
const wellKnown: Readonly<Record<string, Shape>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': scalar('quantity', 'quantity'),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': scalar('int-or-string'),
  [`${meta}Time`]: scalar('time', 'timestamp'),
  [`${meta}MicroTime`]: scalar('time', 'timestamp'),
  [`${meta}FieldsV1`]: { kind: 'any' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { kind: 'any' },
  [`${extensions}JSON`]: { kind: 'any' },
  // Either a schema or something shorter that is one value.
  [`${extensions}JSONSchemaPropsOrArray`]: { kind: 'type', name: `${extensions}JSONSchemaProps` },
  [`${extensions}JSONSchemaPropsOrBool`]: { kind: 'type', name: `${extensions}JSONSchemaProps` },
  [`${extensions}JSONSchemaPropsOrStringArray`]: {
    kind: 'type',
    name: `${extensions}JSONSchemaProps`,
  },
}

function scalar(
  type: ScalarType,
  meaning: Meaning = 'exact',
  values: readonly string[] = [],
): Shape {
  return { kind: 'scalar', type, meaning, values }
}

/** The types of these kinds and all that they refer to. */
export async function readSchema(api: Api, kinds: readonly ServedKind[]): Promise<Schema> {
  const published = await readPublished(api, new Set(kinds.map(({ apiVersion }) => apiVersion)))
  const roots = new Map(kinds.map((kind) => [kind.name, rootType(published, kind)]))
  const types = new Map<string, ReadonlyMap<string, Shape>>()
  const visit = (name: string) => {
    if (types.has(name)) return
    const fields = fieldsOf(name, published.get(name))
    types.set(name, fields)
    for (const shape of fields.values()) {
      const inner = innermost(shape)
      if (inner.kind === 'type') visit(inner.name)
    }
  }
  for (const name of roots.values()) visit(name)
  return { kinds: roots, types }
}

/** What is inside the lists and maps. */
function innermost(shape: Shape): Shape {
  if (shape.kind === 'list') return innermost(shape.items)
  if (shape.kind === 'map') return innermost(shape.values)
  return shape
}

async function readPublished(api: Api, versions: ReadonlySet<string>) {
  const { body: index } = await api.send({ method: 'GET', path: '/openapi/v3' })
  const published = new Map<string, JsonObject>()
  for (const version of versions) {
    const key = version.includes('/') ? `apis/${version}` : `api/${version}`
    const path = stringAt(index, 'paths', key, 'serverRelativeURL')
    if (path === undefined) throw new Error(`no OpenAPI for ${version}`)
    const { body } = await api.send({ method: 'GET', path, timeoutMs: 60_000 })
    const schemas = at(body, 'components', 'schemas')
    if (!isJsonObject(schemas)) throw new Error(`no schemas in ${path}`)
    for (const [name, schema] of Object.entries(schemas)) {
      if (isJsonObject(schema)) published.set(name, schema)
    }
  }
  return published
}

function rootType(published: ReadonlyMap<string, JsonObject>, served: ServedKind): string {
  for (const [name, schema] of published) {
    // Options and Status are served in every group, and so are of many kinds.
    const kinds = schema['x-kubernetes-group-version-kind']
    if (sizeOf(kinds) === 1 && isOfKind(firstOf(kinds), served)) return name
  }
  throw new Error(`OpenAPI has no type for ${served.name}`)
}

function isOfKind(entry: Json | undefined, { apiVersion, kind }: ServedKind): boolean {
  const group = stringAt(entry, 'group') ?? ''
  const version = stringAt(entry, 'version') ?? ''
  return (
    stringAt(entry, 'kind') === kind &&
    (group === '' ? version : `${group}/${version}`) === apiVersion
  )
}

function fieldsOf(type: string, schema: JsonObject | undefined): ReadonlyMap<string, Shape> {
  if (schema === undefined) throw new Error(`OpenAPI has no ${type}`)
  const properties = schema['properties']
  const named = isJsonObject(properties) ? Object.entries(properties) : []
  const shapes = named.map(([field, value]) => {
    const place = `${type}.${field}`
    return [field, shapeOf(value, place)] as const
  })
  return new Map(shapes.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function shapeOf(schema: Json | undefined, place: string): Shape {
  const reference = stringAt(schema, '$ref') ?? stringAt(firstOf(at(schema, 'allOf')), '$ref')
  if (reference !== undefined) return referred(reference.replace('#/components/schemas/', ''))
  const type = stringAt(schema, 'type')
  if (type === 'array') return listOf(schema, place)
  if (type === 'object') return mapOf(schema, place)
  if (type === 'string') return stringOf(schema)
  if (type === 'integer' || type === 'number') return scalar('integer')
  if (type === 'boolean') return scalar('boolean')
  throw new Error(`${place}: no reading for ${JSON.stringify(schema)}`)
}

function sizeOf(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0
}

function firstOf(list: Json | undefined): Json | undefined {
  return Array.isArray(list) ? (list as readonly Json[])[0] : undefined
}

function referred(name: string): Shape {
  return wellKnown[name] ?? { kind: 'type', name }
}

function stringOf(schema: Json | undefined): Shape {
  if (stringAt(schema, 'format') === 'byte') return scalar('string', 'bytes')
  const values = at(schema, 'enum')
  const named = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
  return scalar('string', 'exact', named)
}

function mapOf(schema: Json | undefined, place: string): Shape {
  const values = at(schema, 'additionalProperties')
  if (values === undefined) throw new Error(`${place}: an object of no type`)
  return { kind: 'map', values: shapeOf(values, place) }
}

function listOf(schema: Json | undefined, place: string): Shape {
  const type = stringAt(schema, 'x-kubernetes-list-type')
  const keys = at(schema, 'x-kubernetes-list-map-keys')
  return {
    kind: 'list',
    items: shapeOf(at(schema, 'items'), place),
    keys: type === 'map' && Array.isArray(keys) ? keys.map(String) : [],
    isOrdered: orderedLists.has(place),
    isSet: type === 'set',
  }
}
