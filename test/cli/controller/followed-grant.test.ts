import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FollowedGrant, isBurst } from '../../../src/cli/controller/followed-grant.ts'
import type { UseNews } from '../../../src/cli/controller/use-round.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import { begun, stored, updated, used } from '../../core/breakglass/tracking.ts'
import { write } from '../../core/breakglass/writes.ts'

const second = 1_000
const at = '2026-08-23T02:13:25Z'
const use = (n: number, after = 0, state: 'Admitted' | 'Committed' = 'Admitted') =>
  updated({ replicas: 3 }, { replicas: 5 }, { n, after, state })
const found = (n: number): UseNews => ({ n, state: 'Committed', confirmedAt: at, why: 'open' })
const promoted = (n: number, commit = commitA): UseNews => ({
  n,
  state: 'Committed',
  resolution: { kind: 'Promoted', repository: 'fleet', commit, at },
  unnecessary: true,
})
const numbers = (uses: readonly { readonly n: number }[]) => uses.map(({ n }) => n)

describe('the uses of a grant', () => {
  test('are looked at as soon as there are any, and no more than once a second', () => {
    const followed = new FollowedGrant()
    assert.equal(followed.isDue(begun), true)
    assert.deepEqual(numbers(followed.begin([use(1)], begun)), [1])
    followed.changed(begun + 10)
    assert.deepEqual(
      [begun + 10, begun + second].map((now) => followed.isDue(now)),
      [false, true],
    )
  })

  test('are looked at every fifteen seconds once they are stored, and at once when Git has moved', () => {
    const followed = new FollowedGrant()
    const open = [use(1, -9 * second, 'Committed'), use(2, -9 * second, 'Committed')]
    followed.begin(open, begun)
    assert.deepEqual(
      [14 * second, 15 * second].map((after) => followed.isDue(begun + after)),
      [false, true],
    )
    followed.hurry()
    assert.equal(followed.isDue(begun + second), true)
    assert.deepEqual(numbers(followed.begin(open, begun + second)), [1, 2])
  })

  test('that are stored do not wait for one that is not, nor it for them', () => {
    const followed = new FollowedGrant()
    const open = [use(1, -9 * second, 'Committed'), use(2, -9 * second)]
    assert.deepEqual(numbers(followed.begin(open, begun)), [1, 2])
    assert.deepEqual(numbers(followed.begin(open, begun + second)), [2])
    assert.deepEqual(numbers(followed.begin(open, begun + 15 * second)), [1, 2])
  })

  test('that were seen to be stored are, though it was not written down yet', () => {
    const followed = new FollowedGrant()
    followed.begin([use(1)], begun)
    followed.take([found(1)], begun)
    const [known] = followed.begin([use(1), use(2)], begun + 15 * second)
    assert.equal(known?.state, 'Committed')
    assert.deepEqual(numbers(followed.begin([use(1), use(2)], begun + 16 * second)), [2])
    const outcomes = followed.take([{ n: 2, state: 'Admitted' }], begun + 16 * second)
    assert.deepEqual(outcomes, [
      { n: 2, state: 'Admitted' },
      { n: 1, state: 'Committed', confirmedAt: at },
    ])
    assert.deepEqual([...followed.why], [[1, 'open']])
  })

  test('are resolved by what two looks in a row find', () => {
    const followed = new FollowedGrant()
    const look = (news: UseNews, after: number) => {
      followed.begin([use(1, 0, 'Committed')], begun + after)
      return followed.take([news], begun + after)[0]
    }
    assert.equal(look(promoted(1), 0)?.resolution, undefined)
    assert.equal(followed.isDue(begun + second), true)
    assert.equal(look(promoted(1, commitB), second)?.resolution, undefined)
    assert.equal(look({ n: 1, state: 'Committed', why: 'open' }, 2 * second)?.resolution, undefined)
    assert.equal(look(promoted(1, commitB), 3 * second)?.resolution, undefined)
    const sure = look(promoted(1, commitB), 4 * second)
    assert.deepEqual([sure?.resolution?.commit, sure?.unnecessary], [commitB, true])
    assert.deepEqual([...followed.why], [])
  })

  test('have time while many of them come, but not for ever', () => {
    const burst = (ages: readonly number[]) => {
      const open = ages.map((age, i) => use(i + 1, -age * second))
      return isBurst(open, begun)
    }
    assert.deepEqual([burst([1]), burst([0, 1, 5]), burst([0, 3, 5])], [false, true, false])
    assert.equal(burst([0, 1, 25]), false)
  })

  test('are looked at in between where others may write over them', () => {
    const followed = new FollowedGrant()
    const gone = used(write({ operation: 'DELETE', old: stored() }), { n: 3, state: 'Admitted' })
    const open = [use(1), use(2), gone]
    assert.deepEqual(numbers(followed.begin(open, begun)), [1, 2])
    assert.deepEqual(numbers(followed.begin(open, begun + 3 * second)), [1, 2, 3])
  })
})
