import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TreeFile } from '../../src/core/provenance/repository.ts'
import { start, watch } from './mirrors.ts'
import { makeRemote, makeTemporary, type Files, type Remote } from './remote.ts'

const lfsPointer =
  'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n'

async function everything(remote: Remote): Promise<Files> {
  const target = await remote.git(['hash-object', '-w', '--stdin'], '../secrets/key.yaml')
  const script = await remote.git(['hash-object', '-w', '--stdin'], '#!/bin/sh\n')
  return {
    'top.yaml': 'a: 1\n',
    'prod/a.yaml': 'a: 1\n',
    'prod/a-b.yaml': '',
    'prod/a/b.yaml': 'b: 1\n',
    'prod/run.sh': { mode: '100755', oid: script },
    'prod/link.yaml': { mode: '120000', oid: target },
    'prod/module': { mode: '160000', oid: 'd'.repeat(40) },
    'prod/large.bin': lfsPointer,
    'prod/[x]*?.yaml': 'glob: 1\n',
    'prod/späße 日本.yaml': 'utf8: 1\n',
    'prod/new\nline.yaml': 'n: 1\n',
    'production/b.yaml': 'b: 1\n',
  }
}

for (const path of ['', 'prod', 'prod/a', 'prod/a.yaml', 'prod/link.yaml', 'prod/module', 'none']) {
  void test(`the listing at "${path}" is that of git itself`, async (t) => {
    const remote = await makeRemote(t)
    const head = await remote.commit('main', await everything(remote))
    const { mirror } = await watch(t, remote)
    assert.deepEqual(await mirror.list(head, path), await listByGit(remote, head, path))
  })
}

void test('a path leads to the id of its tree or file, and nowhere else', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', await everything(remote))
  const { mirror } = await watch(t, remote)
  for (const path of ['prod', 'prod/a', 'prod/a.yaml', 'prod/link.yaml', 'prod/new\nline.yaml']) {
    const expected = await remote.git(['rev-parse', `${head}:${path}`])
    assert.equal(await mirror.treeAt(head, path), expected, path)
  }
  assert.equal(await mirror.treeAt(head, ''), await remote.git(['rev-parse', `${head}^{tree}`]))
  const nowhere = ['none', 'prod/none', 'prod/a.yaml/x', 'prod/link.yaml/x', 'prod/module/x']
  const tricks = ['../prod', 'prod/', '/prod', './prod', 'prod/../prod', 'prod\n', '^{tree}', '-x']
  for (const path of [...nowhere, ...tricks, 'prod/module']) {
    assert.equal(await mirror.treeAt(head, path), undefined, path)
  }
})

void test('a commit that is not there has no trees, and says so', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const tree = await remote.git(['rev-parse', `${head}^{tree}`])
  const { mirror } = await watch(t, remote)
  for (const oid of ['e'.repeat(40), tree]) {
    await assert.rejects(mirror.list(oid, ''), { code: 'GitFailed' })
    await assert.rejects(mirror.treeAt(oid, 'a'), { code: 'GitFailed' })
  }
  assert.equal(mirror.problem(), undefined)
})

void test('a file of 100 MB is refused by its size and read by nobody', async (t) => {
  const remote = await makeRemote(t)
  const large = Buffer.alloc(100 * 1024 * 1024, 'x')
  const head = await remote.commit('main', { 'large.yaml': large, 'small.yaml': 'a: 1\n' })
  const { mirror } = await watch(t, remote)
  const [file, small] = await mirror.list(head, '')
  assert.equal(file?.size, large.length)
  await assert.rejects(mirror.blob(file?.oid ?? '', 4 * 1024 * 1024), {
    code: 'GitOutputTooLarge',
  })
  const bytes = await mirror.blob(small?.oid ?? '', 5)
  assert.equal(Buffer.from(bytes).toString(), 'a: 1\n')
  await assert.rejects(mirror.blob(small?.oid ?? '', 4), { code: 'GitOutputTooLarge' })
})

void test('bytes arrive as they are, also in files of several megabytes and many at once', async (t) => {
  const remote = await makeRemote(t)
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const large = Buffer.alloc(3_000_000, bytes)
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`m/${i}`, Buffer.alloc(1000 * i, bytes)]),
  )
  const head = await remote.commit('main', { large, ...many })
  const { mirror } = await watch(t, remote)
  const [first, ...files] = await mirror.list(head, '')
  const read = await Promise.all(
    [first, ...files].map((file) => mirror.blob(file?.oid ?? '', 4_000_000)),
  )
  assert.ok(Buffer.from(read[0] ?? []).equals(large))
  for (const [i, file] of files.entries()) {
    const expected = many[file.path]
    assert.ok(expected !== undefined && Buffer.from(read[i + 1] ?? []).equals(expected), file.path)
  }
})

void test('a tree that repeats itself without end is refused', async (t) => {
  const remote = await makeRemote(t)
  let tree = await remote.git(['mktree'], `100644 blob ${await blobOf(remote)}\tf\n`)
  for (let level = 0; level < 7; level += 1) {
    const lines = Array.from({ length: 10 }, (_, i) => `040000 tree ${tree}\td${i}\n`)
    tree = await remote.git(['mktree'], lines.join(''))
  }
  const head = await remote.git(['commit-tree', '-m', 'bomb', tree])
  await remote.git(['update-ref', 'refs/heads/main', head])
  const { mirror } = await watch(t, remote)
  await assert.rejects(mirror.list(head, ''), { code: 'GitOutputTooLarge' })
  assert.equal((await mirror.list(head, 'd0/d0/d0/d0/d0')).length, 100)
})

void test('files are read while a fetch is replacing the heads', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const head = await remote.commit('main', { a: '1' })
  const { mirror } = await start(t, remote, { mirrorDir, repository: { poll: 1000 } })
  await mirror.refresh(AbortSignal.timeout(20_000))
  for (let i = 0; i < 5; i += 1) {
    await remote.commit('main', { a: String(i) })
    const [, files] = await Promise.all([
      mirror.refresh(AbortSignal.timeout(20_000)),
      mirror.list(head, ''),
    ])
    assert.equal(files.length, 1)
  }
})

async function blobOf(remote: Remote): Promise<string> {
  return remote.git(['hash-object', '-w', '--stdin'], 'x')
}

async function listByGit(remote: Remote, commit: string, path: string): Promise<TreeFile[]> {
  const args = ['ls-tree', '-r', '-l', '-z', commit, ...(path === '' ? [] : ['--', path])]
  const lines = (await remote.git(args)).split('\0').slice(0, -1)
  return lines.map((line) => {
    const [, mode = '', oid = '', size = '', name = ''] =
      /^(\d+) \w+ (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? []
    return { path: name, oid, mode, size: size === '-' ? 0 : Number(size) }
  })
}
