import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kustomization as kustomizationKind } from '../../../src/core/engines/flux/kustomization.ts'
import { flux } from '../../../src/core/engines/flux/flux.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { specDigest } from '../../../src/core/policy/roots.ts'
import { readState } from '../../../src/core/provenance/engine-state.ts'
import { ungoverned } from '../../../src/core/provenance/governed.ts'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import { configMap, secret } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  declares,
  fleet,
  groundOf,
  hour,
  idOf,
  minute,
  now,
  policyWith,
  repository,
  rooted,
  source,
  terminating,
  withSpec,
  type Scene,
} from './engine-ground.ts'

/** Why the Kustomization does not count, or `governed`. */
async function ask(scene: Scene = {}, counts?: Parameters<typeof ungoverned>[1]['counts']) {
  const ground = groundOf(scene)
  const { engineObjects: objects, signal } = ground
  const reading = { objects, freshness: 'live', signal } as const
  const state = (await readState(flux, idOf(apps), reading)) ?? assert.fail('no Kustomization')
  const against = await ungoverned(state, { ground, freshness: 'live', ...(counts && { counts }) })
  return against === undefined ? 'governed' : `${against.reason}: ${against.why}`
}

/** A repository of which one commit says something. */
function at(commit: string, objects: readonly JsonObject[], rest: Partial<FakeRepository> = {}) {
  const declared = objects.map((object) => declares(object))
  return repository([], { declares: { [commitA]: [], [commit]: declared }, ...rest })
}

const other = withSpec(apps, { path: './other' })

describe('an engine object counts', () => {
  test('when it and its source are as a head declares them', async () => {
    assert.equal(await ask(), 'governed')
    assert.equal(await ask({ fleet: at(commitA, [apps, source]) }), 'governed')
  })

  test('when any head of the repository declares it so', async () => {
    const release = { tips: { main: commitA, release: commitB } }
    const declared = [apps, source].map((one) => ({ ...declares(one), branch: 'release' }))
    const git = repository([], { ...release, declares: { [commitB]: declared } })
    assert.equal(await ask({ fleet: git }), 'governed')
  })

  test('when another repository of the policy declares it', async () => {
    const git = at(commitA, [apps, source])
    assert.equal(await ask({ fleet: repository([]), other: git }), 'governed')
  })

  test('for grace after a head declared it so', async () => {
    const once = (until: number) =>
      at(commitB, [apps, source], { earlier: { [`main ${commitB}`]: until } })
    assert.equal(await ask({ fleet: once(now - 10 * minute) }), 'governed')
    assert.match(await ask({ fleet: once(now - 10 * minute - 1) }), /^EvidenceRefused: .*nowhere/)
  })

  test('while it is not yet as the newest head declares it', async () => {
    const git = (until: number) =>
      repository([declares(other), declares(source)], {
        earlier: { [`main ${commitB}`]: until },
        declares: {
          [commitA]: [declares(other), declares(source)],
          [commitB]: [declares(apps), declares(source)],
        },
      })
    assert.equal(await ask({ fleet: git(now) }), 'governed')
    const refusal = /^EvidenceRefused: Kustomization flux-system\/apps.*fleet@a{12}.*spec\.path/
    assert.match(await ask({ fleet: git(now - hour) }), refusal)
  })

  test('while it is being deleted, as whichever head declared it last', async () => {
    const live = [terminating(apps), terminating(source)]
    const earlier = { [`main ${commitB}`]: now - 30 * 24 * hour }
    const declared = at(commitB, [apps, source], { earlier })
    assert.equal(await ask({ live, fleet: declared }), 'governed')
    assert.match(await ask({ live: [apps, source], fleet: declared }), /nowhere/)
    assert.match(await ask({ live, fleet: at(commitB, [apps, source]) }), /nowhere/)
    assert.match(
      await ask({ live, fleet: at(commitB, [other, source], { earlier }) }),
      /spec\.path/,
    )
    // Each by itself: its source is still there, and declared by nobody.
    assert.match(await ask({ live: [terminating(apps), source], fleet: declared }), /GitRepository/)
  })
})

