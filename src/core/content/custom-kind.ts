import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { objectMeta } from './catalogue.ts'
import { defaulted } from './custom-defaults.ts'
import { exactField, exactPosition } from './exact.ts'
import type { KindSchema } from './kind-schema.ts'
import type { Field, ListShape, Position } from './position.ts'
import { unknownKind } from './unknown-kind.ts'

/**
 * What a CustomResourceDefinition says about one of its versions. The API server stores custom
 * resources as they are written: no format changes how a value is compared, and empty values stay.
 */
export function customKind(definition: JsonObject, version: string): KindSchema {
  const versions = listAt(definition, 'spec', 'versions')
  const served = versions.find((one) => stringAt(one, 'name') === version)
  const schema = at(served, 'schema', 'openAPIV3Schema')
  const keepsStatus = at(served, 'subresources', 'status') !== undefined
  if (!isJsonObject(schema)) return { position: unknownKind, keepsStatus }
  // What is left of the days before there was pruning.
  const keepsAll = at(definition, 'spec', 'preserveUnknownFields') === true
  return { position: resourcePosition(schema, keepsAll), keepsStatus }
}

/** With what every resource has, the one at the top and the one inside another alike. */
function resourcePosition(schema: JsonObject, keepsAll: boolean): Position {
  const described = schemaPosition({ ...schema, 'x-kubernetes-embedded-resource': false }, keepsAll)
  return {
    ...described,
    field(key) {
      if (key === 'metadata') return { ...exactField, isNullable: false, position: objectMeta() }
      if (key === 'apiVersion' || key === 'kind') return { ...exactField, isNullable: false }
      return described.field(key)
    },
  }
}

function schemaPosition(schema: JsonObject, keepsAll: boolean): Position {
  if (schema['x-kubernetes-embedded-resource'] === true) return resourcePosition(schema, keepsAll)
  const { properties, additionalProperties, items } = schema
  const known = new Map<string, Field>()
  const fieldSchema = (key: string): JsonObject | undefined => {
    const named =
      isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined
    if (isJsonObject(named)) return named
    return isJsonObject(additionalProperties) ? additionalProperties : undefined
  }
  return {
    ...exactPosition,
    field(key) {
      const found = known.get(key)
      if (found !== undefined) return found
      const own = fieldSchema(key)
      if (own === undefined) return undefined
      const made = fieldOf(own, keepsAll)
      // Keys of a map are chosen by whoever writes it: there is no end to them.
      if (isJsonObject(properties) && Object.hasOwn(properties, key)) known.set(key, made)
      return made
    },
    unknownKeys: keepsAll || isOpen(schema) ? 'kept' : 'dropped',
    items: isJsonObject(items) ? schemaPosition(items, keepsAll) : undefined,
    list: listShape(schema),
  }
}

/** Whether keys that no schema describes stay. */
function isOpen(schema: JsonObject): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['additionalProperties'] === true
  )
}

function fieldOf(schema: JsonObject, keepsAll: boolean): Field {
  const standard = schema['default']
  return {
    position: schemaPosition(schema, keepsAll),
    default: standard === undefined ? undefined : defaulted(standard, schema),
    empty: 'kept',
    isNullable: schema['nullable'] === true,
  }
}

function listShape(schema: JsonObject): ListShape {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return { kind: 'set' }
  if (type !== 'map') return { kind: 'atomic' }
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string')
  return { kind: 'map', keys, isOrdered: false }
}

function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}
