import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { objectMeta } from '../../../src/core/content/catalogue.ts'
import { customKind } from '../../../src/core/content/custom-kind.ts'
import type { Field, Position } from '../../../src/core/content/position.ts'
import { unknownKind } from '../../../src/core/content/unknown-kind.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

function definition(spec: JsonObject, more: JsonObject = {}): JsonObject {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } }
  return { spec: { versions: [{ name: 'v1', schema, ...more }] } }
}

/** The position of `spec` in a kind with this schema. */
function specOf(spec: JsonObject): Position {
  const found = customKind(definition(spec), 'v1').position.field('spec')
  assert.ok(found)
  return found.position
}

function fieldOf(schema: JsonObject): Field {
  const found = specOf({ type: 'object', properties: { it: schema } }).field('it')
  assert.ok(found)
  return found
}

describe('a list', () => {
  const cases: readonly (readonly [string, JsonObject, Position['list']])[] = [
    ['is one value', {}, { kind: 'atomic' }],
    ['is one value where it says so', { 'x-kubernetes-list-type': 'atomic' }, { kind: 'atomic' }],
    ['is a set', { 'x-kubernetes-list-type': 'set' }, { kind: 'set' }],
    [
      'has items with names',
      { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['host', 'port'] },
      { kind: 'map', keys: ['host', 'port'], isOrdered: false },
    ],
  ]
  for (const [title, more, expected] of cases) {
    test(title, () => {
      const { position } = fieldOf({ type: 'array', items: { type: 'string' }, ...more })
      assert.deepEqual(position.list, expected)
    })
  }

  test('has items with a schema', () => {
    const items = { type: 'object', properties: { port: { type: 'integer', default: 80 } } }
    const { position } = fieldOf({ type: 'array', items })
    assert.equal(position.items?.field('port')?.default, 80)
  })
})

describe('a default', () => {
  test('is that of the schema', () => {
    assert.equal(fieldOf({ type: 'string', default: 'a' }).default, 'a')
    assert.equal(fieldOf({ type: 'string' }).default, undefined)
  })

  test('has the defaults of what is in it', () => {
    const port = { type: 'integer', default: 80 }
    const items = { type: 'object', properties: { port } }
    const list = { type: 'array', items }
    const map = { type: 'object', additionalProperties: items }
    const properties = { port, list, map, none: { type: 'string' } }
    const standard = { list: [{}, { port: 1 }], map: { a: {} }, none: 'x' }
    const { default: whole } = fieldOf({ type: 'object', properties, default: standard })
    assert.equal(
      JSON.stringify(whole),
      '{"list":[{"port":80},{"port":1}],"map":{"a":{"port":80}},"none":"x","port":80}',
    )
  })

  test('below an absent map without a default of its own is none of that map', () => {
    const properties = { port: { type: 'integer', default: 80 } }
    const { default: none, position } = fieldOf({ type: 'object', properties })
    assert.equal(none, undefined)
    assert.equal(position.field('port')?.default, 80)
  })

  test('replaces a null that is not allowed, inside a default too', () => {
    const properties = {
      strict: { type: 'string', default: 'a' },
      loose: { type: 'string', default: 'b', nullable: true },
    }
    const standard = { strict: null, loose: null }
    const { default: whole } = fieldOf({ type: 'object', properties, default: standard })
    assert.equal(JSON.stringify(whole), '{"loose":null,"strict":"a"}')
  })
})

describe('a value', () => {
  test('stays as it is written, whatever its format', () => {
    for (const format of ['date-time', 'byte', 'duration', 'quantity', 'int-or-string']) {
      assert.equal(fieldOf({ type: 'string', format }).position.meaning, 'exact', format)
    }
    assert.equal(fieldOf({ 'x-kubernetes-int-or-string': true }).position.meaning, 'exact')
  })

  test('stays when it is empty', () => {
    assert.equal(fieldOf({ type: 'array', items: { type: 'string' } }).empty, 'kept')
  })

  test('is null only where the schema allows it', () => {
    assert.equal(fieldOf({ type: 'string', nullable: true }).isNullable, true)
    assert.equal(fieldOf({ type: 'string' }).isNullable, false)
  })
})

describe('a key without a schema', () => {
  test('is dropped', () => {
    const position = specOf({ type: 'object', properties: {} })
    assert.equal(position.field('other'), undefined)
    assert.equal(position.field('constructor'), undefined)
    assert.equal(position.unknownKeys, 'dropped')
  })

  test('is kept where unknown fields are, and those with a schema keep theirs', () => {
    const properties = { known: { type: 'object', properties: {} } }
    const keeps = { 'x-kubernetes-preserve-unknown-fields': true }
    const position = specOf({ type: 'object', properties, ...keeps })
    assert.equal(position.unknownKeys, 'kept')
    assert.equal(position.field('known')?.position.unknownKeys, 'dropped')
  })

  test('is kept in a map of anything', () => {
    assert.equal(specOf({ type: 'object', additionalProperties: true }).unknownKeys, 'kept')
  })

  test('is kept everywhere in a definition from before pruning', () => {
    const { spec, ...rest } = definition({ type: 'object', properties: {} })
    const old = { ...rest, spec: { ...(spec as JsonObject), preserveUnknownFields: true } }
    const { position } = customKind(old, 'v1')
    assert.equal(position.unknownKeys, 'kept')
    assert.equal(position.field('spec')?.position.unknownKeys, 'kept')
  })

  test('has the schema of a map', () => {
    const position = specOf({
      type: 'object',
      additionalProperties: { type: 'string', nullable: true },
    })
    assert.equal(position.field('anything')?.isNullable, true)
  })
})

describe('a resource', () => {
  test('has the metadata of all objects', () => {
    const { position } = customKind(definition({ type: 'object' }), 'v1')
    assert.equal(position.field('metadata')?.position.type, objectMeta().type)
    assert.notEqual(position.field('kind'), undefined)
    assert.equal(position.field('other'), undefined)
  })

  test('within a resource has them too', () => {
    const embedded = { type: 'object', 'x-kubernetes-embedded-resource': true, properties: {} }
    const { position } = fieldOf(embedded)
    assert.equal(position.field('metadata')?.position.type, objectMeta().type)
    assert.notEqual(position.field('apiVersion'), undefined)
    assert.equal(position.field('spec'), undefined)
  })

  test('keeps its status apart where there is a subresource for it', () => {
    const plain = definition({ type: 'object' })
    const split = definition({ type: 'object' }, { subresources: { status: {} } })
    assert.equal(customKind(plain, 'v1').keepsStatus, false)
    assert.equal(customKind(split, 'v1').keepsStatus, true)
  })

  test('of a version that is not there is described by nobody', () => {
    assert.equal(customKind(definition({ type: 'object' }), 'v2').position, unknownKind)
  })
})

test('an object that nobody describes is kept as it is, with the metadata of all objects', () => {
  assert.equal(unknownKind.unknownKeys, 'kept')
  assert.equal(unknownKind.field('metadata')?.position.type, objectMeta().type)
  const spec = unknownKind.field('spec')
  assert.deepEqual([spec?.empty, spec?.isNullable, spec?.default], ['kept', true, undefined])
})
