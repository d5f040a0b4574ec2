import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { GuardError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA } from '../../fakes/git.ts'
import { account } from '../../fakes/requests.ts'
import { helmRelease } from '../engines/flux/objects.ts'
import {
  declares,
  groundOf,
  hour,
  idOf,
  now,
  policyWith,
  repository,
  terminating,
  withSpec,
  type Scene,
} from '../provenance/engine-ground.ts'
import { decideIn, verdictOf } from './engine-deciding.ts'

const policy = policyWith(`  derived:
  - name: charts
    subject: {serviceAccount: flux-system/helm-controller}
    parent: {group: helm.toolkit.fluxcd.io, kind: HelmRelease, by: labels, labels: {name: a.b/name, namespace: a.b/namespace}}
    allow:
    - {resources: [configmaps], operations: [CREATE, UPDATE, DELETE], fields: [apiVersion, kind, metadata, data.a]}
    reason: makes a ConfigMap for each release
  - name: records
    subject: {serviceAccount: flux-system/helm-controller}
    parent: {group: helm.toolkit.fluxcd.io, kind: HelmRelease, by: helmStorage}
    allow: [{resources: [secrets], operations: [CREATE, DELETE], fields: ["*"]}]
    reason: Helm keeps its releases in Secrets
`)

const release = helmRelease({ metadata: { name: 'shop', namespace: 'web', uid: 'r1' } })
const labels = { 'a.b/name': 'shop', 'a.b/namespace': 'web' }
const chart: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'chart', namespace: 'flux-system', labels },
  data: { a: '1' },
}
const user = account('flux-system', 'helm-controller')

interface Asking extends Scene {
  /** The HelmRelease in the cluster; null for none. */
  readonly parent?: JsonObject | null
  readonly request?: Partial<AdmissionRequest>
}

function sceneOf({ parent = release, ...scene }: Asking): Scene {
  const live: Live = parent === null ? { kind: 'absent' } : { kind: 'found', object: parent }
  return {
    policy,
    fleet: repository([declares(release)]),
    cluster: { 'HelmRelease web/shop': live },
    ...scene,
  }
}

function ask(asking: Asking = {}) {
  const { request = {} } = asking
  const object = request.operation === 'DELETE' ? null : chart
  const oldObject = (request.operation ?? 'CREATE') === 'CREATE' ? null : chart
  const named = { name: 'chart', namespace: 'flux-system', user, object, oldObject }
  return verdictOf({ ...named, ...request }, sceneOf(asking))
}

const changed = { ...chart, data: { a: '2' } }

describe('what an operator makes of a declared object', () => {
  test('is created, changed and deleted under the row that says so', async () => {
    assert.equal(await ask(), 'Exception')
    assert.equal(await ask({ request: { operation: 'UPDATE', object: changed } }), 'Exception')
    assert.equal(await ask({ request: { operation: 'DELETE' } }), 'Exception')
    const ground = groundOf(sceneOf({}))
    const { verdict } = await decideIn(ground, {
      name: 'chart',
      namespace: 'flux-system',
      user,
      object: chart,
    })
    assert.equal(verdict.rule, 'charts')
  })

  test('is deleted while the parent is being deleted', async () => {
    const fleet = {
      ...repository([declares(release)]),
      tips: { main: 'd'.repeat(40) },
      earlier: { [`main ${commitA}`]: 1 },
    }
    const parent = terminating(release)
    assert.equal(await ask({ parent, fleet, request: { operation: 'DELETE' } }), 'Exception')
    assert.match(await ask({ fleet, request: { operation: 'DELETE' } }), /^HumanWrite/)
  })

  test('is that of one parent, found among all by its release', async () => {
    const record: JsonObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: {
        name: 'sh.helm.release.v1.shop.v1',
        namespace: 'web',
        labels: { owner: 'helm', name: 'shop', version: '1' },
      },
    }
    const request = {
      kind: { group: '', version: 'v1', kind: 'Secret' },
      resource: { group: '', version: 'v1', resource: 'secrets' },
      name: 'sh.helm.release.v1.shop.v1',
      namespace: 'web',
      user,
      object: record,
    }
    const scene = (...objects: readonly JsonObject[]) => {
      const ground = groundOf(sceneOf({}))
      const list = () => Promise.resolve({ kind: 'found' as const, objects })
      return { ...ground, cluster: { ...ground.cluster, list } }
    }
    const verdict = async (...objects: readonly JsonObject[]) =>
      (await decideIn(scene(...objects), request)).verdict.reason
    const twin = withSpec(
      { ...release, metadata: { name: 'x', namespace: 'web' } },
      {
        releaseName: 'shop',
      },
    )
    const stranger = { ...release, metadata: { name: 'other', namespace: 'web' } }
    assert.equal(await verdict(release, stranger), 'Exception')
    assert.equal(await verdict(release, twin), 'HumanWrite')
    assert.equal(await verdict(stranger), 'HumanWrite')
    assert.equal(await verdict(), 'HumanWrite')
    const unreadable = { kind: 'unreadable', permission: 'list helmreleases' } as const
    const ground = groundOf(sceneOf({}))
    const cluster = { ...ground.cluster, list: () => Promise.resolve(unreadable) }
    assert.equal((await decideIn({ ...ground, cluster }, request)).verdict.reason, 'HumanWrite')
  })
})

