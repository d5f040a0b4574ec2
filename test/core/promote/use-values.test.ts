import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DiffRow } from '../../../src/core/breakglass/diff.ts'
import { digestAt } from '../../../src/core/breakglass/field-values.ts'
import { at, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { valuesOf } from '../../../src/core/promote/use-values.ts'

function object(replicas: Json, image = 'a:1', labels: JsonObject = {}): JsonObject {
  return { metadata: { labels }, spec: { replicas, containers: [{ name: 'api', image }] } }
}

const image = 'spec.containers[name=api].image'
const row = (path: string, value?: string): DiffRow => ({
  op: value === undefined ? 'remove' : 'replace',
  path,
  ...(value !== undefined && { value }),
})

function values(
  paths: readonly string[],
  after: JsonObject,
  diff: readonly DiffRow[],
  live?: JsonObject,
) {
  return valuesOf({ paths, post: digestAt(after, paths), diff }, live)
}

describe('what a use has left', () => {
  test('is what stands there, as long as it does', () => {
    const live = object(5, 'other')
    assert.equal(values(['spec.replicas'], object(5), [], live), live)
    assert.equal(values(['spec.replicas'], object(5), [], object(6)), undefined)
    assert.equal(values(['spec.replicas'], object(5), [], undefined), undefined)
  })

  test('is told by the grant, as a number or as a text', () => {
    const numbered = values(['spec.replicas'], object(5), [row('spec.replicas', '5')], object(6))
    assert.equal(at(numbered, 'spec', 'replicas'), 5)
    const worded = values(['spec.replicas'], object('5'), [row('spec.replicas', '5')], object(6))
    assert.equal(at(worded, 'spec', 'replicas'), '5')
  })

  test('in several fields, below an item too, and of what it took away', () => {
    const paths = [image, 'spec.replicas', 'metadata.labels.a']
    const diff = [row('spec.replicas', '5'), row(image, 'a:2'), row('metadata.labels.a')]
    const found = values(paths, object(5, 'a:2'), diff, object(1))
    assert.deepEqual(at(found, 'spec'), {
      replicas: 5,
      containers: [{ name: 'api', image: 'a:2' }],
    })
  })

  const untold: readonly (readonly [string, readonly string[], readonly DiffRow[]])[] = [
    ['a field is missing', ['spec.replicas', image], [row('spec.replicas', '5')]],
    [
      'a value is hidden',
      ['spec.replicas'],
      [{ ...row('spec.replicas', '5'), hidden: 'Confidential' }],
    ],
    ['a value is another', ['spec.replicas'], [row('spec.replicas', '6')]],
    ['an item has no name', ['spec.containers[*].image'], [row('spec.containers[*].image', 'a:1')]],
  ]
  for (const [title, paths, diff] of untold) {
    test(`is not told where ${title}`, () => {
      assert.equal(values(paths, object(5), diff, object(7, 'a:9')), undefined)
    })
  }

  test('a digest that nobody kept fits nothing', () => {
    const use = { paths: ['spec.replicas'], post: undefined, diff: [row('spec.replicas', '5')] }
    assert.equal(valuesOf(use, object(5)), undefined)
  })
})
