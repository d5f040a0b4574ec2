import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import type { Remote } from '../../src/git/connection.ts'
import { changeFiles, type FileBranch } from '../../src/git/file-branch.ts'
import { makeUnusualServer } from '../certs/unusual-server.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'
import { makePki, type Pki } from '../server/pki.ts'
import { serveHttps, type HttpsServer } from './https-server.ts'
import { makeTemporary } from './remote.ts'

// The branch that checkpoints are committed to, on a remote that is reached over https or ssh.

const { PATH = '' } = process.env
const token = 'secret-of-the-audit-repository'

let pki: Pki
let foreign: Pki

before(async () => {
  ;[pki, foreign] = await Promise.all([makePki(), makePki()])
})

function on(remote: Remote, searchPath = PATH): FileBranch {
  return { program: { searchPath }, remote, branch: 'kept', signal: AbortSignal.timeout(60_000) }
}

function put(branch: FileBranch, file: string, text: string) {
  const files = new Map([[file, text]])
  return changeFiles(branch, 'f', () => ({ files, message: `${file}\n` }))
}

interface Served {
  readonly fleet: Fleet
  readonly server: HttpsServer
  readonly remote: Remote
  readonly tokenFile: string
  readonly caFile: string
}

async function serve(t: TestContext, shown = pki): Promise<Served> {
  const fleet = await makeFleet({ 'README.md': 'ours' })
  t.after(() => fleet.remove())
  const server = await serveHttps(t, fleet, shown)
  server.credentials = `x-access-token:${token}`
  const directory = await makeTemporary(t)
  const [tokenFile, caFile] = [path.join(directory, 'token'), path.join(directory, 'ca.pem')]
  await writeFile(tokenFile, `${token}\n`)
  await writeFile(caFile, pki.authority.certificatePem)
  const remote = { url: server.url, scheme: 'https', auth: { tokenFile, caFile } } as const
  return { fleet, server, remote, tokenFile, caFile }
}

async function assertRefused(branch: FileBranch, why: RegExp): Promise<void> {
  await assert.rejects(put(branch, 'f/a', '1'), (error: Error & { readonly code?: string }) => {
    assert.equal(error.code, 'GitFailed')
    assert.match(error.message, why)
    assert.ok(!error.message.includes(token), error.message)
    return true
  })
}

describe('a branch of files over https', () => {
  test('is pushed to with the token of a file, which no process shows', async (t) => {
    const { fleet, server, remote } = await serve(t)
    server.watchFor = token
    assert.equal((await put(on(remote), 'f/a', '1')).kind, 'pushed')
    assert.equal((await put(on(remote), 'f/b', '2')).kind, 'pushed')
    assert.equal(await fleet.git(['ls-tree', '-r', '--name-only', 'kept']), 'f/a\nf/b')
    assert.equal(await fleet.git(['rev-list', '--count', 'kept']), '2')
    assert.deepEqual(server.leaks, [])
  })

  test('gets nothing, and no token, where another authority signed for the server', async (t) => {
    const { server, remote, caFile } = await serve(t)
    await writeFile(caFile, foreign.authority.certificatePem)
    await assertRefused(on(remote), /certificate/)
    assert.deepEqual(server.seen, [])
    await writeFile(caFile, pki.authority.certificatePem)
    assert.equal((await put(on(remote), 'f/a', '1')).kind, 'pushed')
  })

  test('gets nothing, and no token, where the server has another name', async (t) => {
    const { authority } = pki
    const server = await makeUnusualServer(authority, { dnsNames: ['git.example.com'] })
    const served = await serve(t, { ...pki, server })
    await assertRefused(on(served.remote), /certificate subject|no alternative certificate/)
    assert.deepEqual(served.server.seen, [])
  })

  test('is not pushed to with another token', async (t) => {
    const { fleet, remote, tokenFile } = await serve(t)
    await writeFile(tokenFile, 'another')
    await assertRefused(on(remote), /Authentication failed/)
    assert.equal(await fleet.git(['branch', '--list', 'kept']), '')
    await writeFile(tokenFile, token)
    assert.equal((await put(on(remote), 'f/a', '1')).kind, 'pushed')
  })
})

describe('a branch of files over ssh', () => {
  test('is pushed to with the key and the known hosts that were named, and no others', async (t) => {
    const fleet = await makeFleet({ 'README.md': 'ours' })
    t.after(() => fleet.remove())
    const directory = await makeTemporary(t)
    const log = path.join(directory, 'log')
    // Writes down its arguments and runs the command on this machine.
    const lines = [`printf '%s\\n' "$@" >> ${log}`, 'for last; do :; done', 'exec sh -c "$last"']
    await writeFile(path.join(directory, 'ssh'), `#!/bin/sh\n${lines.join('\n')}\n`)
    await chmod(path.join(directory, 'ssh'), 0o755)
    const auth = { sshKeyFile: '/keys/audit', knownHostsFile: '/keys/known_hosts' }
    const url = `ssh://git@git.example.com:2222${fleet.directory}`
    const branch = on({ url, scheme: 'ssh', auth }, `${directory}:${PATH}`)
    assert.equal((await put(branch, 'f/a', '1')).kind, 'pushed')
    assert.equal(await fleet.git(['show', 'kept:f/a']), '1')
    const said = (await readFile(log, 'utf8')).split('\n')
    assert.ok(said.includes(`git-receive-pack '${fleet.directory}'`))
    const hosts = said.filter((line) => line === 'git@git.example.com').length
    assert.ok(hosts >= 2)
    for (const option of [
      'IdentityFile=/keys/audit',
      'UserKnownHostsFile=/keys/known_hosts',
      'StrictHostKeyChecking=yes',
      'IdentitiesOnly=yes',
    ]) {
      assert.equal(said.filter((line) => line === option).length, hosts, option)
    }
  })
})