test('a parent may be cluster-scoped', async () => {
  const graph: JsonObject = {
    apiVersion: 'kro.run/v1alpha1',
    kind: 'ResourceGraphDefinition',
    metadata: { name: 'shop', uid: 'g1' },
    spec: { schema: { kind: 'Shop' } },
  }
  const graphs = policyWith(`  derived:
  - name: graphs
    subject: {serviceAccount: flux-system/helm-controller}
    parent: {group: kro.run, kind: ResourceGraphDefinition, by: labels, labels: {name: a.b/name}}
    allow: [{resources: [configmaps], operations: [CREATE], fields: ["*"]}]
    reason: makes a ConfigMap for each definition
`)
  const cluster = {
    'ResourceGraphDefinition flux-system/shop': { kind: 'found', object: graph },
  } as const
  const scene = { policy: graphs, cluster, fleet: repository([declares(graph)]) }
  assert.equal(await ask(scene), 'Exception')
  assert.match(await ask({ ...scene, fleet: repository([]) }), /^HumanWrite/)
})

describe('what an operator makes is refused', () => {
  const elsewhere = { ...release, metadata: { ...idOf(release), namespace: 'other', uid: 'r1' } }
  const attacks: readonly (readonly [string, Asking])[] = [
    ['when the parent was changed', { parent: withSpec(release, { values: { a: 1 } }) }],
    ['when the parent is gone', { parent: null }],
    ['when the parent is not declared', { fleet: repository([]) }],
    ['when another of that name is', { fleet: repository([declares(elsewhere)]) }],
    ['when the cluster answers with another one', { parent: elsewhere }],
    ['while its repository is not fetched', { fleet: { tips: {} } }],
    [
      'while its repository is stale',
      { fleet: { ...repository([declares(release)]), fetchedAt: now - 2 * hour } },
    ],
    ['while it is not read', { fleet: repository([], { declares: { [commitA]: 'pending' } }) }],
    ['by another account', { request: { user: account('flux-system', 'source-controller') } }],
    ['by the name of the account alone', { request: { user: { ...user, extra: new Map() } } }],
    ['with another field', { request: { object: { ...chart, data: { a: '1', b: '2' } } } }],
    ['with a field of another place', { request: { object: { ...chart, binaryData: { a: '' } } } }],
    ['without the labels', { request: { object: { ...chart, metadata: { name: 'chart' } } } }],
    [
      'when the object was somebody else’s before',
      {
        request: {
          operation: 'UPDATE',
          oldObject: { ...chart, metadata: { name: 'chart', namespace: 'flux-system' } },
          object: chart,
        },
      },
    ],
    ['on another kind', { request: { resource: { group: '', version: 'v1', resource: 'pods' } } }],
  ]
  for (const [title, asking] of attacks) {
    test(title, async () => {
      assert.match(await ask(asking), /^HumanWrite/)
    })
  }

  test('when nobody may read the parent', async () => {
    const cluster = { 'HelmRelease web/shop': { kind: 'unreadable', permission: 'get x' } } as const
    assert.match(await ask({ cluster }), /^HumanWrite/)
  })

  test('when the API server does not answer: the review fails', async () => {
    const read = () => Promise.reject(new GuardError('ClusterUnreachable', 'no answer'))
    const ground = groundOf(sceneOf({}))
    const unreachable = { ...ground, cluster: { ...ground.cluster, read } }
    const named = { name: 'chart', namespace: 'flux-system', user, object: chart }
    await assert.rejects(decideIn(unreachable, named), { code: 'ClusterUnreachable' })
  })

  test('in a sealed scope', async () => {
    const sealed = policyWith('  scopes: [{namespaces: [flux-system], mode: sealed}]\n')
    const both = { ...sealed, spec: { ...policy.spec, scopes: sealed.spec.scopes } }
    assert.match(await ask({ policy: both }), /^Sealed/)
  })
})

test('a policy without such rows asks nobody', async () => {
  assert.match(await ask({ policy: policyWith(), cluster: {} }), /^HumanWrite/)
})

test('of two rows the one that covers the fields counts', async () => {
  const [charts = assert.fail()] = policy.spec.derived
  const [row = assert.fail()] = charts.allow
  const narrow = { ...charts, name: 'narrow', allow: [{ ...row, fields: ['metadata'] as const }] }
  const derived = [narrow, charts] as unknown as typeof policy.spec.derived
  assert.equal(await ask({ policy: { ...policy, spec: { ...policy.spec, derived } } }), 'Exception')
  const only = [narrow] as unknown as typeof policy.spec.derived
  assert.match(
    await ask({ policy: { ...policy, spec: { ...policy.spec, derived: only } } }),
    /^HumanWrite/,
  )
})

describe('what Git declares itself', () => {
  const fleet = repository([declares(release), declares(chart)])

  test('is not derived, whatever its marks say', async () => {
    assert.match(await ask({ fleet }), /^HumanWrite/)
    const update = { operation: 'UPDATE', object: changed } as const
    assert.match(await ask({ fleet, request: update }), /^HumanWrite/)
    assert.match(await ask({ fleet, request: { operation: 'DELETE' } }), /^HumanWrite/)
  })

  test('nor while it is declared twice', async () => {
    const twice = repository([declares(release), declares(chart), declares(chart)])
    assert.match(await ask({ fleet: twice }), /^HumanWrite/)
  })

  test('in another repository', async () => {
    const other = repository([declares(chart)])
    assert.match(await ask({ other }), /^HumanWrite/)
  })
})
