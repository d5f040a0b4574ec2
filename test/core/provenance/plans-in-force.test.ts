import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commitA } from '../../fakes/git.ts'
import { application } from '../engines/argo-cd/applications.ts'
import { configMap } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  declares,
  fleet,
  hour,
  now,
  repository,
  rooted,
  source,
  terminating,
  withSpec,
  type Scene,
} from './engine-ground.ts'

import { find, key, names, shopPlan, web, webPlan, shop } from './finding-plans.ts'

describe('the plan of an engine object is in force', () => {
  test('when a source of the policy declares it', async () => {
    const found = await find({ fleet: { ...fleet, inForce: [] } })
    assert.deepEqual(found.plans, ['Kustomization flux-system/apps'])
    assert.deepEqual(found.all.plans.get('fleet'), [appsPlan])
    assert.deepEqual(found.refused, {})
  })

  test('when a plan that is in force declares it, and so on, in whatever order', async () => {
    const declared = [
      declares(apps),
      declares(source),
      declares(web, appsPlan),
      declares(shop, webPlan),
    ]
    for (const live of [
      [apps, web, shop, source],
      [shop, web, apps, source],
    ]) {
      const found = await find({ live, fleet: repository(declared) })
      assert.deepEqual(found.plans, [
        'Kustomization flux-system/apps',
        'Kustomization flux-system/web',
        'Kustomization flux-system/shop',
      ])
      assert.deepEqual(found.refused, {})
      assert.deepEqual(
        found.rounds.map(({ length }) => length),
        [1, 2, 3],
      )
    }
  })

  test('when the policy names it as a root, and what it declares as well, itself included', async () => {
    const own = [declares(apps, appsPlan), declares(source, appsPlan), declares(web, appsPlan)]
    const found = await find({ policy: rooted, live: [apps, web, source], fleet: repository(own) })
    // Its own source is declared by its own plan: nobody can say that first.
    assert.deepEqual(found.plans, [])
    const withSource = [...own, declares(source)]
    const both = await find({
      policy: rooted,
      live: [apps, web, source],
      fleet: repository(withSource.filter((_, i) => i !== 1)),
    })
    assert.deepEqual(both.plans, [
      'Kustomization flux-system/apps',
      'Kustomization flux-system/web',
    ])
  })

  test('while it is suspended, or its automated syncs are', async () => {
    const suspended = withSpec(apps, { suspend: true })
    const found = await find({ live: [suspended, source], fleet: { ...fleet, inForce: [] } })
    assert.deepEqual(found.plans, ['Kustomization flux-system/apps'])
    const paused = withSpec(application(), { syncPolicy: null })
    const git = repository([declares(application())])
    assert.deepEqual((await find({ live: [paused], fleet: git })).plans, ['Application argocd/web'])
  })

  test('on its branch, in its repository, and at its pin', async () => {
    const release = withSpec(source, { ref: { branch: 'release' } })
    const declared = [declares(apps), declares(release)]
    const found = await find({ live: [apps, release], fleet: repository(declared) })
    assert.deepEqual(
      found.all.plans.get('fleet')?.map(({ branch, pin }) => [branch, pin]),
      [['release', undefined]],
    )
    const pinned = withSpec(source, { ref: { commit: commitA } })
    const git = repository([declares(apps), declares(pinned)])
    const at = await find({ live: [apps, pinned], fleet: git })
    assert.deepEqual(
      at.all.plans.get('fleet')?.map(({ branch, pin }) => [branch, pin]),
      [['main', commitA]],
    )
    const url = 'https://git.example.com/acme/other.git'
    const foreign = withSpec(source, { url })
    const elsewhere = repository([declares(apps), declares(foreign)])
    const of = await find({ live: [apps, foreign], fleet: elsewhere })
    assert.deepEqual(names(of.all.plans.get('other')), ['Kustomization flux-system/apps'])
    assert.equal(of.all.plans.get('fleet'), undefined)
  })

  test('while the mirror is stale: what it declares is not forgotten', async () => {
    const found = await find({ fleet: { ...fleet, inForce: [], fetchedAt: now - 3 * hour } })
    assert.deepEqual(found.plans, ['Kustomization flux-system/apps'])
  })
})

