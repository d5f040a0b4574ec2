import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkContent } from '../../../src/core/content/check.ts'
import { exactField } from '../../../src/core/content/exact.ts'
import { describeDifferences, pathsOf } from '../../../src/core/content/describe.ts'
import type { Position } from '../../../src/core/content/position.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { field, mapOf, scalar, struct, workload } from './schemas.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const names = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': 'abc' }
const tolerating = `${head}  mode: enforce
  tolerations:
  - {resources: [configmaps], fields: [metadata.labels.team]}
  - {resources: ["*"], fields: ['metadata.annotations["a.b/c"]']}
`

function written(metadata: JsonObject, rest: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Workload', metadata: { name: 'a', ...metadata }, ...rest }
}

function check(
  object: JsonObject,
  declared: JsonObject,
  from: { position?: Position; kind?: string; resource?: string; keepsStatus?: boolean } = {},
): string {
  const { position = workload, kind = 'Workload', resource = 'configmaps' } = from
  const { keepsStatus = true } = from
  const asked = request({
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind },
    resource: { group: '', version: 'v1', resource },
    object,
  })
  const schema = { position, keepsStatus }
  const found = checkContent({ request: asked, declared, schema, policy: goodPolicy(tolerating) })
  return describeDifferences(found, 'fleet@abc', kind === 'Secret')
}

