import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { neededFacts, withoutPlugins } from '../../../src/core/content/plugins/explain.ts'
import type { Facts } from '../../../src/core/content/plugins/plugin.ts'
import type { Difference } from '../../../src/core/content/difference.ts'
import type { FieldStep } from '../../../src/core/manifest/field-path.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

const none: Facts = {
  ingressClasses: [],
  limitRanges: [],
  priorityClasses: [],
  runtimeClasses: [],
  serviceAccounts: [],
  storageClasses: [],
}

function added(live: Json, ...steps: readonly (string | { readonly item: Json })[]): Difference {
  const path = steps.map((step): FieldStep =>
    typeof step === 'string' ? { kind: 'key', key: step } : { kind: 'item', items: [step.item] },
  )
  return { path, kind: 'added', live, declared: undefined }
}

function isExplained(
  difference: Difference,
  facts: Partial<Facts> = {},
  from: { readonly kind?: string; readonly declared?: JsonObject } = {},
): boolean {
  const { kind = 'v1 Pod', declared = {} } = from
  const scene = { next: {}, declared, facts: { ...none, ...facts } }
  return withoutPlugins(kind, [difference], scene).length === 0
}

function named(name: string, rest: JsonObject = {}, annotations: JsonObject = {}): JsonObject {
  return { metadata: { name, annotations }, ...rest }
}

const app = { item: { name: 'app' } }
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

