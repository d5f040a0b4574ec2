import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { readRecords, type ChainedRecord } from '../e2e/records.ts'
import { startCluster } from '../cluster/cluster.ts'
import { makeFleet } from '../e2e/fleet.ts'
import { fluxIn, told, type Changes, type FluxCluster } from './flux-cluster.ts'
import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { pathOf, type ObjectPath } from './flux-paths.ts'
import { isGone } from './flux-step.ts'
import { release, slowChart, tenant, webChart } from './helm-charts.ts'

// Stock helm-controller and our webhook in `enforce`: charts of the repository are installed, upgraded
// and uninstalled as commits say, and its account can do nothing else.

const account = 'system:serviceaccount:flux-system:helm-controller'
const valuesFiles = ['charts/web/values.yaml', 'charts/web/values-prod.yaml']
const settings = { kind: 'ConfigMap', namespace: 'shop', name: 'web-settings' }
const definition = { kind: 'CustomResourceDefinition', name: 'gauges.example.com' }
const template = 'charts/web/templates/settings.yaml'

/** The HelmRelease, and the ConfigMap that it takes values from. */
function web(values: JsonObject, place: string): Changes {
  const chart = { chart: './charts/web', reconcileStrategy: 'Revision', valuesFiles }
  const valuesFrom = [{ kind: 'ConfigMap', name: 'web-values' }]
  const data = { 'values.yaml': `place: ${place}\n` }
  return {
    'apps/web.yaml': documents(
      configMap('web-values', data, 'flux-system'),
      release('web', chart, { values, valuesFrom }),
    ),
  }
}

let flux: FluxCluster
/** What was refused, and had to be. */
let expected = new Set<string>()

before(async () => {
  const fleet = await makeFleet({
    'clusters/prod/apps.yaml': documents(kustomization('apps', { path: './apps' })),
    'apps/shop.yaml': documents(namespace('shop')),
  })
  const cluster = await startCluster({
    with: ['webhook', 'flux'],
    policy: path.join(import.meta.dirname, 'helm-fixtures', 'policy.yaml'),
    repositories: { fleet: fleet.directory },
    setup: [path.join(import.meta.dirname, 'flux-fixtures', 'bootstrap.yaml')],
  })
  flux = fluxIn(cluster, fleet)
})
after(() => flux.end())

async function has(object: ObjectPath, wanted: Json, ...keys: readonly string[]): Promise<void> {
  await flux.until(`${object.name} has ${JSON.stringify(wanted)}`, async () => {
    return JSON.stringify(at(await flux.read(object), ...keys)) === JSON.stringify(wanted)
  })
}

/** What the label makes of the version of the chart that was packed of a commit. */
function isPackedOf(commit: string): Promise<void> {
  const label = `web-0.1.0_${commit.slice(0, 12)}.1`
  return has(settings, label, 'metadata', 'labels', 'helm.sh/chart')
}

/** What was refused since this was asked last; a denial is recorded soon after its answer. */
function refused(): readonly ChainedRecord[] {
  const all = flux.denied()
  const since = all.filter(({ decisionId }) => !expected.has(decisionId))
  expected = new Set(all.map(({ decisionId }) => decisionId))
  return since
}

