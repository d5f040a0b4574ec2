import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { digestAt, keptPaths } from '../../../src/core/breakglass/field-values.ts'
import {
  grantedChanges,
  readUses,
  sameUse,
  toUse,
  useFingerprint,
  type GrantedWrite,
} from '../../../src/core/breakglass/use.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { write } from './writes.ts'

const key = new Uint8Array(32)
const deployment = (replicas: number, more: JsonObject = {}): JsonObject => ({
  metadata: { name: 'api', uid: 'd1', resourceVersion: '7', ...more },
  spec: { replicas },
})

function granted(request: AdmissionRequest, content = 'sha256:c'): GrantedWrite {
  const changed = grantedChanges(request, changedFields(request))
  return { request, changed, content, decisionId: '01K', tips: [], digestKey: key }
}

const scaling = write({ old: deployment(3), next: deployment(5) })
const made = (request: AdmissionRequest) =>
  toUse(granted(request), { n: 1, fingerprint: 'sha256:f', time: 1_787_451_200_999 })

describe('a use', () => {
  test('says what was changed, never to what', () => {
    const use = made(scaling)
    assert.equal(use.time, '2026-08-23T02:13:20Z')
    assert.equal(use.op, 'UPDATE')
    assert.deepEqual(use.target, {
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      namespace: 'pay',
      kind: 'Kind',
      name: 'api',
      uid: 'd1',
    })
    assert.deepEqual(use.paths, ['spec.replicas'])
    assert.equal(use.pre, digestAt(deployment(3), ['spec.replicas']))
    assert.equal(use.post, digestAt(deployment(5), ['spec.replicas']))
    assert.notEqual(use.pre, use.post)
  })

  test('of a whole object has digests of all of it', () => {
    const created = made(write({ operation: 'CREATE', next: deployment(1) }))
    assert.deepEqual([created.paths, created.pre], [['*'], undefined])
    assert.match(created.post ?? '', /^sha256:/)
    const deleted = made(write({ operation: 'DELETE', old: deployment(1) }))
    assert.deepEqual([deleted.paths, deleted.post], [['*'], undefined])
  })

  test('of an object whose name the request does not say has the name of the object', () => {
    const pod = { group: '', resource: 'pods', name: '' }
    const metadata = { name: 'debug-x7', uid: 'p1' }
    const created = made(write({ ...pod, operation: 'CREATE', next: { metadata } }))
    assert.deepEqual([created.target.name, created.target.uid], ['debug-x7', ''])
    const deleted = made(write({ ...pod, operation: 'DELETE', old: { metadata } }))
    assert.deepEqual([deleted.target.name, deleted.target.uid], ['debug-x7', 'p1'])
  })

  test('of a Secret has keyed digests', () => {
    const secret = (value: string) => ({ metadata: { uid: 's' }, data: { password: value } })
    const use = made(write({ group: '', resource: 'secrets', old: secret('a'), next: secret('b') }))
    assert.match(`${use.pre} ${use.post}`, /^hmac-sha256:\S+ hmac-sha256:\S+$/)
    assert.ok(!JSON.stringify(use).includes('"b"'))
  })

  test('of an exec has its first word and a keyed digest', () => {
    const command = ['psql', '--password=hunter2']
    const exec = { group: '', resource: 'pods', subresource: 'exec', operation: 'CONNECT' } as const
    const use = made(write({ ...exec, next: { command } }))
    assert.equal(use.program, 'psql')
    assert.match(use.command ?? '', /^hmac-sha256:[0-9a-f]{64}$/)
    assert.deepEqual([use.paths, use.pre, use.post], [[], undefined, undefined])
    assert.ok(!JSON.stringify(use).includes('hunter2'))
    assert.equal(made(write({ ...exec, next: { command: ['a=secret'] } })).program, undefined)
  })
})

describe('the fingerprint of a use', () => {
  const base = useFingerprint('bg-1', granted(scaling))
  test('is the same for the same write', () => {
    const again = write({ old: deployment(4, { resourceVersion: '9' }), next: deployment(5) })
    assert.equal(useFingerprint('bg-1', granted({ ...again, uid: 'other', dryRun: true })), base)
  })

  const others: readonly (readonly [string, string, GrantedWrite])[] = [
    ['grant', 'bg-2', granted(scaling)],
    ['content', 'bg-1', granted(scaling, 'sha256:d')],
    ['name', 'bg-1', granted({ ...scaling, name: 'web' })],
    ['namespace', 'bg-1', granted({ ...scaling, namespace: 'shop' })],
    ['operation', 'bg-1', granted({ ...scaling, operation: 'DELETE' })],
    ['subresource', 'bg-1', granted({ ...scaling, subresource: 'status' })],
    ['later object', 'bg-1', granted({ ...scaling, oldObject: deployment(3, { uid: 'd2' }) })],
    ['version', 'bg-1', granted({ ...scaling, resource: { ...scaling.resource, version: 'v2' } })],
  ]
  for (const [title, grant, other] of others) {
    test(`is another for another ${title}`, () => {
      assert.notEqual(useFingerprint(grant, other), base)
    })
  }

  test('counts once for sixty seconds', () => {
    const uses = [{ n: 1, fingerprint: base, time: 1_000_000 }]
    const at = (now: number) => sameUse(uses, { fingerprint: base, now, operation: 'UPDATE' })?.n
    assert.deepEqual([940_000, 1_000_000, 1_060_000].map(at), [1, 1, 1])
    assert.deepEqual([939_999, 1_060_001].map(at), [undefined, undefined])
    assert.equal(
      sameUse(uses, { fingerprint: 'x', now: 1_000_000, operation: 'UPDATE' }),
      undefined,
    )
  })
})

