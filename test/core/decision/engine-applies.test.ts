import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { commitA, commitB, type FakeObject, type FakeRepository } from '../../fakes/git.ts'
import { kustomization } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  branchMain,
  declares,
  fleet,
  fluxLabels,
  hour,
  labelled,
  minute,
  now,
  planOf,
  policyWith,
  repository,
  settings,
  source,
  withSpec,
  withStatus,
  type Scene,
} from '../provenance/engine-ground.ts'
import { verdictOf } from './engine-deciding.ts'

const verdict = (scene: Scene = {}, changes: Partial<AdmissionRequest> = {}) =>
  verdictOf(changes, scene)
const withData = (data: JsonObject, labels = fluxLabels) => labelled({ ...settings, data }, labels)
const engines = [declares(apps), declares(source)]

describe('Flux applies', () => {
  test('what its Kustomization declares, with its own labels', async () => {
    assert.equal(await verdict(), 'VerifiedCommit')
    const update = { operation: 'UPDATE', oldObject: withData({ a: '0' }) } as const
    assert.equal(await verdict({}, update), 'VerifiedCommit')
  })

  const tampered: readonly (readonly [string, JsonObject])[] = [
    ['another value', withData({ a: '2' })],
    ['one more', withData({ a: '1', b: '2' })],
    ['one less', withData({})],
    ['one more label', withData({ a: '1' }, { ...fluxLabels, team: 'x' } as typeof fluxLabels)],
    ['an annotation', annotated({ 'a.b/c': 'd' })],
    ['an owner', owned()],
  ]
  for (const [title, object] of tampered) {
    test(`nothing that Git does not declare: ${title}`, async () => {
      assert.match(await verdict({}, { object }), /^ContentMismatch/)
    })
  }

  test('nothing with the labels of a Kustomization that does not declare it', async () => {
    const web = kustomization({
      metadata: { name: 'web', namespace: 'flux-system' },
      spec: { path: './web' },
    })
    const labels = { ...fluxLabels, 'kustomize.toolkit.fluxcd.io/name': 'web' }
    const git = repository([...engines, declares(web), declares(settings, appsPlan)], {
      inForce: [appsPlan, planOf(web, source)],
    })
    const scene = { live: [apps, web, source], fleet: git }
    const marked = { object: withData({ a: '1' }, labels) }
    assert.match(
      await verdict(scene, marked),
      /^NotDeclared: .*Kustomization flux-system\/web does not/,
    )
    assert.equal(await verdict(scene), 'VerifiedCommit')
  })

  test('nothing with labels that name nobody', async () => {
    const labels = { ...fluxLabels, 'kustomize.toolkit.fluxcd.io/name': 'gone' }
    const marked = { object: withData({ a: '1' }, labels) }
    assert.match(await verdict({}, marked), /^ContentMismatch/)
    assert.equal(await verdict({}, { object: settings }), 'VerifiedCommit')
  })

  test('nothing that the policy declares by itself', async () => {
    const git = repository([...engines, declares(settings)], { inForce: [appsPlan] })
    assert.match(
      await verdict({ fleet: git }),
      /^NotDeclared: .*Kustomization flux-system\/apps does not/,
    )
  })

  test('nothing that two engine objects declare in two ways', async () => {
    const web = kustomization({
      metadata: { name: 'web', namespace: 'flux-system' },
      spec: { path: './web' },
    })
    const webPlan = planOf(web, source)
    const other = { ...settings, data: { a: '2' } }
    const both = (second: JsonObject, inForce: readonly Plan[]) =>
      repository(
        [...engines, declares(web), declares(settings, appsPlan), declares(second, webPlan)],
        { inForce },
      )
    const live = [apps, web, source]
    for (const inForce of [[appsPlan, webPlan], [webPlan]]) {
      assert.match(
        await verdict({ live, fleet: both(other, inForce) }),
        /^NotDeclared: .*more than/,
      )
      assert.equal(await verdict({ live, fleet: both(settings, inForce) }), 'VerifiedCommit')
    }
  })

  test('what it declares by now, though its plan is not in force yet', async () => {
    assert.equal(await verdict({ fleet: { ...fleet, inForce: [] } }), 'VerifiedCommit')
    const before = planOf(withSpec(apps, { path: './before' }), source)
    const objects = [
      ...engines,
      declares(settings, appsPlan),
      declares({ ...settings, data: {} }, before),
    ]
    const git = repository(objects, { inForce: [before] })
    assert.equal(await verdict({ fleet: git }), 'VerifiedCommit')
  })

  test('nothing that another repository has, in the order of the policy', async () => {
    const mine = { ...fleet }
    const theirs = repository([declares(settings)])
    assert.equal(await verdict({ fleet: mine, other: theirs }), 'VerifiedCommit')
    const url = 'https://git.example.com/acme/other.git'
    const elsewhere = withSpec(source, { url })
    const engine = [declares(apps), declares(elsewhere)]
    const scene = {
      policy: policyWith(
        '',
        '  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet, other]}]\n',
      ),
      live: [apps, elsewhere],
      other: repository([declares(settings, appsPlan)], { inForce: [appsPlan] }),
    }
    assert.equal(await verdict({ ...scene, fleet: repository(engine) }), 'VerifiedCommit')
    const both = repository([...engine, declares(settings)])
    assert.match(await verdict({ ...scene, fleet: both }), /^EvidenceConflict/)
  })
})

