import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import { application, automated, running } from '../engines/argo-cd/applications.ts'
import { kustomization } from '../engines/flux/objects.ts'
import {
  applicationController,
  apps,
  appsPlan,
  declares,
  fluxLabels,
  groundOf,
  labelled,
  planOf,
  policyWith,
  repository,
  settings,
  source,
  terminating,
  withSpec,
  withStatus,
  type Scene,
} from '../provenance/engine-ground.ts'
import { decideIn } from './engine-deciding.ts'
import {
  after,
  current,
  engines,
  live,
  otherPlan,
  remove,
  removed,
  withInventory,
} from './removing.ts'

const writersOfBoth = `  writers:
  - {name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet, other]}
`

describe('a Kustomization deletes', () => {
  test('what Git declared before, and does not any more', async () => {
    assert.equal(await remove(), 'VerifiedCommit')
  })

  test('nothing that it declares still', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)])
    assert.match(await remove({ fleet }), /^StillDeclared/)
  })

  test('nothing that it declares still, though its plan is not in force yet', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)], undefined, { inForce: [] })
    assert.match(await remove({ fleet }), /^StillDeclared/)
  })

  test('nothing that would go with what it deletes, though its plan is not in force yet', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pay' } }
    const changes = {
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      name: 'pay',
      oldObject: labelled(namespace),
    }
    const before = [...engines, declares(namespace, appsPlan), declares(settings, appsPlan)]
    const rest = { inForce: [] }
    const inside = after([...engines, declares(settings, appsPlan)], before, rest)
    assert.match(await remove({ fleet: inside }, changes), /^StillDeclared: .*would go with it/)
    assert.equal(await remove({ fleet: after(engines, before, rest) }, changes), 'VerifiedCommit')
  })

  const others: readonly (readonly [string, FakeRepository, Scene?])[] = [
    ['the policy itself', after([...engines, declares(settings)])],
    [
      'another Kustomization',
      after([...engines, declares(settings, otherPlan())], undefined, {
        inForce: [appsPlan, otherPlan()],
      }),
    ],
    [
      'another branch',
      after(engines, undefined, {
        tips: { main: commitB, release: 'c'.repeat(40) },
        declares: {
          [commitA]: [...engines, declares(settings, appsPlan)],
          [commitB]: engines,
          ['c'.repeat(40)]: [{ ...declares(settings), branch: 'release' }],
        },
      }),
    ],
    ['another repository', removed, { other: repository([declares(settings)]) }],
  ]
  for (const [title, fleet, scene] of others) {
    test(`nothing that a plan of somebody else declares: ${title}`, async () => {
      assert.match(await remove({ fleet, ...scene }), /^StillDeclared/)
    })
  }

  const unproven: readonly (readonly [string, Scene, RegExp])[] = [
    ['Git never declared', { fleet: after(engines, engines) }, /^NotDeclared/],
    [
      'only a foreign plan of the same path declared, in another repository',
      {
        policy: policyWith('', writersOfBoth),
        fleet: after(engines, engines),
        other: after([], [declares(settings, appsPlan)], { inForce: [] }),
      },
      /^NotDeclared/,
    ],
    ['nobody can know of', { other: { tips: {} } }, /^MirrorStale/],
    [
      'is still read',
      { other: repository([], { declares: { [commitA]: 'pending' } }) },
      /^IndexPending/,
    ],
  ]
  for (const [title, scene, message] of unproven) {
    test(`nothing that ${title}`, async () => {
      assert.match(await remove(scene), message)
    })
  }

  test('nothing while it is idle, refused or ungoverned', async () => {
    const idle = withStatus(apps, { lastAttemptedRevision: '' })
    assert.match(await remove({ live: [idle, source] }), /^EvidenceMissing/)
    const bucket = withSpec(current, { sourceRef: { kind: 'Bucket', name: 'x' } })
    assert.match(await remove({ live: [bucket, source] }), /^EvidenceRefused: .*Bucket/)
    const edited = withSpec(current, { path: './evil' })
    assert.match(await remove({ live: [edited, source] }), /^EvidenceRefused: .*spec\.path/)
  })

  test('with nothing left behind', async () => {
    const options = { propagationPolicy: 'Orphan' }
    assert.match(await remove({}, { options }), /^EvidenceRefused/)
  })
})

describe('a Kustomization that says something else by now', () => {
  const old = withSpec(apps, { path: './old' })
  const oldPlan = planOf(old, source)
  const before = [declares(old), declares(source), declares(settings, oldPlan)]

  test('deletes what it made of what it said before', async () => {
    assert.equal(await remove({ fleet: after(engines, before) }), 'VerifiedCommit')
    const still = after([...engines, declares(settings, appsPlan)], before)
    assert.match(await remove({ fleet: still }), /^StillDeclared/)
  })

  test('deletes nothing that it never said, or that another one made', async () => {
    const never = [declares(apps), declares(source), declares(settings, oldPlan)]
    assert.match(await remove({ fleet: after(engines, never) }), /^NotDeclared/)
    const ofWeb = kustomization({
      metadata: { name: 'web', namespace: 'flux-system' },
      spec: { path: './old' },
    })
    const others = [declares(apps), declares(ofWeb), declares(source), declares(settings, oldPlan)]
    assert.match(await remove({ fleet: after(engines, others) }), /^NotDeclared/)
  })

  test('deletes nothing that was there in another repository', async () => {
    const elsewhere = withSpec(source, { url: 'https://git.example.com/acme/other.git' })
    const moved = [declares(apps), declares(elsewhere)]
    const scene = {
      policy: policyWith('', writersOfBoth),
      live: [current, elsewhere],
      fleet: after(moved, before),
      other: after([], [], { inForce: [appsPlan] }),
    }
    assert.match(await remove(scene), /^NotDeclared/)
  })
})

