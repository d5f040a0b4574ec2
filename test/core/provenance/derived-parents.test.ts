import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { argoCd } from '../../../src/core/engines/argo-cd/argo-cd.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { readState, type Freshness } from '../../../src/core/provenance/engine-state.ts'
import { ungoverned } from '../../../src/core/provenance/governed.ts'
import { commitA } from '../../fakes/git.ts'
import { application } from '../engines/argo-cd/applications.ts'
import {
  declares,
  groundOf,
  idOf,
  planOf,
  policyWith,
  repository,
  terminating,
  withSpec,
  type Scene,
} from './engine-ground.ts'

const rows = (row = 'resources: [applications.argoproj.io], operations: [CREATE, UPDATE]') =>
  policyWith(`  derived:
  - name: sets
    subject: {serviceAccount: argocd/argocd-applicationset-controller}
    parent: {group: argoproj.io, kind: ApplicationSet, by: ownerReference}
    allow: [{${row}, fields: ["*"]}]
    reason: makes Applications
`)

const set: JsonObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'all', namespace: 'argocd', uid: 'set-1' },
  spec: { generators: [{ list: { elements: [] } }] },
}

function ownedBy(owner: JsonObject): JsonObject {
  const { name } = idOf(set)
  const own = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name, uid: 'set-1' }
  return application({ metadata: { ownerReferences: [{ ...own, ...owner }] } })
}

const made = ownedBy({})

interface Asking extends Scene {
  readonly object?: JsonObject
  /** The ApplicationSet in the cluster; null for none. */
  readonly parent?: JsonObject | null
  readonly freshness?: Freshness
}

async function ask(asking: Asking = {}) {
  const { object = made, parent = set, freshness = 'live', ...scene } = asking
  const live: Live = parent === null ? { kind: 'absent' } : { kind: 'found', object: parent }
  const ground = groundOf({
    policy: rows(),
    live: [object],
    fleet: repository([declares(set)]),
    cluster: { 'ApplicationSet argocd/all': live },
    ...scene,
  })
  const reading = {
    objects: ground.engineObjects,
    freshness: 'live',
    signal: ground.signal,
  } as const
  const state = (await readState(argoCd, idOf(object), reading)) ?? assert.fail()
  return (await ungoverned(state, { ground, freshness }))?.why ?? 'governed'
}

