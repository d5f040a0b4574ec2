import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { at } from '../../src/core/manifest/json.ts'
import { readRecords } from '../e2e/records.ts'
import { create, isAllowed, merge, remove } from './argo-attacks.ts'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { application } from './argo-manifests.ts'
import { isGone, says, take, type Step } from './argo-step.ts'
import { configMap, documents } from './flux-manifests.ts'

// Argo CD set up otherwise: it tracks by label, and applies by an account that its project names.

const applier = 'system:serviceaccount:argocd:applier'
const shop = (text: string) => documents(configMap('first', { says: text }))
const first = { kind: 'ConfigMap', namespace: 'shop', name: 'first' }

const steps: readonly Step[] = [
  {
    title: 'an Application',
    files: {
      'apps/shop.yaml': documents(application('shop', { source: { path: 'shop' } })),
      'shop/first.yaml': shop('first'),
      'shop/second.yaml': documents(configMap('second', { says: 'second' })),
    },
    holds: (argo) => says(argo, 'shop/first', { says: 'first' }),
  },
  {
    title: 'a change, and a removal',
    files: { 'shop/first.yaml': shop('changed'), 'shop/second.yaml': null },
    async holds(argo) {
      await says(argo, 'shop/first', { says: 'changed' })
      await isGone(argo, { ...first, name: 'second' })
    },
  },
]

let argo: ArgoCluster

before(async () => {
  argo = await startArgo(
    { 'apps/README.md': 'applications' },
    {
      policyFile: 'setups-policy.yaml',
      bootstrapFile: 'setups-bootstrap.yaml',
      with: ['webhook', 'argo-cd'],
    },
  )
})
after(() => argo.end())

describe('it lands', () => {
  for (const step of steps) test(step.title, () => take(step, argo))

  test('by that account, and under that mark', async () => {
    const live = await argo.read(first)
    assert.equal(at(live ?? null, 'metadata', 'labels', 'app.kubernetes.io/instance'), 'shop')
    const own = readRecords(argo.cluster).filter(
      ({ user, name }) => user === applier && name === 'first',
    )
    assert.ok(own.length > 0)
    assert.ok(own.some(({ reason }) => reason === 'VerifiedCommit'))
  })

  test('the end of it', async () => {
    await take({ title: '', files: { 'apps/shop.yaml': null } }, argo)
    await isGone(argo, first)
  })
})

test('nothing was refused to Argo CD', () => {
  assert.deepEqual(argo.denied().map(told), [])
})

describe('an Application that people sync', () => {
  const object = { kind: 'ConfigMap', namespace: 'shop', name: 'manual' }
  const app = { kind: 'Application', namespace: 'argocd', name: 'manual' }
  const says = (text: string) =>
    argo.until(`it says ${text}`, async () => {
      const live = await argo.read(object)
      return at(live ?? null, 'data', 'says') === text
    })
  const sync = (revision: string) => {
    const operation = { initiatedBy: { username: 'alice' }, sync: { revision } }
    return isAllowed(argo, 'alice', merge(app, { operation }))
  }

  test('applies the branch that they name, or its head', async () => {
    const manual = application('manual', {
      source: { path: 'manual' },
      to: 'shop',
      syncPolicy: { automated: null },
    })
    const file = 'manual/first.yaml'
    await argo.commit({
      'apps/manual.yaml': documents(manual),
      [file]: documents(configMap('manual', { says: 'first' })),
    })
    await argo.refresh({ kind: 'Application', metadata: { namespace: 'argocd', name: 'root' } })
    await argo.until('it is there', async () => (await argo.read(app)) !== undefined)
    await sync('main')
    await says('first')
    const commit = await argo.commit({
      [file]: documents(configMap('manual', { says: 'second' })),
    })
    await sync(commit)
    await says('second')
  })

  test('applies no other branch', async () => {
    await argo.fleet.git(['branch', 'feature', 'main'])
    await argo.commit(
      { 'manual/first.yaml': documents(configMap('manual', { says: 'evil' })) },
      'feature',
    )
    const start = argo.denied().length
    await sync('feature')
    await argo.until('it was refused', () => argo.denied().length > start)
    for (const one of argo.denied().slice(start)) {
      assert.match(one.reason, /^(?:EvidenceRefused|CommitNotOnBranch)$/, told(one))
    }
    await says('second')
  })
})

test('whoever impersonates that account writes nothing that is not applied', async () => {
  const live = { ...first, name: 'manual' }
  const root = { kind: 'Application', namespace: 'argocd', name: 'root' }
  const requests = [
    create(configMap('evil', {})),
    merge(live, { data: { says: 'evil' } }),
    remove(live),
    remove(root),
  ]
  for (const request of requests) {
    const headers = { 'Impersonate-User': applier }
    const { status, text } = await argo.as('admin')({ ...request, headers })
    assert.equal(status, 403, text)
    assert.match(text, /\[(?:Evidence\w+|NotDeclared|ContentMismatch|StillDeclared|Commit\w+)\]/)
  }
})