describe('an engine object does not count', () => {
  test('when nothing declares it, and the answer says what to do', async () => {
    const said = await ask({ fleet: at(commitA, [source]) })
    assert.equal(
      said,
      'EvidenceRefused: Kustomization flux-system/apps, which says what is applied, is declared nowhere: declare it in Git, or name it as a root of the policy',
    )
  })

  for (const [title, spec] of [
    ['another path', { path: './evil' }],
    ['a patch', { patches: [{ patch: 'evil' }] }],
    ['variables', { postBuild: { substitute: { a: 'evil' } } }],
    ['another source', { sourceRef: { kind: 'GitRepository', name: 'evil' } }],
  ] as const) {
    test(`when somebody gave it ${title}`, async () => {
      const said = await ask({ live: [withSpec(apps, spec), source] })
      assert.match(said, /^EvidenceRefused: Kustomization flux-system\/apps.*is not as fleet@a{12}/)
    })
  }

  test('in another namespace or under another name than the declared one', async () => {
    for (const metadata of [{ namespace: 'team' }, { name: 'web' }]) {
      const elsewhere = { ...apps, metadata: { ...idOf(apps), ...metadata } }
      assert.match(await ask({ fleet: at(commitA, [elsewhere, source]) }), /nowhere/)
    }
  })

  test('when two files declare it, or the head cannot be read', async () => {
    const twice = repository([], { declares: { [commitA]: 'duplicate' } })
    assert.match(await ask({ fleet: twice }), /^EvidenceRefused: .*more than once/)
    const broken = repository([], { declares: { [commitA]: 'broken' } })
    assert.match(await ask({ fleet: broken }), /^EvidenceRefused: .*cannot be indexed/)
  })

  test('when what is applied is decrypted on the way', async () => {
    const declared = { ...declares(apps), isEncrypted: true as const }
    const { declares: _, ...rest } = fleet
    const git = { ...rest, declares: { [commitA]: [declared, declares(source)] } }
    assert.match(await ask({ fleet: git }), /^EvidenceRefused: .*encrypted/)
  })

  test('while its repository is not read or not fetched', async () => {
    assert.match(await ask({ fleet: { tips: {} } }), /^MirrorStale/)
    const pending = repository([], { declares: { [commitA]: 'pending' } })
    assert.match(await ask({ fleet: pending }), /^IndexPending/)
    // What an older head says has to wait for that.
    const said = { [commitA]: 'pending', [commitB]: [declares(apps), declares(source)] } as const
    const earlier = { [`main ${commitB}`]: now }
    assert.match(await ask({ fleet: repository([], { declares: said, earlier }) }), /^IndexPending/)
  })

  test('when the mirror that declares it is stale', async () => {
    const fetched = (fetchedAt: number) => ask({ fleet: { ...fleet, fetchedAt } })
    assert.equal(await fetched(now - hour), 'governed')
    assert.match(await fetched(now - hour - 1), /^MirrorStale: .*fleet/)
  })
})

describe('of several repositories', () => {
  const good = at(commitA, [apps, source])
  const evil = at(commitA, [other, source])

  test('the first one that declares it has the say', async () => {
    assert.match(await ask({ fleet: evil, other: good }), /spec\.path/)
    assert.equal(await ask({ fleet: good, other: evil }), 'governed')
  })

  test('none takes over while an earlier one may declare it', async () => {
    const states: readonly (readonly [string, FakeRepository])[] = [
      ['MirrorStale', { tips: {} }],
      ['IndexPending', repository([], { declares: { [commitA]: 'pending' } })],
      ['EvidenceRefused', repository([], { declares: { [commitA]: 'broken' } })],
      ['EvidenceRefused', repository([], { declares: { [commitA]: 'duplicate' } })],
    ]
    for (const [reason, first] of states) {
      assert.match(await ask({ fleet: first, other: good }), new RegExp(`^${reason}`))
    }
    const hiding = (names: readonly string[]) =>
      repository([], { problems: [{ file: 'a.yaml', line: 3, message: 'a tab', names }] })
    assert.match(await ask({ fleet: hiding(['apps']), other: good }), /^EvidenceRefused: .*a\.yaml/)
    assert.equal(await ask({ fleet: hiding(['web']), other: good }), 'governed')
  })

  test('later ones are not waited for', async () => {
    assert.equal(await ask({ fleet: good, other: { tips: {} } }), 'governed')
  })
})

describe('a root of the policy', () => {
  const nothing = repository([declares(source)])

  test('by name alone counts whatever its spec is, and its source does not for that', async () => {
    assert.equal(await ask({ policy: rooted, fleet: nothing }), 'governed')
    assert.equal(await ask({ policy: rooted, fleet: nothing, live: [other, source] }), 'governed')
    assert.match(await ask({ policy: rooted, fleet: repository([]) }), /GitRepository.*nowhere/)
  })

  test('by digest counts with that spec alone', async () => {
    const of = (object: JsonObject) =>
      policyWith(
        `  roots: [{resource: kustomizations.kustomize.toolkit.fluxcd.io, namespace: flux-system, name: apps, digest: "${specDigest(object)}"}]\n`,
      )
    assert.equal(await ask({ policy: of(apps), fleet: nothing }), 'governed')
    assert.match(await ask({ policy: of(other), fleet: nothing }), /nowhere/)
    // Git may declare it as well, as Flux does with itself.
    assert.equal(await ask({ policy: of(other) }), 'governed')
  })
})

