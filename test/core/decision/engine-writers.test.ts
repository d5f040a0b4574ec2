import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GuardError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import { account, deployer } from '../../fakes/requests.ts'
import {
  apps,
  appsPlan,
  branchMain,
  declares,
  fleet,
  groundOf,
  labelled,
  policyWith,
  repository,
  settings,
  source,
  withSpec,
  withStatus,
} from '../provenance/engine-ground.ts'
import { decideIn, engineRequest, verdictOf } from './engine-deciding.ts'

const idle = withStatus(apps, { lastAttemptedRevision: '' })

describe('an engine is asked once more', () => {
  test('where the copy of its objects is behind', async () => {
    const asked: string[] = []
    const ground = groundOf()
    const engineObjects = fakeEngineObjects([apps, source], [idle, source], { asked })
    const { verdict } = await decideIn({ ...ground, engineObjects })
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.deepEqual(asked.toSorted(), [
      'GitRepository.source.toolkit.fluxcd.io flux-system/fleet',
      'Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps',
    ])
  })

  test('not where the copy says enough', async () => {
    const ground = groundOf()
    const engineObjects = fakeEngineObjects([apps, source], [apps, source], { asked: [] })
    const read = () => assert.fail('nobody should ask')
    const { verdict } = await decideIn({ ...ground, engineObjects: { ...engineObjects, read } })
    assert.equal(verdict.reason, 'VerifiedCommit')
  })

  test('and is refused for what it says then', async () => {
    const edited = withSpec(apps, { path: './evil' })
    const said = await verdictOf({}, { live: [edited, source], seen: [idle, source] })
    assert.match(said, /^EvidenceRefused: .*spec\.path/)
    assert.match(await verdictOf({}, { live: [], seen: [idle, source] }), /^EvidenceMissing/)
  })

  test('never where a newer look would say no: what was seen is enough to be refused', async () => {
    const edited = withSpec(apps, { path: './evil' })
    assert.match(
      await verdictOf({}, { live: [edited, source], seen: [edited, source] }),
      /^Evidence/,
    )
  })

  test('after the plans have followed what is known', async () => {
    const git = repository([declares(apps), declares(source), declares(settings, appsPlan)])
    const live = [idle, source]
    const ground = groundOf({ live, fleet: git })
    let settled = 0
    const plansSettled = () => {
      settled += 1
      // Meanwhile it has begun.
      Object.assign(changing, fakeEngineObjects([apps, source]))
      return Promise.resolve(true)
    }
    const changing = { ...fakeEngineObjects(live) }
    const { verdict } = await decideIn({ ...ground, engineObjects: changing, plansSettled })
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.equal(settled, 1)
  })

  test('not again where nothing has followed', async () => {
    const ground = groundOf({ live: [idle, source] })
    let settled = 0
    const plansSettled = () => {
      settled += 1
      Object.assign(changing, fakeEngineObjects([apps, source]))
      return Promise.resolve(false)
    }
    const changing = { ...fakeEngineObjects([idle, source]) }
    const { verdict } = await decideIn({ ...ground, engineObjects: changing, plansSettled })
    assert.equal(verdict.reason, 'EvidenceMissing')
    assert.equal(settled, 1)
  })

  test('not while the index is still read', async () => {
    const plansSettled = () => assert.fail('nobody should wait')
    const pending = repository([], { declares: { [commitA]: 'pending' } })
    const ground = groundOf({ fleet: pending })
    const { verdict } = await decideIn({ ...ground, plansSettled })
    assert.equal(verdict.reason, 'IndexPending')
  })

  test('nobody else is: annotations are in the request', async () => {
    const plansSettled = () => assert.fail('nobody should wait')
    const ground = { ...groundOf(), plansSettled }
    const { verdict } = await decideIn(ground, { user: deployer, object: settings })
    assert.equal(verdict.reason, 'EvidenceMissing')
  })
})

describe('while nobody knows what engines declare', () => {
  const unknown = { arePlansKnown: () => false }
  const annotated: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commitA },
    },
  }

  test('nothing is proved, whoever asks', async () => {
    const ground = { ...groundOf(), ...unknown, plansSettled: () => Promise.resolve(true) }
    const writes = [
      {},
      { operation: 'UPDATE', object: labelled({ ...settings, data: { a: '2' } }) },
      { operation: 'DELETE' },
      { user: deployer, object: annotated },
      { user: deployer, operation: 'DELETE', oldObject: annotated },
    ] as const
    for (const write of writes) {
      const { verdict } = await decideIn(ground, write)
      assert.equal(verdict.reason, 'IndexPending')
    }
  })

  test('it is waited for', async () => {
    let isKnown = false
    const plansSettled = () => {
      isKnown = true
      return Promise.resolve(true)
    }
    const ground = { ...groundOf(), arePlansKnown: () => isKnown, plansSettled }
    assert.equal((await decideIn(ground)).verdict.reason, 'VerifiedCommit')
  })

  test('people are denied as ever, and what changes nothing is allowed', async () => {
    const ground = { ...groundOf(), ...unknown, plansSettled: () => assert.fail() }
    const user = account('flux-system', 'nobody')
    assert.equal((await decideIn(ground, { user })).verdict.reason, 'HumanWrite')
    const same = { operation: 'UPDATE' } as const
    assert.equal((await decideIn(ground, same)).verdict.reason, 'NoDesiredStateChange')
  })
})

