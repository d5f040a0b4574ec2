import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { engineEvidence } from '../../../src/core/provenance/engine-evidence.ts'
import { commitA, commitB, commitC, type FakeRepository } from '../../fakes/git.ts'
import { application, source as webSource, syncing } from '../engines/argo-cd/applications.ts'
import { ask, idle, said } from './asking-evidence.ts'
import {
  applicationController,
  apps,
  branchMain,
  declares,
  groundOf,
  repository,
  settings,
  source,
  subjectOf,
  withSpec,
  withStatus,
} from './engine-ground.ts'

/** All three are on main, whose head is the first. */
const commits = { [commitA]: branchMain, [commitB]: branchMain, [commitC]: branchMain }
const tagObject = 'd'.repeat(40)

async function claimed(asking: Parameters<typeof ask>[0]) {
  const evidence = await ask(asking)
  if (evidence.kind !== 'claims') return `${evidence.kind}: ${evidence.why}`
  return evidence.claims
    .map(
      ({ commit, plan }) => `${commit.slice(0, 3)} pin ${plan?.pin?.slice(0, 3)} ${plan?.branch}`,
    )
    .join(', ')
}

interface FluxScene {
  readonly ref: JsonObject
  /** Of the Kustomization. */
  readonly attempted: string
  /** What the GitRepository fetched last. */
  readonly fetched?: string
  readonly git?: Partial<FakeRepository>
}

function fluxScene({ ref, attempted, fetched = attempted, git = {} }: FluxScene) {
  const pinned = withStatus(withSpec(source, { ref }), { artifact: { revision: fetched } })
  const live = [withStatus(apps, { lastAttemptedRevision: attempted }), pinned]
  const fleet = repository([declares(apps), declares(pinned)], { commits, ...git })
  return { live, fleet }
}

describe('a Kustomization of a tag', () => {
  const v1 = { ref: { tag: 'v1' }, git: { tags: { v1: commitB } } }

  test('applies the commit that Git says the tag is', async () => {
    const scene = fluxScene({ ...v1, attempted: `v1@sha1:${commitB}` })
    assert.equal(await claimed(scene), 'bbb pin bbb main')
    const named = { ...v1, ref: { name: 'refs/tags/v1' } }
    const inFull = fluxScene({ ...named, attempted: `refs/tags/v1@sha1:${commitB}` })
    assert.equal(await claimed(inFull), 'bbb pin bbb main')
  })

  test('does not apply another commit of the branch, whatever its status says', async () => {
    for (const forged of [commitA, commitC, tagObject]) {
      const attempted = `v1@sha1:${forged}`
      for (const fetched of [attempted, `v1@sha1:${commitB}`]) {
        const text = await claimed(fluxScene({ ...v1, attempted, fetched }))
        assert.match(text, /^refused: .*Kustomization flux-system\/apps.*"v1"|^refused: .*tags\/v1/)
      }
    }
  })

  test('applies what the tag is by now, once the mirror has asked', async () => {
    const git = { tags: { v1: commitC }, afterRefresh: { tags: { v1: commitB } } }
    const { live, fleet } = fluxScene({ ref: { tag: 'v1' }, attempted: `v1@sha1:${commitB}`, git })
    const ground = groundOf({ live, fleet })
    const evidence = await engineEvidence('flux', subjectOf(), ground, 'seen')
    assert.equal(evidence.kind === 'claims' && evidence.claims[0]?.plan?.pin, commitB)
    assert.deepEqual(ground.refreshed, ['fleet'])
  })

  test('does not apply what the tag was before', async () => {
    const git = { tags: { v1: commitB }, afterRefresh: { tags: { v1: commitC } } }
    const known = fluxScene({ ref: { tag: 'v1' }, attempted: `v1@sha1:${commitB}`, git })
    assert.equal(await claimed(known), 'bbb pin bbb main')
    const moved = { tags: { v1: commitC } }
    const old = fluxScene({ ref: { tag: 'v1' }, attempted: `v1@sha1:${commitB}`, git: moved })
    assert.match(await claimed(old), /^refused: /)
  })

  test('applies nothing by a tag that Git does not have', async () => {
    const scene = fluxScene({ ref: { tag: 'v1' }, attempted: `v1@sha1:${commitB}` })
    assert.match((await said(scene))[0] ?? '', /^CommitNotOnBranch: .*refs\/tags\/v1/)
  })

  test('is followed before anything was fetched', async () => {
    const { live, fleet } = fluxScene({ ...v1, attempted: '', fetched: '' })
    const dry = { live: [idle, ...live.slice(1)], fleet, request: { dryRun: true } }
    assert.equal(await claimed(dry), 'bbb pin bbb main')
  })
})