describe('the plan of an engine object is not in force', () => {
  const cases: readonly (readonly [string, Scene, RegExp])[] = [
    ['when nothing declares it', { fleet: repository([declares(source)]) }, /declared nowhere/],
    ['when nothing declares its source', { fleet: repository([declares(apps)]) }, /GitRepository/],
    [
      'when it was changed',
      { live: [withSpec(apps, { path: './evil' }), source] },
      /not as fleet@a{12} declares it: spec\.path/,
    ],
    ['while it is being deleted', { live: [terminating(apps), source] }, /being deleted/],
    ['while its source does not exist', { live: [apps] }, /does not exist/],
    [
      'when it is for another cluster',
      { live: [withSpec(apps, { kubeConfig: { secretRef: { name: 'x' } } }), source] },
      /another cluster/,
    ],
    [
      'when it applies what is not from Git',
      { live: [withSpec(apps, { sourceRef: { kind: 'Bucket', name: 'x' } }), source] },
      /Bucket/,
    ],
    [
      'when its repository is none of the policy',
      {
        live: [apps, withSpec(source, { url: 'https://evil.example.com/x' })],
        fleet: repository([
          declares(apps),
          declares(withSpec(source, { url: 'https://evil.example.com/x' })),
        ]),
      },
      /no repository of the policy/,
    ],
    [
      'when its branch does not count',
      {
        live: [apps, withSpec(source, { ref: { branch: 'feature' } })],
        fleet: repository([
          declares(apps),
          declares(withSpec(source, { ref: { branch: 'feature' } })),
        ]),
      },
      /follows "feature"/,
    ],
    [
      'while nobody knows what Git declares',
      { fleet: { tips: {} } },
      /fleet could not be fetched yet/,
    ],
  ]
  for (const [title, scene, why] of cases) {
    test(title, async () => {
      const found = await find({ fleet: { ...fleet, inForce: [] }, ...scene })
      assert.deepEqual(found.plans, [])
      assert.match(found.refused[key('apps')] ?? '', why)
    })
  }

  test('when only its own plan declares it', async () => {
    const own = [declares(apps, appsPlan), declares(source)]
    for (const inForce of [[], [appsPlan]]) {
      const found = await find({ fleet: repository(own, { inForce }) })
      assert.deepEqual(found.plans, [])
      assert.match(found.refused[key('apps')] ?? '', /nowhere/)
    }
  })

  test('when only two of them declare each other', async () => {
    const circle = [declares(source), declares(web, shopPlan), declares(shop, webPlan)]
    for (const inForce of [[], [webPlan, shopPlan]]) {
      const found = await find({
        live: [web, shop, source],
        fleet: repository(circle, { inForce }),
      })
      assert.deepEqual(found.plans, [])
    }
  })

  test('when only a plan that is not in force any more declares it', async () => {
    const git = repository([declares(source), declares(web, appsPlan)], { inForce: [appsPlan] })
    const found = await find({ live: [apps, web, source], fleet: git })
    assert.deepEqual(found.plans, [])
    // The engine object is there, with another plan.
    const moved = withSpec(apps, { path: './moved' })
    const declared = [declares(source), declares(moved), declares(web, appsPlan)]
    const after = repository(declared, { inForce: [appsPlan] })
    const now = await find({ live: [moved, web, source], fleet: after })
    assert.deepEqual(now.plans, ['Kustomization flux-system/apps'])
    assert.match(now.refused[key('web')] ?? '', /nowhere/)
  })

  test('when what it is read from is not declared', async () => {
    const varied = withSpec(apps, {
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'v' }] },
    })
    const vars = configMap('v', { a: '1' })
    const declared = [declares(varied), declares(source), declares(vars)]
    const scene = { live: [varied, source, vars], fleet: repository(declared) }
    assert.deepEqual((await find(scene)).plans, ['Kustomization flux-system/apps'])
    const edited = { ...scene, live: [varied, source, configMap('v', { a: '2' })] }
    assert.match(
      (await find(edited)).refused[key('apps')] ?? '',
      /ConfigMap flux-system\/v.*data\.a/,
    )
  })
})
