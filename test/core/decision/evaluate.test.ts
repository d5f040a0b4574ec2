import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { evaluate, evaluateFailure } from '../../../src/core/decision/evaluate.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { account, alice, configMap, deployer, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const now = 1_000_000_000
const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
const own = {
  namespace: 'solewriter-system',
  accounts: new Set(['system:serviceaccount:solewriter-system:solewriter-controller']),
}

const fleet: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: { kind: 'reachable', branches: ['main'] } },
  fetchedAt: now,
  declares: { [commitA]: [{ id }] },
}

const rules = `  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: bound, subject: {serviceAccount: ci/bound}, podBound: true, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: narrow, subject: {serviceAccount: ci/narrow}, evidence: [annotation], repositories: [fleet], verify: declared, namespaces: [shop]}
  exceptions:
  - name: keda
    subject: {serviceAccount: keda/keda-operator}
    reason: scales
    allow: [{resources: [deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [pay]}]
`

interface Setting {
  readonly spec?: string
  readonly live?: Readonly<Record<string, Live>>
  readonly git?: FakeRepository
}

function circumstances({ spec = '  mode: enforce\n', live = {}, git = fleet }: Setting) {
  return {
    policy: goodPolicy(head + spec + rules),
    policyHash: 'sha256:p',
    clusterUid: 'cluster-1',
    digestKey: new Uint8Array(32),
    own,
    cluster: fakeCluster(live),
    ...fakeGit({ fleet: git }),
    now: () => now,
    signal: new AbortController().signal,
  }
}

function decide(changes: Partial<AdmissionRequest>, setting: Setting = {}): Promise<Decision> {
  return evaluate(request(changes), circumstances(setting))
}

async function reasonOf(
  changes: Partial<AdmissionRequest>,
  setting: Setting = {},
): Promise<string> {
  const { verdict, allowed } = await decide(changes, setting)
  assert.equal(allowed, verdict.kind === 'allow', verdict.reason)
  return verdict.reason
}

async function messageOf(changes: Partial<AdmissionRequest>, setting: Setting = {}) {
  return toAnswer(await decide(changes, setting), {}).message
}

const signed = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commitA }
const gvr = (resource: string, group = '', version = 'v1') => ({ group, version, resource })
const gvk = (kind: string, group = '', version = 'v1') => ({ group, version, kind })

describe('humans are refused', () => {
  const deployment = { kind: gvk('Deployment', 'apps'), resource: gvr('deployments', 'apps') }
  const pod = { resource: gvr('pods'), name: 'api-0' }
  const writes: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
    ['create', {}],
    ['update', { operation: 'UPDATE', object: configMap({}, { a: '2' }) }],
    ['delete', { operation: 'DELETE' }],
    ['deletecollection, which names no object', { operation: 'DELETE', name: 'settings' }],
    [
      'scale',
      {
        ...deployment,
        subresource: 'scale',
        kind: gvk('Scale', 'autoscaling'),
        operation: 'UPDATE',
        name: 'api',
        object: { spec: { replicas: 0 } },
        oldObject: { spec: { replicas: 1 } },
      },
    ],
    ['status', { ...deployment, subresource: 'status', operation: 'UPDATE', name: 'api' }],
    ['eviction', { ...pod, subresource: 'eviction', kind: gvk('Eviction', 'policy') }],
    ['exec', { ...pod, subresource: 'exec', operation: 'CONNECT', kind: gvk('PodExecOptions') }],
    ['attach', { ...pod, subresource: 'attach', operation: 'CONNECT' }],
    ['port-forward', { ...pod, subresource: 'portforward', operation: 'CONNECT' }],
    ['proxy', { resource: gvr('services'), subresource: 'proxy', operation: 'CONNECT' }],
    ['ephemeral containers', { ...pod, subresource: 'ephemeralcontainers', operation: 'UPDATE' }],
    ['binding', { ...pod, subresource: 'binding', kind: gvk('Binding') }],
    [
      'token request',
      {
        resource: gvr('serviceaccounts'),
        subresource: 'token',
        name: 'app',
        kind: gvk('TokenRequest', 'authentication.k8s.io'),
      },
    ],
    [
      'custom resources',
      { resource: gvr('widgets', 'example.com'), kind: gvk('Widget', 'example.com') },
    ],
    [
      'namespaces',
      { resource: gvr('namespaces'), kind: gvk('Namespace'), name: 'pay', namespace: 'pay' },
    ],
    [
      'cluster-scoped objects',
      { resource: gvr('nodes'), kind: gvk('Node'), name: 'n1', namespace: '' },
    ],
  ]
  for (const [title, changes] of writes) {
    test(title, async () => {
      assert.equal(await reasonOf(changes), 'HumanWrite')
    })
  }

  test('with the file that declares the object, or the word that none does', async () => {
    assert.match(
      await messageOf({}),
      /^\[HumanWrite\] configmaps pay\/settings is declared in fleet:prod\/settings.yaml \(main\)\. Change it there\. \(decision [0-9A-Z]{26}\)$/,
    )
    const other = await messageOf({ name: 'other' })
    assert.match(other, /configmaps pay\/other is not declared in Git\. Declare it in fleet\./)
  })
})

