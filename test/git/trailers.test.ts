import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openLocalRepository } from '../../src/git/local-repository.ts'
import { searchPath } from './mirrors.ts'
import { makeRemote } from './remote.ts'

const key = 'Break-Glass-Resolves'
const now = () => 1_700_000_000_000

/** A commit of each message on top of the one before, oldest first. */
async function history(t: TestContext, messages: readonly string[]) {
  const { git, directory } = await makeRemote(t)
  const tree = await git(['write-tree'])
  const commits: string[] = []
  for (const message of messages) {
    const parents = commits.slice(-1).flatMap((one) => ['-p', one])
    commits.push(await git(['commit-tree', ...parents, tree], message))
  }
  await git(['update-ref', 'refs/heads/main', commits.at(-1) ?? ''])
  const options = { searchPath, now }
  const repository = await openLocalRepository('fleet', directory, ['main'], options)
  t.after(() => repository.stop())
  return { repository, commits }
}

void test('trailers are those of the commits in between, and of no text that looks like one', async (t) => {
  const { repository, commits } = await history(t, [
    `before\n\n${key}: bg-0\n`,
    `one\n\n${key}: bg-1\nSigned-off-by: somebody\n`,
    `two\n\n${key}: bg-x is only mentioned\n\nhere\n`,
    `three\n\n${key}: bg-2\n${key}: bg-3\n`,
  ])
  const [since = '', first = '', , until = ''] = commits
  assert.deepEqual(await repository.trailers(key, { since, until }), ['bg-2', 'bg-3', 'bg-1'])
  assert.deepEqual(await repository.trailers(key, { since, until: first }), ['bg-1'])
  // Nothing is newer than itself, nor an older one than a newer one.
  assert.deepEqual(await repository.trailers(key, { since: until, until }), [])
  assert.deepEqual(await repository.trailers(key, { since: until, until: since }), [])
})

void test('of a commit that nobody knows there are none, and no option is taken for one', async (t) => {
  const { repository, commits } = await history(t, [`one\n\n${key}: bg-1\n`])
  const [until = ''] = commits
  const unknown = 'e'.repeat(40)
  assert.deepEqual(await repository.trailers(key, { since: unknown, until }), [])
  assert.deepEqual(await repository.trailers(key, { since: '--all', until }), [])
})

void test('commits that were made before a moment say nothing about what came after', async (t) => {
  const { repository, commits } = await history(t, ['before\n', `one\n\n${key}: bg-1\n`])
  const [since = '', until = ''] = commits
  const range = { since, until }
  assert.deepEqual(await repository.trailers(key, { ...range, madeFrom: 0 }), ['bg-1'])
  const later = Date.now() + 3_600_000
  assert.deepEqual(await repository.trailers(key, { ...range, madeFrom: later }), [])
})
