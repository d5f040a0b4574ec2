import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createInterface } from 'node:readline'
import type { Verification } from '../../src/core/audit/verify.ts'
import { main, solewriter } from '../cli/process.ts'
import { checkpointJwks } from '../cluster/checkpoint-key.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { layoutOf } from '../cluster/layout.ts'
import { freePort } from '../cluster/ports.ts'
import { ownAccount } from '../cluster/reader-role.ts'
import { serveHttps } from '../git/https-server.ts'
import { runGit } from '../git/remote.ts'
import { makePki } from '../server/pki.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { requesterOf, type Requester } from './requester.ts'

// A real controller that commits the newest checkpoints of real replicas to a real repository, which it
// reaches over https with a token.

const branch = 'solewriter-checkpoints'
const policy = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: any}
spec: {mode: enforce}
`

let cluster: Cluster
let alice: Requester
let fleet: Fleet
let dir: string
let controller: ChildProcess
let health: string
const token = 'token-of-the-audit-repository'
let tokenFile: string
const closings: (() => void)[] = []
const events: string[] = []

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-checkpoints-'))
  fleet = await makeFleet({ 'README.md': 'manifests' })
  const file = path.join(dir, 'policy.yaml')
  writeFileSync(file, policy)
  // One of them stays: it admits the last checkpoint of the other.
  cluster = await startCluster({ with: ['webhook'], replicas: 2, policy: file })
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
  // Ours has flags of its own.
  await cluster.kill('controller', 'SIGTERM')
  const port = await freePort()
  health = `http://127.0.0.1:${port}`
  const kubeconfig = await cluster.kubeconfig({
    kind: 'service-account',
    ...ownAccount,
    isPodBound: false,
  })
  const pki = await makePki()
  const onEnd = (close: () => void) => closings.push(close)
  const server = await serveHttps({ after: onEnd }, fleet, pki)
  server.credentials = `x-access-token:${token}`
  tokenFile = path.join(dir, 'token')
  writeFileSync(tokenFile, 'another-token')
  const caFile = path.join(dir, 'ca.pem')
  writeFileSync(caFile, pki.authority.certificatePem)
  const args = [
    [main, 'controller', '--kubeconfig', kubeconfig, '--policy', file],
    ['--health-listen', `127.0.0.1:${port}`],
    ['--checkpoints-repo', server.url, '--checkpoints-every', '1s'],
    ['--checkpoints-token-file', tokenFile, '--checkpoints-ca-file', caFile],
  ].flat()
  controller = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(controller.stdout)
  createInterface(controller.stdout).on('line', (line) => {
    events.push((JSON.parse(line) as { event: string }).event)
  })
})

after(async () => {
  controller.kill('SIGTERM')
  if (controller.exitCode === null) await once(controller, 'exit')
  alice.close()
  await cluster.stop()
  for (const close of closings) close()
  fleet.remove()
  rmSync(dir, { recursive: true })
})

async function chains(): Promise<readonly string[]> {
  const listing = ['ls-tree', '-r', '--name-only', branch, '--', 'checkpoints/']
  const names = await fleet.git(listing).catch(() => '')
  return names.split('\n').filter((name) => name !== '')
}

/** Ends a replica that has something to close its chain behind, and starts it again. */
async function closeAChain(): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'refused' } }
  let asked: 'serve-0' | 'serve-1' | undefined
  // The API server keeps its connections, and asks by those that it has.
  await eventually('a record', async () => {
    await alice({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body })
    asked = (['serve-0', 'serve-1'] as const).find(hasRecords)
    return asked !== undefined
  })
  await cluster.restart(asked ?? assert.fail())
}

function hasRecords(pod: string): boolean {
  const records = cluster.webhook?.records ?? ''
  const names = readdirSync(records).filter((name) => name.includes(`-${pod}-`))
  const last = names
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .at(-1)
  return last !== undefined && readFileSync(path.join(records, last)).length > 0
}

interface Kept {
  readonly kind: string
  readonly spec: { readonly writer: string; readonly closes: boolean; readonly seq: number }
}

async function kept(): Promise<readonly Kept[]> {
  const names = await chains()
  return Promise.all(
    names.map(async (name) => JSON.parse(await fleet.git(['show', `${branch}:${name}`])) as Kept),
  )
}