function annotated(annotations: JsonObject): JsonObject {
  const object = labelled(settings)
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), annotations } }
}

function owned(): JsonObject {
  const object = labelled(settings)
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }]
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), ownerReferences } }
}

describe('an older commit', () => {
  const newer = { ...settings, data: { a: '2' } }
  const two = (
    rest: Partial<FakeRepository> = {},
    head: readonly FakeObject[] = [declares(newer, appsPlan)],
  ) =>
    repository([], {
      tips: { main: commitB },
      commits: { [commitA]: branchMain, [commitB]: branchMain },
      declares: {
        [commitA]: [...engines, declares(settings, appsPlan)],
        [commitB]: [...engines, ...head],
      },
      inForce: [appsPlan],
      ...rest,
    })

  test('is superseded, after grace', async () => {
    assert.match(await verdict({ fleet: two() }), /^CommitSuperseded/)
    const until = (ms: number) => ({ earlier: { [`main ${commitA}`]: now - ms } })
    assert.equal(await verdict({ fleet: two(until(10 * minute)) }), 'VerifiedCommit')
    assert.match(await verdict({ fleet: two(until(10 * minute + 1)) }), /^CommitSuperseded/)
    assert.match(await verdict({ fleet: two({}, []) }), /^CommitSuperseded/)
    assert.equal(
      await verdict({ fleet: two({}, [declares(settings, appsPlan)]) }),
      'VerifiedCommit',
    )
  })

  test('is superseded where the head has it by another Kustomization', async () => {
    const web = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
    const webPlan = planOf(web, source)
    const head = [declares(settings, webPlan)]
    const fleetNow = two({ inForce: [appsPlan, webPlan] }, head)
    assert.match(await verdict({ fleet: fleetNow, live: [apps, web, source] }), /^CommitSuperseded/)
  })

  test('counts where Git pins it, and no other does', async () => {
    const pinned = withSpec(source, { ref: { commit: commitA } })
    const pinnedPlan = planOf(apps, pinned)
    const engine = [declares(apps), declares(pinned)]
    const git = (rest: Partial<FakeRepository> = {}) =>
      repository([], {
        tips: { main: commitB },
        commits: { [commitA]: branchMain, [commitB]: branchMain },
        declares: {
          [commitA]: [declares(settings, pinnedPlan)],
          [commitB]: [...engine, declares(newer, appsPlan)],
        },
        ...rest,
      })
    const live = [withStatus(apps, { lastAttemptedRevision: `sha1:${commitA}` }), pinned]
    assert.equal(await verdict({ live, fleet: git() }), 'VerifiedCommit')
    // Somebody pinned it in the cluster alone.
    const declared = { [commitA]: [declares(settings, pinnedPlan)], [commitB]: engines }
    assert.match(
      await verdict({ live, fleet: git({ declares: declared }) }),
      /^EvidenceRefused: .*GitRepository.*ref\.commit/,
    )
    // It reports a commit that is not the one that Git pins.
    const other = withStatus(apps, { lastAttemptedRevision: `sha1:${commitB}` })
    assert.match(await verdict({ live: [other, pinned], fleet: git() }), /^EvidenceMissing/)
    // On no branch that counts.
    const commits = { [commitA]: { kind: 'unreachable' }, [commitB]: branchMain } as const
    assert.match(await verdict({ live, fleet: git({ commits }) }), /^CommitNotOnBranch/)
  })
})

