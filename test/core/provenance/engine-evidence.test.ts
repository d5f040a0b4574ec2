import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { engineEvidence } from '../../../src/core/provenance/engine-evidence.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import { kustomization } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  branchMain,
  declares,
  fleet,
  groundOf,
  hour,
  labelled,
  now,
  planOf,
  policyWith,
  repository,
  settings,
  source,
  subjectOf,
  terminating,
  withSpec,
  withStatus,
} from './engine-ground.ts'

import { ask, idle, said, unmarked } from './asking-evidence.ts'

describe('an object that Flux marks', () => {
  test('is what the Kustomization of its labels applies now', async () => {
    assert.deepEqual(await said(), ['fleet aaa apps/prod'])
    const evidence = await ask()
    assert.deepEqual(evidence, {
      kind: 'claims',
      claims: [{ provider: 'flux', repository: 'fleet', commit: commitA, plan: appsPlan }],
    })
    const newer = withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitB}` })
    assert.deepEqual(await said({ live: [newer, source] }), ['fleet bbb apps/prod'])
  })

  test('is that of nobody else, whatever declares it', async () => {
    const web = kustomization({
      metadata: { name: 'web', namespace: 'flux-system' },
      spec: { path: './web' },
    })
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'web',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const marked = { live: [apps, web, source], request: { object: labelled(settings, labels) } }
    assert.match((await said(marked))[0] ?? '', /^EvidenceRefused: Kustomization flux-system\/web/)
    const declared = repository([declares(apps), declares(web), declares(source)])
    assert.deepEqual(await said({ ...marked, fleet: declared }), ['fleet aaa web'])
  })

  test('is asked by the new object, and on DELETE by the old one', async () => {
    const change = { operation: 'UPDATE', object: labelled(settings), oldObject: settings } as const
    assert.deepEqual(await said({ request: change }), ['fleet aaa apps/prod'])
    const gone = { operation: 'DELETE', object: null, oldObject: labelled(settings) } as const
    assert.deepEqual(await said({ request: gone }), ['fleet aaa apps/prod'])
  })

  test('says nothing while its Kustomization is idle, is being deleted, or has no source', async () => {
    const cases: readonly (readonly [readonly JsonObject[], RegExp])[] = [
      [[idle, source], /^none: Kustomization flux-system\/apps: it has attempted no revision/],
      [[terminating(apps), source], /^none: .*being deleted/],
      [[apps], /^none: .*GitRepository flux-system\/fleet does not exist/],
    ]
    for (const [live, why] of cases) assert.match((await said({ live }))[0] ?? '', why)
  })

  test('is refused with what is not from Git', async () => {
    const bucket = withSpec(apps, { sourceRef: { kind: 'Bucket', name: 'x' } })
    assert.match((await said({ live: [bucket, source] }))[0] ?? '', /^EvidenceRefused: .*Bucket/)
    const edited = withSpec(apps, { path: './evil' })
    assert.match(
      (await said({ live: [edited, source] }))[0] ?? '',
      /^EvidenceRefused: .*spec\.path/,
    )
  })

  test('is refused from a place that does not count', async () => {
    const foreign = withSpec(source, { url: 'https://evil.example.com/x' })
    const elsewhere = repository([declares(apps), declares(foreign)])
    assert.match(
      (await said({ live: [apps, foreign], fleet: elsewhere }))[0] ?? '',
      /^RepositoryNotAllowed/,
    )
    const feature = withSpec(source, { ref: { branch: 'feature' } })
    const live = [withStatus(apps, { lastAttemptedRevision: `feature@sha1:${commitA}` }), feature]
    const onFeature = repository([declares(apps), declares(feature)])
    assert.match((await said({ live, fleet: onFeature }))[0] ?? '', /^CommitNotOnBranch/)
  })

  test('is refused while its Kustomization cannot be judged', async () => {
    const stale = { ...fleet, fetchedAt: now - 2 * hour }
    assert.match((await said({ fleet: stale }))[0] ?? '', /^MirrorStale/)
    const pending = repository([], { declares: { [commitA]: 'pending' } })
    assert.match((await said({ fleet: pending }))[0] ?? '', /^IndexPending/)
  })

  test('may be pinned to a commit, which the mirror is asked for', async () => {
    const pinned = withSpec(source, { ref: { commit: commitB } })
    const live = [withStatus(apps, { lastAttemptedRevision: `sha1:${commitB}` }), pinned]
    const git: FakeRepository = repository([declares(apps), declares(pinned)], {
      afterRefresh: { commits: { [commitA]: branchMain, [commitB]: branchMain } },
    })
    const evidence = await ask({ live, fleet: git })
    assert.ok(evidence.kind === 'claims')
    assert.deepEqual(
      evidence.claims.map(({ commit, plan }) => [commit, plan?.pin, plan?.branch]),
      [[commitB, commitB, 'main']],
    )
  })
})

describe('an object without a mark', () => {
  test('is that of whatever declares it', async () => {
    assert.deepEqual(await said({ request: unmarked }), ['fleet aaa apps/prod'])
    const nothing = repository([declares(apps), declares(source)], { inForce: [appsPlan] })
    assert.deepEqual(await said({ request: unmarked, fleet: nothing }), [
      'none: nothing tells which object of flux applies it',
    ])
  })

  test('of which the mark names nothing that exists is one', async () => {
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'gone',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const request = { object: labelled(settings, labels) }
    assert.deepEqual(await said({ request }), ['fleet aaa apps/prod'])
  })

  test('is one on scale: what its body carries is up to the client', async () => {
    const web = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'web',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'pay' },
    }
    const declared = [
      declares(apps),
      declares(source),
      declares(web),
      declares(deployment, appsPlan),
    ]
    const request = {
      operation: 'UPDATE',
      subresource: 'scale',
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      name: 'api',
      object: labelled(settings, labels),
      oldObject: labelled(settings, labels),
    } as const
    const git = repository(declared, { inForce: [appsPlan] })
    assert.deepEqual(await said({ request, live: [apps, web, source], fleet: git }), [
      'fleet aaa apps/prod',
    ])
  })

  test('may be made from a declared generateName', async () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job' }
    const declared = {
      id: { group: 'batch', kind: 'Job', namespace: 'pay', name: '' },
      generateName: 'job-',
      object: job,
      plan: appsPlan,
    }
    const git = repository([declares(apps), declares(source), declared], { inForce: [appsPlan] })
    const request = {
      kind: { group: 'batch', version: 'v1', kind: 'Job' },
      resource: { group: 'batch', version: 'v1', resource: 'jobs' },
      name: '',
      object: { ...job, metadata: { generateName: 'job-', namespace: 'pay' } },
    }
    assert.deepEqual(await said({ request, fleet: git }), ['fleet aaa apps/prod'])
    const other = { ...request, object: { ...job, metadata: { generateName: 'x-' } } }
    assert.match((await said({ request: other, fleet: git }))[0] ?? '', /^none: nothing tells/)
  })

  test('of several that declare it alike is that of each of them', async () => {
    const web = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
    const webPlan = planOf(web, source)
    const both = [
      declares(apps),
      declares(web),
      declares(source),
      declares(settings, appsPlan),
      declares(settings, webPlan),
    ]
    const git = repository(both, { inForce: [appsPlan, webPlan] })
    const scene = { request: unmarked, fleet: git }
    assert.equal((await said({ ...scene, live: [apps, web, source] })).length, 2)
    assert.equal((await said({ ...scene, live: [idle, web, source] })).length, 1)
    const bucket = withSpec(web, { sourceRef: { kind: 'Bucket', name: 'x' } })
    assert.equal((await said({ ...scene, live: [apps, bucket, source] })).length, 1)
    const refusal = /^EvidenceRefused: Kustomization flux-system\/web: .*Bucket/
    assert.match((await said({ ...scene, live: [idle, bucket, source] }))[0] ?? '', refusal)
  })

  test('is not that of an engine whose account it is not', async () => {
    assert.match((await said({ engine: 'argo-cd', request: unmarked }))[0] ?? '', /^none: nothing/)
  })
})

describe('what is deleted, bears no mark and is declared by nobody', () => {
  const request = { operation: 'DELETE', object: null, oldObject: settings } as const
  const git = repository([declares(apps), declares(source)], { inForce: [appsPlan] })

  test('may be that of whoever deletes now', async () => {
    assert.deepEqual(await said({ request, fleet: git }), ['fleet aaa apps/prod'])
    assert.match(
      (await said({ request, fleet: git, live: [idle, source] }))[0] ?? '',
      /^none: Kust/,
    )
  })

  test('has at most three reasons', async () => {
    const many = Array.from({ length: 5 }, (_, i) =>
      withStatus(kustomization({ metadata: { name: `k${i}`, namespace: 'flux-system' } }), {
        lastAttemptedRevision: '',
      }),
    )
    const [why = ''] = await said({ request, fleet: git, live: [...many, source] })
    assert.equal(why.split(';').length, 3)
  })

  test('does without those that cannot be read', async () => {
    const ground = groundOf({ fleet: git })
    const varied = kustomization({
      metadata: { name: 'a', namespace: 'flux-system' },
      spec: { postBuild: { substituteFrom: [{ kind: 'Secret', name: 's' }] } },
    })
    const objects = [varied, apps, source]
    const unreachable = { unreachable: ['Secret. flux-system/s'] }
    const engineObjects = fakeEngineObjects(objects, objects, unreachable)
    const asked = { ...ground, engineObjects }
    const evidence = await engineEvidence('flux', subjectOf(request), asked, 'seen')
    assert.equal(evidence.kind === 'claims' && evidence.claims.length, 1)
    const alone = { ...ground, engineObjects: fakeEngineObjects([varied], [varied], unreachable) }
    const none = await engineEvidence('flux', subjectOf(request), alone, 'seen')
    assert.equal(none.kind, 'none')
    // The one that its mark names has to be read.
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'a',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const marked = subjectOf({ ...request, oldObject: labelled(settings, labels) })
    await assert.rejects(engineEvidence('flux', marked, asked, 'seen'), {
      code: 'ClusterUnreachable',
    })
  })
})

test('an engine that attests for nobody is asked for nothing', async () => {
  const policy = policyWith(
    '',
    '  writers: [{name: argo, subject: {user: a}, evidence: [argo-cd], repositories: [fleet]}]\n',
  )
  assert.deepEqual(await said({ policy }), ['none: flux attests for nobody'])
})

test('a live look is not content with what was seen', async () => {
  const scene = { live: [apps, source], seen: [idle, source] }
  assert.match((await said(scene))[0] ?? '', /^none/)
  assert.deepEqual(await said({ ...scene, freshness: 'live' }), ['fleet aaa apps/prod'])
})