describe('what a Kustomization lists', () => {
  const listing = withInventory(current, apps, settings)
  /** As after a fresh clone: nothing is known of earlier heads. */
  const fresh = after(engines, [], { earlier: {} })
  const scene = { live: [listing, source], fleet: fresh }

  test('was declared once, since only that is marked as its own', async () => {
    const { verdict } = await decideIn(groundOf(scene), { operation: 'DELETE' })
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.deepEqual(verdict.kind === 'allow' && verdict.provenance, {
      repository: 'fleet',
      commit: commitB,
      path: undefined,
      evidence: 'inventory',
    })
    assert.match(await remove({ ...scene, live }), /^NotDeclared/)
    const other = withInventory(current, apps)
    assert.match(await remove({ ...scene, live: [other, source] }), /^NotDeclared/)
  })

  test('is what it lists itself, and what is marked as its own', async () => {
    assert.match(await remove(scene, { oldObject: settings }), /^NotDeclared/)
    const labels = { ...fluxLabels, 'kustomize.toolkit.fluxcd.io/name': 'web' }
    assert.match(await remove(scene, { oldObject: labelled(settings, labels) }), /^NotDeclared/)
  })

  test('stays while anybody declares it, or may', async () => {
    const still = { ...fresh, declares: { [commitB]: [...engines, declares(settings)] } }
    assert.match(await remove({ ...scene, fleet: still }), /^StillDeclared/)
    const problem = { file: 'a.yaml', line: 1, message: 'a tab' }
    const hiding = (part: object) => ({ ...fresh, problems: [{ ...problem, ...part }] })
    assert.equal(await remove({ ...scene, fleet: hiding({ names: ['x'] }) }), 'VerifiedCommit')
    assert.equal(await remove({ ...scene, fleet: hiding({ hides: 'nothing' }) }), 'VerifiedCommit')
    for (const part of [{}, { names: ['settings'] }, { hides: 'anything', names: [] }]) {
      assert.match(await remove({ ...scene, fleet: hiding(part) }), /^NotDeclared/)
    }
  })

  test('stays with one that does not prune', async () => {
    const keeps = withSpec(listing, { prune: false })
    const fleet = after([declares(keeps), declares(source)], [], { earlier: {} })
    assert.match(await remove({ live: [keeps, source], fleet }), /^EvidenceRefused: .*made anew/)
  })
})

describe('what bears no mark', () => {
  const unmarked = { oldObject: settings }

  test('is deleted by whoever declares it still, or else by whoever deletes now', async () => {
    assert.equal(await remove({}, unmarked), 'VerifiedCommit')
    const fleet = after([...engines, declares(settings, appsPlan)])
    assert.match(await remove({ fleet }, unmarked), /^StillDeclared/)
  })

  test('is deleted by nobody while nobody deletes', async () => {
    assert.match(await remove({ live: [] }, unmarked), /^EvidenceMissing/)
    const idle = withStatus(apps, { lastAttemptedRevision: '' })
    assert.match(await remove({ live: [idle, source] }, unmarked), /^EvidenceMissing/)
  })

  test('is not kept by an engine object that nobody can check', async () => {
    const bucket = kustomization({
      metadata: { name: 'aaa', namespace: 'flux-system' },
      spec: { sourceRef: { kind: 'Bucket', name: 'x' } },
    })
    assert.equal(await remove({ live: [bucket, ...live] }, unmarked), 'VerifiedCommit')
    assert.match(await remove({ live: [bucket, source] }, unmarked), /^EvidenceRefused: .*Bucket/)
  })
})

describe('an Application deletes', () => {
  const sync = (prune: boolean) =>
    running(automated({ revision: commitB, prune }), {
      result: {
        revision: commitB,
        source: {
          repoURL: 'https://git.example.com/acme/fleet.git',
          path: 'apps/web',
          targetRevision: 'main',
        },
      },
    })
  const web = application()
  const webPlan = planOf(web)
  const tracking = { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' }
  const oldObject = {
    ...settings,
    metadata: { name: 'settings', namespace: 'pay', annotations: tracking },
  }
  const changes = { user: applicationController, oldObject }
  const before = [declares(web), declares(settings, webPlan)]
  const rest = { inForce: [webPlan] }
  const pruned = after([declares(web)], before, rest)

  test('what Git declares no more, in a sync that prunes', async () => {
    assert.equal(await remove({ live: [sync(true)], fleet: pruned }, changes), 'VerifiedCommit')
    const message = /^EvidenceRefused: .*made anew/
    assert.match(await remove({ live: [sync(false)], fleet: pruned }, changes), message)
    const still = after(before, before, rest)
    assert.match(await remove({ live: [sync(true)], fleet: still }, changes), /^StillDeclared/)
  })

  test('nothing when nothing runs', async () => {
    assert.match(await remove({ live: [web], fleet: pruned }, changes), /^EvidenceMissing/)
  })

  test('all that it declared, while it is deleted together with that', async () => {
    const finalizers = ['resources-finalizer.argocd.argoproj.io']
    const ending = terminating(application({ metadata: { finalizers } }))
    const gone = after([declares(settings, webPlan)], before, { inForce: [] })
    assert.equal(await remove({ live: [ending], fleet: gone }, changes), 'VerifiedCommit')
    const still = after(before, before, rest)
    assert.match(await remove({ live: [ending], fleet: still }, changes), /^StillDeclared/)
    const alone = terminating(web)
    assert.match(await remove({ live: [alone], fleet: gone }, changes), /^EvidenceMissing/)
  })
})
