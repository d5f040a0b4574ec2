import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assignedBy } from '../../../src/core/content/assigned.ts'
import { exactPosition } from '../../../src/core/content/exact.ts'
import type { FieldStep } from '../../../src/core/manifest/field-path.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

const user = {
  username: 'system:serviceaccount:ci:deployer',
  uid: 'u1',
  groups: ['a', 'b'],
  extra: new Map([['x', ['1']]]),
}
const item: FieldStep = { kind: 'item', items: [{}] }

function isAssigned(
  kind: string,
  path: readonly (string | typeof item)[],
  next: Json,
  from: { readonly old?: Json; readonly object?: JsonObject; readonly declared?: JsonObject } = {},
): boolean {
  const leaf = {
    path: path.map((step): FieldStep =>
      typeof step === 'string' ? { kind: 'key', key: step } : step,
    ),
    position: exactPosition,
    old: from.old,
    next,
    declared: undefined,
    fallback: undefined,
  }
  const { object = {}, declared = {} } = from
  return assignedBy({ kind, next: object, declared, user })(leaf) !== undefined
}

describe('the API server assigns', () => {
  const balanced = { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }

  it('addresses and ports of a Service, once', () => {
    const object = balanced
    for (const [path, value] of [
      [['spec', 'clusterIP'], '10.0.0.1'],
      [['spec', 'clusterIPs'], ['10.0.0.1']],
      [['spec', 'clusterIPs', item], '10.0.0.1'],
      [['spec', 'ipFamilies'], ['IPv4']],
      [['spec', 'ipFamilyPolicy'], 'SingleStack'],
      [['spec', 'ports', item, 'nodePort'], 30_000],
      [['spec', 'healthCheckNodePort'], 30_001],
    ] as const) {
      assert.ok(isAssigned('v1 Service', path, value as Json, { object }))
      assert.ok(!isAssigned('v1 Service', path, value as Json, { object, old: 'another' }))
      assert.ok(!isAssigned('v1 Pod', path, value as Json, { object }))
    }
  })

  it('no Service without an address, unless it is declared so in the other field', () => {
    const isRight = (field: string, value: Json, spec: JsonObject) =>
      isAssigned('v1 Service', ['spec', field], value, { declared: { spec } })
    assert.ok(!isRight('clusterIP', 'None', {}))
    assert.ok(!isRight('clusterIPs', ['None'], { clusterIP: '' }))
    assert.ok(isRight('clusterIP', 'None', { clusterIPs: ['None'] }))
    assert.ok(isRight('clusterIPs', ['None'], { clusterIP: 'None' }))
  })

  it('both families to a Service only where nothing selects Pods, or two are declared', () => {
    const isRight = (value: Json, spec: JsonObject) =>
      isAssigned('v1 Service', ['spec', 'ipFamilyPolicy'], value, { declared: { spec } })
    assert.ok(isRight('RequireDualStack', { clusterIP: 'None' }))
    assert.ok(isRight('RequireDualStack', { ipFamilies: ['IPv4', 'IPv6'] }))
    assert.ok(!isRight('RequireDualStack', { clusterIP: 'None', selector: { a: 'b' } }))
    assert.ok(!isRight('RequireDualStack', {}))
    assert.ok(!isRight('PreferDualStack', { clusterIP: 'None' }))
  })

  it('ports of nodes only to Services that have them', () => {
    const port = ['spec', 'ports', item, 'nodePort'] as const
    const isRight = (path: readonly (string | typeof item)[], spec: JsonObject) =>
      isAssigned('v1 Service', path, 30_000, { object: { spec } })
    assert.ok(isRight(port, { type: 'NodePort' }))
    assert.ok(!isRight(port, { type: 'ClusterIP' }))
    assert.ok(!isRight(port, { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }))
    const health = ['spec', 'healthCheckNodePort']
    assert.ok(!isRight(health, { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' }))
    assert.ok(!isRight(health, { type: 'NodePort', externalTrafficPolicy: 'Local' }))
  })

  it('a name that begins as the manifest says', () => {
    const object = { metadata: { generateName: 'job-' } }
    assert.ok(isAssigned('batch/v1 Job', ['metadata', 'name'], 'job-abcde', { object }))
    assert.ok(!isAssigned('batch/v1 Job', ['metadata', 'name'], 'other', { object }))
    assert.ok(!isAssigned('batch/v1 Job', ['metadata', 'name'], 'job'))
    const nothing = { metadata: { generateName: '' } }
    assert.ok(!isAssigned('batch/v1 Job', ['metadata', 'name'], 'job', { object: nothing }))
  })

  it('what tells the Pods of a Job from all others', () => {
    const object = { metadata: { name: 'j', uid: 'job-uid' } }
    const labels = ['spec', 'template', 'metadata', 'labels']
    const uid = 'batch.kubernetes.io/controller-uid'
    const of = (path: readonly string[], value: string) =>
      isAssigned('batch/v1 Job', path, value, { object })
    assert.ok(of(['spec', 'selector', 'matchLabels', uid], 'job-uid'))
    assert.ok(of([...labels, uid], 'job-uid'))
    assert.ok(of([...labels, 'controller-uid'], 'job-uid'))
    assert.ok(of([...labels, 'job-name'], 'j'))
    assert.ok(of([...labels, 'batch.kubernetes.io/job-name'], 'j'))
    assert.ok(!of([...labels, uid], 'other'))
    assert.ok(!of([...labels, 'job-name'], 'other'))
    assert.ok(!of([...labels, 'app'], 'j'))
  })

  it('the name of a Namespace as its label, and its finalizer', () => {
    const object = { metadata: { name: 'shop' } }
    const label = ['metadata', 'labels', 'kubernetes.io/metadata.name']
    assert.ok(isAssigned('v1 Namespace', label, 'shop', { object }))
    assert.ok(!isAssigned('v1 Namespace', label, 'other', { object }))
    assert.ok(isAssigned('v1 Namespace', ['spec', 'finalizers'], ['kubernetes']))
    assert.ok(!isAssigned('v1 Namespace', ['spec', 'finalizers'], ['kubernetes', 'mine']))
  })

  it('the generation of a DaemonSet template, again and again', () => {
    const path = ['metadata', 'annotations', 'deprecated.daemonset.template.generation']
    assert.ok(isAssigned('apps/v1 DaemonSet', path, '2', { old: '1' }))
    assert.ok(!isAssigned('apps/v1 DaemonSet', path, 'x', { old: '1' }))
  })

  it('who asks for a certificate', () => {
    const kind = 'certificates.k8s.io/v1 CertificateSigningRequest'
    assert.ok(isAssigned(kind, ['spec', 'username'], user.username))
    assert.ok(!isAssigned(kind, ['spec', 'username'], 'admin'))
    assert.ok(isAssigned(kind, ['spec', 'uid'], 'u1'))
    assert.ok(!isAssigned(kind, ['spec', 'uid'], 'u2'))
    assert.ok(!isAssigned(kind, ['spec', 'groups'], ['a']))
    assert.ok(!isAssigned(kind, ['spec', 'groups'], ['a', 'b', 'c']))
    assert.ok(isAssigned(kind, ['spec', 'groups'], ['a', 'b']))
    assert.ok(!isAssigned(kind, ['spec', 'groups'], ['a', 'system:masters']))
    assert.ok(isAssigned(kind, ['spec', 'extra', 'x'], ['1']))
    assert.ok(!isAssigned(kind, ['spec', 'extra', 'x'], ['2']))
    assert.ok(!isAssigned(kind, ['spec', 'extra', 'y'], ['1']))
  })
})
