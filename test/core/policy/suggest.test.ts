import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { Json } from '../../../src/core/manifest/json.ts'
import { suggest } from '../../../src/core/policy/suggest.ts'
import { suggestedYaml } from '../../../src/core/policy/suggested-yaml.ts'
import { fullPolicy, goodPolicy, head } from './policies.ts'

const policy = goodPolicy(fullPolicy)
const operator = 'system:serviceaccount:ops:cert-operator'
let nextId = 0

function record(changes: Readonly<Record<string, Json>> = {}): Json {
  nextId += 1
  return {
    decisionId: `id-${nextId}`,
    user: operator,
    groups: [],
    gvr: 'apps/v1/deployments',
    sub: '',
    op: 'UPDATE',
    ns: 'shop',
    name: 'api',
    paths: ['spec.replicas'],
    reason: 'HumanWrite',
    decision: 'allow',
    wouldDeny: true,
    dryRun: false,
    ...changes,
  }
}

test('equal denials become one row with a count and their namespaces', () => {
  const records = [
    record(),
    record({ ns: 'other' }),
    record({ decision: 'deny', wouldDeny: false }),
  ]
  assert.deepEqual(suggest(records, policy), {
    rows: [
      {
        serviceAccount: 'ops/cert-operator',
        resource: 'deployments.apps',
        operation: 'UPDATE',
        fields: ['spec.replicas'],
        isCut: false,
        namespaces: ['other', 'shop'],
        count: 3,
      },
    ],
    apart: [],
    denials: 3,
    settled: 0,
  })
})

test('identity, resource, operation and fields each make a row of their own', () => {
  const rows = suggest(
    [
      record(),
      record({ user: 'system:serviceaccount:ops:other' }),
      record({ gvr: 'v1/configmaps' }),
      record({ sub: 'scale' }),
      record({ op: 'DELETE', paths: [] }),
      record({ paths: ['spec.paused'] }),
      record({ ns: '' }),
    ],
    policy,
  ).rows
  assert.equal(rows.length, 7)
  assert.deepEqual(
    rows.map(({ resource }) => resource),
    [
      'deployments.apps',
      'deployments.apps',
      'configmaps',
      'deployments.apps/scale',
      'deployments.apps',
      'deployments.apps',
      'deployments.apps',
    ],
  )
})

const ignored: readonly [title: string, changes: Readonly<Record<string, Json>>][] = [
  ['an allow', { wouldDeny: false }],
  ['a dry run', { dryRun: true }],
]
for (const [title, changes] of ignored) {
  test(`${title} is no denial`, () => {
    assert.deepEqual(suggest([record(changes)], policy), {
      rows: [],
      apart: [],
      denials: 0,
      settled: 0,
    })
  })
}

test('a decision asked twice counts once', () => {
  const one = record()
  assert.equal(suggest([one, one, one], policy).rows[0]?.count, 1)
})

test('what the policy allows by now is settled', () => {
  const keda = { user: 'system:serviceaccount:keda:keda-operator', sub: 'scale' }
  assert.equal(suggest([record(keda)], policy).settled, 1)
  assert.equal(suggest([record({ gvr: 'v1/events', ns: 'a' })], policy).settled, 1)
  assert.equal(suggest([record({ ...keda, paths: ['spec'] })], policy).settled, 0)
  assert.equal(
    suggest([record({ ...keda, paths: ['spec.replicas', 'spec.x'] })], policy).settled,
    0,
  )
  assert.equal(suggest([record({ ...keda, ns: 'other' })], policy).settled, 0)
})

