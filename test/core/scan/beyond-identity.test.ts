import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtInRows } from '../../../src/core/exceptions/built-in.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { beyondIdentity } from '../../../src/core/scan/beyond-identity.ts'
import {
  findingOf,
  found,
  judge,
  list,
  live,
  objectOf,
  ownedBy,
  type Ground,
  type Kind,
} from './judging.ts'

const explained = { kind: 'ignored', why: 'exception' } as const

test('only rows of the table are looked at, each under its name', () => {
  const names = new Set(builtInRows.map(({ name }) => name))
  assert.deepEqual(
    Object.keys(beyondIdentity).filter((name) => !names.has(name)),
    [],
  )
})

const app = { name: 'app', image: 'app:1', command: ['serve'] }
const spec = { containers: [app], serviceAccountName: 'api' }

function owner(kind: Kind, template: JsonObject = spec): Ground {
  const rest = { spec: { template: { spec: template } } }
  return { live: { [`${kind} pay/top`]: found(objectOf(kind, { name: 'top', uid: 'u-9' }, rest)) } }
}

const pod = (kind: Kind, of: JsonObject) =>
  live('Pod', { name: 'top-x', ...ownedBy(kind, 'top', 'u-9') }, { spec: { nodeName: 'n', ...of } })

describe('a Pod that says who owns it', () => {
  test('is explained where it runs what its owner has it run', async () => {
    for (const kind of ['ReplicaSet', 'Job'] as const) {
      const resources = { limits: { cpu: '1' } }
      const volumeMounts = [{ name: 'token', mountPath: '/var/run/secrets' }]
      const filled = { ...spec, containers: [{ ...app, resources, volumeMounts }] }
      assert.deepEqual(await judge(pod(kind, filled), owner(kind)), explained)
    }
  })

  const planted: readonly (readonly [string, JsonObject, readonly string[]])[] = [
    [
      'another image',
      { ...spec, containers: [{ ...app, image: 'evil:1' }] },
      ['spec.containers[name=app].image'],
    ],
    [
      'another command',
      { ...spec, containers: [{ ...app, command: ['sh'] }] },
      ['spec.containers[name=app].command'],
    ],
    [
      'more rights',
      { ...spec, containers: [{ ...app, securityContext: { privileged: true } }] },
      ['spec.containers[name=app].securityContext'],
    ],
    [
      'one container more',
      { ...spec, containers: [app, { name: 'evil', image: 'evil:1' }] },
      ['spec.containers[name=evil]'],
    ],
    [
      'a container that comes first',
      { ...spec, initContainers: [{ name: 'evil', image: 'evil:1' }] },
      ['spec.initContainers[name=evil]'],
    ],
    [
      'a debugger',
      { ...spec, ephemeralContainers: [{ name: 'debug', image: 'evil:1' }] },
      ['spec.ephemeralContainers[name=debug]'],
    ],
    ['another account', { ...spec, serviceAccountName: 'admin' }, ['spec.serviceAccountName']],
    ['the network of its node', { ...spec, hostNetwork: true }, ['spec.hostNetwork']],
    [
      'files of its node',
      { ...spec, volumes: [{ name: 'root', hostPath: { path: '/', type: '' } }] },
      ['spec.volumes[name=root]'],
    ],
  ]
  for (const [title, of, paths] of planted) {
    test(`is a finding with ${title}`, async () => {
      const finding = await findingOf(pod('ReplicaSet', of), owner('ReplicaSet'))
      assert.deepEqual([finding.kind, finding.paths], ['undeclared', paths])
    })
  }

  test('may have what the policy tolerates: an injector that it knows', async () => {
    const exceptions = `  mode: enforce
  tolerations:
  - {resources: [pods], fields: ['spec.containers[name=mesh]']}
`
    const injected = { ...spec, containers: [app, { name: 'mesh', image: 'mesh:1' }] }
    const ground = { ...owner('ReplicaSet'), exceptions }
    assert.deepEqual(await judge(pod('ReplicaSet', injected), ground), explained)
  })

  test('may be of a revision before, as DaemonSets keep them', async () => {
    const before = { ...spec, containers: [{ ...app, image: 'app:0' }] }
    const revision = {
      metadata: ownedBy('DaemonSet', 'top', 'u-9'),
      data: { spec: { template: { spec: before } } },
    }
    const ground = (...revisions: readonly JsonObject[]) => ({
      ...owner('DaemonSet'),
      lists: { 'ControllerRevision pay/': list(...revisions) },
    })
    const old = pod('DaemonSet', before)
    assert.deepEqual(await judge(old, ground(revision)), explained)
    const image = ['spec.containers[name=app].image']
    assert.deepEqual((await findingOf(old, ground())).paths, image)
    const others = { ...revision, metadata: ownedBy('DaemonSet', 'other', 'u-8') }
    assert.deepEqual((await findingOf(old, ground(others))).paths, image)
  })
})

