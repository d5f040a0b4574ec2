import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { main } from '../cli/process.ts'
import { openClosedGate, type ClosedGate } from './closed-gate.ts'

const namespace = 'solewriter-system'
const kind = 'validatingwebhookconfiguration'
const root = path.join(import.meta.dirname, '..', '..')
const docs = readFileSync(path.join(root, 'docs', 'emergency.md'), 'utf8')
const reason = 'INC-1: nobody can deploy'

let gate: ClosedGate
let cluster: Cluster
let cwd: string

interface Configuration {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly webhooks: readonly unknown[]
}

before(async () => {
  gate = await openClosedGate()
  cluster = await startCluster({ externalWebhook: gate.webhook })
  cwd = mkdtempSync(path.join(tmpdir(), 'solewriter-emergency-'))
})

/** Each test begins in a cluster whose gate is closed. */
beforeEach(async () => {
  await gate.revive()
  await eventually('a closed gate', async () => !(await mayWrite()))
})

after(async () => {
  await cluster.stop()
  await gate.close()
  rmSync(cwd, { recursive: true })
})

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `in vain: ${what}`)
    await sleep(100)
  }
}

async function mayWrite(): Promise<boolean> {
  const args = ['create', 'configmap', 'a-write', '--dry-run=server']
  return (await cluster.kubectl('alice', args)).code === 0
}

function emergency(...args: readonly string[]): Promise<Outcome> {
  return emergencyAs('alice', ...args)
}

function emergencyAs(user: string, ...args: readonly string[]): Promise<Outcome> {
  const kubeconfig = cluster.kubeconfigs[user] ?? user
  return run(process.execPath, [main, 'emergency', ...args, '--kubeconfig', kubeconfig], { cwd })
}

