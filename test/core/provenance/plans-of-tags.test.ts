import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TagStatus } from '../../../src/core/provenance/repository.ts'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import { find, key } from './finding-plans.ts'
import {
  apps,
  branchMain,
  declares,
  planOf,
  repository,
  source,
  withSpec,
} from './engine-ground.ts'

const tagged = withSpec(source, { ref: { tag: 'v1' } })
const plan = { ...planOf(apps, tagged), branch: 'main' }
const live = [apps, tagged]

function fleet(v1: string | TagStatus, rest: Partial<FakeRepository> = {}): FakeRepository {
  return repository([declares(apps), declares(tagged)], {
    commits: { [commitA]: branchMain, [commitB]: branchMain },
    tags: { v1 },
    ...rest,
  })
}

const pinsOf = ({ all }: Awaited<ReturnType<typeof find>>) =>
  all.plans.get('fleet')?.map(({ branch, pin }) => [branch, pin])

describe('the plan in force of what follows a tag', () => {
  test('is pinned to what Git says the tag is, whatever the engine fetched', async () => {
    for (const pin of [commitA, commitB]) {
      assert.deepEqual(pinsOf(await find({ live, fleet: fleet(pin) })), [['main', pin]])
    }
  })

  test('stays as it was while the tags are not known yet', async () => {
    const inForce = [{ ...plan, pin: commitB }]
    const found = await find({ live, fleet: fleet({ kind: 'unasked' }, { inForce }) })
    assert.deepEqual(pinsOf(found), [['main', commitB]])
    assert.deepEqual(
      found.all.unknown.map(({ name }) => name),
      ['apps'],
    )
  })

  test('is none where the tag is gone, ambiguous, or on no branch that counts', async () => {
    const inForce = [{ ...plan, pin: commitB }]
    const statuses = [{ kind: 'absent' }, { kind: 'ambiguous' }, 'd'.repeat(40)] as const
    for (const status of statuses) {
      const found = await find({ live, fleet: fleet(status, { inForce }) })
      assert.deepEqual(found.plans, [])
      assert.match(found.refused[key('apps')] ?? '', /refs\/tags\/v1/)
    }
  })
})
