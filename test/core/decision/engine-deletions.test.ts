import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { commitA, commitB, type FakeObject, type FakeRepository } from '../../fakes/git.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { application, running, automated } from '../engines/argo-cd/applications.ts'
import { configMap, gitRepository, kustomization } from '../engines/flux/objects.ts'
import {
  applicationController,
  apps,
  appsPlan,
  branchMain,
  declares,
  groundOf,
  idOf,
  labelled,
  now,
  planOf,
  policyWith,
  repository,
  rooted,
  settings,
  source,
  terminating,
  withSpec,
  withStatus,
  type Scene,
} from '../provenance/engine-ground.ts'
import { decideIn, verdictOf } from './engine-deciding.ts'

const engines = [declares(apps), declares(source)]

/** The head declares these, and its predecessor also the ConfigMap. */
function after(
  objects: readonly FakeObject[],
  before: readonly FakeObject[] = [...engines, declares(settings, appsPlan)],
  rest: Partial<FakeRepository> = {},
): FakeRepository {
  return repository([], {
    tips: { main: commitB },
    commits: { [commitA]: branchMain, [commitB]: branchMain },
    earlier: { [`main ${commitA}`]: now - 1 },
    declares: { [commitA]: before, [commitB]: objects },
    inForce: [appsPlan],
    ...rest,
  })
}

