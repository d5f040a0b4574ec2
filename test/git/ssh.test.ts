import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { sshCommand } from '../../src/git/ssh-command.ts'
import { searchPath, watch } from './mirrors.ts'
import { makeRemote, makeTemporary } from './remote.ts'

const auth = {
  sshKeyFile: '/etc/solewriter/ssh/key',
  knownHostsFile: '/etc/solewriter/known_hosts',
}

const expectedOptions = [
  'BatchMode=yes',
  'IdentitiesOnly=yes',
  'IdentityAgent=none',
  'PreferredAuthentications=publickey',
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UpdateHostKeys=no',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'ControlMaster=no',
  'ControlPath=none',
  'ConnectTimeout=10',
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
  'IdentityFile=/etc/solewriter/ssh/key',
  'UserKnownHostsFile=/etc/solewriter/known_hosts',
]

/** An ssh that writes down its arguments, one a line, and runs the command on this machine. */
async function fakeSsh(t: TestContext): Promise<{ path: string; log: string }> {
  const directory = await makeTemporary(t)
  const log = join(directory, 'log')
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`
  await writeFile(join(directory, 'ssh'), script)
  await chmod(join(directory, 'ssh'), 0o755)
  return { path: `${directory}:${searchPath}`, log }
}

void test('a repository is fetched over ssh with one key, known hosts and no questions', async (t) => {
  const remote = await makeRemote(t)
  const head = await remote.commit('main', { a: '1' })
  const { path, log } = await fakeSsh(t)
  const url = `ssh://git@git.example.com:2222${remote.directory}`
  const { mirror } = await watch(t, { url }, { searchPath: path, repository: { auth } })
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  const lines = (await readFile(log, 'utf8')).split('\n')
  const first = lines.slice(0, lines.indexOf('git@git.example.com'))
  const options = expectedOptions.flatMap((option) => ['-o', option])
  assert.deepEqual(first.slice(0, 2 + options.length), ['-F', '/dev/null', ...options])
  // What git adds: its protocol version and the port.
  assert.deepEqual(first.slice(2 + options.length), ['-o', 'SendEnv=GIT_PROTOCOL', '-p', '2222'])
  assert.equal(lines.includes(`git-upload-pack '${remote.directory}'`), true)
})

void test('the short form of an ssh URL works too', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const { path } = await fakeSsh(t)
  const url = `git@git.example.com:${remote.directory}`
  const { mirror } = await watch(t, { url }, { searchPath: path, repository: { auth } })
  assert.equal(mirror.problem(), undefined)
  assert.equal(mirror.tips().length, 1)
})

void test('the real ssh understands every option', async () => {
  const [program = '', ...options] = sshCommand(auth).split(' ')
  const args = ['-G', ...options, 'git.example.com']
  const { stdout } = await promisify(execFile)(program, args)
  const settings = stdout.split('\n')
  const expected = [
    'batchmode yes',
    'identitiesonly yes',
    'identityagent none',
    'stricthostkeychecking true',
    'globalknownhostsfile /dev/null',
    'userknownhostsfile /etc/solewriter/known_hosts',
    'identityfile /etc/solewriter/ssh/key',
    'forwardagent no',
    'permitlocalcommand no',
    'controlmaster false',
    'updatehostkeys false',
  ]
  for (const setting of expected) assert.ok(settings.includes(setting), setting)
})

const badPaths = [
  '/etc/$(touch x)',
  "/etc/it's",
  '/etc/a b',
  '/etc/%h',
  '/etc/a;b',
  '/etc/a"b',
  'key',
]

for (const path of badPaths) {
  void test(`the path ${path} for ssh is refused, since a shell or ssh would read it`, () => {
    const expected = { code: 'SettingsInvalid' }
    assert.throws(() => sshCommand({ ...auth, sshKeyFile: path }), expected)
    assert.throws(() => sshCommand({ ...auth, knownHostsFile: path }), expected)
  })
}

void test('ssh without a key and known hosts says what is missing', async (t) => {
  const url = 'ssh://git@git.example.com/fleet.git'
  const { mirror } = await watch(t, { url })
  assert.equal(
    mirror.problem(),
    'the last fetch failed: ssh needs auth.sshKeyFile and auth.knownHostsFile',
  )
})