describe('before a deletion', () => {
  const removed = {
    tips: { main: commitB },
    commits: { [commitA]: branchMain, [commitB]: branchMain },
    earlier: { [`main ${commitA}`]: 1 },
    inForce: [appsPlan],
  }
  const before = [declares(apps), declares(source), declares(settings, appsPlan)]
  const git = repository([], {
    ...removed,
    declares: { [commitA]: before, [commitB]: [declares(apps), declares(source)] },
  })
  const live = [withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitB}` }), source]

  test('the plans follow what is known', async () => {
    let settled = 0
    const ground = groundOf({ fleet: git, live })
    const plansSettled = () => {
      settled += 1
      return Promise.resolve(true)
    }
    const { verdict } = await decideIn({ ...ground, plansSettled }, { operation: 'DELETE' })
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.equal(settled, 1)
  })

  test('somebody else may have begun to declare it', async () => {
    const web = withSpec({ ...apps, metadata: { name: 'web', namespace: 'flux-system' } }, {})
    const webPlan = { ...appsPlan, engine: { ...(appsPlan.engine ?? assert.fail()), name: 'web' } }
    const after = [declares(apps), declares(source), declares(web), declares(settings, webPlan)]
    const fleetNow = { ...git, declares: { [commitA]: before, [commitB]: after } }
    const ground = groundOf({ fleet: fleetNow, live })
    const plansSettled = () => {
      ground.setPlans(new Map([['fleet', [appsPlan, webPlan]]]))
      return Promise.resolve(true)
    }
    const ask = async (part: object) =>
      (await decideIn({ ...ground, ...part }, { operation: 'DELETE' })).verdict.reason
    assert.equal(await ask({}), 'VerifiedCommit')
    assert.equal(await ask({ plansSettled }), 'StillDeclared')
  })
})

describe('an engine has the namespaces, the repositories and the identity of its writer', () => {
  test('and no others', async () => {
    const narrow = policyWith(
      '',
      '  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet], namespaces: [shop]}]\n',
    )
    assert.match(await verdictOf({}, { policy: narrow }), /^NotDeclared: .*writes only in shop/)
    const elsewhere = policyWith(
      '',
      '  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [other]}]\n',
    )
    assert.match(await verdictOf({}, { policy: elsewhere }), /^RepositoryNotAllowed/)
    const bound = policyWith(
      '',
      '  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, podBound: true, evidence: [flux], repositories: [fleet]}]\n',
    )
    assert.match(await verdictOf({}, { policy: bound }), /^UnboundToken/)
    const user = account('flux-system', 'kustomize-controller', 'pod-1')
    assert.equal(await verdictOf({ user }, { policy: bound }), 'VerifiedCommit')
  })

  test('a tenant applies nothing of another repository by the labels of its engine object', async () => {
    const tenant = { ...account('team', 'reconciler'), uid: '', extra: new Map() }
    const object = labelled({ ...settings, metadata: { name: 'settings', namespace: 'team' } })
    const foreign = { user: tenant, namespace: 'team', object }
    const git = repository([
      declares(apps),
      declares(source),
      declares({ ...settings, metadata: { name: 'settings', namespace: 'team' } }, appsPlan),
    ])
    const said = await verdictOf(foreign, { fleet: { ...git, inForce: [appsPlan] } })
    assert.match(said, /^RepositoryNotAllowed: .*writer team applies other/)
  })

  test('no subresource but scale', async () => {
    const status = engineRequest({ operation: 'UPDATE', subresource: 'status' })
    assert.match(await verdictOf(status), /^NotDeclared/)
  })
})

test('a review fails while the API server does not answer: that denies', async () => {
  const ground = groundOf({ fleet })
  const read = () => Promise.reject(new GuardError('ClusterUnreachable', 'no answer'))
  const engineObjects = { ...fakeEngineObjects(), read }
  await assert.rejects(decideIn({ ...ground, engineObjects }), { code: 'ClusterUnreachable' })
})
