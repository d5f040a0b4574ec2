import assert from 'node:assert/strict'
import { chown, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { start, unstarted, watch } from './mirrors.ts'
import { makeRemote, makeTemporary } from './remote.ts'

const branches = ['main', 'release']

void test('a commit of an allowed branch is reachable, with all its branches in policy order', async (t) => {
  const remote = await makeRemote(t)
  const first = await remote.commit('main', { a: '1' })
  await remote.git(['branch', 'release', 'main'])
  const second = await remote.commit('main', { a: '2' })
  const { mirror } = await watch(t, remote, { repository: { branches: ['release', 'main'] } })
  assert.deepEqual(await mirror.commit(first), { kind: 'reachable', branches: ['release', 'main'] })
  assert.deepEqual(await mirror.commit(second), { kind: 'reachable', branches: ['main'] })
  assert.deepEqual(mirror.tips(), [
    { branch: 'release', commit: first },
    { branch: 'main', commit: second },
  ])
})

void test('what is no commit of an allowed branch is told apart', async (t) => {
  const remote = await makeRemote(t)
  const old = await remote.commit('main', { a: '1' })
  const blob = await remote.git(['rev-parse', 'main:a'])
  const tree = await remote.git(['rev-parse', 'main^{tree}'])
  await remote.git(['tag', '-a', '-m', 'x', 'v1', 'main'])
  const tag = await remote.git(['rev-parse', 'v1'])
  const unmerged = await remote.commit('topic', { a: '2' })
  const pulled = await remote.dangling({ a: '3' }, [old])
  await remote.git(['update-ref', 'refs/pull/1/head', pulled])
  const other = await makeRemote(t)
  const foreign = await other.commit('main', { b: '1' })
  const { mirror } = await watch(t, remote)
  assert.deepEqual(await mirror.commit(blob), { kind: 'not-a-commit', type: 'blob' })
  assert.deepEqual(await mirror.commit(tree), { kind: 'not-a-commit', type: 'tree' })
  // The remote says where its other branches are; nothing of them is fetched.
  assert.deepEqual(await mirror.commit(unmerged), { kind: 'unreachable' })
  await assert.rejects(mirror.treeAt(unmerged, ''))
  // Only the allowed branches are here: nothing else exists.
  for (const oid of [tag, pulled, foreign, 'f'.repeat(40), 'f'.repeat(64)]) {
    assert.deepEqual(await mirror.commit(oid), { kind: 'unknown' }, oid)
  }
})

void test('only full lower-case object ids are looked up', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const { mirror } = await watch(t, remote)
  const names = [
    'HEAD',
    'main',
    head.slice(0, 12),
    head.toUpperCase(),
    `${head}\n${head}`,
    ':/test',
  ]
  for (const name of [...names, `${head}^{tree}`, '--help', '', `${head} `]) {
    assert.deepEqual(await mirror.commit(name), { kind: 'unknown' }, name)
  }
  assert.equal((await mirror.commit(head)).kind, 'reachable')
})

void test('new commits are found after a refresh, which waits for a fetch of its own', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const { mirror, visit, events } = await watch(t, remote)
  const next = await remote.commit('main', { a: '2' })
  assert.equal((await mirror.commit(next)).kind, 'unknown')
  assert.equal(await visit(), undefined)
  assert.deepEqual(await mirror.commit(next), { kind: 'reachable', branches: ['main'] })
  const moved = events.filter(({ kind }) => kind === 'moved')
  assert.deepEqual(moved.length, 2)
})

void test('a force-push takes the old commits away and is told', async (t) => {
  const remote = await makeRemote(t)
  const base = await remote.commit('main', { a: '1' })
  const old = await remote.commit('main', { a: '2' })
  const { mirror, visit, events } = await watch(t, remote)
  const rewritten = await remote.dangling({ a: '3' }, [base])
  await remote.git(['update-ref', 'refs/heads/main', rewritten])
  assert.equal(await visit(), undefined)
  assert.deepEqual(await mirror.commit(old), { kind: 'unreachable' })
  assert.deepEqual(await mirror.commit(base), { kind: 'reachable', branches: ['main'] })
  assert.deepEqual(await mirror.commit(rewritten), { kind: 'reachable', branches: ['main'] })
  const expected = { kind: 'moved', branch: 'main', from: old, to: rewritten, isForced: true }
  assert.deepEqual(events.filter(({ kind }) => kind === 'moved').at(-1), expected)
})

