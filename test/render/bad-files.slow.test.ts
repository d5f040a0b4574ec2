import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Files } from './git-repository.ts'
import { configMap, idOf, setUp } from './index-setup.ts'

describe('bad files', () => {
  const bad: readonly (readonly [string, Files[string], number, RegExp])[] = [
    ['YAML that is not well-formed', 'a: 1\nb: [', 2, /not well-formed/],
    ['two readings', `${configMap('bad')}mode: 0644\n`, 5, /octal/],
    ['a NUL byte', 'a: "\0"', 1, /control character/],
    ['invalid UTF-8', Buffer.from('a: b\nc: \xff\n', 'latin1'), 2, /UTF-8/],
    ['a symbolic link', { mode: '120000', target: 'good.yaml' }, 1, /symbolic link/],
    ['a submodule', { mode: '160000', oid: '1'.repeat(40) }, 1, /submodule/],
    [
      'an LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      1,
      /LFS/,
    ],
    ['an object without a kind', 'apiVersion: v1\nmetadata: {name: x}\n', 1, /kind/],
    ['a value that is no object', '\n- a\n', 2, /not an object/],
    ['deep nesting', '['.repeat(20_000), 1, /./],
    ['101 levels', `a: ${'{b: '.repeat(100)}${'}'.repeat(100)}`, 1, /deeper/],
    ['an alias bomb', aliasBomb(), 4, /aliases/],
    ['a file over the limit', 'x'.repeat(300_000), 1, /larger/],
  ]
  for (const [title, content, line, message] of bad) {
    test(`${title} hides no object but its own, and is named with its line`, async (t) => {
      const { git, find, events } = await setUp(t, { limits: { fileBytes: 200_000 } })
      const commit = await git.commit({
        'prod/a.yaml': configMap('a'),
        'prod/bad.yaml': content,
        'prod/z.yaml': configMap('z'),
      })
      assert.equal((await find(commit, idOf('a'))).kind, 'declared')
      assert.equal((await find(commit, idOf('z'))).kind, 'declared')
      const found = await find(commit, idOf('bad'))
      assert.equal(found.kind, 'absent')
      const [problem] = found.problems
      assert.equal(`${problem?.file}:${problem?.line}`, `prod/bad.yaml:${line}`)
      assert.match(problem?.message ?? '', message)
      assert.ok(events.some((event) => event.kind === 'indexed' && event.problems.length === 1))
    })
  }

  test('what is declared in a file that can be read stays so, whatever another one names', async (t) => {
    const { git, find } = await setUp(t)
    await git.commit({ 'prod/old.yaml': configMap('moved') })
    const commit = await git.commit({
      'prod/old.yaml': `${configMap('moved')}mode: 0644\n`,
      'prod/new.yaml': configMap('moved'),
    })
    const found = await find(commit, idOf('moved'))
    assert.equal(found.kind === 'declared' && found.object.file, 'prod/new.yaml')
  })

  const named: readonly (readonly [string, string, readonly string[]])[] = [
    ['YAML', `${configMap('a')}mode: 0644\n---\n${configMap('b')}`, ['a', 'b']],
    [
      'quoted YAML',
      `metadata:\n  "name": 'a.b' # c\n  'name' : "c-d"\nmode: 0644\n`,
      ['a.b', 'c-d'],
    ],
    ['JSON', '{"metadata":{"name":"a"},"metadata":{"name" : "b"}}', ['a', 'b']],
    ['text that is no manifest', '- a\n', []],
  ]
  for (const [title, content, names] of named) {
    test(`${title} that cannot be read still says which names stand in it`, async (t) => {
      const { git, find } = await setUp(t)
      const found = await find(await git.commit({ 'prod/bad.yaml': content }), idOf('x'))
      assert.deepEqual(found.kind === 'absent' && found.problems.map((one) => one.names), [names])
    })
  }

  test('a document that cannot be read leaves the others of its file', async (t) => {
    const file = `${configMap('a')}---\nb: [\n---\n${configMap('c')}`
    const { git, index, find } = await setUp(t)
    const commit = await git.commit({ 'prod/a.yaml': file })
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
    assert.equal((await find(commit, idOf('c'))).kind, 'declared')
    assert.deepEqual(
      index.problems('fleet', commit)?.map(({ line }) => line),
      [6],
    )
  })

  test('a file of 100 MB is refused without being fetched', async (t) => {
    const { git, find } = await setUp(t)
    const commit = await git.commit({
      'prod/a.yaml': configMap('a'),
      'prod/huge.yaml': new Uint8Array(100 * 1024 * 1024),
    })
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
    assert.equal(git.calls.blob, 1)
  })

  test('a map of 40,000 keys is read, or its time ends; the files beside it are read', async (t) => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `  k${i}: v\n`).join('')
    const { git, find } = await setUp(t)
    const commit = await git.commit({
      'prod/a.yaml': configMap('a'),
      'prod/big.yaml': configMap('big').replace('data: {a: x}\n', `data:\n${keys}`),
    })
    assert.equal((await find(commit, idOf('a'))).kind, 'declared')
    assert.equal((await find(commit, idOf('big'))).kind, 'declared')
  })

  test('a file that takes too long is given up, and tried again later', async (t) => {
    const clock = { now: 0 }
    const limits = { fileMs: 1, retryMs: 1000 }
    const { git, find, index } = await setUp(t, { limits, now: () => clock.now })
    const slow = configMap('slow') + configMap('s', 'pay', 'w').replace(/^/gm, '# ').repeat(20_000)
    const commit = await git.commit({ 'prod/slow.yaml': `${slow}` })
    assert.equal((await find(commit, idOf('slow'))).kind, 'absent')
    const [problem] = index.problems('fleet', commit) ?? []
    assert.match(problem?.message ?? '', /too much time/)
    assert.deepEqual(problem?.names, ['slow', 's'])
    const built = git.calls.blob
    await find(commit, idOf('slow'))
    assert.equal(git.calls.blob, built)
    clock.now = 1001
    await find(commit, idOf('slow'))
    assert.equal(git.calls.blob, built + 1)
  })

  test('a source with too many files is refused as a whole, as a failure', async (t) => {
    const { git, find } = await setUp(t, { limits: { mostFiles: 1 } })
    const commit = await git.commit({
      'prod/a.yaml': configMap('a'),
      'prod/b.yaml': configMap('b'),
    })
    await assert.rejects(find(commit, idOf('a')), { code: 'RenderFailed' })
  })
})

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 20; i += 1) {
    const refs = Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')
    lines.push(`a${i}: &a${i} [${refs}]`)
  }
  return lines.join('\n')
}
