import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Ignored } from '../../../src/core/scan/result.ts'
import {
  declared,
  findingOf,
  found,
  judge,
  live,
  objectOf,
  ownedBy,
  written,
  type Ground,
} from './judging.ts'
import type { LiveObject } from '../../../src/core/scan/live-object.ts'

async function assertIgnored(one: LiveObject, why: Ignored, ground: Ground = {}) {
  assert.deepEqual(await judge(one, ground), { kind: 'ignored', why })
}

const rootCertificate = (managedFields: readonly JsonObject[] = []) =>
  live(
    'ConfigMap',
    { name: 'kube-root-ca.crt', ...(managedFields.length > 0 && { managedFields }) },
    { data: { 'ca.crt': 'x' } },
  )

describe('what the control plane makes', () => {
  test('is explained by the rows of its table', async () => {
    await assertIgnored(rootCertificate(), 'exception')
  })

  test('is a finding in the fields that a tool of people has written', async () => {
    const byHand = written('kubectl-edit', { 'f:data': { 'f:ca.crt': {}, 'f:gone': {} } })
    const finding = await findingOf(rootCertificate([byHand]))
    assert.equal(finding.kind, 'undeclared')
    assert.deepEqual(finding.paths, ['data["ca.crt"]'])
    assert.equal(finding.who?.manager, 'kubectl-edit')
    assert.match(finding.note ?? '', /control plane/)
  })

  test('is a finding in fields that no row explains', async () => {
    const labels = { 'kubernetes.io/metadata.name': 'default', owner: 'me' }
    const one = live(
      'Namespace',
      { name: 'default', labels },
      { spec: { finalizers: ['kubernetes'] } },
    )
    assert.deepEqual((await findingOf(one)).paths, ['metadata.labels.owner'])
  })

  test('has to be where the table says', async () => {
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
    await assertIgnored(live('ClusterRole', { name: 'system:node', labels }), 'exception')
    assert.equal(
      (await findingOf(live('ClusterRole', { name: 'mighty', labels }))).kind,
      'undeclared',
    )
  })
})

describe('what somebody owns', () => {
  const set = (uid: string) =>
    live('ReplicaSet', { ...ownedBy('Deployment', 'one', uid) }, { spec: {} })
  const owner = objectOf('Deployment', { uid: 'u-9' }, {})

  test('is explained by the row of the controller, if the owner is that very object', async () => {
    const ground = { live: { 'Deployment pay/one': found(owner) } }
    await assertIgnored(set('u-9'), 'exception', ground)
    assert.equal((await findingOf(set('u-8'), ground)).kind, 'undeclared')
    const gone = { live: { 'Deployment pay/one': { kind: 'absent' } } } as const
    assert.equal((await findingOf(set('u-9'), gone)).kind, 'undeclared')
  })

  test('is none of what the table lets such an owner have', async () => {
    const ground = { live: { 'Deployment pay/one': found(owner) } }
    const one = live('ConfigMap', ownedBy('Deployment', 'one', 'u-9'))
    assert.equal((await findingOf(one, ground)).kind, 'undeclared')
  })

  const child = live('ConfigMap', { name: 'child', ...ownedBy('Widget', 'one', 'u-9') })
  const widget = (metadata: JsonObject = {}) =>
    found(objectOf('Widget', { uid: 'u-9', ...metadata }, { spec: {} }))

  test('is explained by a custom resource that Git declares', async () => {
    const ground = { head: [declared('Widget')], live: { 'Widget pay/one': widget() } }
    await assertIgnored(child, 'owner', ground)
  })

  test('is not explained by one that nobody declares, that is gone, or that is another', async () => {
    for (const one of [widget(), { kind: 'absent' } as const]) {
      const finding = await findingOf(child, { live: { 'Widget pay/one': one } })
      assert.equal(finding.kind, 'undeclared')
    }
    for (const metadata of [{ uid: 'u-10' }, { deletionTimestamp: '2026-08-23T02:14:07Z' }]) {
      const ground = { head: [declared('Widget')], live: { 'Widget pay/one': widget(metadata) } }
      assert.equal((await findingOf(child, ground)).kind, 'undeclared')
    }
  })

  test('is explained through owners of owners, and never by a circle of them', async () => {
    const top = ownedBy('Widget', 'top', 'u-top')
    const ground = (head: NonNullable<Ground['head']>) => ({
      head,
      live: {
        'Widget pay/one': widget(top),
        'Widget pay/top': found(objectOf('Widget', { name: 'top', uid: 'u-top' }, {})),
      },
    })
    await assertIgnored(child, 'owner', ground([declared('Widget', { name: 'top' })]))
    assert.equal((await findingOf(child, ground([]))).kind, 'undeclared')
    const circle = { live: { 'Widget pay/one': widget(ownedBy('Widget', 'one', 'u-9')) } }
    assert.equal((await findingOf(child, circle)).kind, 'undeclared')
  })
})

