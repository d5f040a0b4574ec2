import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { createIndex } from '../../src/render/declared-index.ts'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { IndexEvent } from '../../src/render/tree-indexes.ts'
import { makeRepository } from './git-repository.ts'
import { configMap, plain } from './index-setup.ts'

test('what a source reads before it is built fails like its build, and its like is kept', async (t) => {
  const git = await makeRepository()
  const failing = new GuardError('GitOutputTooLarge', 'the tree has more than 3 entries')
  const list: typeof git.trees.list = (commit, path) =>
    path.startsWith('built') ? Promise.reject(failing) : git.trees.list(commit, path)
  const built: Plan = { ...plain, path: 'built', renderer: 'kustomize' }
  const trees = { ...git.trees, list }
  const events: IndexEvent[] = []
  const index = createIndex({
    repositories: new Map([['fleet', { trees, sources: [built, plain] }]]),
    limits: { cachedObjects: 0 },
    now: () => 0,
    events: (event) => events.push(event),
  })
  t.after(async () => {
    await index.stop()
    await git[Symbol.asyncDispose]()
  })
  const commit = await git.commit({ 'prod/a.yaml': configMap('a') })
  await assert.rejects(index.keep('fleet', [commit]), { code: 'RenderFailed' })
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'index-failed' ? [event.source] : [])),
    ['built'],
  )
  await index.list('fleet', await git.commit({ 'prod/b.yaml': configMap('b') }))
  const [, kept] = await index.list('fleet', commit)
  assert.deepEqual(kept?.entries.length, 1)
  assert.equal(events.filter((event) => event.kind === 'indexed').length, 2)
})