async function read(name = 'solewriter'): Promise<Configuration> {
  const { code, stdout, stderr } = await cluster.kubectl('alice', ['get', kind, name, '-o', 'json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Configuration
}

async function isThere(name = 'solewriter'): Promise<boolean> {
  return (await cluster.kubectl('alice', ['get', kind, name])).code === 0
}

async function marker(): Promise<Record<string, string> | undefined> {
  const args = ['get', 'configmap', '-n', namespace, 'solewriter-emergency', '-o', 'json']
  const { code, stdout } = await cluster.kubectl('alice', args)
  return code === 0 ? (JSON.parse(stdout) as { data: Record<string, string> }).data : undefined
}

/** Tests end with the gate closed again, whatever they found. */
async function withNamespace(work: () => Promise<void>): Promise<void> {
  await off()
  await cluster.kubectl('alice', ['create', 'namespace', namespace])
  await on()
  try {
    await work()
  } finally {
    await off()
    await cluster.kubectl('alice', ['delete', 'namespace', namespace])
    await on()
  }
}

let original: Configuration

/** By kubectl alone, as docs/emergency.md has it. */
async function off(): Promise<void> {
  if (await isThere()) original = await read()
  await cluster.kubectl('alice', ['delete', kind, 'solewriter'])
  await eventually('an open gate', mayWrite)
}

async function on(): Promise<void> {
  const { name } = original.metadata
  const manifest = { ...original, metadata: { name } }
  const { code, stderr } = await cluster.kubectl('alice', ['create', '-f', '-'], {
    input: JSON.stringify(manifest),
  })
  assert.equal(code, 0, stderr)
  await eventually('a closed gate', async () => !(await mayWrite()))
}

function savedFiles(): string[] {
  return readdirSync(cwd).map((file) => path.join(cwd, file))
}

async function assertRestored(webhooks: readonly unknown[]): Promise<void> {
  assert.equal(JSON.stringify((await read()).webhooks), JSON.stringify(webhooks))
  await eventually('a closed gate', async () => !(await mayWrite()))
  assert.equal(await marker(), undefined)
  assert.deepEqual(savedFiles(), [])
}

test('off opens a cluster that denies everything, and on closes it as it was', () =>
  withNamespace(async () => {
    const { webhooks } = await read()
    const outcome = await emergency('off', '--reason', reason, '--yes', '-o', 'json')
    assert.equal(outcome.code, 0, outcome.stderr)
    const said = JSON.parse(outcome.stdout) as Record<string, unknown>
    assert.deepEqual(said['removed'], ['solewriter'])
    assert.equal(said['by'], 'alice')
    assert.equal(said['marker'], `${namespace}/solewriter-emergency`)
    assert.equal(await isThere(), false)
    await eventually('an open gate', mayWrite)
    const { by, reason: why, at } = (await marker()) ?? {}
    assert.deepEqual([by, why], ['alice', reason])
    assert.equal(at, said['at'])
    assert.deepEqual(savedFiles(), [])

    const back = await emergency('on', '--yes')
    assert.equal(back.code, 0, back.stderr)
    assert.match(back.stdout, /is ON in .*: solewriter \(off since .* by alice\)/)
    await assertRestored(webhooks)
  }))

test('off opens a cluster whose webhook is dead', () =>
  withNamespace(async () => {
    const { webhooks } = await read()
    await gate.die()
    const outcome = await emergency('off', '--reason', reason, '--yes')
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.match(outcome.stdout, /solewriter is OFF .*nothing gates writes/)
    await eventually('an open gate', mayWrite)
    assert.equal((await marker())?.['by'], 'alice')
    await gate.revive()
    assert.equal((await emergency('on', '--yes')).code, 0)
    await assertRestored(webhooks)
  }))

test('off works where the marker cannot be written, says so, and leaves a file for on', async () => {
  const { webhooks } = await read()
  const outcome = await emergency('off', '--reason', reason, '--yes')
  assert.equal(outcome.code, 0)
  assert.match(outcome.stderr, /WARNING: the marker .* could not be written: 404/)
  const [file = assert.fail('no file')] = savedFiles()
  assert.ok(outcome.stderr.includes(file))
  assert.ok(await mayWrite())

  assert.equal((await emergency('on', '--yes')).code, 1)
  const back = await emergency('on', '-f', file, '--yes')
  assert.equal(back.code, 0, back.stderr)
  rmSync(file)
  await assertRestored(webhooks)
})

test('that file is a manifest that kubectl takes', async () => {
  const { webhooks } = await read()
  await emergency('off', '--reason', reason, '--yes')
  const [file = assert.fail('no file')] = savedFiles()
  assert.match(readFileSync(file, 'utf8'), /"kind":"ValidatingWebhookConfiguration"/)
  const { code, stderr } = await cluster.kubectl('alice', ['create', '-f', file])
  assert.equal(code, 0, stderr)
  rmSync(file)
  await assertRestored(webhooks)
})

test('on steps around a configuration that something has put back, and keeps it', () =>
  withNamespace(async () => {
    original = await read()
    await emergency('off', '--reason', reason, '--yes')
    await on()
    const back = await emergency('on', '--yes')
    assert.equal(back.code, 0, back.stderr)
    await assertRestored(original.webhooks)
  }))

test('a second off keeps what the first one saved', () =>
  withNamespace(async () => {
    const { webhooks } = await read()
    await emergency('off', '--reason', reason, '--yes')
    const again = await emergency('off', '--reason', 'again', '--yes')
    assert.equal(again.code, 0)
    assert.match(again.stderr, /it is off already/)
    assert.equal((await marker())?.['reason'], reason)
    await emergency('on', '--yes')
    await assertRestored(webhooks)
  }))

test('on refuses to replace another configuration of that name', () =>
  withNamespace(async () => {
    original = await read()
    await emergency('off', '--reason', reason, '--yes')
    const patch = ['patch', kind, 'solewriter', '--type=json', '-p']
    await on()
    await cluster.kubectl('alice', [
      ...patch,
      '[{"op":"replace","path":"/webhooks/0/timeoutSeconds","value":3}]',
    ])
    const refused = await emergency('on', '--yes')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /is there already, and is not what was saved/)
    await off()
    original = { ...original, webhooks: (await savedIn()).webhooks }
    assert.equal((await emergency('on', '--yes')).code, 0)
    await assertRestored(original.webhooks)
  }))

async function savedIn(): Promise<Configuration> {
  const text = (await marker())?.['configurations.json'] ?? '[]'
  const [saved = assert.fail('nothing saved')] = JSON.parse(text) as Configuration[]
  return saved
}

test('a guard over configurations lets the emergency group through, and nobody else', async () => {
  const enforce = path.join(root, 'manifests', 'components', 'enforce')
  await withNamespace(async () => {
    const { webhooks } = await read()
    await off()
    for (const file of ['emergency.yaml', 'guard.yaml']) {
      const applied = await cluster.kubectl('alice', ['apply', '-f', path.join(enforce, file)])
      assert.equal(applied.code, 0, applied.stderr)
    }
    await on()
    const remove = ['delete', kind, 'solewriter', '--dry-run=server']
    await eventually('a guard', async () => (await cluster.kubectl('alice', remove)).code !== 0)

    const refused = await emergency('off', '--reason', reason, '--yes')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /was not removed: .*solewriter:emergency/)
    assert.ok(await isThere())
    rmSync(savedFiles()[0] ?? '', { force: true })

    const sealed = await cluster.kubeconfig({
      kind: 'user',
      user: 'sealed',
      groups: ['solewriter:emergency'],
    })
    const outcome = await emergencyAs(sealed, 'off', '--reason', reason, '--yes')
    assert.deepEqual([outcome.code, outcome.stderr], [0, ''])
    assert.equal((await marker())?.['by'], 'sealed')
    const back = await emergencyAs(sealed, 'on', '--yes')
    assert.deepEqual([back.code, back.stderr], [0, ''])
    await assertRestored(webhooks)

    // The last commands of the page, for who has no such certificate.
    const { code, stderr } = await runFromDocs('L3: the removal is refused', 0)
    assert.equal(code, 0, stderr)
    await eventually('no guard', async () => (await cluster.kubectl('alice', remove)).code === 0)
  })
})