void test('a deleted branch stops counting, and the others go on', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  await remote.git(['branch', 'release', 'main'])
  const released = await remote.commit('release', { a: '2' })
  const { mirror, visit, events } = await watch(t, remote, { repository: { branches } })
  assert.deepEqual(await mirror.commit(released), { kind: 'reachable', branches: ['release'] })
  await remote.git(['update-ref', '-d', 'refs/heads/release'])
  const next = await remote.commit('main', { a: '3' })
  assert.equal(await visit(), undefined)
  assert.deepEqual(await mirror.commit(released), { kind: 'unreachable' })
  assert.deepEqual(mirror.tips(), [{ branch: 'main', commit: next }])
  assert.equal(mirror.tipUntil('release', released), undefined)
  assert.deepEqual(mirror.previousTips('release'), [])
  const gone = { kind: 'moved', branch: 'release', from: released, to: undefined, isForced: false }
  assert.deepEqual(events.filter(({ kind }) => kind === 'moved').at(-1), gone)
})

void test('a branch that does not exist yet is no error, and counts once it does', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const { mirror, visit } = await watch(t, remote, { repository: { branches } })
  assert.equal(mirror.problem(), undefined)
  assert.deepEqual(mirror.tips(), [{ branch: 'main', commit: head }])
  await remote.git(['branch', 'release', 'main'])
  assert.equal(await visit(), undefined)
  assert.deepEqual(await mirror.commit(head), { kind: 'reachable', branches })
})

void test('branches whose names contain each other are kept apart', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const nested = await remote.commit('x/refs/heads/main', { a: '2' })
  const { mirror } = await watch(t, remote)
  assert.equal(mirror.tips().length, 1)
  assert.equal((await mirror.commit(nested)).kind, 'unreachable')
})

void test('an empty repository is fresh and has no tips', async (t) => {
  const remote = await makeRemote(t)
  const { mirror, clock, visit } = await watch(t, remote)
  assert.deepEqual(mirror.tips(), [])
  assert.equal(mirror.fetchedAt(), clock.now)
  assert.equal(mirror.problem(), undefined)
  const first = await remote.commit('main', { a: '1' })
  assert.equal(await visit(), undefined)
  assert.equal((await mirror.commit(first)).kind, 'reachable')
})

void test('object ids of 64 digits work like those of 40', async (t) => {
  const remote = await makeRemote(t, ['--object-format=sha256'])
  const head = await remote.commit('main', { 'prod/a.yaml': 'x' })
  const { mirror, visit } = await watch(t, remote)
  assert.equal(head.length, 64)
  assert.deepEqual(await mirror.commit(head), { kind: 'reachable', branches: ['main'] })
  const [file] = await mirror.list(head, 'prod')
  assert.equal(Buffer.from(await mirror.blob(file?.oid ?? '', 10)).toString(), 'x')
  const next = await remote.commit('main', { a: '2' })
  await visit()
  assert.notEqual(mirror.tipUntil('main', head), undefined)
  assert.equal(mirror.tipUntil('main', next), Infinity)
})

void test('a remote that is down at the start does not stop the start, and is found when it is back', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  await rename(remote.directory, `${remote.directory}.away`)
  const { mirror, told } = await watch(t, remote, { repository: { poll: 1000 } })
  assert.equal(mirror.fetchedAt(), undefined)
  assert.match(mirror.problem() ?? '', /^the last fetch failed: git ls-remote failed/)
  assert.deepEqual(await mirror.commit(head), { kind: 'unknown' })
  await assert.rejects(mirror.list(head, ''), { code: 'GitFailed' })
  await rename(`${remote.directory}.away`, remote.directory)
  await told('fetched')
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
})

void test('a directory that cannot be used at the start is tried again until it can', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = join(await makeTemporary(t), 'mirrors')
  await writeFile(mirrorDir, 'a file')
  const { mirror, told } = unstarted(t, remote, { mirrorDir, repository: { poll: 1000 } })
  await assert.rejects(mirror.start(), { code: 'GitFailed' })
  const head = await remote.commit('main', { a: '1' })
  await told('fetch-failed')
  assert.match(mirror.problem() ?? '', /cannot be prepared for mirrors/)
  await rm(mirrorDir)
  await told('fetched')
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
})