/** It has attempted the newest commit. */
const current = withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitB}` })
const removed = after(engines)
const live = [current, source]

function remove(scene: Scene = {}, changes: Partial<AdmissionRequest> = {}) {
  return verdictOf({ operation: 'DELETE', ...changes }, { fleet: removed, live, ...scene })
}

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

/** Of a Kustomization that declares the same in another place. */
function otherPlan(): Plan {
  const other = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
  return planOf(other, gitRepository())
}

describe('a Kustomization that does not prune', () => {
  const keeps = withSpec(current, { prune: false })
  const keeping = (objects: readonly JsonObject[], before = objects) =>
    after(
      [declares(keeps), declares(source), ...objects.map((one) => declares(one, appsPlan))],
      [declares(keeps), declares(source), ...before.map((one) => declares(one, appsPlan))],
    )
  const anew: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'kustomize.toolkit.fluxcd.io/force': 'enabled' },
    },
  }
  // What `declares` leaves out of the metadata.
  const asked = (object: JsonObject): FakeObject => ({ id: idOf(object), object, plan: appsPlan })

  test('deletes nothing but what asks to be made anew', async () => {
    const scene = { live: [keeps, source] }
    assert.match(
      await remove({ ...scene, fleet: keeping([], [settings]) }),
      /^EvidenceRefused: .*made anew/,
    )
    const fleet = after([declares(keeps), declares(source), asked(anew)])
    assert.equal(await remove({ ...scene, fleet }), 'VerifiedCommit')
    assert.match(await remove({ ...scene, fleet: keeping([settings]) }), /^StillDeclared/)
  })

  test('makes anew whatever it declares itself, where it is forced to', async () => {
    const forced = withSpec(keeps, { force: true })
    const engine = [declares(forced), declares(source)]
    const scene = { live: [forced, source] }
    const own = after([...engine, declares(settings, appsPlan)])
    assert.equal(await remove({ ...scene, fleet: own }), 'VerifiedCommit')
    const rest = { inForce: [appsPlan, otherPlan()] }
    const foreign = after([...engine, declares(settings, otherPlan())], undefined, rest)
    assert.match(await remove({ ...scene, fleet: foreign }), /^StillDeclared/)
    const fromPolicy = after([...engine, declares(settings)])
    assert.match(await remove({ ...scene, fleet: fromPolicy }), /^StillDeclared/)
  })
})

describe('a Kustomization that is being deleted', () => {
  const ending = terminating(current)
  /** Git has removed it, and its source stays. */
  const gone = after([declares(source), declares(settings, appsPlan)], undefined, { inForce: [] })

  test('takes along what only it declared', async () => {
    assert.equal(await remove({ live: [ending, source], fleet: gone }), 'VerifiedCommit')
  })

  test('takes along what it declared, whether its plan is still in force or not', async () => {
    const fleet = { ...gone, inForce: [appsPlan] }
    assert.equal(await remove({ live: [ending, source], fleet }), 'VerifiedCommit')
  })

  test('takes along nothing that the policy declares as well', async () => {
    const objects = [declares(source), declares(settings, appsPlan), declares(settings)]
    for (const inForce of [[], [appsPlan]]) {
      const fleet = after(objects, undefined, { inForce })
      assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    }
  })

  test('takes along nothing that another Kustomization declares as well', async () => {
    const objects = [
      declares(source),
      declares(settings, appsPlan),
      declares(settings, otherPlan()),
    ]
    for (const inForce of [[otherPlan()], [appsPlan, otherPlan()]]) {
      const fleet = after(objects, undefined, { inForce })
      assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    }
  })

  test('takes along nothing in which something of others is declared', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pay' } }
    const changes = {
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      name: 'pay',
      oldObject: labelled(namespace),
    }
    const own = [declares(source), declares(namespace, appsPlan), declares(settings, appsPlan)]
    const before = [...engines, ...own]
    const scene = { live: [ending, source] }
    for (const inForce of [[], [appsPlan]]) {
      const alone = after(own, before, { inForce })
      assert.equal(await remove({ ...scene, fleet: alone }, changes), 'VerifiedCommit')
      const shared = after([...own, declares(settings)], before, { inForce })
      assert.match(await remove({ ...scene, fleet: shared }, changes), /^StillDeclared/)
    }
  })

  test('takes along nothing while Git still declares it: somebody else deleted it', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)])
    assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    const unforced = { ...fleet, inForce: [] }
    assert.match(await remove({ live: [ending, source], fleet: unforced }), /^StillDeclared/)
    const otherwise = after([
      declares(withSpec(apps, { path: './x' })),
      declares(source),
      declares(settings, appsPlan),
    ])
    assert.match(await remove({ live: [ending, source], fleet: otherwise }), /^StillDeclared/)
    const elsewhere = { fleet: gone, other: repository([declares(apps)]) }
    assert.match(await remove({ live: [ending, source], ...elsewhere }), /^StillDeclared/)
  })

  test('takes along nothing while it may still be declared', async () => {
    const hiding = (name: string) => ({
      ...gone,
      problems: [{ file: 'a.yaml', line: 1, message: 'a tab', names: [name] }],
    })
    const scene = { live: [ending, source] }
    assert.match(await remove({ ...scene, fleet: hiding('apps') }), /^StillDeclared/)
    assert.equal(await remove({ ...scene, fleet: hiding('web') }), 'VerifiedCommit')
  })

  test('takes along nothing while it is a root of the policy', async () => {
    const scene = { policy: rooted, live: [ending, source], fleet: gone }
    assert.match(await remove(scene), /^StillDeclared/)
  })

  test('takes along nothing once there is a new one of its name', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)], undefined, { inForce: [] })
    const scene = { live, seen: [ending, source], fleet }
    assert.match(await remove(scene), /^StillDeclared/)
    // Not even where Git declares it nowhere.
    assert.match(await remove({ ...scene, fleet: gone }), /^(?:StillDeclared|EvidenceRefused)/)
  })

  test('takes along nothing once it is done, or keeps what it made', async () => {
    const done = { ...ending, metadata: { ...(ending['metadata'] as JsonObject), finalizers: [] } }
    assert.match(await remove({ live: [done, source], fleet: gone }), /^EvidenceMissing/)
    const suspended = withSpec(ending, { suspend: true })
    assert.match(await remove({ live: [suspended, source], fleet: gone }), /^EvidenceRefused/)
  })

  test('may outlive its source', async () => {
    const nothing = after([declares(settings, appsPlan)], undefined, { inForce: [] })
    assert.equal(await remove({ live: [ending], fleet: nothing }), 'VerifiedCommit')
    assert.match(await remove({ live: [current], fleet: nothing }), /^EvidenceMissing/)
    const never = after([], [declares(apps), declares(settings, appsPlan)], { inForce: [] })
    assert.match(await remove({ live: [ending], fleet: never }), /^EvidenceMissing/)
  })

  test('may outlive what its variables are read from', async () => {
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] }
    const vars = configMap('vars', { a: '1' })
    const varied = withSpec(ending, { postBuild })
    const plan = planOf(withSpec(apps, { postBuild }), source, vars)
    const before = [
      declares(withSpec(apps, { postBuild })),
      declares(source),
      declares(vars),
      declares(settings, plan),
    ]
    const fleet = after([declares(source)], before, { inForce: [] })
    assert.equal(await remove({ live: [varied, source], fleet }), 'VerifiedCommit')
    const unknown = after(
      [declares(source)],
      before.filter((_, i) => i !== 2),
      { inForce: [] },
    )
    assert.match(await remove({ live: [varied, source], fleet: unknown }), /^NotDeclared/)
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

test('whether an engine object is being deleted is asked of the cluster itself', async () => {
  const asked: string[] = []
  const ending = terminating(current)
  const gone = after([declares(source), declares(settings, appsPlan)], undefined, { inForce: [] })
  const ground = groundOf({ fleet: gone })
  const engineObjects = fakeEngineObjects([ending, source], [ending, source], { asked })
  const { verdict } = await decideIn({ ...ground, engineObjects }, { operation: 'DELETE' })
  assert.equal(verdict.reason, 'VerifiedCommit')
  assert.deepEqual(asked, ['Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps'])
})
