import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { test } from 'node:test'
import type { TagMove } from '../../src/git/mirror-event.ts'
import { openLocalRepository } from '../../src/git/local-repository.ts'
import { searchPath, start, unstarted, watch, type Watched } from './mirrors.ts'
import { makeRemote, makeTemporary } from './remote.ts'

const absent = { kind: 'absent' } as const
const ambiguous = { kind: 'ambiguous' } as const

function tagMoves({ events }: Pick<Watched, 'events'>): readonly (readonly TagMove[])[] {
  return events.flatMap((event) => (event.kind === 'tags-moved' ? [event.moves] : []))
}

void test('a tag is the commit that it stands for, however many tags lie between', async (t) => {
  const remote = await makeRemote(t)
  const old = await remote.commit('main', { a: '1' })
  await remote.commit('main', { a: '2' })
  await remote.git(['tag', 'light', old])
  await remote.git(['tag', '-a', '-m', 'x', 'annotated', old])
  await remote.git(['tag', '-a', '-m', 'x', 'release/1.0', 'annotated'])
  const object = await remote.git(['rev-parse', 'annotated'])
  const outer = await remote.git(['rev-parse', 'release/1.0'])
  const { mirror } = await watch(t, remote)
  for (const prefix of ['', 'refs/tags/']) {
    assert.deepEqual(mirror.tag(`${prefix}light`), { kind: 'found', commit: old })
    assert.deepEqual(mirror.tag(`${prefix}annotated`), { kind: 'found', commit: old, object })
    const nested = { kind: 'found', commit: old, object: outer }
    assert.deepEqual(mirror.tag(`${prefix}release/1.0`), nested)
  }
  assert.equal((await mirror.commit(old)).kind, 'reachable')
  // No tag is fetched.
  assert.deepEqual(await mirror.commit(object), { kind: 'unknown' })
})

void test('a name that is nearly that of a tag is none', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  await remote.git(['tag', '-a', '-m', 'x', 'v1', head])
  const { mirror } = await watch(t, remote)
  const names = ['', 'v', 'V1', 'v1 ', 'v1^{}', 'tags/v1', 'refs/tags/', 'refs/tags/v1^{}']
  for (const name of [...names, 'refs/heads/v1', 'refs/tags/refs/tags/v1', head, 'HEAD', 'main']) {
    assert.deepEqual(mirror.tag(name), absent, name)
  }
})

void test('what is tagged outside of the branches that count is told, and not fetched', async (t) => {
  const remote = await makeRemote(t)
  const base = await remote.commit('main', { a: '1' })
  const tree = await remote.git(['rev-parse', 'main^{tree}'])
  const blob = await remote.git(['rev-parse', 'main:a'])
  const unmerged = await remote.commit('topic', { a: '2' })
  const dangling = await remote.dangling({ a: '3' }, [base])
  const tagged = { tree, blob, unmerged, dangling }
  for (const [name, oid] of Object.entries(tagged)) {
    await remote.git(['tag', name, oid])
    await remote.git(['tag', '-a', '-m', 'x', `annotated-${name}`, oid])
  }
  const { mirror } = await watch(t, remote)
  for (const [name, oid] of Object.entries(tagged)) {
    for (const one of [name, `annotated-${name}`]) {
      const tag = mirror.tag(one)
      assert.equal(tag.kind === 'found' && tag.commit, oid, one)
    }
    assert.notEqual((await mirror.commit(oid)).kind, 'reachable', name)
  }
  assert.deepEqual(await mirror.commit(dangling), { kind: 'unknown' })
  await assert.rejects(mirror.treeAt(dangling, ''))
})

void test('a tag that is called like a branch means neither, but in full', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const others = ['topic', 'refs/tags/v1']
  for (const branch of others) await remote.git(['update-ref', `refs/heads/${branch}`, head])
  for (const tag of ['main', 'topic', 'v1']) {
    await remote.git(['update-ref', `refs/tags/${tag}`, head])
  }
  const watched = await watch(t, remote)
  const { mirror } = watched
  const found = { kind: 'found', commit: head }
  assert.deepEqual(mirror.tag('main'), ambiguous)
  assert.deepEqual(mirror.tag('topic'), ambiguous)
  assert.deepEqual(mirror.tag('refs/tags/main'), found)
  assert.deepEqual(mirror.tag('refs/tags/topic'), found)
  assert.deepEqual(mirror.tag('v1'), found)
  assert.deepEqual(mirror.tag('refs/tags/v1'), ambiguous)
  for (const branch of others) await remote.git(['update-ref', '-d', `refs/heads/${branch}`])
  assert.equal(await watched.visit(), undefined)
  assert.deepEqual(mirror.tag('topic'), found)
  assert.deepEqual(mirror.tag('refs/tags/v1'), found)
  const freed = ['topic', 'v1'].map((tag) => ({ tag, from: head, to: head }))
  assert.deepEqual(tagMoves(watched).at(-1), freed)
})

