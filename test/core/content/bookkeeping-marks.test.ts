import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bookkeepingOf, isBookkeeping, type Marks } from '../../../src/core/content/bookkeeping.ts'
import { exactPosition } from '../../../src/core/content/exact.ts'
import type { FieldPath } from '../../../src/core/manifest/field-path.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const marks: Marks = {
  labels: { 'a.b/name': 'apps', 'a.b/namespace': 'flux-system' },
  annotations: { 'a.b/id': 'apps:ConfigMap' },
  finalizers: ['a.b/hook'],
}
const declared: JsonObject = { kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } }

const keys = (...path: readonly string[]): FieldPath => path.map((key) => ({ kind: 'key', key }))

interface Change {
  readonly path: FieldPath
  readonly old?: Json
  readonly next?: Json
}

function why({ path, old, next }: Change, own: Marks | null = marks, from = declared) {
  const leaf = {
    path,
    position: exactPosition,
    old,
    next,
    declared: undefined,
    fallback: undefined,
  }
  return bookkeepingOf(from, own ?? undefined)(leaf)
}

const label = keys('metadata', 'labels', 'a.b/name')
const annotation = keys('metadata', 'annotations', 'a.b/id')
const finalizer: FieldPath = [...keys('metadata', 'finalizers'), { kind: 'item', items: ['x'] }]

describe('a mark of the engine', () => {
  test('comes, stays in place of another one, and goes', () => {
    assert.notEqual(why({ path: label, next: 'apps' }), undefined)
    assert.notEqual(why({ path: label, old: 'web', next: 'apps' }), undefined)
    assert.notEqual(why({ path: label, old: 'apps' }), undefined)
    assert.notEqual(why({ path: annotation, next: 'apps:ConfigMap' }), undefined)
    assert.notEqual(why({ path: finalizer, next: 'a.b/hook' }), undefined)
    assert.notEqual(why({ path: finalizer, old: 'a.b/hook' }), undefined)
  })

  const foreign: readonly (readonly [string, Change])[] = [
    ['another value', { path: label, next: 'web' }],
    ['the old value of another one', { path: label, old: 'web' }],
    ['what leaves it for another one', { path: label, old: 'apps', next: 'web' }],
    ['no text', { path: label, next: 7 }],
    ['a list with its value', { path: label, next: ['apps'] }],
    ['another key', { path: keys('metadata', 'labels', 'a.b/x'), next: 'apps' }],
    [
      'a label as an annotation',
      { path: keys('metadata', 'annotations', 'a.b/name'), next: 'apps' },
    ],
    [
      'an annotation as a label',
      { path: keys('metadata', 'labels', 'a.b/id'), next: 'apps:ConfigMap' },
    ],
    ['the same elsewhere', { path: keys('spec', 'labels', 'a.b/name'), next: 'apps' }],
    [
      'the same in a template',
      { path: keys('spec', 'template', 'metadata', 'labels', 'a.b/name'), next: 'apps' },
    ],
    ['the whole map', { path: keys('metadata', 'labels'), next: 'apps' }],
    ['what is below it', { path: keys('metadata', 'labels', 'a.b/name', 'x'), next: 'apps' }],
    ['another finalizer', { path: finalizer, next: 'a.b/other' }],
    ['another field of the metadata', { path: keys('metadata', 'name'), next: 'a.b/hook' }],
    ['what every map has', { path: keys('metadata', 'labels', 'constructor'), next: 'apps' }],
    ['a finalizer that is no text', { path: finalizer, next: ['a.b/hook'] }],
  ]
  for (const [title, change] of foreign) {
    test(`is not ${title}`, () => {
      assert.equal(why(change), undefined)
    })
  }

  test('is nothing of a plan without marks', () => {
    const changes = [
      { path: label, next: 'apps' },
      { path: annotation, next: 'apps:ConfigMap' },
      { path: finalizer, next: 'a.b/hook' },
    ]
    for (const change of changes) {
      assert.equal(why(change, { labels: {}, annotations: {} }), undefined)
      assert.equal(why(change, null), undefined)
    }
  })

  test('is no note: what is wrong about it is said', () => {
    assert.equal(isBookkeeping(label), false)
    assert.equal(isBookkeeping(keys('metadata', 'annotations', lastApplied)), true)
  })
})

describe('what was applied last', () => {
  const path = keys('metadata', 'annotations', lastApplied)
  const isRight = (applied: Json, from = declared, own: Marks | null = marks) =>
    why({ path, next: JSON.stringify(applied) }, own, from) !== undefined
  const withMetadata = (metadata: JsonObject): JsonObject => ({
    ...declared,
    metadata: { name: 'a', ...metadata },
  })
  const { labels, annotations } = marks

  test('is the declaration, with or without the marks', () => {
    assert.ok(isRight(declared))
    assert.ok(isRight(withMetadata({ labels })))
    assert.ok(isRight(withMetadata({ labels, annotations })))
    assert.ok(isRight(withMetadata({ labels: { 'a.b/name': 'apps' } })))
    const own = withMetadata({ labels: { team: 'pay' } })
    assert.ok(isRight(withMetadata({ labels: { team: 'pay', ...labels } }), own))
    assert.ok(isRight(own, withMetadata({ labels: { team: 'pay', ...labels } })))
  })

  test('has no mark of somebody else', () => {
    assert.ok(!isRight(withMetadata({ labels: { ...labels, 'a.b/name': 'web' } })))
    assert.ok(!isRight(withMetadata({ labels, annotations: { 'a.b/id': 'web:ConfigMap' } })))
    assert.ok(!isRight(withMetadata({ labels: annotations })))
    assert.ok(!isRight(withMetadata({ labels }), declared, null))
    assert.ok(!isRight(withMetadata({ labels: { ...labels, team: 'pay' } })))
  })

  test('lacks nothing that is declared', () => {
    const own = withMetadata({ labels: { team: 'pay' } })
    assert.ok(!isRight(withMetadata({ labels }), own))
    assert.ok(!isRight({ ...declared, data: {} }))
    assert.ok(!isRight({ ...declared, data: { a: '2' } }))
    // A label that Git declares in the place of a mark, and otherwise, is Git's.
    const other = withMetadata({ labels: { 'a.b/name': 'other' } })
    assert.ok(!isRight(withMetadata({ labels }), other))
    assert.ok(isRight(other, other))
  })

  test('is a manifest at all', () => {
    for (const next of ['', '{', '[]', 'null', '"a"', '{"metadata":{"labels":[]}}']) {
      assert.equal(why({ path, next }), undefined)
    }
    assert.ok(!isRight(withMetadata({ labels: 'apps' })))
    assert.equal(why({ path, old: JSON.stringify(declared) }), undefined)
    assert.equal(why({ path, next: declared }), undefined)
  })
})
