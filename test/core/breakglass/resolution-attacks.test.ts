import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  becomes,
  declaring,
  found,
  manifest,
  minute,
  now,
  stored,
  updated,
  used,
} from './tracking.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { write } from './writes.ts'

const scaled = updated({ replicas: 3 }, { replicas: 5 })
const at = (replicas: number) => found(stored({ replicas }))
const three = declaring(manifest({ replicas: 3 }))
const silent = declaring(manifest())

// Alice has grants enough, and wants a post-mortem to look done while her image runs.
describe('a second use does not settle the first:', () => {
  const both = { replicas: 5, image: 'evil:1' }
  const first = updated({ replicas: 3 }, both, { grant: 'bg-1' })

  test('one field put right is not all of them', async () => {
    const second = updated(both, { replicas: 3, image: 'evil:1' }, { grant: 'bg-2', after: minute })
    const live = found(stored({ replicas: 3, image: 'evil:1' }))
    for (const git of [three, silent, declaring()]) {
      assert.match(await becomes(first, live, { git, others: [second] }), /^open/)
    }
  })

  test('there and back again leaves the first who wrote it open', async () => {
    const uses = (times: readonly number[]) => [
      updated({ replicas: 3 }, { replicas: 5 }, { grant: 'bg-1', n: 9, after: times[0] ?? 0 }),
      updated({ replicas: 5 }, { replicas: 7 }, { grant: 'bg-2', n: 1, after: times[1] ?? 0 }),
      updated({ replicas: 7 }, { replicas: 5 }, { grant: 'bg-3', n: 1, after: times[2] ?? 0 }),
    ]
    // Also within one second, in which no clock tells what was first.
    for (const times of [
      [0, minute, 2 * minute],
      [0, 0, 0],
      [2_000, 0, 1_000],
    ]) {
      const [one = assert.fail(), two = assert.fail(), three_ = assert.fail()] = uses(times)
      const during = { git: silent, others: [one, two] }
      assert.match(await becomes(one, at(7), during), /^open/)
      const after = { git: silent, others: [one, two, three_] }
      const said = [one, two, three_].map((use) => becomes(use, at(5), after))
      assert.match((await Promise.all(said))[0] ?? '', /^open/)
    }
  })

  test('a name that is taken again is not what was written', async () => {
    const metadata = { uid: 'd2', creationTimestamp: momentText(now - minute), generation: 1 }
    const evil = { replicas: 5, metadata }
    const recreated = used(write({ operation: 'CREATE', next: stored(evil) }), {
      grant: 'bg-2',
      after: 9 * minute,
    })
    const asking = { git: declaring(), others: [recreated] }
    assert.equal(await becomes(scaled, found(stored(evil)), asking), 'Deleted')
    assert.match(await becomes(recreated, found(stored(evil)), asking), /^open/)
    assert.match(await becomes(recreated, found(stored(evil)), { git: three }), /^open/)
  })

  test('an item of a list that nobody declares is not declared', async () => {
    const added = (image: string) => ({
      spec: {
        template: {
          metadata: { labels: { app: 'api' } },
          spec: {
            containers: [
              { name: 'main', image: 'a:1' },
              { name: 'miner', image },
            ],
          },
        },
      },
    })
    const use = updated({}, added('evil:1'))
    const live = found(stored(added('evil:1')))
    assert.match(await becomes(use, live, { git: three }), /^open/)
    assert.equal(await becomes(use, found(stored()), { git: three }), 'Reverted')
  })

  test('what belongs to no field is for the review', async () => {
    const owned = (manager: string) => ({ metadata: { managedFields: [{ manager }] } })
    const use = updated(owned('kubectl'), owned('me'))
    assert.match(await becomes(use, found(stored(owned('me'))), { git: three }), /^open: a review/)
  })
})