void test('when the remote goes down later, what was known is still answered with its age', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const { mirror, clock, visit } = await watch(t, remote)
  const fetched = clock.now
  clock.now += 5000
  await rename(remote.directory, `${remote.directory}.away`)
  assert.match((await visit()) ?? '', /^the last fetch failed/)
  assert.equal(mirror.fetchedAt(), fetched)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  assert.equal((await mirror.list(head, '')).length, 1)
})

async function startOnce(t: TestContext) {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const heads = [await remote.commit('main', { a: '1' })]
  const first = await watch(t, remote, { mirrorDir })
  heads.push(await remote.commit('main', { a: '2' }))
  await first.visit()
  await first.mirror.stop()
  return { remote, mirrorDir, heads, clock: first.clock }
}

void test('a restart answers from the mirror on disk, without the remote, as fresh as it was', async (t) => {
  const { remote, mirrorDir, heads, clock } = await startOnce(t)
  await rename(remote.directory, `${remote.directory}.away`)
  const later = { now: clock.now + 60_000 }
  const { mirror } = await start(t, remote, { mirrorDir, clock: later })
  assert.equal(mirror.fetchedAt(), clock.now)
  assert.deepEqual(mirror.tips(), [{ branch: 'main', commit: heads[1] }])
  assert.equal((await mirror.commit(heads[0] ?? '')).kind, 'reachable')
  assert.deepEqual(mirror.previousTips('main'), [{ commit: heads[0], until: clock.now }])
})

void test('a clock that was set back does not make an old mirror fresh', async (t) => {
  const { remote, mirrorDir, clock } = await startOnce(t)
  await rename(remote.directory, `${remote.directory}.away`)
  const { mirror } = await start(t, remote, { mirrorDir, clock: { now: clock.now - 60_000 } })
  assert.equal(mirror.fetchedAt(), undefined)
})

void test('a mirror of another URL under the same name is not taken over', async (t) => {
  const { mirrorDir, heads } = await startOnce(t)
  const other = await makeRemote(t)
  const head = await other.commit('main', { b: '1' })
  const { mirror, told } = await start(t, other, { mirrorDir })
  assert.equal(mirror.fetchedAt(), undefined)
  assert.deepEqual(await mirror.commit(heads[0] ?? ''), { kind: 'unknown' })
  await told('fetched')
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  assert.deepEqual(await mirror.commit(heads[0] ?? ''), { kind: 'unknown' })
})

void test('a branch that the policy dropped does not count after a restart', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  await remote.commit('main', { a: '1' })
  await remote.git(['branch', 'release', 'main'])
  const released = await remote.commit('release', { a: '2' })
  const first = await watch(t, remote, { mirrorDir, repository: { branches } })
  await first.mirror.stop()
  const { mirror } = await start(t, remote, { mirrorDir })
  assert.notEqual((await mirror.commit(released)).kind, 'reachable')
})

void test('a local directory can take the place of the URL', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const unused = { url: 'https://git.example.com/fleet.git' }
  const { mirror } = await watch(t, unused, { override: remote.directory })
  assert.deepEqual(mirror.tips(), [{ branch: 'main', commit: head }])
})

void test(
  'a directory of another user is fetched too',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const remote = await makeRemote(t)
    await remote.commit('main', { a: '1' })
    const files = await readdir(remote.directory, { recursive: true })
    for (const file of ['', ...files]) await chown(join(remote.directory, file), 12345, 12345)
    const { mirror } = await watch(t, remote, { override: remote.directory })
    assert.equal(mirror.problem(), undefined)
    assert.equal(mirror.tips().length, 1)
  },
)

void test('a listener that throws does not stop the mirror', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const { mirror, events, visit } = await watch(t, remote)
  Object.defineProperty(events, 'push', {
    value: () => {
      throw new Error('the listener is broken')
    },
  })
  const next = await remote.commit('main', { a: '2' })
  assert.equal(await visit(), undefined)
  assert.equal((await mirror.commit(next)).kind, 'reachable')
})
