import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { placePlan } from '../../../src/core/provenance/placed-plan.ts'
import type { CommitStatus } from '../../../src/core/provenance/repository.ts'
import { commitA, commitB, fakeGit, type FakeRepository } from '../../fakes/git.ts'
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
      ? `${placed.settings.name} ${placed.plan.branch}`
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
    assert.equal(text, 'fleet main')
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