describe('stored uses', () => {
  const use = { n: 1, fingerprint: 'sha256:1', time: '2026-08-23T02:13:20Z' }
  test('are read whole or not at all', () => {
    assert.deepEqual(readUses(undefined), [])
    assert.equal(readUses([use])?.[0]?.time, 1_787_451_200_000)
    for (const bad of [
      null,
      {},
      [null],
      [{ ...use, n: '1' }],
      [{ ...use, time: 'x' }],
      [use, use],
    ]) {
      assert.equal(readUses(bad), undefined)
    }
  })
})

describe('what a use changes', () => {
  const kept = (old: JsonObject, next: JsonObject) => keptPaths(changedFields(write({ old, next })))
  const many = (value: number) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, value]))

  test('is named by its fields, or by what is above them where there are many', () => {
    assert.deepEqual(kept({ spec: { a: 1 } }, { spec: { a: 2 } }), ['spec.a'])
    assert.deepEqual(kept({ data: many(1) }, { data: many(2) }), ['data'])
    assert.deepEqual(kept({ spec: { a: many(1), b: 1 } }, { spec: { a: many(2), b: 2 } }), [
      'spec.a',
      'spec.b',
    ])
    assert.deepEqual(kept(many(1), many(2)), ['*'])
  })

  test('has who owns which field only where nothing else changes', () => {
    const owned = (replicas: number, manager: string) =>
      deployment(replicas, { managedFields: [{ manager }] })
    const paths = (next: JsonObject) => {
      const request = write({ old: owned(1, 'a'), next })
      return keptPaths(grantedChanges(request, changedFields(request)))
    }
    assert.deepEqual(paths(owned(1, 'b')), ['metadata.managedFields'])
    assert.deepEqual(paths(owned(2, 'b')), ['spec.replicas'])
    assert.deepEqual(paths(owned(1, 'a')), [])
  })
})

describe('digests over paths', () => {
  const pod = (image: string, args: readonly string[] = []): JsonObject => ({
    metadata: { resourceVersion: image, labels: { 'a/b': 'c' } },
    spec: {
      containers: [
        { name: 'app', image, args },
        { name: 'side', image: 'x' },
      ],
    },
    status: { phase: image },
  })
  const paths = ['spec.containers[name=app].image', 'metadata.labels["a/b"]']

  test('are equal exactly if the objects say the same there', () => {
    assert.equal(digestAt(pod('1', ['a']), paths), digestAt(pod('1', ['b']), paths))
    assert.notEqual(digestAt(pod('1'), paths), digestAt(pod('2'), paths))
    const args = ['spec.containers[name=app].args[*]']
    assert.notEqual(digestAt(pod('1', ['a', 'b']), args), digestAt(pod('1', ['b', 'a']), args))
    assert.notEqual(digestAt({ a: null }, ['a']), digestAt({}, ['a']))
    assert.notEqual(digestAt({ a: [] }, ['a']), digestAt({}, ['a']))
  })

  test('of the whole leave out what the server keeps', () => {
    const { status: _status, ...rest } = pod('1')
    const other = {
      ...rest,
      metadata: { labels: { 'a/b': 'c' }, managedFields: [], generation: 2 },
    }
    assert.equal(digestAt(pod('1'), ['*']), digestAt(other, ['*']))
    assert.notEqual(digestAt(pod('1'), ['status.phase']), digestAt(pod('2'), ['status.phase']))
  })

  test('are keyed with a key, and none without an object or paths', () => {
    assert.match(digestAt(pod('1'), paths, key) ?? '', /^hmac-sha256:/)
    assert.notEqual(digestAt(pod('1'), paths, key), digestAt(pod('1'), paths, key.with(0, 1)))
    assert.equal(digestAt(null, paths), undefined)
    assert.equal(digestAt(pod('1'), []), undefined)
  })
})
