import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createGitServer } from './git-server.ts'
import { exchange } from './http.ts'
import { run } from './run.ts'

const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-git-http-'))
const work = path.join(dir, 'work')
const bare = path.join(dir, 'bare.git')
const server = createGitServer(
  new Map([
    ['fleet', work],
    ['mirror', bare],
  ]),
)
let base = ''

async function git(...args: readonly string[]) {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  return run('git', [...who, ...args], { cwd: dir })
}

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(...args)
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

before(async () => {
  await done('init', '-q', '-b', 'main', work)
  // More than one chunk, so that a head cut in two or a lost rest would show.
  await writeFile(path.join(work, 'big.txt'), `${'0123456789abcdef\n'.repeat(40_000)}`)
  await done('-C', work, 'add', '.')
  await done('-C', work, 'commit', '-qm', 'first')
  // A repository that would take pushes if it were asked.
  await done('-C', work, 'config', 'http.receivepack', 'true')
  await done('clone', '-q', '--bare', work, bare)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

test('clones a working directory and a bare repository, and fetches what came later', async () => {
  await done('clone', '-q', `${base}/fleet.git`, 'copy')
  await done('clone', '-q', `${base}/mirror.git`, 'copy-of-bare')
  const head = await done('-C', work, 'rev-parse', 'HEAD')
  assert.equal(await done('-C', path.join(dir, 'copy-of-bare'), 'rev-parse', 'HEAD'), head)
  await done('-C', work, 'commit', '-q', '--allow-empty', '-m', 'second')
  const next = await done('-C', work, 'rev-parse', 'HEAD')
  const copy = path.join(dir, 'copy')
  await done('-C', copy, 'fetch', '-q', 'origin', next)
  assert.equal(await done('-C', copy, 'rev-parse', 'FETCH_HEAD'), next)
})

test('takes no push, even where the repository would', async () => {
  const copy = path.join(dir, 'to-push')
  await done('clone', '-q', `${base}/fleet.git`, copy)
  await done('-C', copy, 'commit', '-q', '--allow-empty', '-m', 'mine')
  const { code } = await git('-C', copy, 'push', '-q', 'origin', 'HEAD:refs/heads/other')
  assert.notEqual(code, 0)
  assert.equal((await git('-C', work, 'rev-parse', '-q', '--verify', 'other')).code, 1)
})

const elsewhere: readonly (readonly [title: string, method: string, path: string])[] = [
  ['a repository that is not served', 'GET', '/other.git/info/refs?service=git-upload-pack'],
  ['a file of the repository', 'GET', '/fleet.git/HEAD'],
  ['the refs for the old protocol', 'GET', '/fleet.git/info/refs'],
  ['the refs for a push', 'GET', '/fleet.git/info/refs?service=git-receive-pack'],
  ['a push', 'POST', '/fleet.git/git-receive-pack'],
  ['a way out of the directory', 'GET', '/fleet.git/../bare.git/info/refs'],
]
for (const [title, method, rest] of elsewhere) {
  test(`does not answer for ${title}`, async () => {
    assert.equal((await exchange({ method, url: `${base}${rest}` })).status, 404)
  })
}
