import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nowOf, valueNow, type Now } from '../../../src/core/breakglass/diff-now.ts'
import { toUse } from '../../../src/core/breakglass/use.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { write } from './writes.ts'

function used(given: Parameters<typeof write>[0]): JsonObject {
  const request = write(given)
  const written = {
    request,
    changed: changedFields(request),
    content: '',
    decisionId: '01K',
    tips: [],
    digestKey: new Uint8Array(32),
  }
  return toUse(written, { n: 1, fingerprint: 'f', time: 0 }) as unknown as JsonObject
}

const object = (replicas: number, uid = 'd1'): JsonObject => ({
  metadata: { name: 'api', uid },
  spec: { replicas },
})
const update = used({ old: object(3), next: object(5) })
const creation = used({ operation: 'CREATE', next: object(5) })
const deletion = used({ operation: 'DELETE', old: object(5) })
const secret = { group: '', resource: 'secrets' }

describe('what stands there now', () => {
  const cases: readonly (readonly [string, JsonObject, JsonObject | undefined, Now])[] = [
    ['as it was left', update, { ...object(5), status: { x: 1 } }, 'AsLeft'],
    ['as before', update, object(3), 'AsBefore'],
    ['something else', update, object(7), 'Changed'],
    ['nothing', update, undefined, 'Gone'],
    ['another object', update, object(5, 'd2'), 'Replaced'],
    ['a Secret', used({ ...secret, old: object(3), next: object(5) }), object(5), 'Unknown'],
    ['after an exec', used({ operation: 'CONNECT' }), object(5), 'Unknown'],
    ['what was made', creation, object(5), 'AsLeft'],
    ['what was made, and changed since', creation, object(6), 'Changed'],
    ['what was made and is gone', creation, undefined, 'Gone'],
    ['what was deleted', deletion, undefined, 'AsLeft'],
    ['what was to be deleted', deletion, object(5), 'AsBefore'],
    ['what was made in its place', deletion, object(5, 'd2'), 'Replaced'],
    ['a use without digests', { op: 'UPDATE' }, object(5), 'Unknown'],
  ]
  for (const [title, use, live, expected] of cases) {
    test(`${title}: ${expected}`, () => {
      assert.equal(nowOf(use, live), expected)
    })
  }
})

describe('the value of a field now', () => {
  const place = { group: 'apps', resource: 'deployments' }
  const live = {
    spec: { a: 1, b: '', hosts: ['x', 'y'], env: [{ name: 'A', value: 'z' }], apiToken: 't' },
  }
  const cases: readonly (readonly [string, ReturnType<typeof valueNow>, typeof place?])[] = [
    ['spec.a', { value: '1' }],
    ['spec.b', { value: '' }],
    ['spec.none', undefined],
    ['*', undefined],
    ['spec.hosts', { hidden: 'Document' }],
    ['spec.hosts[*]', { hidden: 'Document' }],
    ['spec.env[name=A].value', { hidden: 'Confidential' }],
    ['spec.apiToken', { hidden: 'Confidential' }],
    ['spec.a', { hidden: 'Confidential' }, secret],
  ]
  for (const [path, expected, at = place] of cases) {
    test(`${at.resource} ${path}`, () => {
      assert.deepEqual(valueNow(at, path, live), expected)
    })
  }
})
