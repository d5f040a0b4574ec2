import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { eventually } from './eventually.ts'
import { kind, lockCluster, namespace, type LockedCluster } from './locked-cluster.ts'

const reason = 'INC-1: nobody can deploy'

let locked: LockedCluster

before(async () => {
  locked = await lockCluster()
})

beforeEach(() => locked.close())

after(() => locked.end())

test('off opens a cluster that denies everything, and on closes it as it was', () =>
  locked.withNamespace(async () => {
    const { webhooks } = await locked.read()
    const outcome = await locked.emergency('off', '--reason', reason, '--yes', '-o', 'json')
    assert.equal(outcome.code, 0, outcome.stderr)
    const said = JSON.parse(outcome.stdout) as Record<string, unknown>
    assert.deepEqual(said['removed'], ['solewriter'])
    assert.equal(said['by'], 'alice')
    assert.equal(said['marker'], `${namespace}/solewriter-emergency`)
    assert.equal(await locked.isThere(), false)
    await eventually('an open gate', locked.mayWrite)
    const { by, reason: why, at } = (await locked.marker()) ?? {}
    assert.deepEqual([by, why], ['alice', reason])
    assert.equal(at, said['at'])
    assert.deepEqual(locked.savedFiles(), [])

    const back = await locked.emergency('on', '--yes')
    assert.equal(back.code, 0, back.stderr)
    assert.match(back.stdout, /is ON in .*: solewriter \(off since .* by alice\)/)
    await locked.assertRestored(webhooks)
  }))

test('off opens a cluster whose webhook is dead', () =>
  locked.withNamespace(async () => {
    const { webhooks } = await locked.read()
    await locked.gate.die()
    const outcome = await locked.emergency('off', '--reason', reason, '--yes')
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.match(outcome.stdout, /solewriter is OFF .*nothing gates writes/)
    await eventually('an open gate', locked.mayWrite)
    assert.equal((await locked.marker())?.['by'], 'alice')
    await locked.gate.revive()
    assert.equal((await locked.emergency('on', '--yes')).code, 0)
    await locked.assertRestored(webhooks)
  }))

test('off works where the marker cannot be written, says so, and leaves a file for on', async () => {
  const { webhooks } = await locked.read()
  const outcome = await locked.emergency('off', '--reason', reason, '--yes')
  assert.equal(outcome.code, 0)
  assert.match(outcome.stderr, /WARNING: the marker .* could not be written: 404/)
  const [file = assert.fail('no file')] = locked.savedFiles()
  assert.ok(outcome.stderr.includes(file))
  assert.ok(await locked.mayWrite())

  assert.equal((await locked.emergency('on', '--yes')).code, 1)
  const back = await locked.emergency('on', '-f', file, '--yes')
  assert.equal(back.code, 0, back.stderr)
  rmSync(file)
  await locked.assertRestored(webhooks)
})

test('on takes a manifest that leaves out what the API server fills in', async () => {
  const before = await locked.read()
  await locked.emergency('off', '--reason', reason, '--yes')
  const [file = assert.fail('no file')] = locked.savedFiles()
  const saved = JSON.parse(readFileSync(file, 'utf8')) as { webhooks: Record<string, unknown>[] }
  for (const webhook of saved.webhooks) {
    for (const key of ['namespaceSelector', 'objectSelector', 'matchPolicy']) delete webhook[key]
  }
  writeFileSync(file, JSON.stringify(saved))
  const back = await locked.emergency('on', '-f', file, '--yes')
  assert.equal(back.code, 0, back.stderr)
  rmSync(file)
  await locked.assertRestored(before.webhooks)
})

test('that file is a manifest that kubectl takes', async () => {
  const { webhooks } = await locked.read()
  await locked.emergency('off', '--reason', reason, '--yes')
  const [file = assert.fail('no file')] = locked.savedFiles()
  assert.match(readFileSync(file, 'utf8'), /"kind":"ValidatingWebhookConfiguration"/)
  const { code, stderr } = await locked.cluster.kubectl('alice', ['create', '-f', file])
  assert.equal(code, 0, stderr)
  rmSync(file)
  await locked.assertRestored(webhooks)
})

test('on steps around a configuration that something has put back, and keeps it', () =>
  locked.withNamespace(async () => {
    locked.original = await locked.read()
    await locked.emergency('off', '--reason', reason, '--yes')
    await locked.on()
    const back = await locked.emergency('on', '--yes')
    assert.equal(back.code, 0, back.stderr)
    await locked.assertRestored(locked.original.webhooks)
  }))

test('a second off keeps what the first one saved', () =>
  locked.withNamespace(async () => {
    const { webhooks } = await locked.read()
    await locked.emergency('off', '--reason', reason, '--yes')
    const again = await locked.emergency('off', '--reason', 'again', '--yes')
    assert.equal(again.code, 0)
    assert.match(again.stderr, /it is off already/)
    assert.equal((await locked.marker())?.['reason'], reason)
    await locked.emergency('on', '--yes')
    await locked.assertRestored(webhooks)
  }))

test('on refuses to replace another configuration of that name', () =>
  locked.withNamespace(async () => {
    locked.original = await locked.read()
    await locked.emergency('off', '--reason', reason, '--yes')
    const patch = ['patch', kind, 'solewriter', '--type=json', '-p']
    await locked.on()
    await locked.cluster.kubectl('alice', [
      ...patch,
      '[{"op":"replace","path":"/webhooks/0/timeoutSeconds","value":3}]',
    ])
    const refused = await locked.emergency('on', '--yes')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /is there already, and is not what was saved/)
    await locked.off()
    locked.original = { ...locked.original, webhooks: (await locked.savedIn()).webhooks }
    assert.equal((await locked.emergency('on', '--yes')).code, 0)
    await locked.assertRestored(locked.original.webhooks)
  }))

test('a dry run and a missing yes change nothing', async () => {
  const { metadata } = await locked.read()
  const dry = await locked.emergency('off', '--reason', reason, '--dry-run')
  assert.equal(dry.code, 0)
  assert.match(dry.stdout, /would .*remove webhook configuration solewriter/)
  const unasked = await locked.emergency('off', '--reason', reason)
  assert.equal(unasked.code, 2)
  assert.match(unasked.stderr, /say --yes/)
  assert.equal((await locked.emergency('off', '--yes')).code, 2)
  assert.equal((await locked.emergency('off', '--yes', '--reason', ' ')).code, 2)
  assert.equal((await locked.read()).metadata.resourceVersion, metadata.resourceVersion)
  assert.deepEqual(locked.savedFiles(), [])
})

test('who may not remove it is told so, and leaves nothing behind', async () => {
  const carol = await locked.cluster.kubeconfig({ kind: 'user', user: 'carol', groups: [] })
  const refused = await locked.emergencyAs(carol, 'off', '--reason', reason, '--yes')
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /403 Forbidden/)
  assert.ok(await locked.isThere())
  assert.deepEqual(locked.savedFiles(), [])
})