describe('what Git says about the engine object itself', () => {
  test('is asked of the heads, and for grace of what was one', async () => {
    const old = withSpec(apps, { path: './old' })
    const oldPlan = planOf(old, source)
    const until = (ms: number) =>
      repository([], {
        tips: { main: commitB },
        commits: { [commitA]: branchMain, [commitB]: branchMain },
        earlier: { [`main ${commitA}`]: now - ms },
        declares: {
          [commitA]: [declares(old), declares(source), declares(settings, oldPlan)],
          [commitB]: [...engines, declares(settings, appsPlan)],
        },
      })
    const scene = { live: [old, source] }
    assert.equal(await verdict({ ...scene, fleet: until(0) }), 'VerifiedCommit')
    assert.match(await verdict({ ...scene, fleet: until(hour) }), /^EvidenceRefused: .*spec\.path/)
  })
})

describe('an engine writes scale', () => {
  const api: JsonObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'pay' },
    spec: { replicas: 3 },
  }
  const git = repository([...engines, declares(api, appsPlan)], { inForce: [appsPlan] })
  const scale = (replicas: number) => ({
    operation: 'UPDATE' as const,
    subresource: 'scale',
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: 'api',
    object: { metadata: { name: 'api', namespace: 'pay' }, spec: { replicas } },
    oldObject: { metadata: { name: 'api', namespace: 'pay' }, spec: { replicas: 1 } },
  })

  test('to the replicas that its plan declares', async () => {
    assert.equal(await verdict({ fleet: git }, scale(3)), 'VerifiedCommit')
    assert.match(await verdict({ fleet: git }, scale(5)), /^ContentMismatch: .*spec\.replicas/)
  })

  test('of nothing that no plan of it declares', async () => {
    const foreign = repository([...engines, declares(api)], { inForce: [appsPlan] })
    assert.match(await verdict({ fleet: foreign }, scale(3)), /^EvidenceMissing/)
    const labels = { metadata: { name: 'api', namespace: 'pay', labels: fluxLabels } }
    const marked = { ...scale(3), object: { ...labels, spec: { replicas: 3 } } }
    assert.match(await verdict({ fleet: foreign }, marked), /^EvidenceMissing/)
  })
})

describe('a writer that is asked for less', () => {
  const at = (verify: string) =>
    policyWith(
      '',
      `  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet], verify: ${verify}}]\n`,
    )
  const other = { object: withData({ a: '2' }) }
  const foreign = {
    name: 'x',
    object: labelled({ ...settings, metadata: { name: 'x', namespace: 'pay' } }),
  }

  test('still needs a commit that its engine object applies, and that it is governed', async () => {
    assert.equal(await verdict({ policy: at('declared') }, other), 'VerifiedCommit')
    assert.match(await verdict({ policy: at('declared') }, foreign), /^NotDeclared/)
    assert.equal(await verdict({ policy: at('commit') }, foreign), 'VerifiedCommit')
    const live = [withSpec(apps, { path: './evil' }), source]
    for (const verify of ['commit', 'declared']) {
      assert.match(await verdict({ policy: at(verify), live }), /^EvidenceRefused/)
    }
  })
})

test('no change of any leaf is allowed that Git does not declare', async () => {
  const leaf = fc.constantFrom(
    'data.a',
    'data.z',
    'metadata.labels.z',
    'metadata.annotations.z',
    'immutable',
  )
  const value = fc.oneof(fc.string(), fc.constant('1'), fc.boolean(), fc.integer())
  await fc.assert(
    fc.asyncProperty(leaf, value, async (path, written) => {
      const object = setAt(labelled(settings), path.split('.'), written)
      const isAsDeclared = path === 'data.a' && written === '1'
      const said = await verdict({}, { object })
      assert.equal(said === 'VerifiedCommit', isAsDeclared, `${path} ${String(written)}: ${said}`)
    }),
    { numRuns: 300 },
  )
})

function setAt(
  object: JsonObject,
  [key = '', ...rest]: readonly string[],
  value: string | boolean | number,
): JsonObject {
  const below = (object[key] ?? {}) as JsonObject
  return { ...object, [key]: rest.length === 0 ? value : setAt(below, rest, value) }
}