describe('the writer notes', () => {
  const declared = written({ annotations: { team: 'pay' } })
  const applied = written({ annotations: { team: 'pay', ...names } })
  const annotated = (note: string) =>
    written({ annotations: { team: 'pay', ...names, [lastApplied]: note } })

  it('the commit, and what it applied if that is what Git declares', () => {
    assert.equal(check(annotated(JSON.stringify(applied)), declared), '')
    const bare = written({})
    const empty = written({ annotations: {}, creationTimestamp: null })
    const note = written({ annotations: { ...names, [lastApplied]: JSON.stringify(empty) } })
    assert.equal(check(note, bare), '')
  })

  it('nothing that is no text, nor anything below a note', () => {
    for (const key of [lastApplied, 'solewriter.dev/repo']) {
      for (const value of [{ a: 'b' }, 7]) {
        const object = written({ annotations: { ...names, [key]: value } })
        assert.match(check(object, written({})), /^metadata\.annotations\[.*is new/)
      }
    }
  })

  it('a list as applied only whole', () => {
    const listing = (...list: readonly string[]) => written({}, { list })
    const { position } = exactField
    const said = { ...listing('a', 'b'), metadata: { name: 'a', annotations: names } }
    const of = (applied: JsonObject) => ({
      ...said,
      metadata: { name: 'a', annotations: { ...names, [lastApplied]: JSON.stringify(applied) } },
    })
    assert.equal(check(of(listing('a', 'b')), listing('a', 'b'), { position }), '')
    assert.match(check(of(listing('a')), listing('a', 'b'), { position }), /last-applied.*is new/)
  })

  it('nothing else as applied', () => {
    const path = `metadata.annotations["${lastApplied}"]`
    const foreign = `${path} is new, and fleet@abc does not declare it`
    for (const note of [
      '',
      'null',
      '{',
      JSON.stringify({ ...applied, spec: { replicas: 1 } }),
      JSON.stringify(written({ annotations: names })),
      JSON.stringify(written({ annotations: { team: 'pay', other: 'x' } })),
      `{"__proto__": {}, ${JSON.stringify(applied).slice(1)}`,
    ]) {
      assert.equal(check(annotated(note), declared), foreign, note)
    }
  })
})

describe('what the API server keeps for itself', () => {
  const own = [
    'creationTimestamp',
    'deletionGracePeriodSeconds',
    'deletionTimestamp',
    'generation',
    'managedFields',
    'resourceVersion',
    'selfLink',
    'uid',
  ]
  for (const key of own) {
    it(`is metadata.${key}, there and nowhere else`, () => {
      assert.equal(check(written({ [key]: 'x' }), written({})), '')
      assert.notEqual(check(written({}, { [key]: 'x' }), written({})), '')
    })
  }

  it('is the status, whatever is in it, of kinds that have a subresource for it', () => {
    for (const status of [{}, { phase: 'New' }, 'New']) {
      assert.equal(check(written({}, { status }), written({})), '')
      assert.notEqual(check(written({}, { status }), written({}), { keepsStatus: false }), '')
    }
  })
})

describe('what is wrong with a field', () => {
  it('comes before what is therefore wrong with the note', () => {
    const applied = JSON.stringify(written({ labels: { a: 'b' } }))
    const annotations = { ...names, [lastApplied]: applied }
    const object = written({ annotations, labels: { a: 'b' } })
    assert.match(check(object, written({})), /^metadata\.labels is new.*; 1 more path$/)
  })
})

describe('a toleration', () => {
  it('covers its fields on its resources', () => {
    const object = written({ labels: { team: 'x' }, annotations: { 'a.b/c': 'x' } })
    assert.equal(check(object, written({})), '')
    const elsewhere = check(object, written({}), { resource: 'secrets' })
    assert.equal(elsewhere, 'metadata.labels is new, and fleet@abc does not declare it')
    const more = written({ labels: { team: 'x', tier: 'y' } })
    assert.match(check(more, written({})), /^metadata\.labels\.tier is new/)
  })
})

describe('a Secret', () => {
  const position = struct('Secret', {
    apiVersion: field(),
    kind: field(),
    metadata: field(struct('ObjectMeta', { name: field() }), { empty: 'kept' }),
    data: field(mapOf(scalar('bytes'))),
    stringData: field(mapOf(scalar())),
  })
  const secret = { position, kind: 'Secret', resource: 'secrets' }

  it('has in data what is declared as text', () => {
    const declared = written({}, { data: { a: 'b2xk', b: 'aGk=' }, stringData: { a: 'hello' } })
    assert.equal(check(written({}, { data: { a: 'aGVsbG8=', b: 'aGk=' } }), declared, secret), '')
    const other = check(written({}, { data: { a: 'b2xk', b: 'aGk=' } }), declared, secret)
    assert.equal(other, 'data.a differs from what fleet@abc declares')
  })
})

describe('the message', () => {
  const spec = (changes: JsonObject) => ({
    spec: { replicas: 3, containers: [{ name: 'app', image: 'app:1', ...changes }] },
  })
  const declared = written({}, spec({}))

  it('shows numbers and images, and how many more there are', () => {
    const object = written({ labels: { a: 'b' } }, { spec: { replicas: 5, paused: true } })
    assert.equal(
      check(object, declared),
      'metadata.labels is new, and fleet@abc does not declare it; 3 more paths',
    )
    const image = check(written({}, spec({ image: 'evil' })), declared)
    assert.equal(image, 'spec.containers[name=app].image is evil, fleet@abc declares app:1')
    const replicas = check(written({}, { spec: { ...spec({}).spec, replicas: 5 } }), declared)
    assert.equal(replicas, 'spec.replicas is 5, fleet@abc declares 3')
  })

  it('shows no other text', () => {
    const said = written({}, spec({ env: [{ name: 'PASSWORD', value: 'hunter2' }] }))
    const object = written({}, spec({ env: [{ name: 'PASSWORD', value: 'swordfish' }] }))
    const field = 'spec.containers[name=app].env[name=PASSWORD].value'
    assert.equal(check(object, said), `${field} differs from what fleet@abc declares`)
  })

  it('asks for a word of Git about what only Git may take away', () => {
    const path = [{ kind: 'key', key: 'a' }] as const
    const removed = { path, kind: 'removed', live: undefined } as const
    const message = (declared?: string) =>
      describeDifferences([{ ...removed, declared }], 'fleet@abc', false)
    assert.equal(message(), 'a is removed, and fleet@abc does not say so')
    assert.equal(message('x'), 'a is removed, and fleet@abc declares it')
  })

  it('names each path once', () => {
    const path = [{ kind: 'key', key: 'a' }] as const
    const one = { path, kind: 'added', live: 1, declared: undefined } as const
    assert.deepEqual(pathsOf([one, one]), ['a'])
  })
})
