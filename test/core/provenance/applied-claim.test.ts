import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { claimsOf } from '../../../src/core/provenance/applied-claim.ts'
import { commitA, commitB, commitC, type FakeRepository } from '../../fakes/git.ts'
import { url } from '../engines/flux/objects.ts'
import { appsPlan, branchMain, groundOf, hour, minute, now, repository } from './engine-ground.ts'

/** The head is the first; the second was it a minute ago, the third before that. */
const moved: Partial<FakeRepository> = {
  commits: { [commitA]: branchMain, [commitB]: branchMain, [commitC]: branchMain },
  earlier: { [`main ${commitB}`]: now - minute, [`main ${commitC}`]: now - 24 * hour },
}

async function claimed(digits: string, git: Partial<FakeRepository> = moved, pin?: string) {
  const ground = groundOf({ fleet: repository([], git) })
  const plan = { ...appsPlan, ...(pin !== undefined && { branch: '', pin }) }
  const applied = { url, plan, revision: { kind: 'head', digits } } as const
  const claims = await claimsOf({ name: 'flux' }, applied, ground)
  const said =
    'why' in claims
      ? `${claims.reason}: ${claims.why}`
      : claims.map(({ commit }) => commit.slice(0, 3)).join(' ')
  return { said, refreshed: ground.refreshed }
}

describe('what is known of a commit only in part', () => {
  test('is the head that begins so, however old', async () => {
    for (const commit of [commitA, commitB, commitC]) {
      const { said, refreshed } = await claimed(commit.slice(0, 12))
      assert.deepEqual([said, refreshed], [commit.slice(0, 3), []])
    }
  })

  test('is asked for once where no head is known to begin so', async () => {
    const afterRefresh = { tips: { main: commitB }, commits: moved.commits ?? {} }
    const { said, refreshed } = await claimed('bbbbbbbbbbbb', { afterRefresh })
    assert.deepEqual([said, refreshed], ['bbb', ['fleet']])
    assert.match((await claimed('dddddddddddd')).said, /^CommitUnknown: no head of main .*"d+"/)
  })

  test('is one of the heads within grace, where nothing is known', async () => {
    assert.equal((await claimed('')).said, 'aaa bbb')
  })

  test('is nothing but the pin', async () => {
    assert.equal((await claimed('bbbbbbbbbbbb', moved, commitB)).said, 'bbb')
    assert.equal((await claimed('', moved, commitB)).said, 'bbb')
    assert.match((await claimed('aaaaaaaaaaaa', moved, commitB)).said, /^EvidenceRefused/)
  })
})