describe('what else is explained', () => {
  test('an exception of the policy that lets somebody create it', async () => {
    const exceptions = `  mode: enforce
  exceptions:
  - name: certs
    subject: {serviceAccount: cert-manager/cert-manager}
    reason: issues
    allow: [{resources: [configmaps], operations: [CREATE], fields: [data, metadata.name], namespaces: [pay]}]
`
    const identity = ['apiVersion', 'kind', 'metadata']
    const wide = exceptions.replace('[data, metadata.name]', `[data, ${identity.join(', ')}]`)
    await assertIgnored(live('ConfigMap', {}, { data: { a: '1' } }), 'exception', {
      exceptions: wide,
    })
    const narrow = await findingOf(live('ConfigMap', {}, { data: {} }), { exceptions })
    assert.equal(narrow.kind, 'undeclared')
  })

  test('solewriter: its grants, its reports, its installation', async () => {
    await assertIgnored(live('PolicyReport', { name: 'solewriter-scan' }), 'own')
    assert.equal((await findingOf(live('PolicyReport', { name: 'mine' }))).kind, 'undeclared')
    const place = { namespace: 'solewriter-system' }
    await assertIgnored(live('Deployment', { name: 'solewriter-controller', ...place }), 'own')
    const planted = await findingOf(live('ConfigMap', { name: 'planted', ...place }))
    assert.equal(planted.wouldDeny.human.reason, 'Protected')
  })

  test('what is being deleted, as long as that may take', async () => {
    const since = (deletionTimestamp: string) => live('ConfigMap', { deletionTimestamp })
    await assertIgnored(since('1970-01-12T13:40:00Z'), 'terminating')
    await assertIgnored(since('1970-01-12T13:47:10Z'), 'terminating')
    // A finalizer keeps an object for ever, and a Pod may have asked for years.
    for (const other of ['1970-01-12T12:40:00Z', '1970-01-13T13:46:40Z', 'soon']) {
      assert.equal((await findingOf(since(other))).kind, 'undeclared', other)
    }
  })

  test('what an engine creates by itself', async () => {
    await assertIgnored(live('Namespace'), 'derived', { created: ['\nNamespace\n\none'] })
  })
})

describe('a name that the server made from a declared beginning', () => {
  const id = { group: 'batch', kind: 'Job', namespace: 'pay', name: '' }
  const manifest = (image: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'run-', namespace: 'pay' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } } },
  })
  const declares = (image: string) => [{ id, generateName: 'run-', object: manifest(image) }]
  const made = (image: string) =>
    live('Job', { name: 'run-x7b2c', generateName: 'run-' }, { spec: manifest(image).spec })

  test('explains what a head makes of it, and what a commit before it did', async () => {
    await assertIgnored(made('app:2'), 'transient', { head: declares('app:2') })
    const ground = { head: declares('app:2'), before: declares('app:1') }
    await assertIgnored(made('app:1'), 'transient', ground)
  })

  test('explains nothing else', async () => {
    const finding = await findingOf(made('evil:1'), { head: declares('app:2') })
    assert.equal(finding.kind, 'undeclared')
    assert.ok(finding.paths.includes('spec.template.spec.containers[name=app].image'))
    assert.match(finding.note ?? '', /beginning of a name/)
    const other = live('Job', { name: 'other', generateName: 'other-' })
    assert.equal((await findingOf(other, { head: declares('app:2') })).kind, 'undeclared')
  })
})

describe('what row 3 guards', () => {
  const role = (metadata: JsonObject = {}) =>
    live('Role', metadata, {
      rules: [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] },
      ],
    })
  const exceptions = (mode: string) => `  mode: ${mode}
  exceptions:
  - name: roles
    subject: {user: roles-operator}
    reason: makes roles
    allow: [{resources: [roles.rbac.authorization.k8s.io], operations: [CREATE], fields: ['*'], namespaces: [pay]}]
`
  test('is not explained by an exception of the policy, as it would not be admitted', async () => {
    const finding = await findingOf(role(), { exceptions: exceptions('enforce') })
    assert.equal(finding.wouldDeny.human.reason, 'Protected')
    assert.match(finding.note ?? '', /row 3/)
    await assertIgnored(role(), 'exception', { exceptions: exceptions('audit') })
  })

  test('is not explained by a custom resource that owns it', async () => {
    const ground = {
      head: [declared('Widget')],
      live: { 'Widget pay/one': found(objectOf('Widget', { uid: 'u-9' }, {})) },
    }
    const finding = await findingOf(role(ownedBy('Widget', 'one', 'u-9')), ground)
    assert.equal(finding.wouldDeny.human.reason, 'Protected')
  })
})
