import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMap, idOf, plain, setUp } from './index-setup.ts'

const names = Array.from({ length: 30 }, (_, i) => `n${String(i).padStart(2, '0')}`)

describe('an index of many files', () => {
  test('problems and entries come in the order of their files, whichever was read first', async (t) => {
    const { git, index } = await setUp(t)
    const large = `# ${'x'.repeat(300_000)}\n`
    const files = Object.fromEntries(
      names.flatMap((name, i) => [
        [`prod/${name}-bad.yaml`, `${i % 3 === 0 ? large : ''}: {`],
        [`prod/${name}.yaml`, `${i % 3 === 1 ? large : ''}${configMap(name)}`],
      ]),
    )
    const [listing] = await index.list('fleet', await git.commit(files))
    assert.ok(listing !== undefined)
    assert.deepEqual(
      listing.problems.map(({ file }) => file),
      names.map((name) => `prod/${name}-bad.yaml`),
    )
    assert.deepEqual(
      listing.entries.map(({ id }) => id.name),
      names,
    )
  })

  test('a file that stays as it is is not read again, however little the caches hold', async (t) => {
    const { git, find } = await setUp(t, { limits: { cacheBytes: 0, cachedObjects: 0 } })
    const files = Object.fromEntries(names.map((name) => [`prod/${name}.yaml`, configMap(name)]))
    const absent = idOf('other')
    await find(await git.commit(files), absent)
    assert.equal(git.calls.blob, names.length)
    const changed = { ...files, 'prod/n03.yaml': configMap('n03', 'default', 'changed') }
    const second = await git.commit(changed)
    await find(second, absent)
    assert.equal(git.calls.blob, names.length + 1)
    const found = await find(second, idOf('n03'))
    assert.ok(found.kind === 'declared')
    assert.match(JSON.stringify(found.object.object), /changed/)
  })

  test('a file that moved says where it is now', async (t) => {
    const { git, find } = await setUp(t)
    await find(await git.commit({ 'prod/a.yaml': configMap('a') }), idOf('a'))
    const found = await find(await git.commit({ 'prod/b.yaml': configMap('a') }), idOf('a'))
    assert.ok(found.kind === 'declared')
    assert.equal(found.object.file, 'prod/b.yaml')
  })

  test('a link that becomes a file with the same bytes is read', async (t) => {
    const { git, find } = await setUp(t)
    const text = configMap('a')
    const link = await git.commit({ 'prod/a.yaml': { mode: '120000', target: text } })
    assert.equal((await find(link, idOf('a'))).kind, 'absent')
    const file = await git.commit({ 'prod/a.yaml': text })
    assert.equal((await find(file, idOf('a'))).kind, 'declared')
  })

  test('branches share what they have in common, and nothing else', async (t) => {
    const sources = [plain, { ...plain, branch: 'release' }, { ...plain, namespace: 'pay' }]
    const limits = { cacheBytes: 0, cachedObjects: 0 }
    const { git, index } = await setUp(t, { sources, limits })
    await index.list('fleet', await git.commit({ 'prod/a.yaml': configMap('a') }))
    const commit = await git.commit({ 'prod/a.yaml': configMap('a'), 'prod/x.txt': 'x' })
    const [main, release, pay] = await index.list('fleet', commit)
    assert.deepEqual(main?.entries, release?.entries)
    assert.equal(pay?.entries[0]?.id.namespace, 'pay')
    assert.equal(main?.entries[0]?.id.namespace, 'default')
    // One for each namespace that objects without one would get.
    assert.equal(git.calls.blob, 2)
  })

  test('a file that is too slow fails alone, and is tried again later', async (t) => {
    let now = 0
    const limits = { retryMs: 10, heapMb: 64 }
    const { git, find } = await setUp(t, { limits, now: () => now })
    const files = Object.fromEntries(names.map((name) => [`prod/${name}.yaml`, configMap(name)]))
    const hostile = `a: [${'{b: c}, '.repeat(400_000)}]`
    const commit = await git.commit({ ...files, 'prod/hostile.yaml': hostile })
    const first = await find(commit, idOf('other'))
    assert.ok(first.kind === 'absent')
    assert.deepEqual(
      first.problems.map(({ file }) => file),
      ['prod/hostile.yaml'],
    )
    for (const name of names) assert.equal((await find(commit, idOf(name))).kind, 'declared')
    const readOnce = git.calls.blob
    now = 20
    await find(commit, idOf('other'))
    assert.equal(git.calls.blob, readOnce + 1)
  })
})