describe('helm-controller', () => {
  test('installs charts of the repository', async () => {
    const commit = await flux.land({
      ...webChart,
      ...web({}, 'shop'),
      ...slowChart('1.0.0', 'first'),
      'apps/slow.yaml': documents(release('slow', { chart: 'charts/slow' })),
    })
    await isPackedOf(commit)
    await has(settings, { colour: 'red', place: 'shop', size: 'prod' }, 'data')
    for (const kind of ['Deployment', 'Service']) {
      await has({ kind, namespace: 'shop', name: 'web' }, 'web', 'metadata', 'name')
    }
    await has(definition, definition.name, 'metadata', 'name')
    await has({ ...settings, name: 'web-greeting' }, { greeting: 'hello' }, 'data')
    const cluster = { ...settings, name: 'web-cluster' }
    await has(cluster, 'true', 'data', 'deployments')
    await has(cluster, 'false', 'data', 'gadgets')
    await has({ ...settings, name: 'slow-settings' }, 'first', 'data', 'text')
  })

  test('upgrades to a commit that changes the chart', async () => {
    const upper = webChart[template].replace('| quote', '| upper | quote')
    await isPackedOf(await flux.land({ [template]: upper }))
    await has(settings, { colour: 'RED', place: 'shop', size: 'prod' }, 'data')
  })

  test('upgrades to a commit that changes a chart that it depends on', async () => {
    await flux.land({ 'charts/shared/values.yaml': 'greeting: good morning\n' })
    await has({ ...settings, name: 'web-greeting' }, 'good morning', 'data', 'greeting')
  })

  test('upgrades to other values', async () => {
    await flux.land(web({ colour: 'blue', replicas: 3 }, 'shop'))
    await has(settings, { colour: 'BLUE', place: 'shop', size: 'prod' }, 'data')
    await has({ kind: 'Deployment', namespace: 'shop', name: 'web' }, 3, 'spec', 'replicas')
  })

  test('upgrades to other values of a ConfigMap', async () => {
    await flux.land(web({ colour: 'blue', replicas: 3 }, 'market'))
    await has(settings, 'market', 'data', 'place')
  })

  test('upgrades to other default values', async () => {
    await flux.land({ 'charts/web/values-prod.yaml': 'size: huge\nplace: prod\n' })
    await has(settings, { colour: 'BLUE', place: 'market', size: 'huge' }, 'data')
  })

  test('upgrades for a commit that changes nothing but the version of the package', async () => {
    await isPackedOf(await flux.land({ 'README.md': 'nothing\n' }))
  })

  test('upgrades through commits that overtake each other', async () => {
    const fleet = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' }
    for (const [i, size] of ['one', 'two', 'three', 'four'].entries()) {
      const commit = await flux.fleet.commit({
        'charts/web/values-prod.yaml': `size: ${size}\nplace: prod\n`,
        ...slowChart(`1.0.${i + 1}`, size),
      })
      await flux.until('its source is there', async () =>
        (
          stringAt((await flux.read(fleet)) ?? null, 'status', 'artifact', 'revision') ?? ''
        ).endsWith(commit),
      )
    }
    await flux.land({ 'charts/web/values-prod.yaml': 'size: huge\nplace: prod\n' })
    await has(settings, { colour: 'BLUE', place: 'market', size: 'huge' }, 'data')
    await has({ ...settings, name: 'slow-settings' }, 'four', 'data', 'text')
  })

  test('removes what the chart has no more', async () => {
    const [workload = ''] = webChart['charts/web/templates/workload.yaml'].split('---\n')
    await flux.land({ 'charts/web/templates/workload.yaml': workload })
    await isGone(flux, { kind: 'Service', namespace: 'shop', name: 'web' })
  })

  test('follows a chart by its version', async () => {
    await flux.land(slowChart('1.1.0', 'second'))
    await has({ ...settings, name: 'slow-settings' }, 'second', 'data', 'text')
  })

  test('installs and upgrades for a tenant, by the account of the tenant', async () => {
    const spec = { targetNamespace: 'tenant', serviceAccountName: 'applier' }
    const file = 'apps/tenant.yaml'
    const slow = { ...settings, namespace: 'tenant', name: 'own-settings' }
    await flux.land({
      [file]: `${tenant}---\n${documents(release('own', { chart: 'charts/slow' }, spec))}`,
    })
    await has(slow, 'second', 'data', 'text')
    await flux.land(slowChart('1.2.0', 'third'))
    await has(slow, 'third', 'data', 'text')
    await flux.land({ [file]: tenant })
    await isGone(flux, { kind: 'HelmRelease', namespace: 'tenant', name: 'own' })
    await isGone(flux, slow)
  })

  test('is refused nothing of it', () => {
    assert.deepEqual(refused().map(told), [])
  })
})