function closed(count: number): Promise<void> {
  return eventually(`${count} closed chains in Git`, async () => {
    return (await kept()).filter(({ spec }) => spec.closes).length >= count
  })
}

function complaints(): number {
  return events.filter((event) => event === 'checkpoints_not_in_git').length
}

function verify(records: string, ...anchors: readonly string[]) {
  const jwks = checkpointJwks(layoutOf(cluster.dir))
  const args = ['audit', 'verify', records, '--jwks', jwks, ...anchors, '-o', 'json']
  const { status, stdout, stderr } = solewriter(args)
  assert.notEqual(stdout, '', stderr)
  return { status, found: JSON.parse(stdout) as Verification }
}

describe('checkpoints in Git', () => {
  test('are not committed with a token that is refused, and are once it is replaced', async () => {
    await closeAChain()
    await eventually('a complaint', () => complaints() > 0)
    assert.deepEqual(await chains(), [])
    writeFileSync(tokenFile, token)
    await eventually('a commit', async () => (await chains()).length > 0)
  })

  test('are committed when they are new, beside all else that is there', async () => {
    await closed(1)
    assert.equal(await fleet.git(['show', 'main:README.md']), 'manifests')
    const [first] = await kept()
    assert.equal(first?.kind, 'AuditCheckpoint')
    let text = ''
    await eventually('the metric says when', async () => {
      ;({ text } = await exchange({ url: `${health}/metrics` }))
      return /^solewriter_audit_checkpoints_git_timestamp_seconds \d/m.test(text)
    })
    assert.match(text, /^solewriter_audit_checkpoints_git_errors_total [1-9]/m)
  })

  test('go on top of what somebody else has pushed', async () => {
    const theirs = await fleet.commit({ 'NOTES.md': 'of others' }, branch)
    await closeAChain()
    await closed(2)
    assert.equal(await fleet.git(['show', `${branch}:NOTES.md`]), 'of others')
    await fleet.git(['merge-base', '--is-ancestor', theirs, branch])
  })

  test('show the end that was cut off the records, without the cluster', () => {
    const records = cluster.webhook?.records ?? ''
    const whole = verify(records, '--anchors', fleet.directory)
    assert.equal(whole.status, 0, JSON.stringify(whole.found.problems))
    const cut = path.join(dir, 'cut')
    cpSync(records, cut, { recursive: true, filter: (file) => !file.endsWith('reserve') })
    const end = whole.found.chains.find((chain) => chain.end === 'closed')
    assert.ok(end)
    const boot = end.writer.split('/')[1] ?? ''
    const name = readdirSync(cut).find((one) => one.startsWith(boot)) ?? ''
    const lines = readFileSync(path.join(cut, name), 'utf8').trimEnd().split('\n')
    writeFileSync(path.join(cut, name), `${lines.slice(0, -1).join('\n')}\n`)
    const found = verify(cut, '--anchors', fleet.directory)
    assert.equal(found.status, 1)
    assert.match(JSON.stringify(found.found.problems), /missing at the end/)
  })

  test('are read from a clone, and from a directory of their files', async () => {
    const records = cluster.webhook?.records ?? ''
    const clone = path.join(dir, 'clone')
    await runGit(dir, ['clone', '-q', '--branch', branch, fleet.directory, clone])
    assert.equal(verify(records, '--anchors', clone).status, 0)
    assert.equal(verify(records, '--anchors', path.join(clone, 'checkpoints')).status, 0)
    const none = solewriter(['audit', 'verify', records, '--anchors', dir])
    assert.equal(none.status, 2)
    assert.match(none.stderr, /is no repository, and holds no \*\.json/)
    const other = ['--anchors', fleet.directory, '--anchors-branch', 'main']
    const wrong = solewriter(['audit', 'verify', records, ...other])
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /main holds no checkpoints\/\*\.json/)
  })

  test('are pushed later where the repository is away', async () => {
    const before = complaints()
    await fleet.git(['config', 'core.repositoryFormatVersion', '99'])
    await eventually('another complaint', () => complaints() > before)
    await closeAChain()
    const config = path.join(fleet.directory, 'config')
    await runGit(dir, ['config', '--file', config, 'core.repositoryFormatVersion', '0'])
    await closed(3)
  })
})