const apart: readonly [kind: string, changes: Readonly<Record<string, Json>>][] = [
  ['human', { user: 'alice' }],
  ['human', { user: 'system:kube-controller-manager' }],
  ['human', { user: 'system:serviceaccount:a:b:c' }],
  ['human', { user: 'system:serviceaccount:ops:*' }],
  ['writer', { user: 'https://token.example.com#acme/fleet', reason: 'EvidenceMissing' }],
  ['rule', { reason: 'Protected' }],
  ['rule', { reason: 'Sealed' }],
]
for (const [kind, changes] of apart) {
  test(`${JSON.stringify(changes)} stands apart as ${kind}`, () => {
    const found = suggest([record(changes), record(changes)], policy)
    assert.deepEqual(found.rows, [])
    assert.deepEqual(
      found.apart.map((row) => [row.kind, row.count]),
      [[kind, 2]],
    )
    assert.equal(suggestedYaml(found.rows, policy), '')
  })
}

test('a list of fields that may go on is cut to its roots, never to everything', () => {
  const paths = ['*', ...Array.from({ length: 19 }, (_, i) => `metadata.labels["a/${i}"]`)]
  const { rows } = suggest([record({ op: 'CREATE', paths: [...paths, 'spec[*].x'] })], policy)
  assert.deepEqual(rows[0]?.fields, ['metadata', 'spec'])
  assert.equal(rows[0].isCut, true)
})

test('the suggestion can be pasted: it is a good policy that settles the same records', () => {
  const records = [
    record({ paths: ['metadata.annotations["a.example.com/x"]', 'spec.list[name="a b"].x'] }),
    record({ gvr: '/v1/nodes', ns: '', op: 'DELETE', paths: [] }),
    record({ user: 'system:serviceaccount:keda:keda' }),
    record({ op: 'CREATE', paths: Array.from({ length: 20 }, (_, i) => `spec.f${i}`) }),
  ]
  const { rows } = suggest(records, policy)
  const yaml = suggestedYaml(rows, policy)
  const indented = yaml.replaceAll(/^/gm, '  ')
  const pasted = goodPolicy(`${head}  mode: enforce\n${indented}`)
  assert.equal(pasted.spec.exceptions.length, 2)
  assert.deepEqual(suggest(records, pasted).rows, [])
  assert.doesNotMatch(yaml.replaceAll(/#.*/g, ''), /\*/)
})

test('names do not collide with those of the policy or each other', () => {
  const taken = goodPolicy(fullPolicy.replace('name: keda\n', 'name: keda-operator\n'))
  const users = [
    'keda:operator',
    'keda-operator:x',
    `keda:${'a'.repeat(80)}`,
    `keda:${'a'.repeat(90)}`,
  ]
  const records = users.map((user) => record({ user: `system:serviceaccount:${user}` }))
  const { exceptions } = parse(suggestedYaml(suggest(records, taken).rows, taken)) as {
    exceptions: { name: string }[]
  }
  const names = exceptions.map(({ name }) => name)
  assert.equal(new Set([...names, 'keda-operator']).size, 5)
  assert.ok(names.every((name) => name.length <= 63))
})

const hostile: readonly Readonly<Record<string, Json>>[] = [
  { op: 'UPDATE]\n- name: evil' },
  { gvr: 'apps/v1/deployments"]\n- name: evil' },
  { sub: '*' },
  { paths: ['spec["\\n- name: evil"]', 'a..b', 'x\n- name: evil'] },
  { ns: 'a"]}\n- name: evil' },
  { user: 'system:serviceaccount:a:b\n- name: evil' },
]
for (const changes of hostile) {
  test(`${JSON.stringify(changes)} cannot break out of the suggestion`, () => {
    const yaml = suggestedYaml(suggest([record(changes)], policy).rows, policy)
    assert.doesNotMatch(yaml, /^- name: evil|\*/m)
    const parsed = parse(yaml) as { exceptions: unknown[] } | null
    assert.ok((parsed?.exceptions.length ?? 0) <= 1)
  })
}

test('a record with nothing in it is no suggestion', () => {
  assert.deepEqual(suggest([{}, null, 'x', [], { wouldDeny: true }], policy).rows, [])
})