describe('an update that changes nothing', () => {
  const stored = (metadata: JsonObject, data: JsonObject = { a: '1' }): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'pay', ...metadata },
    data,
  })
  const update = (object: JsonObject, oldObject: JsonObject, user = alice) =>
    reasonOf({ operation: 'UPDATE', object, oldObject, user })
  const manager = (name: string, time: string): JsonObject => ({ manager: name, time })

  test('passes, whatever resourceVersion and generation say', async () => {
    const next = stored({ resourceVersion: '9', generation: 2 })
    assert.equal(await update(next, stored({ resourceVersion: '8' })), 'NoDesiredStateChange')
  })

  test('may touch the times of managedFields, but for a human not the fields themselves', async () => {
    const old = stored({ managedFields: [manager('kubectl', '2026-01-01T00:00:00Z')] })
    const later = stored({ managedFields: [manager('kubectl', '2026-02-01T00:00:00Z')] })
    const other = stored({ managedFields: [manager('edit', '2026-01-01T00:00:00Z')] })
    assert.equal(await update(later, old), 'NoDesiredStateChange')
    assert.equal(await update(other, old), 'HumanWrite')
    assert.equal(await update(other, old, deployer), 'NoDesiredStateChange')
  })

  test('is exact: order, duplicates, nulls and kinds of numbers count', async () => {
    const lists: readonly (readonly [JsonObject, JsonObject])[] = [
      [{ l: ['a', 'b'] }, { l: ['b', 'a'] }],
      [{ l: ['a'] }, { l: ['a', 'a'] }],
      [{ a: null }, {}],
      [{ a: {} }, {}],
      [{ a: '1' }, { a: 1 }],
      [{ a: 9007199254740993n }, { a: 9007199254740992n }],
    ]
    for (const [before, after] of lists) {
      assert.equal(await update(stored({}, after), stored({}, before)), 'HumanWrite')
    }
  })

  test('counts only on main resources', async () => {
    const same = stored({})
    const status = {
      operation: 'UPDATE',
      subresource: 'status',
      object: same,
      oldObject: same,
    } as const
    assert.equal(await reasonOf(status), 'HumanWrite')
  })
})

describe('writers', () => {
  const create = { user: deployer, object: configMap(signed) }

  test('apply what a commit declares', async () => {
    const { verdict, identity } = await decide(create)
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.equal(verdict.rule, 'ci')
    assert.equal(verdict.provenance?.path, 'prod/settings.yaml:1')
    assert.equal(identity, 'writer')
  })

  test('are human when they are only impersonated, and the message says so', async () => {
    const posing = { ...deployer, uid: '', extra: new Map() }
    assert.equal(await reasonOf({ ...create, user: posing }), 'HumanWrite')
    assert.match(await messageOf({ ...create, user: posing }), /is the name of writer ci, but/)
    const certificate = new Map([['authentication.kubernetes.io/credential-id', ['X509SHA256=1']]])
    assert.equal(
      await reasonOf({ ...create, user: { ...deployer, extra: certificate } }),
      'HumanWrite',
    )
  })

  test('must come from a Pod where the policy says so', async () => {
    const object = configMap(signed)
    assert.equal(await reasonOf({ user: account('ci', 'bound'), object }), 'UnboundToken')
    assert.equal(
      await reasonOf({ user: account('ci', 'bound', 'runner-1'), object }),
      'VerifiedCommit',
    )
  })

  test('write only in their namespaces, and then nothing cluster-scoped', async () => {
    const user = account('ci', 'narrow')
    assert.equal(await reasonOf({ user, object: configMap(signed) }), 'NotDeclared')
    const namespace = {
      resource: gvr('namespaces'),
      kind: gvk('Namespace'),
      name: 'shop',
      namespace: 'shop',
    }
    assert.equal(await reasonOf({ ...namespace, user, object: configMap(signed) }), 'NotDeclared')
  })

  test('change objects and scale, and no other subresource', async () => {
    const scale = {
      user: deployer,
      resource: gvr('deployments', 'apps'),
      subresource: 'scale',
      operation: 'UPDATE',
      object: configMap(signed),
    } as const
    assert.equal(await reasonOf(scale), 'EvidenceMissing')
    assert.equal(await reasonOf({ ...scale, subresource: 'status' }), 'NotDeclared')
    const exec = {
      user: deployer,
      resource: gvr('pods'),
      subresource: 'exec',
      operation: 'CONNECT',
      object: {},
    } as const
    assert.equal(await reasonOf(exec), 'NotDeclared')
  })

  test('delete only what no tip declares and Git once declared', async () => {
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    assert.equal(await reasonOf(remove), 'StillDeclared')
    const gone = { ...fleet, declares: {}, earlier: { [`main ${'b'.repeat(40)}`]: 1 } }
    assert.equal(await reasonOf(remove, { git: gone }), 'NotDeclared')
    const once = { ...gone, declares: { ['b'.repeat(40)]: [{ id }] } }
    assert.equal(await reasonOf(remove, { git: once }), 'VerifiedCommit')
  })

  test('delete no namespace in which something is declared', async () => {
    const namespace = {
      resource: gvr('namespaces'),
      kind: gvk('Namespace'),
      name: 'pay',
      namespace: 'pay',
    }
    const remove = { ...namespace, user: deployer, operation: 'DELETE' } as const
    assert.match(await messageOf(remove), /\[StillDeclared\].* ConfigMap settings, which fleet/)
  })

  test('copied annotations of a parent are no proof that the object itself was declared', async () => {
    const copied = {
      user: deployer,
      operation: 'DELETE',
      name: 'child',
      oldObject: configMap(signed),
    } as const
    assert.equal(await reasonOf(copied), 'NotDeclared')
  })
})