describe('a Job that says that a CronJob owns it', () => {
  const cronJob = objectOf(
    'CronJob',
    { name: 'top', uid: 'u-9' },
    { spec: { jobTemplate: { spec: { template: { spec } } } } },
  )
  const ground = { live: { 'CronJob pay/top': found(cronJob) } }
  const job = (of: JsonObject, status: JsonObject = {}) =>
    live(
      'Job',
      { name: 'top-1', ...ownedBy('CronJob', 'top', 'u-9') },
      { spec: { template: { spec: of } }, status },
    )
  const evil = { ...spec, containers: [{ ...app, image: 'evil:1' }] }

  test('is explained where it runs what that says, or nothing any more', async () => {
    assert.deepEqual(await judge(job(spec), ground), explained)
    const ended = { conditions: [{ type: 'Complete', status: 'True' }] }
    assert.deepEqual(await judge(job(evil, ended), ground), explained)
  })

  test('is a finding where it runs something else', async () => {
    const { paths } = await findingOf(job(evil), ground)
    assert.deepEqual(paths, ['spec.template.spec.containers[name=app].image'])
  })
})

describe('what is labelled as a default of Kubernetes', () => {
  const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
  const binding = (name: string, role: string, ...subjects: readonly JsonObject[]) =>
    live('ClusterRoleBinding', { name, labels }, { roleRef: { name: role }, subjects })
  const role = (name: string, ...rules: readonly JsonObject[]) =>
    live('ClusterRole', { name, labels }, { rules })
  const group = (name: string) => ({ kind: 'Group', name })
  const account = (namespace: string, name: string) => ({ kind: 'ServiceAccount', namespace, name })

  const defaults = [
    binding('cluster-admin', 'cluster-admin', group('system:masters')),
    binding('system:kube-dns', 'system:kube-dns', account('kube-system', 'kube-dns')),
    binding('system:kube-scheduler', 'system:kube-scheduler', {
      kind: 'User',
      name: 'system:kube-scheduler',
    }),
    binding(
      'system:controller:job-controller',
      'system:controller:job-controller',
      account('kube-system', 'job-controller'),
    ),
    role('system:discovery', { nonResourceURLs: ['/api'], verbs: ['get'] }),
    role('system:basic-user', { resources: ['selfsubjectreviews'], verbs: ['create'] }),
  ]
  for (const one of defaults) {
    const name = JSON.stringify(one.object['metadata'])
    test(`is explained where it is one: ${name}`, async () => {
      assert.deepEqual(await judge(one), explained)
    })
  }

  const planted = [
    ['a name that nobody has', role('system:evil'), 'metadata.name'],
    ['another role', binding('system:kube-dns', 'cluster-admin'), 'roleRef'],
    [
      'one subject more',
      binding(
        'cluster-admin',
        'cluster-admin',
        group('system:masters'),
        group('system:authenticated'),
      ),
      'subjects',
    ],
    [
      'an account of somebody else',
      binding('system:kube-dns', 'system:kube-dns', account('pay', 'kube-dns')),
      'subjects',
    ],
    [
      'a person',
      binding('system:discovery', 'system:discovery', { kind: 'User', name: 'mallory' }),
      'subjects',
    ],
    [
      'rights for everybody',
      role('system:discovery', { resources: ['secrets'], verbs: ['get'] }),
      'rules',
    ],
    ['verbs for everybody', role('system:basic-user', { verbs: ['*'] }), 'rules'],
  ] as const
  for (const [title, one, path] of planted) {
    test(`is a finding with ${title}`, async () => {
      assert.deepEqual((await findingOf(one)).paths, [path])
    })
  }
})

test('an API that is left to another server is not one that the API server registers', async () => {
  const labels = { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' }
  const api = (of: JsonObject) => live('APIService', { name: 'v1.apps', labels }, { spec: of })
  assert.deepEqual(await judge(api({ group: 'apps' })), explained)
  const service = { name: 'mine', namespace: 'pay' }
  assert.deepEqual((await findingOf(api({ group: 'apps', service }))).paths, ['spec.service'])
})

test('endpoints of a Service are its controller’s only where it looks after them', async () => {
  const ground = {
    live: { 'Service pay/one': found(objectOf('Service', { uid: 'u-9' }, { spec: {} })) },
  }
  const key = 'endpointslice.kubernetes.io/managed-by'
  const slice = (manager: string) =>
    live('EndpointSlice', {
      labels: { 'kubernetes.io/service-name': 'one', [key]: manager },
      ...ownedBy('Service', 'one', 'u-9'),
    })
  assert.deepEqual(await judge(slice('endpointslice-controller.k8s.io'), ground), explained)
  const { paths } = await findingOf(slice('me'), ground)
  assert.deepEqual(paths, [`metadata.labels["${key}"]`])
})
