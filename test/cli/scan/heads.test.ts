import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formerCommits } from '../../../src/cli/scan/heads.ts'
import type { Repository } from '../../../src/core/provenance/repository.ts'
import { fakeGit } from '../../fakes/git.ts'

const head = 'f'.repeat(40)

function repository(): ReadonlyMap<string, Repository> {
  const [[name, fleet] = []] = fakeGit({ fleet: { tips: { main: head } } }).repositories
  assert.ok(name !== undefined && fleet !== undefined)
  const parents = Array.from({ length: 40 }, (_, i) => String(i).padStart(40, '0'))
  const firstParents = (_commit: string, most: number) => Promise.resolve(parents.slice(0, most))
  return new Map([[name, { ...fleet, firstParents }]])
}

const cases = [
  ['ten commits before the head are looked at', 100, 10],
  ['fewer where each of them declares much', 10_000, 3],
  ['none where one alone would be too much', 60_000, 0],
] as const
for (const [title, declared, expected] of cases) {
  test(title, async () => {
    const former = formerCommits(repository(), declared)
    assert.equal((await former('fleet', 'main')).length, expected)
    assert.deepEqual(await former('fleet', 'other'), [])
  })
}