describe('what guards us', () => {
  const guarded: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
    ['objects of our namespace', { namespace: own.namespace }],
    [
      'our namespace itself',
      {
        resource: gvr('namespaces'),
        kind: gvk('Namespace'),
        name: own.namespace,
        namespace: own.namespace,
      },
    ],
    [
      'our cluster roles',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'solewriter-serve',
        namespace: '',
      },
    ],
    [
      'our definitions',
      {
        resource: gvr('customresourcedefinitions', 'apiextensions.k8s.io'),
        name: 'grants.solewriter.dev',
        namespace: '',
      },
    ],
    [
      'roles that impersonate',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: { rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }] },
      },
    ],
    [
      'roles that do everything',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
      },
    ],
    [
      'roles that change webhooks',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: {
          rules: [
            { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['patch'] },
          ],
        },
      },
    ],
    [
      'tokens of writers',
      { resource: gvr('serviceaccounts'), subresource: 'token', namespace: 'ci', name: 'deployer' },
    ],
    [
      'token Secrets of writers',
      {
        resource: gvr('secrets'),
        namespace: 'ci',
        object: {
          type: 'kubernetes.io/service-account-token',
          metadata: { annotations: { 'kubernetes.io/service-account.name': 'deployer' } },
        },
      },
    ],
    [
      'Pods that run as a writer',
      {
        resource: gvr('pods'),
        namespace: 'ci',
        object: { spec: { serviceAccountName: 'deployer' } },
      },
    ],
    [
      'templates that run as a writer',
      {
        resource: gvr('cronjobs', 'batch'),
        namespace: 'ci',
        object: {
          spec: { jobTemplate: { spec: { template: { spec: { serviceAccount: 'deployer' } } } } },
        },
      },
    ],
  ]
  for (const [title, changes] of guarded) {
    test(`${title} are protected, in audit too, from writers too`, async () => {
      const spec = '  mode: enforce\n  scopes: [{namespaces: [ci], mode: audit}]\n'
      const annotated = { ...changes, user: deployer }
      for (const one of [changes, annotated]) {
        const { verdict, allowed } = await decide(one, { spec })
        assert.equal(verdict.reason, 'Protected')
        assert.equal(allowed, false)
      }
    })
  }

  test('CONNECT into a Pod is protected by the account that the live Pod runs as', async () => {
    const exec = {
      resource: gvr('pods'),
      subresource: 'exec',
      operation: 'CONNECT',
      namespace: 'ci',
      name: 'runner',
      object: {},
    } as const
    const pod = (serviceAccountName: string): Readonly<Record<string, Live>> => ({
      'Pod ci/runner': { kind: 'found', object: { spec: { serviceAccountName } } },
    })
    assert.equal(await reasonOf(exec, { live: pod('deployer') }), 'Protected')
    assert.equal(await reasonOf(exec, { live: pod('app') }), 'HumanWrite')
    const unreadable: Live = { kind: 'unreadable', permission: 'get pods' }
    assert.equal(await reasonOf(exec, { live: { 'Pod ci/runner': unreadable } }), 'Protected')
  })

  test('nothing is protected while no scope enforces', async () => {
    const { verdict } = await decide({ namespace: own.namespace }, { spec: '  mode: audit\n' })
    assert.equal(verdict.reason, 'HumanWrite')
  })

  test('our own accounts write their own objects, and nothing else', async () => {
    const controller = account('solewriter-system', 'solewriter-controller')
    const lease = {
      user: controller,
      resource: gvr('leases', 'coordination.k8s.io'),
      namespace: own.namespace,
      name: 'solewriter-controller',
    }
    assert.equal(await reasonOf(lease), 'OwnObject')
    assert.equal(await reasonOf({ ...lease, operation: 'DELETE' }), 'Protected')
    assert.equal(await reasonOf({ ...lease, name: 'other' }), 'Protected')
    assert.equal(await reasonOf({ ...lease, namespace: 'pay' }), 'HumanWrite')
    assert.equal(await reasonOf({ ...lease, user: { ...controller, uid: '' } }), 'Protected')
    const secret = { ...lease, resource: gvr('secrets'), name: 'solewriter-certs' }
    assert.equal(await reasonOf(secret), 'OwnObject')
  })
})