/** The numbered block of commands in a section of docs/emergency.md, as alice. */
function runFromDocs(section: string, index: number): Promise<Outcome> {
  const [, text = ''] = docs.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  const block = [...own.matchAll(/```sh\n([^]*?)```/g)][index]?.[1]
  assert.ok(block !== undefined, `no commands in ${section}`)
  const { PATH = '' } = process.env
  const { kubectl } = cluster.binaries
  const env = {
    ...process.env,
    PATH: [path.dirname(kubectl), PATH].join(path.delimiter),
    KUBECONFIG: cluster.kubeconfigs['alice'],
  }
  const solewriter = `solewriter() { '${process.execPath}' '${main}' "$@"; }\n`
  return run('sh', ['-euc', solewriter + block], { cwd, env })
}

async function runsFromDocs(section: string, index: number): Promise<void> {
  const { code, stderr } = await runFromDocs(section, index)
  assert.equal(code, 0, stderr)
}

test('the page has it right: solewriter, kubectl alone, and etcd', () =>
  withNamespace(async () => {
    const { webhooks } = await read()
    await runsFromDocs('L2: off and on', 0)
    await eventually('an open gate', mayWrite)
    await runsFromDocs('L2: off and on', 1)
    await assertRestored(webhooks)

    const alone = 'The same with kubectl alone'
    await runsFromDocs(alone, 0)
    await eventually('an open gate', mayWrite)
    await runsFromDocs('Pause whoever would put it back', 0)
    await runsFromDocs(alone, 2)
    rmSync(path.join(cwd, 'solewriter-webhook.yaml'))
    await assertRestored(webhooks)

    original = await read()
    await gate.die()
    await runsFromDocs(alone, 1)
    await eventually('an open gate', mayWrite)
    await gate.revive()

    // etcdctl is not at hand; its command names the key.
    const key = /etcdctl del (\S+)/.exec(docs)?.[1] ?? ''
    const { status, text } = await exchange({
      method: 'POST',
      url: `${cluster.etcd}/v3/kv/deleterange`,
      body: { key: Buffer.from(key).toString('base64') },
    })
    assert.equal(status, 200)
    assert.equal((JSON.parse(text) as { deleted?: string }).deleted, '1')
    await eventually('an open gate', mayWrite)
    await on()
    await assertRestored(webhooks)
  }))

test('a dry run and a missing yes change nothing', async () => {
  const { metadata } = await read()
  const dry = await emergency('off', '--reason', reason, '--dry-run')
  assert.equal(dry.code, 0)
  assert.match(dry.stdout, /would .*remove webhook configuration solewriter/)
  const unasked = await emergency('off', '--reason', reason)
  assert.equal(unasked.code, 2)
  assert.match(unasked.stderr, /say --yes/)
  assert.equal((await emergency('off', '--yes')).code, 2)
  assert.equal((await emergency('off', '--yes', '--reason', ' ')).code, 2)
  assert.equal((await read()).metadata.resourceVersion, metadata.resourceVersion)
  assert.deepEqual(savedFiles(), [])
})

test('who may not remove it is told so, and leaves nothing behind', async () => {
  const carol = await cluster.kubeconfig({ kind: 'user', user: 'carol', groups: [] })
  const refused = await emergencyAs(carol, 'off', '--reason', reason, '--yes')
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /403 Forbidden/)
  assert.ok(await isThere())
  assert.equal(existsSync(cwd) && savedFiles().length, 0)
})