function tokenVolume(name: string, seconds = 3607): JsonObject {
  const items = [{ key: 'ca.crt', path: 'ca.crt' }]
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' }
  const sources = [
    { serviceAccountToken: { expirationSeconds: seconds, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
  ]
  return { name, projected: { defaultMode: 420, sources } }
}

describe('ServiceAccount', () => {
  const serviceAccounts = [
    named('default', { imagePullSecrets: [{ name: 'pull' }] }),
    named('robot', { automountServiceAccountToken: false }),
  ]
  const volume = tokenVolume('kube-api-access-abcde')
  const volumes = added(volume, 'spec', 'volumes', { item: volume })
  const mount = { mountPath, name: 'kube-api-access-abcde', readOnly: true }
  const mounts = (item: JsonObject) =>
    added(item, 'spec', 'containers', app, 'volumeMounts', { item })

  const pullSecret = (name: string) =>
    added({ name }, 'spec', 'imagePullSecrets', { item: { name } })

  it('adds the default account, its token and its pull secrets', () => {
    assert.ok(isExplained(added('default', 'spec', 'serviceAccountName')))
    assert.ok(isExplained(volumes, { serviceAccounts }))
    assert.ok(isExplained(mounts(mount), { serviceAccounts }))
    assert.ok(isExplained(pullSecret('pull'), { serviceAccounts }))
  })

  it('adds no other account, volume, mount or secret', () => {
    assert.ok(!isExplained(added('robot', 'spec', 'serviceAccountName')))
    for (const other of [tokenVolume('kube-api-access-abcde', 86_400), tokenVolume('other')]) {
      const difference = added(other, 'spec', 'volumes', { item: other })
      assert.ok(!isExplained(difference, { serviceAccounts }))
    }
    assert.ok(!isExplained(mounts({ ...mount, readOnly: false }), { serviceAccounts }))
    assert.ok(!isExplained(mounts({ ...mount, name: 'data' }), { serviceAccounts }))
    assert.ok(!isExplained(pullSecret('other'), { serviceAccounts }))
  })

  it('adds no pull secret where the Pod declares its own', () => {
    const declared = { spec: { imagePullSecrets: [{ name: 'own' }] } }
    assert.ok(!isExplained(pullSecret('pull'), { serviceAccounts }, { declared }))
  })

  it('adds no token where Pod or account decline it, or the account is unknown', () => {
    const declared = { spec: { automountServiceAccountToken: false } }
    assert.ok(!isExplained(volumes, { serviceAccounts }, { declared }))
    assert.ok(!isExplained(mounts(mount), { serviceAccounts }, { declared }))
    const robot = { spec: { serviceAccountName: 'robot' } }
    assert.ok(!isExplained(volumes, { serviceAccounts }, { declared: robot }))
    assert.ok(!isExplained(volumes))
  })

  it('adds nothing below what it adds', () => {
    assert.ok(!isExplained(added('default', 'spec', 'serviceAccountName', 'x')))
  })

  it('is asked only when its answer matters', () => {
    assert.deepEqual(neededFacts('v1 Pod', [volumes]), ['serviceAccounts'])
    assert.deepEqual(neededFacts('v1 Pod', [mounts(mount)]), ['serviceAccounts'])
    assert.deepEqual(neededFacts('v1 Pod', [pullSecret('pull')]), ['serviceAccounts'])
    assert.deepEqual(neededFacts('apps/v1 Deployment', [volumes]), [])
    assert.deepEqual(neededFacts('v1 Pod', [{ ...volumes, kind: 'changed' }]), [])
  })
})

describe('Priority', () => {
  const priorityClasses = [
    named('high', { value: 1000, preemptionPolicy: 'Never' }),
    named('usual', { value: 10, globalDefault: true }),
  ]
  const high = { declared: { spec: { priorityClassName: 'high' } } }

  it('adds what the declared class says, or the global default', () => {
    assert.ok(isExplained(added(1000, 'spec', 'priority'), { priorityClasses }, high))
    assert.ok(isExplained(added('Never', 'spec', 'preemptionPolicy'), { priorityClasses }, high))
    assert.ok(isExplained(added(10, 'spec', 'priority'), { priorityClasses }))
    assert.ok(isExplained(added('usual', 'spec', 'priorityClassName'), { priorityClasses }))
    assert.ok(isExplained(added(0, 'spec', 'priority')))
    assert.ok(isExplained(added('PreemptLowerPriority', 'spec', 'preemptionPolicy')))
  })

  it('adds nothing else', () => {
    assert.ok(!isExplained(added(1000, 'spec', 'priority'), { priorityClasses }))
    assert.ok(!isExplained(added('high', 'spec', 'priorityClassName'), { priorityClasses }))
    assert.ok(!isExplained(added('Never', 'spec', 'preemptionPolicy'), { priorityClasses }))
  })
})

describe('DefaultTolerationSeconds', () => {
  const toleration = (state: string, tolerationSeconds = 300) => ({
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  })
  const both = [toleration('not-ready'), toleration('unreachable')]

  it('adds two', () => {
    assert.ok(isExplained(added(both, 'spec', 'tolerations')))
    const [item = {}] = both
    assert.ok(isExplained(added(item, 'spec', 'tolerations', { item })))
  })

  it('adds no others', () => {
    assert.ok(!isExplained(added([...both, toleration('x')], 'spec', 'tolerations')))
    const item = toleration('not-ready', 301)
    assert.ok(!isExplained(added(item, 'spec', 'tolerations', { item })))
  })
})

describe('LimitRanger', () => {
  const gpu = 'example.com/gpu'
  const limits = [
    { type: 'Container', default: { cpu: '500m', [gpu]: 1 }, defaultRequest: { cpu: '100m' } },
    { type: 'Pod', default: { cpu: '7' } },
  ]
  const limitRanges = [named('limits', { spec: { limits } })]
  const resources = ['spec', 'containers', app, 'resources'] as const

  it('adds the defaults of containers', () => {
    for (const [live, ...rest] of [
      [{ limits: { cpu: '0.5' }, requests: { cpu: '100m' } }],
      [{ cpu: '500m' }, 'limits'],
      [{ cpu: '100m' }, 'requests'],
      ['500m', 'limits', 'cpu'],
      ['1', 'limits', gpu],
      ['100m', 'requests', 'cpu'],
    ] as const) {
      assert.ok(isExplained(added(live, ...resources, ...rest), { limitRanges }))
    }
  })

  it('notes what it has added, and nothing else', () => {
    const annotations = ['metadata', 'annotations'] as const
    const key = 'kubernetes.io/limit-ranger'
    const note =
      'LimitRanger plugin set: cpu, a.b/c request for container app; cpu limit for init container i'
    for (const difference of [
      added(note, ...annotations, key),
      added({ [key]: note }, ...annotations),
    ]) {
      assert.ok(isExplained(difference, { limitRanges }))
      assert.ok(!isExplained(difference))
    }
    assert.ok(!isExplained(added({ [key]: note, other: 'x' }, ...annotations), { limitRanges }))
    for (const other of ['LimitRanger plugin set: ', `${note}; and more`]) {
      assert.ok(!isExplained(added(other, ...annotations, key), { limitRanges }))
    }
  })

  it('adds no other amounts', () => {
    for (const [live, ...rest] of [
      [{ limits: { cpu: '500m' }, claims: [] }],
      [{ cpu: '100m' }, 'limits'],
      ['7', 'limits', 'cpu'],
      ['500m', 'limits', 'memory'],
      ['100m', 'limits', 'cpu'],
      ['500m', 'requests', 'cpu'],
    ] as const) {
      assert.ok(!isExplained(added(live, ...resources, ...rest), { limitRanges }))
    }
  })
})

describe('RuntimeClass', () => {
  const tolerations = [{ key: 'gvisor', operator: 'Exists' }]
  const scheduling = { nodeSelector: { gvisor: 'yes' }, tolerations }
  const runtimeClasses = [
    named('kata', { overhead: { podFixed: { cpu: '9' } } }),
    named('gvisor', { overhead: { podFixed: { cpu: '1' } }, scheduling }),
  ]
  const gvisor = { declared: { spec: { runtimeClassName: 'gvisor' } } }

  it('adds what the declared class says', () => {
    const selector = added({ gvisor: 'yes' }, 'spec', 'nodeSelector')
    const [item = {}] = tolerations
    const toleration = added(item, 'spec', 'tolerations', { item })
    for (const difference of [added({ cpu: '1' }, 'spec', 'overhead'), selector, toleration]) {
      assert.ok(isExplained(difference, { runtimeClasses }, gvisor))
      assert.ok(!isExplained(difference, { runtimeClasses }))
    }
    assert.ok(!isExplained(added({ cpu: '2' }, 'spec', 'overhead'), { runtimeClasses }, gvisor))
  })

  it('adds to a declared selector', () => {
    const selects = (value: string, key: string) => added(value, 'spec', 'nodeSelector', key)
    assert.ok(isExplained(selects('yes', 'gvisor'), { runtimeClasses }, gvisor))
    assert.ok(!isExplained(selects('no', 'gvisor'), { runtimeClasses }, gvisor))
    assert.ok(!isExplained(selects('yes', 'other'), { runtimeClasses }, gvisor))
  })

  it('adds tolerations together with DefaultTolerationSeconds', () => {
    const notReady = {
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    }
    const both = added([...tolerations, notReady], 'spec', 'tolerations')
    assert.ok(isExplained(both, { runtimeClasses }, gvisor))
    assert.ok(!isExplained(both, { runtimeClasses }))
  })
})

describe('default classes', () => {
  const marked = (name: string, createdAt: string, kind: string) => ({
    metadata: {
      name,
      creationTimestamp: createdAt,
      annotations: { [`${kind}.kubernetes.io/is-default-class`]: 'true' },
    },
  })
  const storageClasses = [
    marked('first', '2026-01-01T00:00:00Z', 'storageclass'),
    marked('new', '2026-02-01T00:00:00Z', 'storageclass'),
    named('other', {}, { 'storageclass.kubernetes.io/is-default-class': 'false' }),
  ]
  const claim = { kind: 'v1 PersistentVolumeClaim' }

  it('are none where all say no', () => {
    const none = added('other', 'spec', 'storageClassName')
    const [, , other = {}] = storageClasses
    assert.ok(!isExplained(none, { storageClasses: [other] }, claim))
  })

  it('are the newest one', () => {
    const field = ['spec', 'storageClassName'] as const
    assert.ok(isExplained(added('new', ...field), { storageClasses }, claim))
    assert.ok(!isExplained(added('first', ...field), { storageClasses }, claim))
    assert.ok(!isExplained(added('other', ...field), { storageClasses }, claim))
    const ingressClasses = [marked('nginx', '', 'ingressclass')]
    const ingress = { kind: 'networking.k8s.io/v1 Ingress' }
    const difference = added('nginx', 'spec', 'ingressClassName')
    assert.ok(isExplained(difference, { ingressClasses }, ingress))
    const other = added('other', 'spec', 'ingressClassName')
    assert.ok(!isExplained(other, { ingressClasses }, ingress))
  })
})

describe('StorageObjectInUseProtection', () => {
  it('adds its own finalizer', () => {
    const finalizer = (item: string) => added(item, 'metadata', 'finalizers', { item })
    const claim = { kind: 'v1 PersistentVolumeClaim' }
    assert.ok(isExplained(finalizer('kubernetes.io/pvc-protection'), {}, claim))
    assert.ok(!isExplained(finalizer('kubernetes.io/pv-protection'), {}, claim))
    assert.ok(!isExplained(finalizer('kubernetes.io/pvc-protection'), {}, { kind: 'v1 Pod' }))
    const volume = { kind: 'v1 PersistentVolume' }
    assert.ok(isExplained(finalizer('kubernetes.io/pv-protection'), {}, volume))
    const attributes = { kind: 'storage.k8s.io/v1 VolumeAttributesClass' }
    assert.ok(isExplained(finalizer('kubernetes.io/vac-protection'), {}, attributes))
  })
})

describe('TaintNodesByCondition', () => {
  const node = { kind: 'v1 Node' }
  const taint = (key: string) => ({ key: `node.kubernetes.io/${key}`, effect: 'NoSchedule' })

  it('adds one taint, and no other', () => {
    const item = taint('not-ready')
    assert.ok(isExplained(added(item, 'spec', 'taints', { item }), {}, node))
    assert.ok(isExplained(added([item], 'spec', 'taints'), {}, node))
    assert.ok(!isExplained(added([item, taint('x')], 'spec', 'taints'), {}, node))
    const other = taint('unreachable')
    assert.ok(!isExplained(added(other, 'spec', 'taints', { item: other }), {}, node))
  })
})

describe('what has to be read of the cluster', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['v1 Pod', ['spec', 'priority'], ['priorityClasses']],
    ['v1 Pod', ['spec', 'overhead'], ['runtimeClasses']],
    ['v1 Pod', ['spec', 'nodeSelector', 'a'], ['runtimeClasses']],
    ['v1 Pod', ['spec', 'tolerations'], ['runtimeClasses']],
    ['v1 Pod', ['metadata', 'annotations', 'kubernetes.io/limit-ranger'], ['limitRanges']],
    ['v1 PersistentVolumeClaim', ['spec', 'storageClassName'], ['storageClasses']],
    ['networking.k8s.io/v1 Ingress', ['spec', 'ingressClassName'], ['ingressClasses']],
    ['v1 Pod', ['spec', 'serviceAccountName'], []],
    ['v1 ConfigMap', ['data'], []],
  ]
  for (const [kind, path, expected] of cases) {
    it(`for ${path.join('.')} of ${kind}`, () => {
      assert.deepEqual(neededFacts(kind, [added('x', ...path)]), expected)
    })
  }
})