describe('modes', () => {
  test('audit and warn answer yes and record the denial; warn tells the user', async () => {
    for (const mode of ['audit', 'warn'] as const) {
      const decision = await decide({}, { spec: `  mode: ${mode}\n` })
      assert.equal(decision.verdict.reason, 'HumanWrite')
      assert.equal(decision.allowed, true)
      const { warnings, allowed } = toAnswer(decision, {})
      assert.equal(allowed, true)
      assert.equal(warnings.length, mode === 'warn' ? 1 : 0)
    }
  })

  test('off judges nothing, and events are never desired state', async () => {
    assert.equal(await reasonOf({}, { spec: '  mode: "off"\n' }), 'OutOfScope')
    assert.equal(await reasonOf({ resource: gvr('events') }), 'OutOfScope')
    assert.equal(await reasonOf({ resource: gvr('leases', 'coordination.k8s.io') }), 'HumanWrite')
  })

  test('sealed refuses writers too, everywhere but in our own namespace', async () => {
    const spec = '  mode: sealed\n'
    assert.equal(await reasonOf({ user: deployer, object: configMap(signed) }, { spec }), 'Sealed')
    assert.equal(await reasonOf({ namespace: own.namespace }, { spec }), 'Protected')
  })

  test('a failure follows the mode of its scope', () => {
    const failure = { reason: 'InternalError', message: 'it failed.' } as const
    const audit = circumstances({ spec: '  mode: audit\n' })
    assert.equal(evaluateFailure(request(), failure, audit).allowed, true)
    assert.equal(evaluateFailure(request(), failure, circumstances({})).allowed, false)
  })
})

describe('exceptions of the policy', () => {
  const scale = {
    user: account('keda', 'keda-operator'),
    resource: gvr('deployments', 'apps'),
    subresource: 'scale',
    kind: gvk('Scale', 'autoscaling'),
    operation: 'UPDATE',
    name: 'api',
    object: { spec: { replicas: 3 } },
    oldObject: { spec: { replicas: 1 } },
  } as const

  test('cover exactly what they say', async () => {
    const { verdict, identity } = await decide(scale)
    assert.equal(verdict.reason, 'Exception')
    assert.equal(verdict.rule, 'keda')
    assert.equal(identity, 'exception')
    const more = { spec: { replicas: 3 }, metadata: { labels: { a: 'b' } } }
    assert.equal(await reasonOf({ ...scale, object: more }), 'HumanWrite')
    assert.equal(await reasonOf({ ...scale, namespace: 'shop' }), 'HumanWrite')
    assert.equal(await reasonOf({ ...scale, user: alice }), 'HumanWrite')
  })

  test('cover scaling to zero, which arrives as an empty spec', async () => {
    assert.equal(await reasonOf({ ...scale, object: { spec: {} } }), 'Exception')
  })
})

describe('decisions', () => {
  test('have one id for a request that is run again, at another replica too', async () => {
    const first = await decide({ uid: '1' })
    const second = await decide({
      uid: '2',
      object: {
        ...configMap(),
        metadata: { ...(configMap()['metadata'] as JsonObject), resourceVersion: '8' },
      },
    })
    assert.equal(first.id, second.id)
    assert.notEqual(first.id, (await decide({ name: 'other' })).id)
  })

  test('name what changes, and never a value', async () => {
    const { changed } = await decide({
      operation: 'UPDATE',
      object: configMap({ x: 'secret' }, { a: '2' }),
    })
    assert.deepEqual(changed, ['metadata.annotations.x', 'data.a'])
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']))
    assert.equal((await decide({ object: { data: many } })).changed.length, 20)
  })

  test('never say what makes Flux delete and recreate, and never move a cursor', async () => {
    const name = 'a\u001b[2J\u202efield is immutable'
    const message = await messageOf({ name })
    assert.doesNotMatch(message, /immutable|\u001b|\u202e/i)
    const long = await messageOf({ name: 'x'.repeat(5000) })
    assert.ok(Buffer.byteLength(long) <= 1024)
    assert.match(long, /\(decision [0-9A-Z]{26}\)$/)
  })
})
