import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchAhead } from '../../../src/cli/estate/fetch-ahead.ts'
import { gitRepository } from '../../core/engines/flux/objects.ts'
import { branchMain, policy } from '../../core/provenance/engine-ground.ts'
import { commitA, commitB, fakeGit } from '../../fakes/git.ts'

const shows = (commit: string, url?: string) =>
  gitRepository({
    ...(url !== undefined && { spec: { url } }),
    status: { artifact: { revision: `main@sha1:${commit}` } },
  })

function fleet() {
  return fakeGit({ fleet: { commits: { [commitA]: branchMain } } })
}

test('a commit that no mirror has is fetched before anybody asks for it', async () => {
  const { repositories, refreshed } = fleet()
  await fetchAhead(shows(commitB), { policy, repositories })
  assert.deepEqual(refreshed, ['fleet'])
})

test('nothing is fetched for what is known, or is none of ours', async () => {
  const { repositories, refreshed } = fleet()
  await fetchAhead(shows(commitA), { policy, repositories })
  await fetchAhead(shows(commitB, 'https://git.example.com/other.git'), { policy, repositories })
  await fetchAhead(shows(commitB), { policy, repositories: new Map() })
  assert.deepEqual(refreshed, [])
})