void test('new, moved and deleted tags are told, once, and after their branches', async (t) => {
  const remote = await makeRemote(t)
  const first = await remote.commit('main', { a: '1' })
  for (const tag of ['kept', 'moved', 'deleted']) await remote.git(['tag', tag, first])
  const watched = await watch(t, remote)
  const { mirror } = watched
  const asNew = (tag: string, to: string): TagMove => ({ tag, from: undefined, to })
  assert.deepEqual(tagMoves(watched), [
    ['deleted', 'kept', 'moved'].map((tag) => asNew(tag, first)),
  ])
  assert.equal(await watched.visit(), undefined)
  assert.equal(tagMoves(watched).length, 1)
  const second = await remote.commit('main', { a: '2' })
  await remote.git(['tag', '-f', '-a', '-m', 'x', 'moved', second])
  await remote.git(['tag', '-d', 'deleted'])
  await remote.git(['tag', 'new', second])
  assert.equal(await watched.visit(), undefined)
  assert.deepEqual(tagMoves(watched).at(-1), [
    { tag: 'deleted', from: first, to: undefined },
    { tag: 'moved', from: first, to: second },
    asNew('new', second),
  ])
  const kinds = watched.events.map(({ kind }) => kind)
  assert.ok(kinds.lastIndexOf('moved') < kinds.lastIndexOf('tags-moved'))
  const moved = mirror.tag('moved')
  assert.equal(moved.kind === 'found' && moved.commit, second)
  assert.deepEqual(mirror.tag('deleted'), absent)
  assert.deepEqual(await mirror.commit(second), { kind: 'reachable', branches: ['main'] })
})

void test('a tag is never ahead of what was fetched', async (t) => {
  const remote = await makeRemote(t)
  const first = await remote.commit('main', { a: '1' })
  await remote.git(['tag', 'v1', first])
  const watched = await watch(t, remote)
  const { mirror } = watched
  const second = await remote.commit('main', { a: '2' })
  await remote.git(['tag', '-f', 'v1', second])
  // The head is listed, and cannot be sent.
  const tree = await remote.git(['rev-parse', `${second}^{tree}`])
  const file = `${remote.directory}/objects/${tree.slice(0, 2)}/${tree.slice(2)}`
  await rename(file, `${file}.away`)
  assert.match((await watched.visit()) ?? '', /fetch failed/)
  assert.deepEqual(mirror.tag('v1'), { kind: 'found', commit: first })
  await rename(`${file}.away`, file)
  assert.equal(await watched.visit(), undefined)
  assert.deepEqual(mirror.tag('v1'), { kind: 'found', commit: second })
})

void test('nothing is known of tags before the remote was asked, after a restart too', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  await remote.git(['tag', 'v1', head])
  const mirrorDir = await makeTemporary(t)
  const early = unstarted(t, remote, { mirrorDir })
  assert.deepEqual(early.mirror.tag('v1'), { kind: 'unasked' })
  const before = await watch(t, remote, { mirrorDir })
  assert.deepEqual(before.mirror.tag('v1'), { kind: 'found', commit: head })
  await before.mirror.stop()
  await rename(remote.directory, `${remote.directory}.away`)
  const after = await start(t, remote, { mirrorDir })
  await after.told('fetch-failed')
  assert.deepEqual(after.mirror.tips(), [{ branch: 'main', commit: head }])
  assert.deepEqual(after.mirror.tag('v1'), { kind: 'unasked' })
  await rename(`${remote.directory}.away`, remote.directory)
  assert.equal(await after.visit(), undefined)
  assert.deepEqual(after.mirror.tag('v1'), { kind: 'found', commit: head })
})

void test('five thousand annotated tags are as good as one', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const tags = Array.from({ length: 5000 }, (_, i) => `release-${i}`)
  const stream = tags.map(
    (tag) => `tag ${tag}\nfrom ${head}\ntagger a <a@example.com> 1 +0000\ndata 1\nx\n`,
  )
  await remote.git(['fast-import', '--quiet'], stream.join(''))
  const watched = await watch(t, remote)
  assert.equal(watched.mirror.problem(), undefined)
  assert.equal(tagMoves(watched)[0]?.length, tags.length)
  for (const tag of tags) {
    const found = watched.mirror.tag(tag)
    assert.equal(found.kind === 'found' && found.commit, head)
  }
})

void test('a local repository has its own tags', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const open = async () => {
    const now = () => 1
    const one = await openLocalRepository('fleet', remote.directory, ['main'], { searchPath, now })
    t.after(() => one.stop())
    return one
  }
  assert.deepEqual((await open()).tag('v1'), absent)
  await remote.git(['tag', '-a', '-m', 'x', 'v1', head])
  await remote.git(['tag', 'topic', head])
  await remote.git(['branch', 'topic', head])
  const object = await remote.git(['rev-parse', 'v1'])
  const repository = await open()
  assert.deepEqual(repository.tag('v1'), { kind: 'found', commit: head, object })
  assert.deepEqual(repository.tag('refs/tags/topic'), { kind: 'found', commit: head })
  assert.deepEqual(repository.tag('topic'), ambiguous)
})

void test('a local repository without a commit has no tags', async (t) => {
  const remote = await makeRemote(t)
  const now = () => 1
  const empty = await openLocalRepository('fleet', remote.directory, ['main'], { searchPath, now })
  t.after(() => empty.stop())
  assert.deepEqual(empty.tag('v1'), absent)
})