describe('an Application that an ApplicationSet makes', () => {
  test('counts while the ApplicationSet is as Git declares it', async () => {
    assert.equal(await ask(), 'governed')
  })

  test('counts while the ApplicationSet is being deleted', async () => {
    const earlier = { [`main ${commitA}`]: 1 }
    const head = 'd'.repeat(40)
    const fleet = { ...repository([declares(set)]), tips: { main: head }, earlier }
    assert.equal(await ask({ parent: terminating(set), fleet }), 'governed')
    assert.match(await ask({ fleet }), /nowhere/)
  })

  const attacks: readonly (readonly [string, Asking])[] = [
    ['the ApplicationSet was changed', { parent: withSpec(set, { generators: [] }) }],
    ['the ApplicationSet is gone', { parent: null }],
    ['Git does not declare the ApplicationSet', { fleet: repository([]) }],
    ['no row of the policy says so', { policy: policyWith() }],
    [
      'the row is for something else',
      { policy: rows('resources: [secrets], operations: [CREATE]') },
    ],
    [
      'the row makes none',
      { policy: rows('resources: [applications.argoproj.io], operations: [UPDATE]') },
    ],
    [
      'the row is for another namespace',
      {
        policy: rows(
          'resources: [applications.argoproj.io], operations: [CREATE], namespaces: [team]',
        ),
      },
    ],
    [
      'the row is for another name',
      { policy: rows('resources: [applications.argoproj.io], operations: [CREATE], names: [x]') },
    ],
    ['it names another uid', { object: ownedBy({ uid: 'set-2' }) }],
    ['it names no uid', { object: ownedBy({ uid: '' }) }],
    ['it names another kind of owner', { object: ownedBy({ kind: 'Application' }) }],
    ['it names another group', { object: ownedBy({ apiVersion: 'evil.io/v1' }) }],
    ['it names nobody', { object: application() }],
  ]
  for (const [title, asking] of attacks) {
    test(`does not count when ${title}`, async () => {
      assert.match(await ask(asking), /Application argocd\/web.* declared nowhere/)
    })
  }

  test('does not count when Git declares it itself, and otherwise', async () => {
    const fleet = repository([declares(set), declares(withSpec(made, { project: 'other' }))])
    assert.match(await ask({ fleet }), /not as fleet@a{12}.*spec\.project/)
    const tips = { main: commitA, release: 'e'.repeat(40) }
    assert.match(await ask({ fleet: { ...fleet, tips } }), /not as fleet@a{12}.*spec\.project/)
  })

  test('does not count while Git cannot be asked', async () => {
    assert.match(await ask({ fleet: { tips: {} } }), /fleet could not be fetched/)
  })

  test('does not count by declarations of plans that do not count', async () => {
    const plan = planOf(made)
    const fleet = repository([declares(set, plan)], { inForce: [plan] })
    const ground = groundOf({
      policy: rows(),
      live: [made],
      fleet,
      cluster: { 'ApplicationSet argocd/all': { kind: 'found', object: set } },
    })
    const { engineObjects: objects, signal } = ground
    const reading = { objects, freshness: 'seen', signal } as const
    const state = (await readState(argoCd, idOf(made), reading)) ?? assert.fail()
    const counts = ({ engine }: { engine?: object }) => engine === undefined
    const asking = { ground, freshness: 'live', counts } as const
    assert.match((await ungoverned(state, asking))?.why ?? '', /nowhere/)
    assert.equal(await ungoverned(state, { ground, freshness: 'live' }), undefined)
  })

  test('has a parent that a watch has seen, unless it is asked for anew', async () => {
    const changed = withSpec(set, { generators: [] })
    const seen = { live: [made, set], cluster: {} }
    assert.equal(await ask({ ...seen, freshness: 'seen' }), 'governed')
    await assert.rejects(ask({ ...seen, freshness: 'live' }), /nobody should read ApplicationSet/)
    const live = [made, changed]
    assert.match(await ask({ live, freshness: 'seen' }), /nowhere/)
    assert.equal(await ask({ live, freshness: 'live' }), 'governed')
    const other = { ...set, metadata: { ...idOf(set), uid: 'set-2' } }
    assert.match(await ask({ live: [made, other], freshness: 'seen' }), /nowhere/)
  })
})

describe('parents that are derived themselves', () => {
  const chain = (count: number): Readonly<Record<string, Live>> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`ApplicationSet argocd/s${i}`, found(level(i))]),
    )
  const found = (object: JsonObject): Live => ({ kind: 'found', object })
  const ownerOf = (i: number) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    name: `s${i}`,
    uid: `u${i}`,
  })
  const level = (i: number): JsonObject => ({
    ...set,
    metadata: {
      name: `s${i}`,
      namespace: 'argocd',
      uid: `u${i}`,
      ownerReferences: [ownerOf(i - 1)],
    },
  })
  const policy = rows(
    'resources: [applications.argoproj.io, applicationsets.argoproj.io], operations: [CREATE]',
  )
  const object = (i: number) => application({ metadata: { ownerReferences: [ownerOf(i)] } })

  test('count as long as the first one is declared, up to four of them', async () => {
    const fleet = repository([declares(level(0))])
    const cluster = chain(5)
    for (const i of [0, 1, 2, 3]) {
      assert.equal(await ask({ policy, fleet, cluster, object: object(i) }), 'governed')
    }
    assert.match(await ask({ policy, fleet, cluster, object: object(4) }), /nowhere/)
  })

  test('count for nothing in a circle', async () => {
    const owners = { metadata: { ownerReferences: [ownerOf(0)] } }
    const own = { ...level(0), metadata: { ...idOf(level(0)), uid: 'u0', ...owners.metadata } }
    const cluster = { 'ApplicationSet argocd/s0': found(own) }
    const fleet = repository([])
    assert.match(await ask({ policy, fleet, cluster, object: object(0) }), /nowhere/)
  })
})
