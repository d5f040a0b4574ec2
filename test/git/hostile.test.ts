import assert from 'node:assert/strict'
import { appendFile, chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { toRemote } from '../../src/git/connection.ts'
import { runGit } from '../../src/git/run.ts'
import { policyRepository, searchPath, watch } from './mirrors.ts'
import { makeRemote, makeTemporary, runGit as runGitIn } from './remote.ts'

void test('a replacement in the remote changes neither history nor content', async (t) => {
  const remote = await makeRemote(t)
  const base = await remote.commit('main', { 'a.yaml': 'good: 1\n' })
  const head = await remote.commit('main', { 'a.yaml': 'good: 2\n' })
  const evil = await remote.commit('evil', { 'a.yaml': 'evil: 1\n' })
  const good = await remote.git(['rev-parse', 'main:a.yaml'])
  const bad = await remote.git(['rev-parse', 'evil:a.yaml'])
  await remote.git(['update-ref', `refs/replace/${good}`, bad])
  await remote.git(['update-ref', `refs/replace/${base}`, evil])
  const { mirror, directory } = await watch(t, remote)
  const [file] = await mirror.list(head, '')
  assert.equal(Buffer.from(await mirror.blob(file?.oid ?? '', 100)).toString(), 'good: 2\n')
  assert.equal((await mirror.commit(base)).kind, 'reachable')
  assert.notEqual((await mirror.commit(evil)).kind, 'reachable')
  assert.equal(
    await runGitIn(directory, ['for-each-ref', '--format=%(refname)']),
    'refs/heads/main',
  )
})

void test('replacements and grafts inside the mirror itself count for nothing', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const base = await remote.commit('main', { 'a.yaml': '1' })
  await remote.git(['branch', 'other', 'main'])
  const other = await remote.commit('other', { 'a.yaml': '2' })
  const head = await remote.commit('main', { 'a.yaml': '3' })
  const options = { mirrorDir, repository: { branches: ['main', 'other'] } }
  const first = await watch(t, remote, options)
  await first.mirror.stop()
  await mkdir(join(first.directory, 'refs/replace'), { recursive: true })
  await writeFile(join(first.directory, 'refs/replace', head), `${other}\n`)
  await mkdir(join(first.directory, 'info'), { recursive: true })
  await writeFile(join(first.directory, 'info/grafts'), `${head} ${base} ${other}\n`)
  const { mirror } = await watch(t, remote, options)
  assert.deepEqual(await mirror.commit(other), { kind: 'reachable', branches: ['other'] })
})

void test('hooks and configuration of the remote run nothing on our side', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const trace = join(await makeTemporary(t), 'ran')
  const script = `#!/bin/sh\ntouch ${trace}-$(basename "$0")\n`
  const hooks = join(remote.directory, 'hooks')
  await mkdir(hooks, { recursive: true })
  for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc', 'post-update']) {
    await writeFile(join(hooks, hook), script)
    await chmod(join(hooks, hook), 0o755)
  }
  await writeFile(`${trace}.sh`, script)
  await chmod(`${trace}.sh`, 0o755)
  await appendFile(
    join(remote.directory, 'config'),
    `[core]\n\tfsmonitor = ${trace}.sh\n\thooksPath = ${hooks}\n\talternateRefsCommand = ${trace}.sh\n[uploadpack]\n\tpackObjectsHook = ${trace}.sh\n[core]\n\tsshCommand = ${trace}.sh\n`,
  )
  const { mirror, mirrorDir } = await watch(t, remote)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  const ran = await readdir(join(trace, '..'))
  assert.deepEqual(ran, ['ran.sh'])
  assert.deepEqual(await readdir(mirrorDir), ['fleet.git'])
})

void test('hooks that somebody puts into the mirror do not run', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const { visit, directory, mirror } = await watch(t, remote)
  const trace = join(await makeTemporary(t), 'ran')
  await mkdir(join(directory, 'hooks'))
  await writeFile(join(directory, 'hooks/reference-transaction'), `#!/bin/sh\ntouch ${trace}\n`)
  await chmod(join(directory, 'hooks/reference-transaction'), 0o755)
  const next = await remote.commit('main', { a: '2' })
  assert.equal(await visit(), undefined)
  assert.equal((await mirror.commit(next)).kind, 'reachable')
  assert.deepEqual(await readdir(join(trace, '..')), [])
})

void test('submodules are listed, and never fetched', async (t) => {
  const remote = await makeRemote(t)
  const modules = `[submodule "m"]\n\tpath = m\n\turl = https://127.0.0.1:1/m.git\n`
  const files = { '.gitmodules': modules, m: { mode: '160000', oid: 'd'.repeat(40) } }
  const head = await remote.commit('main', files)
  const { mirror } = await watch(t, remote)
  assert.equal(mirror.problem(), undefined)
  const listed = await mirror.list(head, '')
  assert.deepEqual(
    listed.map(({ path, mode }) => [path, mode]),
    [
      ['.gitmodules', '100644'],
      ['m', '160000'],
    ],
  )
})

const refusedUrls = [
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=touch',
  'ext::sh -c touch% /tmp/x',
  'fd::3',
  'file::/tmp/x',
  'http://git.example.com/fleet.git',
  'ssh://-oProxyCommand=touch/fleet.git',
  '-x@git.example.com:fleet.git',
  'https://user:password@git.example.com/fleet.git',
  'https://git.example.com/fleet.git\nevil',
  '/etc',
]

for (const url of refusedUrls) {
  void test(`the URL ${JSON.stringify(url)} is refused before git sees it`, () => {
    assert.throws(() => toRemote(policyRepository({ url }), undefined), {
      code: 'SettingsInvalid',
    })
  })
}

void test('a URL that is an option would not be read as one by git either', async (t) => {
  const directory = await makeTemporary(t)
  const evil = `--upload-pack=touch ${directory}/ran`
  const connection = {
    scheme: 'file',
    config: ['protocol.file.allow=always'],
    env: {},
    options: [],
  } as const
  const args = ['ls-remote', '--heads', '--end-of-options', evil, '.']
  const call = { args, gitDir: '/nonexistent', milliseconds: 20_000, connection }
  await assert.rejects(runGit({ searchPath }, call), { code: 'GitFailed' })
  assert.deepEqual(await readdir(directory), [])
})

for (const url of ['ext::sh -c "touch /tmp/x"', 'https://127.0.0.1:1/x', 'ssh://127.0.0.1:1/x']) {
  void test(`a connection for files does not open ${url.split(':')[0]}`, async (t) => {
    const remote = await makeRemote(t)
    const config = ['protocol.file.allow=always', 'protocol.ext.allow=always']
    const connection = { scheme: 'file', config, env: {}, options: [] } as const
    const args = ['ls-remote', '--heads', '--end-of-options', url]
    const call = { args, gitDir: remote.directory, milliseconds: 20_000, connection }
    await assert.rejects(runGit({ searchPath }, call), /transport '\w+' not allowed/)
  })
}
