import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { exchange } from '../cluster/http.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { main } from '../cli/process.ts'
import { eventually } from './eventually.ts'
import { kind, lockCluster, type LockedCluster } from './locked-cluster.ts'

const reason = 'INC-1: nobody can deploy'
const root = path.join(import.meta.dirname, '..', '..')
const docs = readFileSync(path.join(root, 'docs', 'emergency.md'), 'utf8')

let locked: LockedCluster

before(async () => {
  locked = await lockCluster()
})

beforeEach(() => locked.close())

after(() => locked.end())

test('a guard over configurations lets the emergency group through, and nobody else', async () => {
  const enforce = path.join(root, 'manifests', 'components', 'enforce')
  await locked.withNamespace(async () => {
    const { webhooks } = await locked.read()
    const sealed = await locked.cluster.kubeconfig({
      kind: 'user',
      user: 'sealed',
      groups: ['solewriter:emergency'],
    })
    await locked.off()
    for (const file of ['emergency.yaml', 'guard.yaml']) {
      const applied = await locked.cluster.kubectl('alice', [
        'apply',
        '-f',
        path.join(enforce, file),
      ])
      assert.equal(applied.code, 0, applied.stderr)
    }
    await locked.on(sealed)
    const remove = ['delete', kind, 'solewriter', '--dry-run=server']
    await eventually(
      'a guard',
      async () => (await locked.cluster.kubectl('alice', remove)).code !== 0,
    )

    const refused = await locked.emergency('off', '--reason', reason, '--yes')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /was not removed: .*solewriter:emergency/)
    assert.ok(await locked.isThere())
    assert.deepEqual(locked.savedFiles(), [])

    const outcome = await locked.emergencyAs(sealed, 'off', '--reason', reason, '--yes')
    assert.deepEqual([outcome.code, outcome.stderr], [0, ''])
    assert.equal((await locked.marker())?.['by'], 'sealed')
    const back = await locked.emergencyAs(sealed, 'on', '--yes')
    assert.deepEqual([back.code, back.stderr], [0, ''])
    await locked.assertRestored(webhooks)

    // The last commands of the page, for who has no such certificate.
    const { code, stderr } = await runFromDocs('L3: the removal is refused', 0)
    assert.equal(code, 0, stderr)
    await eventually(
      'no guard',
      async () => (await locked.cluster.kubectl('alice', remove)).code === 0,
    )
  })
})

/** The numbered block of commands in a section of docs/emergency.md, as alice. */
function runFromDocs(section: string, index: number): Promise<Outcome> {
  const [, text = ''] = docs.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  const block = [...own.matchAll(/```sh\n([^]*?)```/g)][index]?.[1]
  assert.ok(block !== undefined, `no commands in ${section}`)
  const { PATH = '' } = process.env
  const { kubectl } = locked.cluster.binaries
  const env = {
    ...process.env,
    PATH: [path.dirname(kubectl), PATH].join(path.delimiter),
    KUBECONFIG: locked.cluster.kubeconfigs['alice'],
  }
  const solewriter = `solewriter() { '${process.execPath}' '${main}' "$@"; }\n`
  return run('sh', ['-euc', solewriter + block], { cwd: locked.cwd, env })
}

async function runsFromDocs(section: string, index: number): Promise<void> {
  const { code, stderr } = await runFromDocs(section, index)
  assert.equal(code, 0, stderr)
}

test('the page has it right: solewriter, kubectl alone, and etcd', () =>
  locked.withNamespace(async () => {
    const { webhooks } = await locked.read()
    await runsFromDocs('L2: off and on', 0)
    await eventually('an open gate', locked.mayWrite)
    await runsFromDocs('L2: off and on', 1)
    await locked.assertRestored(webhooks)

    const alone = 'The same with kubectl alone'
    await runsFromDocs(alone, 0)
    await eventually('an open gate', locked.mayWrite)
    await runsFromDocs('Pause whoever would put it back', 0)
    await runsFromDocs(alone, 2)
    rmSync(path.join(locked.cwd, 'solewriter-webhook.yaml'))
    await locked.assertRestored(webhooks)

    locked.original = await locked.read()
    await locked.gate.die()
    await runsFromDocs(alone, 1)
    await eventually('an open gate', locked.mayWrite)
    await locked.gate.revive()

    // etcdctl is not at hand; its command names the key.
    const key = /etcdctl del (\S+)/.exec(docs)?.[1] ?? ''
    const { status, text } = await exchange({
      method: 'POST',
      url: `${locked.cluster.etcd}/v3/kv/deleterange`,
      body: { key: Buffer.from(key).toString('base64') },
    })
    assert.equal(status, 200)
    assert.equal((JSON.parse(text) as { deleted?: string }).deleted, '1')
    await eventually('an open gate', locked.mayWrite)
    await locked.on()
    await locked.assertRestored(webhooks)
  }))
