import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CatFile } from '../../src/git/cat-file.ts'
import { ObjectReader } from '../../src/git/object-reader.ts'
import { searchPath, start, watch, type Watched } from './mirrors.ts'
import { makeRemote, makeTemporary, type Remote } from './remote.ts'

async function truncatePacks(directory: string): Promise<void> {
  const folder = join(directory, 'objects/pack')
  const packs = (await readdir(folder)).filter((file) => file.endsWith('.pack'))
  assert.notEqual(packs.length, 0)
  for (const pack of packs) {
    await chmod(join(folder, pack), 0o644)
    await truncate(join(folder, pack), 100)
  }
}

/** Long texts, so that a truncated pack loses something. */
function files(seed: string) {
  const text = Array.from({ length: 500 }, (_, i) => `${seed}-${i * 7919}`).join('\n')
  return { 'prod/a.yaml': text, 'prod/b.yaml': `${text}-b` }
}

void test('a mirror that was damaged while nobody ran is replaced, and nothing is answered until then', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const head = await remote.commit('main', files('1'))
  const first = await watch(t, remote, { mirrorDir })
  await first.mirror.stop()
  await truncatePacks(first.directory)
  await rename(remote.directory, `${remote.directory}.away`)
  const { mirror, events, told, visit } = await watch(t, remote, { mirrorDir })
  assert.equal(events[0]?.kind, 'corrupt')
  assert.match(mirror.problem() ?? '', /^the mirror is damaged/)
  assert.equal(mirror.fetchedAt(), undefined)
  assert.deepEqual(await mirror.commit(head), { kind: 'unknown' })
  await rename(`${remote.directory}.away`, remote.directory)
  await told('ready')
  await visit()
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  assert.equal((await mirror.list(head, '')).length, 2)
})

void test('damage that a reader meets is told, and a new clone takes the place of the mirror', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', files('1'))
  const watched = await watch(t, remote)
  const { mirror, events } = watched
  await truncatePacks(watched.directory)
  await assert.rejects(mirror.list(head, ''), { code: 'MirrorCorrupt' })
  await readyAgain(watched)
  assert.equal((await mirror.list(head, 'prod')).length, 2)
  assert.equal(mirror.problem(), undefined)
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'corrupt' || kind === 'ready'),
    [
      { kind: 'ready', isFirst: true },
      events.find(({ kind }) => kind === 'corrupt'),
      { kind: 'ready', isFirst: false },
    ],
  )
  assert.deepEqual((await readdir(watched.mirrorDir)).toSorted(), ['fleet.git'])
})

async function readyAgain({ events, visit }: Watched): Promise<void> {
  const isReady = () => events.some((event) => event.kind === 'ready' && !event.isFirst)
  for (let i = 0; i < 100 && !isReady(); i += 1) await visit()
  assert.ok(isReady())
}

void test('an object that does not have its own hash is damage', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', files('1'))
  const { mirror, directory } = await watch(t, remote)
  const [file] = await mirror.list(head, '')
  const oid = file?.oid ?? ''
  await mirror.stop()
  const other = await makeRemote(t)
  const forged = await other.git(['hash-object', '-w', '--stdin'], 'forged: true\n')
  // Another blob under this name, in place of the one in the pack.
  const from = join(other.directory, 'objects', forged.slice(0, 2), forged.slice(2))
  const folder = join(directory, 'objects', oid.slice(0, 2))
  await mkdir(folder)
  await rename(from, join(folder, oid.slice(2)))
  await truncatePacks(directory)
  const objects = new CatFile({ searchPath }, directory)
  t.after(() => objects.close())
  await assert.rejects(new ObjectReader(objects).blob(oid, 1000), {
    code: 'MirrorCorrupt',
    message: `object ${oid} does not have its own hash`,
  })
})

void test('a store into which nothing can be fetched any more is replaced', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', files('1'))
  const watched = await watch(t, remote)
  // A file in the place of the folder of the branches.
  await rename(join(watched.directory, 'refs/heads'), join(watched.directory, 'refs/gone'))
  await writeFile(join(watched.directory, 'refs/heads'), '')
  const next = await remote.commit('main', files('2'))
  assert.match((await watched.visit()) ?? '', /^the last fetch failed: git fetch failed/)
  await readyAgain(watched)
  assert.equal((await watched.mirror.commit(next)).kind, 'reachable')
})

