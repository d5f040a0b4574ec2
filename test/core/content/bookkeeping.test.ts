import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bookkeepingOf, type Marks } from '../../../src/core/content/bookkeeping.ts'
import { exactPosition } from '../../../src/core/content/exact.ts'
import type { Leaf } from '../../../src/core/content/explanations.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const marks: Marks = {
  labels: {},
  annotations: { 'example.com/by': 'engine' },
  finalizers: ['example.com/hook'],
}

function job(metadata: JsonObject): JsonObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { completions: 0 } }
}

/** Whether the note that this was applied last goes with what is declared. */
function isNoteOf(applied: JsonObject, declared: JsonObject): boolean {
  const path = ['metadata', 'annotations', lastApplied].map(
    (key) => ({ kind: 'key', key }) as const,
  )
  const unsaid = { old: undefined, declared: undefined, fallback: undefined }
  const leaf: Leaf = { path, position: exactPosition, next: JSON.stringify(applied), ...unsaid }
  return bookkeepingOf(declared, marks)(leaf) !== undefined
}

test('a hook is applied with the finalizer of its engine, and with no other', () => {
  const annotations = { 'example.com/by': 'engine' }
  const declared = job({ name: 'a' })
  const withFinalizers = (...finalizers: readonly string[]) =>
    isNoteOf(job({ name: 'a', annotations, finalizers }), declared)
  assert.equal(withFinalizers('example.com/hook'), true)
  assert.equal(withFinalizers('example.com/other'), false)
  assert.equal(withFinalizers('example.com/hook', 'example.com/other'), false)
  const own = job({ name: 'a', finalizers: ['example.com/own'] })
  const both = { name: 'a', finalizers: ['example.com/own', 'example.com/hook'] }
  assert.equal(isNoteOf(job(both), own), true)
  assert.equal(isNoteOf(job({ name: 'a', finalizers: ['example.com/hook'] }), own), false)
})

test('what only begins a name is applied under one that begins so', () => {
  const declared = job({ generateName: 'a-' })
  const named = (name: string) => isNoteOf(job({ generateName: 'a-', name }), declared)
  assert.equal(named('a-1'), true)
  assert.equal(named('b-1'), false)
  assert.equal(isNoteOf(job({ name: 'a-1' }), declared), false)
  assert.equal(isNoteOf(job({ name: 'a-1' }), job({ name: 'a-' })), false)
  assert.equal(isNoteOf(job({ generateName: 'a-', name: 'a-1' }), job({ generateName: '' })), false)
})
