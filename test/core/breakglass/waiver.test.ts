import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findWaiver, isWaiverOf } from '../../../src/core/breakglass/waiver.ts'
import { commitA, commitB, commitC, type FakeRepository } from '../../fakes/git.ts'
import { begun, groundOf, minute, updated } from './tracking.ts'

const grant = 'bg-0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a11'
const said = `${grant} use 2: the node was replaced`
const tips = [{ repository: 'fleet', branch: 'main', commit: commitA }]
const use = updated({ replicas: 3 }, { replicas: 5 }, { grant, n: 2, tips })

describe('a waiver', () => {
  test('names the grant and the use, and says why', () => {
    assert.equal(isWaiverOf(said, use), true)
    for (const other of [
      `${grant} use 1: because`,
      `${grant} use 22: because`,
      `${grant} use 2:`,
      `${grant} use 2: `,
      `${grant} use 02: because`,
      `${grant}: because`,
      `all of ${said}`,
      `bg-0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a12 use 2: because`,
    ]) {
      assert.equal(isWaiverOf(other, use), false, other)
    }
  })

  const found = (repository: FakeRepository, one = use) =>
    findWaiver(one, groundOf({ git: repository }))
  const moved = { tips: { main: commitB }, trailers: { [`${commitA}..${commitB}`]: [said] } }

  test('counts at the head that it has come to since', async () => {
    assert.deepEqual(await found(moved), { repository: 'fleet', commit: commitB })
  })

  test('does not count before, in other words, nor in what came before the use', async () => {
    assert.equal(await found({ ...moved, trailers: {} }), undefined)
    assert.equal(await found({ ...moved, tips: { main: commitA } }), undefined)
    assert.equal(
      await found({ ...moved, trailers: { [`${commitC}..${commitB}`]: [said] } }),
      undefined,
    )
  })

  test('counts from the head on that we knew, where the use does not say', async () => {
    const bare = { ...use, tips: [] }
    assert.equal(await found(moved, bare), undefined)
    const earlier = { [`main ${commitA}`]: begun + minute, [`main ${commitC}`]: begun - minute }
    assert.deepEqual(await found({ ...moved, earlier }, bare), {
      repository: 'fleet',
      commit: commitB,
    })
  })
})