describe('the account of helm-controller is refused', () => {
  const configMaps = { kind: 'ConfigMap', namespace: 'shop' }
  const labels = {
    'helm.toolkit.fluxcd.io/name': 'web',
    'helm.toolkit.fluxcd.io/namespace': 'flux-system',
  }
  const metadata = { name: 'planted', namespace: 'shop', labels }
  const planted = { ...configMap('planted', { a: 'b' }), metadata }
  const web = { kind: 'HelmRelease', namespace: 'flux-system', name: 'web' }
  const attempts: readonly (readonly [string, string, ObjectPath, JsonObject | undefined])[] = [
    ['another value', 'PATCH', settings, { data: { colour: 'black' } }],
    ['another version', 'PATCH', settings, { metadata: { labels: { 'helm.sh/chart': 'web-9' } } }],
    ['an object that no chart has', 'POST', configMaps, planted],
    ['the deletion of what a chart has', 'DELETE', settings, undefined],
    ['other values of the release', 'PATCH', web, { spec: { values: { colour: 'black' } } }],
  ]
  for (const [title, method, object, body] of attempts) {
    test(title, async () => {
      const before = await flux.read(settings)
      const { status, json } = await flux.as('helm-controller')({
        method,
        path: pathOf(object),
        ...(body === undefined ? {} : { body }),
        ...(method === 'PATCH' ? { type: 'application/merge-patch+json' } : {}),
      })
      assert.equal(status, 403, json.message)
      await flux.until('it is recorded', () => refused().length > 0)
      const after = await flux.read(settings)
      assert.deepEqual(after?.['data'], before?.['data'])
    })
  }
})

describe('a chart that asks for what differs from one installation to the next', () => {
  const file = 'charts/web/templates/count.yaml'
  const count = `apiVersion: v1
kind: ConfigMap
metadata: {name: web-count}
data: {count: "{{ .Release.Revision }}"}
`

  test('is refused by name', async () => {
    await flux.land({ [file]: count })
    const object = { kind: 'HelmRelease', namespace: 'flux-system', name: 'web' }
    await flux.until('the release says why', async () => {
      const conditions = JSON.stringify(at(await flux.read(object), 'status', 'conditions') ?? null)
      return conditions.includes('.Release.Revision')
    })
    await flux.until('it is recorded', () => refused().some(({ name }) => name === 'web-hook'))
  })

  test('counts again when it does not ask any more', async () => {
    await isPackedOf(await flux.land({ [file]: null }))
    assert.deepEqual(refused().map(told), [])
  })
})

describe('the end of a release', () => {
  test('is its removal from Git', async () => {
    await flux.land({ 'apps/slow.yaml': null, 'apps/web.yaml': null })
    for (const name of ['slow', 'web']) {
      await isGone(flux, { kind: 'HelmRelease', namespace: 'flux-system', name })
      await isGone(flux, { ...settings, name: `${name}-settings` })
    }
    await isGone(flux, { kind: 'Deployment', namespace: 'shop', name: 'web' })
    const secrets = await flux.list({ kind: 'Secret', namespace: 'flux-system' })
    const kept = secrets.filter((one) => stringAt(one, 'type') === 'helm.sh/release.v1')
    assert.deepEqual(kept, [])
    assert.ok((await flux.read(definition)) !== undefined)
    // An upgrade to that very commit may have begun: what it still applies is in Git no more.
    const why = new Set(refused().map(({ reason }) => reason))
    assert.ok(
      [...why].every((reason) => reason === 'EvidenceMissing'),
      [...why].join(' '),
    )
  })
})

/** Why its writes were allowed, by what they were of: bookkeeping, and objects of charts. */
const grounds: Readonly<Record<string, string>> = {
  helmreleases: 'Exception flux/helm-controller',
  helmcharts: 'Exception flux/charts',
  secrets: 'Exception flux/releases',
}

test('what helm-controller wrote was verified, apart from its own records', () => {
  const allowed = readRecords(flux.cluster).filter(({ user, decision, reason }) => {
    return user === account && decision === 'allow' && reason !== 'NoDesiredStateChange'
  })
  const verified = new Set<string>()
  for (const { op, gvr, reason, rule } of allowed) {
    const resource = gvr.split('/').at(-1) ?? ''
    const ground = Object.hasOwn(grounds, resource) ? grounds[resource] : 'VerifiedCommit flux-helm'
    assert.equal(`${reason} ${rule}`, ground, `${op} ${gvr}`)
    if (reason === 'VerifiedCommit') verified.add(`${op} ${resource}`)
  }
  assert.deepEqual([...verified].toSorted(), [
    'CREATE configmaps',
    'CREATE customresourcedefinitions',
    'CREATE deployments',
    'CREATE services',
    'DELETE configmaps',
    'DELETE deployments',
    'DELETE services',
    'UPDATE configmaps',
    'UPDATE deployments',
    'UPDATE services',
  ])
})