describe('what an engine object is read from', () => {
  const substituting = withSpec(apps, {
    postBuild: {
      substituteFrom: [
        { kind: 'ConfigMap', name: 'vars' },
        { kind: 'Secret', name: 'keys', optional: true },
      ],
    },
  })
  const vars = configMap('vars', { a: '1' })
  const keys = secret('keys', { b: '2' })
  const declared = at(commitA, [substituting, source, vars, keys])

  test('must be as Git declares it', async () => {
    assert.equal(
      await ask({ live: [substituting, source, vars, keys], fleet: declared }),
      'governed',
    )
    const changes: readonly (readonly [string, readonly JsonObject[]])[] = [
      ['GitRepository.*spec\\.url', [withSpec(source, { url: 'https://x/y' }), vars, keys]],
      ['ConfigMap flux-system/vars.*data\\.a', [source, configMap('vars', { a: '2' }), keys]],
      [
        'ConfigMap flux-system/vars.*data\\.z',
        [source, configMap('vars', { a: '1', z: '' }), keys],
      ],
      ['Secret flux-system/keys.*data\\.b', [source, vars, secret('keys', { b: '3' })]],
    ]
    for (const [message, needs] of changes) {
      const said = await ask({ live: [substituting, ...needs], fleet: declared })
      assert.match(said, new RegExp(`^EvidenceRefused: ${message}`))
      assert.doesNotMatch(said, /"3"|Mw==/)
    }
  })

  test('must be declared at all', async () => {
    for (const missing of [source, vars, keys]) {
      const rest = [substituting, source, vars, keys].filter((one) => one !== missing)
      const said = await ask({
        live: [substituting, source, vars, keys],
        fleet: at(commitA, rest),
      })
      assert.match(said, new RegExp(`^EvidenceRefused: ${idOf(missing).kind} .*nowhere`))
    }
  })

  test('counts for nothing by being derived from what is declared, unless it is an engine object', async () => {
    const instance: JsonObject = {
      apiVersion: 'kro.run/v1alpha1',
      kind: 'Shop',
      metadata: { name: 'shop', namespace: 'flux-system', uid: 'i1' },
      spec: {},
    }
    const labels = {
      'kro.run/instance-name': 'shop',
      'kro.run/instance-namespace': 'flux-system',
      'kro.run/instance-id': 'i1',
      'kro.run/instance-group': 'kro.run',
      'kro.run/instance-kind': 'Shop',
    }
    const scene = {
      policy: policyWith('  exceptions: [{preset: kro}]\n'),
      cluster: { 'Shop flux-system/shop': { kind: 'found', object: instance } },
    } as const
    const marked = (object: JsonObject) => ({ ...object, metadata: { ...idOf(object), labels } })
    const rest = [instance, source, keys]
    const live = [substituting, source, marked(vars), keys]
    const said = await ask({ ...scene, live, fleet: at(commitA, [...rest, substituting]) })
    assert.match(said, /^EvidenceRefused: ConfigMap flux-system\/vars.*nowhere/)
    const made = [marked(substituting), source, vars, keys]
    assert.equal(
      await ask({ ...scene, live: made, fleet: at(commitA, [...rest, vars]) }),
      'governed',
    )
  })

  test('is not asked about while it does not exist', async () => {
    const live = [substituting, source, vars]
    assert.equal(await ask({ live, fleet: at(commitA, live) }), 'governed')
  })

  test('need not be governed where it only follows', async () => {
    const state = {
      reference: idOf(apps),
      engine: flux,
      kind: kustomizationKind,
      object: apps,
      needs: [{ ...idOf(source), isGoverned: false, isOptional: false }],
      found: new Map([[`GitRepository.source.toolkit.fluxcd.io flux-system/fleet`, source]]),
    }
    const ground = groundOf({ fleet: at(commitA, [apps]) })
    assert.equal(await ungoverned(state, { ground, freshness: 'live' }), undefined)
    const governed = { ...state, needs: state.needs.map((one) => ({ ...one, isGoverned: true })) }
    assert.match((await ungoverned(governed, { ground, freshness: 'live' }))?.why ?? '', /nowhere/)
  })
})

describe('declarations of plans that do not count', () => {
  test('are none', async () => {
    const byItself = [declares(apps, appsPlan), declares(source)]
    const git = repository(byItself, { inForce: [appsPlan] })
    assert.equal(await ask({ fleet: git }), 'governed')
    const ofSources = ({ engine }: { engine?: object }) => engine === undefined
    assert.match(await ask({ fleet: git }, ofSources), /apps.*nowhere/)
    const both = repository([...byItself, declares(apps)], { inForce: [appsPlan] })
    assert.equal(await ask({ fleet: both }, ofSources), 'governed')
    assert.equal(await ask({ fleet: git }, () => true), 'governed')
  })

  test('cannot be brought in by a root of another kind', async () => {
    const named = policyWith(
      '  roots: [{resource: helmreleases.helm.toolkit.fluxcd.io, namespace: flux-system, name: apps}]\n',
    )
    assert.match(await ask({ policy: named, fleet: repository([]) }), /apps.*nowhere/)
  })
})
