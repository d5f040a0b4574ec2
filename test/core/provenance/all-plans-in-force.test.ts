import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GuardError } from '../../../src/core/errors.ts'
import { type Plan } from '../../../src/core/plans/plan.ts'
import { findPlans, type PlansInForce } from '../../../src/core/provenance/plans-in-force.ts'
import { commitA, type FakeObject } from '../../fakes/git.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { application } from '../engines/argo-cd/applications.ts'
import { helmRelease, secret } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  declares,
  fleet,
  groundOf,
  planOf,
  policyWith,
  repository,
  settings,
  source,
  withSpec,
} from './engine-ground.ts'

import { find, key, named, names, shopPlan, web, webPlan } from './finding-plans.ts'

describe('all engine objects', () => {
  test('of the engines that attest for somebody are asked, and no others', async () => {
    const live = [apps, source, application()]
    const git = repository([declares(apps), declares(source), declares(application())])
    const both = await find({ live, fleet: git })
    assert.deepEqual(both.plans.toSorted(), [
      'Application argocd/web',
      'Kustomization flux-system/apps',
    ])
    const fluxOnly = policyWith(
      '',
      '  writers: [{name: f, subject: {user: f}, evidence: [flux], repositories: [fleet]}]\n',
    )
    const one = await find({ policy: fluxOnly, live, fleet: git })
    assert.deepEqual(one.plans, ['Kustomization flux-system/apps'])
    assert.deepEqual(one.refused, {})
  })

  test('each have a reason of their own, by which they are found', async () => {
    const release = helmRelease()
    const found = await find({
      live: [web, release, source],
      fleet: repository([declares(source)]),
    })
    assert.deepEqual(Object.keys(found.refused), [
      key('web'),
      'HelmRelease.helm.toolkit.fluxcd.io web/shop',
    ])
  })

  test('do without one that cannot be read: of that one nobody knows', async () => {
    const varied = withSpec(web, {
      postBuild: { substituteFrom: [{ kind: 'Secret', name: 's', optional: true }] },
    })
    const live = [varied, apps, source, secret('s', { a: '1' })]
    const declared = [declares(varied), declares(apps), declares(source)]
    const ground = groundOf({ live, fleet: repository(declared) })
    const engineObjects = fakeEngineObjects(live, live, { unreachable: ['Secret. flux-system/s'] })
    const offer = () => Promise.resolve()
    const found = await findPlans(engineObjects, { ...ground, engineObjects }, { offer })
    assert.deepEqual(names(found.plans.get('fleet')), ['Kustomization flux-system/apps'])
    assert.deepEqual([...found.refused.keys()], [key('web')])
    assert.match(found.refused.get(key('web')) ?? '', /may not get Secret/)
    assert.deepEqual(
      found.unknown.map(({ name }) => name),
      ['web'],
    )
  })

  test('do without one whose parent cannot be read', async () => {
    const metadata = {
      ownerReferences: [
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'all', uid: 'u' },
      ],
    }
    const made = application({ metadata })
    const derived = policyWith(`  derived:
  - name: sets
    subject: {serviceAccount: argocd/argocd-applicationset-controller}
    parent: {group: argoproj.io, kind: ApplicationSet, by: ownerReference}
    allow: [{resources: [applications.argoproj.io], operations: [CREATE], fields: ["*"]}]
    reason: makes Applications
`)
    const git = repository([declares(apps), declares(source)])
    const ground = groundOf({ policy: derived, live: [made, apps, source], fleet: git })
    const read = () => Promise.reject(new GuardError('ClusterUnreachable', 'no answer'))
    const cluster = {
      ...ground.cluster,
      read: (...asked: Parameters<typeof ground.cluster.read>) =>
        asked[0].kind === 'ApplicationSet' ? read() : ground.cluster.read(...asked),
    }
    const offer = () => Promise.resolve()
    const found = await findPlans(ground.engineObjects, { ...ground, cluster }, { offer })
    assert.deepEqual(names(found.plans.get('fleet')), ['Kustomization flux-system/apps'])
    assert.deepEqual(
      found.unknown.map(({ kind }) => kind),
      ['Application'],
    )
  })

  test('keep what was in force of one that cannot be read, and of what that declares', async () => {
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'v', optional: true }] }
    const varied = withSpec(apps, { postBuild })
    const live = [varied, web, source]
    const declared = [declares(varied), declares(source), declares(web, appsPlan)]
    const ground = groundOf({ live, fleet: repository(declared, { inForce: [appsPlan] }) })
    const unreachable = ['ConfigMap. flux-system/v']
    const engineObjects = fakeEngineObjects(live, live, { unreachable })
    const offer = () => Promise.resolve()
    const ask = (before: readonly Plan[]) => {
      const following = { offer, before: new Map([['fleet', before]]) }
      return findPlans(engineObjects, { ...ground, engineObjects }, following)
    }
    const kept = await ask([appsPlan, shopPlan])
    assert.deepEqual(kept.plans.get('fleet'), [appsPlan, webPlan])
    assert.deepEqual([...kept.refused.keys()], [key('apps')])
    const never = await ask([shopPlan])
    assert.equal(never.plans.get('fleet'), undefined)
    assert.deepEqual([...never.refused.keys()], [key('apps'), key('web')])
  })

  test('keep nothing of one that is known to count no more', async () => {
    const gone = await find({ live: [web, source], fleet: { ...fleet, inForce: [appsPlan] } })
    assert.equal(gone.all.plans.get('fleet'), undefined)
    const edited = withSpec(apps, { path: './evil' })
    const changed = await find({ live: [edited, source], fleet: { ...fleet, inForce: [appsPlan] } })
    assert.equal(changed.all.plans.get('fleet'), undefined)
    assert.deepEqual(changed.all.unknown, [])
  })

  test('fail with whatever else goes wrong', async () => {
    const ground = groundOf()
    const read = () => Promise.reject(new Error('a bug'))
    const engineObjects = { ...ground.engineObjects, get: () => undefined, read }
    const offer = () => assert.fail()
    await assert.rejects(findPlans(engineObjects, ground, { offer }), /a bug/)
  })

  test('are unknown while a repository is not fetched, and known to have none otherwise', async () => {
    const unfetched = await find({ fleet: { tips: {} } })
    assert.deepEqual(
      unfetched.all.unknown.map(({ name }) => name),
      ['apps'],
    )
    const undeclared = await find({ fleet: repository([]) })
    assert.deepEqual(undeclared.all.unknown, [])
    assert.notDeepEqual(undeclared.refused, {})
    assert.deepEqual((await find()).all.unknown, [])
    assert.deepEqual((await find({ live: [apps] })).all.unknown, [])
  })

  test('are not known while what Git declares is still read', async () => {
    const pending = repository([], { declares: { [commitA]: 'pending' } })
    await assert.rejects(find({ fleet: pending }), (error) => {
      return (error as GuardError).code === 'DeadlineExceeded'
    })
  })

  test('are followed through ten rounds and no further', async () => {
    const chain = Array.from({ length: 13 }, (_, i) => named(`k${String(i).padStart(2, '0')}`))
    const plans = chain.map((one) => planOf(one, source))
    const declared: readonly FakeObject[] = chain.map((one, i) => declares(one, plans[i - 1]))
    const git = repository([declares(source), ...declared])
    const found = await find({ live: [...chain.toReversed(), source], fleet: git })
    assert.equal(found.plans.length, 10)
    assert.equal(found.rounds.length, 10)
    assert.equal(Object.keys(found.refused).length, 3)
  })

  test('end where nothing new is found', async () => {
    const git = repository([declares(source), declares(apps)])
    const found = await find({ live: [apps, web, source], fleet: git })
    assert.equal(found.rounds.length, 1)
    assert.match(found.refused[key('web')] ?? '', /nowhere/)
  })

  test('declare what is found by their plans alone', async () => {
    const git = repository([declares(source), declares(apps), declares(settings, appsPlan)])
    const ground = groundOf({ fleet: git })
    const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
    const query = { repository: 'fleet', commit: commitA, branches: ['main'], id }
    const ask = async () => (await ground.declarations.find(query, ground.signal)).kind
    assert.equal(await ask(), 'absent')
    const offer = (plans: PlansInForce['plans']) => {
      ground.setPlans(plans)
      return Promise.resolve()
    }
    await findPlans(ground.engineObjects, ground, { offer })
    assert.equal(await ask(), 'declared')
  })
})