void test('locks and half-written packs of a killed process do not stop the next one', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  await remote.commit('main', files('1'))
  const first = await watch(t, remote, { mirrorDir })
  await first.mirror.stop()
  const left = [
    'refs/heads/main.lock',
    'packed-refs.lock',
    'HEAD.lock',
    'config.lock',
    'objects/pack/tmp_pack_abc',
    'objects/pack/.tmp-1-pack-abc.pack',
  ]
  for (const file of left) await writeFile(join(first.directory, file), 'x')
  await mkdir(join(mirrorDir, 'fleet.git.next'))
  const next = await remote.commit('main', files('2'))
  const { mirror, directory } = await watch(t, remote, { mirrorDir })
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(next)).kind, 'reachable')
  const present = await readdir(directory, { recursive: true })
  assert.deepEqual(
    left.filter((file) => present.includes(file)),
    [],
  )
})

void test('a process that is killed in the middle of a clone leaves nothing that stops the next one', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const head = await remote.commit('main', files('1'))
  const program = join(import.meta.dirname, 'killed-mirror.ts')
  const child = spawn(process.execPath, [program, remote.url, mirrorDir, await makeTemporary(t)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.deepEqual(await readdir(mirrorDir), ['fleet.git.next'])
  const { mirror } = await watch(t, remote, { mirrorDir })
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  assert.deepEqual(await readdir(mirrorDir), ['fleet.git'])
})

void test('a mirror does not grow beyond its limit', async (t) => {
  const remote = await makeRemote(t)
  const small = await remote.commit('main', { a: '1' })
  const { mirror, visit, directory } = await watch(t, remote, { limits: { mirrorBytes: 100_000 } })
  const large = await remote.commit('main', { a: randomBytes(1_000_000) })
  assert.match((await visit()) ?? '', /the mirror is larger than 100000 bytes/)
  assert.notEqual((await mirror.commit(large)).kind, 'reachable')
  assert.equal((await mirror.commit(small)).kind, 'reachable')
  const packs = await readdir(join(directory, 'objects/pack'))
  assert.deepEqual(
    packs.filter((file) => file.startsWith('tmp_')),
    [],
  )
})

void test('objects that git would refuse to take are refused', async (t) => {
  const remote = await makeRemote(t)
  const blob = await remote.git(['hash-object', '-w', '--stdin'], 'x')
  const raw = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')])
  const tree = await remote.git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], raw)
  const commit = await remote.git(['commit-tree', '-m', 'x', tree])
  await remote.git(['update-ref', 'refs/heads/main', commit])
  const { mirror } = await watch(t, remote)
  assert.match(mirror.problem() ?? '', /hasDotgit/)
  assert.deepEqual(await mirror.commit(commit), { kind: 'unknown' })
})

const oldFlaws: readonly [string, string][] = [
  ['a time zone that is none', 'author a <a@example.com> 1700000000 nowhere'],
  ['no space before the date', 'author a <a@example.com>1700000000 +0000'],
  ['no name', 'author <a@example.com> 1700000000 +0000'],
]

for (const [flaw, author] of oldFlaws) {
  void test(`an old history with ${flaw} can be mirrored`, async (t) => {
    const remote = await makeRemote(t)
    const commit = await flawedCommit(remote, author)
    await remote.git(['update-ref', 'refs/heads/main', commit])
    const { mirror } = await watch(t, remote)
    assert.equal(mirror.problem(), undefined)
    assert.equal((await mirror.commit(commit)).kind, 'reachable')
  })
}

async function flawedCommit({ git }: Remote, author: string): Promise<string> {
  const tree = await git(['mktree'], '')
  const text = `tree ${tree}\n${author}\ncommitter a <a@example.com> 1700000000 +0000\n\nx\n`
  return git(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], text)
}

void test('many fetches do not leave many packs, and what is read is still there', async (t) => {
  const remote = await makeRemote(t)
  const heads = [await remote.commit('main', { a: 'x' })]
  const { mirror, visit, directory } = await watch(t, remote)
  for (let i = 0; i < 45; i += 1) {
    heads.push(await remote.commit('main', { a: String(i) }))
    await visit()
  }
  const packs = await readdir(join(directory, 'objects/pack'))
  assert.ok(packs.filter((file) => file.endsWith('.pack')).length <= 41)
  for (const head of heads) assert.equal((await mirror.list(head, '')).length, 1)
  assert.equal(mirror.problem(), undefined)
})

void test('a mirror directory that cannot be made fails the start', async (t) => {
  const remote = await makeRemote(t)
  const file = join(await makeTemporary(t), 'file')
  await writeFile(file, '')
  await assert.rejects(start(t, remote, { mirrorDir: join(file, 'mirrors') }), {
    code: 'GitFailed',
  })
})
