import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { startDecoder, type Decoder } from '../../scripts/catalogue/decoder.ts'
import { generateCatalogue } from '../../scripts/catalogue/generate.ts'
import { catalogueFor } from '../../src/core/content/catalogue.ts'
import type { StoredCatalogue, StoredShape } from '../../src/core/content/stored-catalogue.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { readByServer } from '../core/content/read-by-server.ts'
import { variantsOf, type Variant } from './catalogue-variants.ts'
import { withoutNull } from './without-null.ts'

let decoder: Decoder
let generated: Awaited<ReturnType<typeof generateCatalogue>>

before(async () => {
  decoder = await startDecoder(() => undefined)
  generated = await generateCatalogue(decoder, () => undefined)
})
after(() => decoder.end())

test('the catalogue is what this API server does, byte by byte', () => {
  const { version } = generated.catalogue
  const file = new URL(`../../src/core/content/catalogue/${version}.json`, import.meta.url)
  const kept = readFileSync(file, 'utf8')
  const differing = generated.text.split('\n').filter((line) => !kept.includes(line))
  assert.deepEqual(differing, [])
  assert.equal(generated.text, kept)
})

test('every field of every kind was visited in each of its places', () => {
  const { catalogue, positions } = generated
  const counted = Object.values(catalogue.kinds).map((type) => {
    return fieldsBelow(type, catalogue, [type]) - kindAndVersion
  })
  assert.equal(
    counted.reduce((sum, count) => sum + count, 0),
    positions,
  )
  assert.ok(positions > 15_000, `${positions}`)
})

const kindAndVersion = 2

/** Places of fields below a type; a type within itself is entered once. */
function fieldsBelow(type: string, catalogue: StoredCatalogue, above: readonly string[]): number {
  const fields = Object.values(catalogue.types[type] ?? {})
  const inner = fields.map(({ of }) => typeIn(of)).filter((name) => name in catalogue.types)
  return inner
    .filter((name) => !above.includes(name))
    .reduce((sum, name) => sum + fieldsBelow(name, catalogue, [...above, name]), fields.length)
}

function typeIn(shape: StoredShape): string {
  if (typeof shape === 'string') return shape
  return typeIn('list' in shape ? shape.list : shape.map)
}

test('what depends on something beside it has a named rule', async () => {
  const { catalogue, kinds, schema } = generated
  const variants = kinds.flatMap((kind) => variantsOf(kind, schema))
  const readings = await decoder.read(variants)
  const surprises = variants.flatMap((variant, index) => {
    const reading = readings[index]?.object
    assert.ok(reading, `${variant.kind} ${variant.label}`)
    const differing = differences(withoutNull(reading), predicted(variant, catalogue))
    return differing.map((path) => `${variant.kind} ${variant.label}: ${path}`)
  })
  const unexpected = surprises.filter((line) => !known.some(([pattern]) => pattern.test(line)))
  assert.deepEqual(unexpected, [])
  for (const [pattern, why] of known) {
    assert.ok(
      surprises.some((line) => pattern.test(line)),
      `no longer so: ${why}`,
    )
  }
})

/** What no default explains, and why nobody needs it to. */
const known: readonly (readonly [RegExp, string])[] = [
  [/^v1\/Secret stringData=/, 'content/declared-form.ts turns it into data'],
  [/: status\.\w+$/, 'a status is not taken from the request'],
  [
    /^autoscaling\/v1\/\w+ status\..*: metadata\.annotations$/,
    'a status is not taken from the request',
  ],
  [
    /^(batch\/v1\/Job|v1\/ReplicationController) .*: metadata\.labels$/,
    'the rule needs metadata to be there',
  ],
  [
    / spec\.sessionAffinityConfig\.clientIP.*: spec\.sessionAffinityConfig$/,
    'it is dropped, and says nothing without affinity',
  ],
  [/^v1\/PersistentVolumeClaim spec\.dataSource/, 'copied only when the claim is created'],
  [/ spec\.volumeClaimTemplates\[\]\.(apiVersion|kind)=/, 'only one value is right'],
]

function predicted({ kind, object }: Variant, { types }: StoredCatalogue): JsonObject {
  const [name = '', version = '', group = ''] = kind.split('/').toReversed()
  const position = catalogueFor('').catalogue.builtInKind({ group, version, kind: name })
  assert.ok(position, kind)
  const { apiVersion = '', kind: own = '' } = object
  const read = readByServer(object, position, (type) => Object.keys(types[type] ?? {}))
  return { ...read, apiVersion, kind: own }
}

/** Paths of the outermost two levels, which are enough to find a rule. */
function differences(actual: Json, expected: Json, path = '', depth = 2): readonly string[] {
  if (isDeepStrictEqual(actual, expected)) return []
  if (depth === 0 || !isJsonObject(actual) || !isJsonObject(expected)) return [path]
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)])
  return [...keys].flatMap((key) =>
    differences(
      actual[key] ?? null,
      expected[key] ?? null,
      path === '' ? key : `${path}.${key}`,
      depth - 1,
    ),
  )
}
