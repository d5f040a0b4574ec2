import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digest } from '../../../src/core/manifest/canonical.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import { createdByPlan } from '../../../src/core/provenance/created-by-plan.ts'
import { verifyDeletion } from '../../../src/core/provenance/deletion.ts'
import { verifyClaim } from '../../../src/core/provenance/verify.ts'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import { application } from '../engines/argo-cd/applications.ts'
import {
  applicationController,
  branchMain,
  declares,
  groundOf,
  now,
  planOf,
  repository,
  subjectOf,
} from './engine-ground.ts'

const web = (policy: JsonObject = {}) =>
  application({ spec: { syncPolicy: { syncOptions: ['CreateNamespace=true'], ...policy } } })
const plan = planOf(web())
const id: ObjectId = { group: '', kind: 'Namespace', namespace: '', name: 'shop' }
const namespace: JsonObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
const query = { repository: 'fleet', commit: commitA, branches: ['main'], id }
const absent = { kind: 'absent', problems: [] } as const

describe('what the engine of a plan creates', () => {
  test('counts as declared by the plan', () => {
    const created = createdByPlan(plan, query, absent)
    assert.deepEqual(created, {
      id,
      apiVersion: 'v1',
      generateName: '',
      repository: 'fleet',
      commit: commitA,
      branch: 'main',
      plans: [plan],
      source: 'Application argocd/web',
      file: 'Application argocd/web',
      line: 1,
      digest: digest(namespace),
      isCreated: true,
      object: namespace,
    })
  })

  const others: readonly (readonly [string, Partial<ObjectId>])[] = [
    ['another name', { name: 'bank' }],
    ['another kind', { kind: 'ConfigMap' }],
    ['another group', { group: 'example.com' }],
    ['a namespace of its own', { namespace: 'shop' }],
  ]
  for (const [title, part] of others) {
    test(`is not what has ${title}`, () => {
      assert.equal(createdByPlan(plan, { ...query, id: { ...id, ...part } }, absent), undefined)
    })
  }

  test('is nothing where something is declared, may be, or is still read', () => {
    for (const found of [
      { kind: 'pending' },
      { kind: 'duplicate', places: [] },
      { kind: 'broken', why: 'x' },
    ] as const) {
      assert.equal(createdByPlan(plan, query, found), undefined)
    }
  })

  test('is nothing without being asked for', () => {
    assert.equal(createdByPlan(planOf(application()), query, absent), undefined)
  })
})

interface Asking {
  readonly fleet?: FakeRepository
  readonly other?: FakeRepository
  readonly object?: JsonObject
  readonly oldObject?: JsonObject
  readonly commit?: string
}

const written = (labels: JsonObject = {}) => ({
  ...namespace,
  metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', ...labels } },
  spec: { finalizers: ['kubernetes'] },
})
const empty = repository([], { inForce: [plan] })

const named = {
  user: applicationController,
  kind: { group: '', version: 'v1', kind: 'Namespace' },
  resource: { group: '', version: 'v1', resource: 'namespaces' },
  name: 'shop',
  namespace: 'shop',
}

async function ask({ fleet = empty, other, object = written(), oldObject, commit }: Asking) {
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE'
  const changes = { ...named, operation, object, oldObject: oldObject ?? null } as const
  const ground = groundOf({ fleet, ...(other && { other }) })
  const claim = {
    provider: 'argo-cd',
    repository: 'fleet',
    commit: commit ?? commitA,
    plan,
  } as const
  const proof = await verifyClaim(claim, subjectOf(changes, 'argo'), ground)
  return proof.kind === 'proven' ? 'proven' : proof.reason
}

describe('the namespace that an Application creates', () => {
  test('is created with nothing more than it says', async () => {
    assert.equal(await ask({}), 'proven')
    assert.equal(await ask({ object: written({ a: 'b' }) }), 'ContentMismatch')
  })

  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const declared = declares({ ...namespace, metadata: { name: 'shop', labels } })

  test('is not its own where Git declares it', async () => {
    const fleet = repository([declared], { inForce: [plan] })
    assert.equal(await ask({ fleet, object: written(labels) }), 'NotDeclared')
    const ofAnother = { ...declared, plan: planOf(application({ metadata: { name: 'bank' } })) }
    const both = repository([ofAnother], { inForce: [plan, ofAnother.plan] })
    assert.equal(await ask({ fleet: both }), 'NotDeclared')
  })

  test('is not its own where another branch declares it', async () => {
    const fleet = repository([], {
      tips: { main: commitA, release: commitB },
      declares: { [commitB]: [{ ...declared, branch: 'release' }] },
    })
    assert.equal(await ask({ fleet }), 'NotDeclared')
  })

  test('is not its own where another repository declares it, in whatever order', async () => {
    const other = repository([declared])
    assert.equal(await ask({ other }), 'EvidenceConflict')
    const bare = { object: written(), oldObject: written(labels) }
    assert.equal(await ask(bare), 'proven')
    assert.equal(await ask({ ...bare, other }), 'EvidenceConflict')
    assert.equal(await ask({ other: { tips: {} } }), 'MirrorStale')
  })

  test('is not its own where a file that cannot be read may declare it', async () => {
    const problem = { file: 'a.yaml', line: 3, message: 'a tab' }
    const hiding = (more: object) => ({ ...empty, problems: [{ ...problem, ...more }] })
    assert.equal(await ask({ fleet: hiding({}) }), 'proven')
    assert.equal(await ask({ fleet: hiding({ names: ['bank'] }) }), 'proven')
    assert.equal(await ask({ fleet: hiding({ names: ['shop'] }) }), 'NotDeclared')
    assert.equal(await ask({ fleet: hiding({ hides: 'anything' }) }), 'NotDeclared')
  })

  test('is superseded once the head declares it', async () => {
    const both = { [commitA]: branchMain, [commitB]: branchMain }
    const fleet = repository([], {
      tips: { main: commitB },
      commits: both,
      inForce: [plan],
      declares: { [commitB]: [declared] },
    })
    assert.equal(await ask({ fleet }), 'CommitSuperseded')
    assert.equal(await ask({ fleet: { ...fleet, declares: {} } }), 'proven')
  })

  test('is never deleted', async () => {
    const earlier = { [`main ${commitB}`]: now }
    const fleet = { ...empty, earlier }
    const claim = { provider: 'argo-cd', repository: 'fleet', commit: commitA, plan } as const
    const gone = { ...named, operation: 'DELETE', object: null, oldObject: written() } as const
    const proof = await verifyDeletion(subjectOf(gone, 'argo'), groundOf({ fleet }), claim)
    assert.equal(proof.kind === 'refuted' && proof.reason, 'NotDeclared')
  })
})

test('labels of the namespace are what the policy of the Application says', async () => {
  const managed = web({ managedNamespaceMetadata: { labels: { team: 'shop' } } })
  const ownPlan = planOf(managed)
  const created = createdByPlan(ownPlan, query, absent)
  assert.deepEqual(created?.object, {
    ...namespace,
    metadata: {
      name: 'shop',
      labels: { team: 'shop' },
      annotations: { 'argocd.argoproj.io/sync-options': 'ServerSideApply=true' },
    },
  })
})