describe('a Kustomization of a range of versions', () => {
  const ref = { semver: '>=1' }

  test('applies the commit that its GitRepository has fetched', async () => {
    const scene = fluxScene({ ref, attempted: `v1.2.0@sha1:${commitB}` })
    assert.equal(await claimed(scene), 'bbb pin bbb main')
  })

  test('applies no other, which would take back what is newer', async () => {
    const attempted = `v1.1.0@sha1:${commitC}`
    const scene = fluxScene({ ref, attempted, fetched: `v1.2.0@sha1:${commitB}` })
    assert.match(await claimed(scene), /^refused: .*applies c{12}.*b{12}/)
  })
})

describe('a Kustomization of a commit', () => {
  test('applies that commit and no other', async () => {
    const ref = { commit: commitB }
    assert.equal(
      await claimed(fluxScene({ ref, attempted: `sha1:${commitB}` })),
      'bbb pin bbb main',
    )
    const forged = fluxScene({ ref, attempted: `sha1:${commitC}` })
    assert.match(await claimed(forged), /^none: .*names now/)
  })
})

describe('an Application', () => {
  const tracked: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' },
    },
  }

  interface Scene {
    readonly targetRevision: string
    readonly sync: JsonObject
    readonly result?: JsonObject
    readonly git?: Partial<FakeRepository>
  }

  function scene({ targetRevision, sync, result, git = {} }: Scene) {
    const from = { ...webSource, targetRevision }
    const live = [
      syncing({ source: from, ...sync }, { spec: { source: from }, ...(result && { result }) }),
    ]
    return {
      engine: 'argo-cd',
      writer: 'argo',
      request: { user: applicationController, object: tracked },
      live,
      fleet: repository([declares(application({ spec: { source: from } }))], { commits, ...git }),
    } as const
  }

  const annotated = { kind: 'found', commit: commitB, object: tagObject } as const
  const git = { tags: { v1: annotated } }

  for (const targetRevision of ['v1', 'refs/tags/v1']) {
    test(`applies the commit of ${targetRevision}`, async () => {
      const ofTag = (sync: JsonObject) => scene({ targetRevision, git, sync })
      assert.equal(await claimed(ofTag({ revision: commitB })), 'bbb pin bbb main')
      assert.equal(await claimed(ofTag({ revision: targetRevision })), 'bbb pin bbb main')
    })

    test(`of ${targetRevision} applies no other commit, whatever its operation says`, async () => {
      for (const forged of [commitA, commitC]) {
        const sync = { revision: forged }
        const text = await claimed(scene({ targetRevision, git, sync }))
        assert.match(text, /^refused: .*Application argocd\/web applies/)
        const found = { targetRevision, git, sync: { revision: commitB } }
        const byResult = scene({ ...found, result: { revision: forged } })
        assert.match(await claimed(byResult), /^refused: /)
      }
    })
  }

  test('may name an annotated tag by the id of the tag itself', async () => {
    const sync = { revision: tagObject }
    assert.equal(await claimed(scene({ targetRevision: 'v1', git, sync })), 'bbb pin bbb main')
  })

  test('applies the newest commit of a tag, once the mirror has asked', async () => {
    const moving = { tags: { v1: commitC }, afterRefresh: { tags: { v1: commitB } } }
    for (const revision of [commitB, 'v1']) {
      const one = scene({ targetRevision: 'v1', git: moving, sync: { revision } })
      assert.equal(await claimed(one), 'bbb pin bbb main')
    }
  })

  test('of a commit applies that one', async () => {
    const pinned = { targetRevision: commitB, sync: { revision: commitB } }
    assert.equal(await claimed(scene(pinned)), 'bbb pin bbb main')
    const forged = scene({ ...pinned, sync: { revision: commitC } })
    assert.match(await claimed(forged), /^refused: .*another commit/)
    const byResult = scene({ ...pinned, result: { revision: commitC } })
    assert.match(await claimed(byResult), /^refused: .*another commit/)
  })

  test('of a branch that does not count applies nothing by the tag of that name', async () => {
    const both = { tags: { v1: { kind: 'ambiguous' } as const } }
    const one = scene({ targetRevision: 'v1', git: both, sync: { revision: commitB } })
    assert.match(await claimed(one), /^refused: .*both a tag and a branch/)
  })
})
