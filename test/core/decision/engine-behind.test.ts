import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import { application, automated, running } from '../engines/argo-cd/applications.ts'
import {
  applicationController,
  apps,
  branchMain,
  appsPlan,
  declares,
  groundOf,
  hour,
  labelled,
  now,
  planOf,
  repository,
  settings,
  source,
  terminating,
  withSpec,
  withStatus,
} from '../provenance/engine-ground.ts'
import { decideIn, verdictOf } from './engine-deciding.ts'
import { after } from './removing.ts'

const moved = withSpec(apps, { path: './elsewhere' })
const movedPlan = planOf(moved, source)
const before = [declares(apps), declares(source), declares(settings, appsPlan)]

/** Its controller is at the newest commit, and has seen the first spec. */
function behind(object: JsonObject, observedGeneration = 1): JsonObject {
  const status = { lastAttemptedRevision: `main@sha1:${commitB}`, observedGeneration }
  const { metadata = {}, ...rest } = withStatus(object, status)
  return { ...rest, metadata: { ...(isJsonObject(metadata) ? metadata : {}), generation: 2 } }
}

describe('a Kustomization that was changed while its controller is at work', () => {
  const changed = [declares(moved), declares(source), declares(settings, appsPlan)]
  const fleet = after(changed, before, { inForce: [movedPlan] })
  const live = [behind(moved), source]

  test('applies what it said before, within the grace of that', async () => {
    assert.equal(await verdictOf({}, { fleet, live }), 'VerifiedCommit')
  })

  test('applies nothing of that once its controller has seen the change', async () => {
    const seen = [behind(moved, 2), source]
    assert.match(await verdictOf({}, { fleet, live: seen }), /^NotDeclared/)
  })

  test('applies nothing of that once it is long ago', async () => {
    const earlier = { [`main ${'a'.repeat(40)}`]: now - hour }
    assert.match(await verdictOf({}, { fleet: { ...fleet, earlier }, live }), /^NotDeclared/)
  })

  test('applies nothing else', async () => {
    const object = labelled({ ...settings, data: { a: '2' } })
    assert.match(await verdictOf({ object }, { fleet, live }), /^ContentMismatch/)
    const undeclared = after([declares(moved), declares(source)], before, { inForce: [movedPlan] })
    assert.match(await verdictOf({}, { fleet: undeclared, live }), /^NotDeclared/)
  })

  test('applies nothing while it says what Git does not', async () => {
    const edited = [behind(withSpec(apps, { path: './evil' })), source]
    assert.match(await verdictOf({}, { fleet, live: edited }), /^EvidenceRefused/)
    const bucket = withSpec(apps, { sourceRef: { kind: 'Bucket', name: 'x' } })
    assert.match(await verdictOf({}, { fleet, live: [behind(bucket), source] }), /^EvidenceRefused/)
  })
})

describe('a source that names another branch while a controller is at work', () => {
  const elsewhere = withSpec(source, { ref: { branch: 'release' } })
  const changed = [declares(apps), declares(elsewhere)]
  const fleet = after(changed, before, { inForce: [planOf(apps, elsewhere)] })
  const attempting = withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitA}` })
  const live = [attempting, elsewhere]

  test('is as it was, within the grace of that', async () => {
    assert.equal(await verdictOf({}, { fleet, live }), 'VerifiedCommit')
    const object = labelled({ ...settings, data: { a: '2' } })
    assert.match(await verdictOf({ object }, { fleet, live }), /^ContentMismatch/)
    // By a dry-run as well, though that would also be judged by what comes next.
    const changed = {
      ...fleet,
      declares: {
        ...fleet.declares,
        [commitB]: [
          declares(apps),
          declares(elsewhere),
          declares({ ...settings, data: { a: '3' } }, planOf(apps, elsewhere)),
        ],
      },
    }
    assert.equal(await verdictOf({ dryRun: true }, { fleet: changed, live }), 'VerifiedCommit')
  })

  test('is not once it is long ago, or while it says what Git does not', async () => {
    const earlier = { [`main ${commitA}`]: now - hour }
    assert.match(await verdictOf({}, { fleet: { ...fleet, earlier }, live }), /^EvidenceMissing/)
    const evil = withSpec(source, { ref: { branch: 'evil' } })
    assert.match(await verdictOf({}, { fleet, live: [attempting, evil] }), /^Evidence/)
  })
})

describe('a Kustomization that is deleted while its controller is at work', () => {
  const removed = [declares(source), declares(settings, appsPlan)]
  const fleet = after(removed, before, { inForce: [] })

  test('applies what it said before', async () => {
    const live = [behind(terminating(apps)), source]
    assert.equal(await verdictOf({}, { fleet, live }), 'VerifiedCommit')
  })

  test('applies nothing once its controller has seen that', async () => {
    const live = [behind(terminating(apps), 2), source]
    assert.match(await verdictOf({}, { fleet, live }), /^EvidenceMissing: .*being deleted/)
  })
})

/** Another replica may have heard of the commit, and this one not yet. */
describe('while the mirror has not fetched the newest commit', () => {
  const atHead = [behind(moved, 2), source]
  const newest = {
    tips: { main: commitB },
    commits: { [commitA]: branchMain, [commitB]: branchMain },
    earlier: { [`main ${commitA}`]: now },
  }

  test('an engine object that it has changed counts', async () => {
    const after = [declares(moved), declares(source), declares(settings, movedPlan)]
    const fleet = repository(before, {
      inForce: [movedPlan],
      afterRefresh: { ...newest, declares: { [commitA]: before, [commitB]: after } },
    })
    assert.equal(await verdictOf({}, { fleet, live: atHead }), 'VerifiedCommit')
    const edited = [behind(withSpec(apps, { path: './evil' }), 2), source]
    assert.match(await verdictOf({}, { fleet, live: edited }), /^EvidenceRefused/)
  })

  test('what bears no mark is found by the plan that declares it there', async () => {
    const web = application()
    const webPlan = planOf(web)
    const definition: JsonObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gauges.example.com' },
    }
    const after = [declares(web), declares(definition, webPlan)]
    const fleet = repository([declares(web)], {
      inForce: [webPlan],
      afterRefresh: { ...newest, declares: { [commitA]: [declares(web)], [commitB]: after } },
    })
    const create = {
      user: applicationController,
      kind: { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
      resource: {
        group: 'apiextensions.k8s.io',
        version: 'v1',
        resource: 'customresourcedefinitions',
      },
      namespace: '',
      name: 'gauges.example.com',
      object: definition,
    }
    const live = [running(automated({ revision: commitB }))]
    assert.equal(await verdictOf(create, { fleet, live }), 'VerifiedCommit')
    const undeclared = { ...create, name: 'meters.example.com' }
    assert.match(await verdictOf(undeclared, { fleet, live }), /^EvidenceMissing/)
  })

  test('nobody waits for a fetch where the cluster has the answer', async () => {
    const fleet = repository(before, { inForce: [appsPlan] })
    const idle = [withStatus(apps, { lastAttemptedRevision: '' }), source]
    const ground = groundOf({ fleet, seen: idle })
    const { verdict } = await decideIn(ground)
    assert.deepEqual([verdict.reason, ground.refreshed], ['VerifiedCommit', []])
  })

  test('every repository is fetched, once, before a denial', async () => {
    const ground = groundOf({ live: [behind(withSpec(apps, { path: './evil' }), 2), source] })
    await decideIn(ground)
    assert.deepEqual(ground.refreshed, ['fleet', 'other'])
  })
})
