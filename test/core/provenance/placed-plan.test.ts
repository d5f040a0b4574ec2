import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { placePlan } from '../../../src/core/provenance/placed-plan.ts'
import type { CommitStatus } from '../../../src/core/provenance/repository.ts'
import { commitA, commitB, commitC, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { appsPlan, branchMain, now, policy, repository } from './engine-ground.ts'

const url = 'https://git.example.com/acme/fleet.git'
const { signal } = new AbortController()

interface Asking {
  readonly url?: string
  readonly plan?: Partial<Plan>
  readonly fleet?: FakeRepository
  readonly mayWait?: boolean
}

async function place({
  url: said = url,
  plan = {},
  fleet = repository([]),
  mayWait = true,
}: Asking) {
  const git = fakeGit({ fleet })
  const ground = { policy, repositories: git.repositories, ...(mayWait && { signal }) }
  const placed = await placePlan({ url: said, plan: { ...appsPlan, ...plan } }, ground)
  const text =
    placed.kind === 'placed'
      ? [placed.settings.name, placed.plan.branch, placed.plan.pin].filter(Boolean).join(' ')
      : `${placed.reason}: ${placed.why}`
  return { text, placed, refreshed: git.refreshed }
}

describe('a plan is placed', () => {
  test('in the repository that its URL means, on its branch', async () => {
    const { placed } = await place({})
    assert.ok(placed.kind === 'placed')
    assert.equal(placed.settings.name, 'fleet')
    assert.equal(placed.mirror.name, 'fleet')
    assert.deepEqual(placed.plan, appsPlan)
    assert.equal((await place({ url: 'ssh://git@git.example.com/acme/fleet' })).text, 'fleet main')
    assert.equal((await place({ plan: { branch: 'release' } })).text, 'fleet release')
  })

  test('on the first branch of the policy where it names none', async () => {
    assert.equal((await place({ plan: { branch: '' } })).text, 'fleet main')
  })

  test('on the branch that contains its pin, whatever branch it names', async () => {
    const status: CommitStatus = { kind: 'reachable', branches: ['release', 'main'] }
    const fleet = repository([], { commits: { [commitB]: status } })
    for (const branch of ['', 'main', 'feature']) {
      const { placed } = await place({ plan: { branch, pin: commitB }, fleet })
      assert.ok(placed.kind === 'placed')
      assert.equal(placed.plan.branch, 'release')
      assert.equal(placed.plan.pin, commitB)
    }
  })
})

describe('a plan has no place', () => {
  test('in a repository that the policy does not know; passwords are not shown', async () => {
    const { text } = await place({ url: 'https://bob:secret@git.example.com/acme/evil.git' })
    assert.match(
      text,
      /^RepositoryNotAllowed: Kustomization flux-system\/apps applies ".*evil\.git"/,
    )
    assert.doesNotMatch(text, /secret/)
  })

  test('while the repository has no mirror', async () => {
    const { text } = await place({ url: 'https://git.example.com/acme/other.git' })
    assert.match(text, /^MirrorStale: repository other has no mirror yet/)
  })

  test('on a branch that does not count', async () => {
    const { text } = await place({ plan: { branch: 'feature' } })
    assert.match(text, /^CommitNotOnBranch: .*follows "feature" of fleet; only main, release count/)
  })

  const statuses: readonly (readonly [string, CommitStatus])[] = [
    ['nobody knows', { kind: 'unknown' }],
    ['is on none of them', { kind: 'unreachable' }],
    ['is a tag', { kind: 'not-a-commit', type: 'tag' }],
  ]
  for (const [title, status] of statuses) {
    test(`at a pin that ${title}`, async () => {
      const fleet = repository([], { commits: { [commitB]: status } })
      const { text } = await place({ plan: { pin: commitB }, fleet })
      assert.match(text, /^CommitNotOnBranch: .*follows "b{40}" of fleet/)
    })
  }
})

describe('a pin that the mirror does not have', () => {
  const pushed: FakeRepository = {
    tips: { main: commitA },
    fetchedAt: now,
    afterRefresh: { commits: { [commitB]: branchMain } },
  }

  test('is fetched for once by whoever may wait', async () => {
    const { text, refreshed } = await place({ plan: { pin: commitB }, fleet: pushed })
    assert.equal(text, `fleet main ${commitB}`)
    assert.deepEqual(refreshed, ['fleet'])
  })

  test('is waited for by nobody else', async () => {
    const asking = { plan: { pin: commitB }, fleet: pushed, mayWait: false }
    const { text, refreshed } = await place(asking)
    assert.match(text, /^CommitNotOnBranch/)
    assert.deepEqual(refreshed, [])
  })

  test('is not fetched for where it is known', async () => {
    const fleet = { ...pushed, commits: { [commitB]: branchMain } }
    assert.deepEqual((await place({ plan: { pin: commitB }, fleet })).refreshed, [])
    const tag: CommitStatus = { kind: 'not-a-commit', type: 'tag' }
    const tagged = { ...pushed, commits: { [commitB]: tag } }
    assert.deepEqual((await place({ plan: { pin: commitB }, fleet: tagged })).refreshed, [])
  })
})

describe('a plan that follows a tag', () => {
  const onRelease: CommitStatus = { kind: 'reachable', branches: ['release', 'main'] }
  const tagged = (
    tags: FakeRepository['tags'] & {},
    commits: FakeRepository['commits'] & {} = { [commitB]: onRelease },
  ): FakeRepository => repository([], { tags, commits })

  for (const branch of ['v1', 'refs/tags/v1']) {
    test(`is pinned to its commit by ${branch}, without a fetch`, async () => {
      const { placed, text, refreshed } = await place({
        plan: { branch },
        fleet: tagged({ v1: commitB }),
      })
      assert.equal(text, `fleet release ${commitB}`)
      assert.ok(placed.kind === 'placed')
      assert.deepEqual(placed.plan, { ...appsPlan, branch: 'release', pin: commitB })
      assert.deepEqual(refreshed, [])
    })
  }

  test('knows the id of an annotated tag, which an engine may name too', async () => {
    const v1 = { kind: 'found', commit: commitB, object: commitC } as const
    const { placed } = await place({ plan: { branch: 'v1' }, fleet: tagged({ v1 }) })
    assert.ok(placed.kind === 'placed')
    assert.deepEqual([placed.plan.pin, placed.tagObject], [commitB, commitC])
  })

  test('follows the branch that counts and is called the same', async () => {
    const { text, refreshed } = await place({
      plan: { branch: 'main' },
      fleet: tagged({ main: commitB }),
    })
    assert.deepEqual([text, refreshed], ['fleet main', []])
    const inFull = { plan: { branch: 'refs/tags/main' }, fleet: tagged({ main: commitB }) }
    assert.equal((await place(inFull)).text, `fleet release ${commitB}`)
  })

  test('has no place where the tag is on no branch that counts, or no commit', async () => {
    const statuses: readonly CommitStatus[] = [
      { kind: 'unknown' },
      { kind: 'unreachable' },
      { kind: 'not-a-commit', type: 'tree' },
    ]
    for (const status of statuses) {
      const fleet = tagged({ v1: commitB }, { [commitB]: status })
      const { text } = await place({ plan: { branch: 'v1' }, fleet })
      assert.match(
        text,
        /^CommitNotOnBranch: .* tag "v1" of fleet, .*b{12}.* main, release.*[Mm]erge/,
      )
    }
  })

  test('has no place where another branch is called the same', async () => {
    const fleet = tagged({ v1: { kind: 'ambiguous' } })
    const { text } = await place({ plan: { branch: 'v1' }, fleet })
    assert.match(text, /^CommitNotOnBranch: .*"v1".*both a tag and a branch.*refs\/tags\//)
  })

  test('has no place where there is no such tag', async () => {
    for (const branch of ['v1', 'refs/tags/v1']) {
      const { text } = await place({ plan: { branch } })
      assert.match(text, /^CommitNotOnBranch: .*only main, release count, or a tag/)
    }
  })

  test('waits for the first visit', async () => {
    const { text } = await place({
      plan: { branch: 'v1' },
      fleet: tagged({ v1: { kind: 'unasked' } }),
    })
    assert.match(text, /^MirrorStale: .*tags.*Try again/)
  })

  const commits = { [commitB]: branchMain }
  const later = { afterRefresh: { tags: { v1: commitB }, commits } }
  const before: readonly (readonly [string, FakeRepository])[] = [
    ['new', repository([], later)],
    ['moved onto a branch that counts', repository([], { tags: { v1: commitC }, ...later })],
    ['alone by now', repository([], { tags: { v1: { kind: 'ambiguous' } }, commits, ...later })],
  ]
  for (const [title, fleet] of before) {
    test(`is fetched for once where the tag is ${title}, by whoever may wait`, async () => {
      const asking = { plan: { branch: 'v1' }, fleet }
      const { text, refreshed } = await place(asking)
      assert.deepEqual([text, refreshed], [`fleet main ${commitB}`, ['fleet']])
      const other = await place({ ...asking, mayWait: false })
      assert.match(other.text, /^CommitNotOnBranch/)
      assert.deepEqual(other.refreshed, [])
    })
  }
})
