import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Verification } from '../../src/core/audit/verify.ts'
import { solewriter } from '../cli/process.ts'
import { checkpointJwks } from '../cluster/checkpoint-key.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { layoutOf } from '../cluster/layout.ts'
import { eventually } from './eventually.ts'
import { requesterOf, type Requester } from './requester.ts'

// Real replicas: checkpoints in the chain and in the cluster, a replica that is killed, one that is
// ended, and what `audit verify` says of it all.

let cluster: Cluster
let alice: Requester
let jwks: string
let records: string

interface Checkpoints {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: { readonly writer: string; readonly seq: number; readonly closes: boolean }
  }[]
}

before(async () => {
  cluster = await startCluster({ with: ['webhook'], replicas: 2 })
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
  jwks = checkpointJwks(layoutOf(cluster.dir))
  records = cluster.webhook?.records ?? ''
})

after(async () => {
  alice.close()
  await cluster.stop()
})

async function anchorsText(): Promise<string> {
  const { stdout } = await cluster.kubectl('admin', ['get', 'auditcheckpoints', '-o', 'json'])
  return stdout
}

async function verify(...args: readonly string[]) {
  const anchors = await anchorsText()
  const { status, stdout, stderr } = solewriter(
    ['audit', 'verify', records, '--jwks', jwks, '--anchors', '-', '-o', 'json', ...args],
    { input: anchors },
  )
  return { status, stderr, found: JSON.parse(stdout) as Verification & { readonly ok: boolean } }
}

/** Refused, and recorded. */
async function denials(count: number): Promise<void> {
  const ask = async (n: number) => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `d${n}` } }
    await alice({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body })
  }
  const left = Array.from({ length: count }, (_, n) => n)
  const workers = Array.from({ length: 16 }, async () => {
    for (let n = left.pop(); n !== undefined; n = left.pop()) await ask(n)
  })
  await Promise.all(workers)
}

async function anchors(): Promise<Checkpoints['items']> {
  return (JSON.parse(await anchorsText()) as Checkpoints).items
}

describe('checkpoints of real replicas', () => {
  test('come after a thousand records, and the newest is in the cluster', async () => {
    await denials(2400)
    await eventually('an object', async () => (await anchors()).length > 0)
    const { status, found, stderr } = await verify()
    assert.equal(status, 0, stderr)
    assert.deepEqual(found.problems, [])
    assert.ok(found.chains.some(({ vouchedFor }) => vouchedFor >= 1000))
  })

  test('are nobody else’s to write or to remove', async () => {
    const [first] = await anchors()
    const name = first?.metadata.name ?? ''
    for (const args of [
      ['delete', 'auditcheckpoint', name],
      ['patch', 'auditcheckpoint', name, '--type=merge', '-p', '{"spec":{"seq":999999}}'],
      ['label', 'auditcheckpoint', name, 'a=b'],
    ]) {
      const { code, stderr } = await cluster.kubectl('admin', args)
      assert.notEqual(code, 0)
      assert.match(stderr, /Protected/)
    }
  })

  test('close the chain of a replica that is ended, and its object says so', async () => {
    await cluster.kill('serve-0', 'SIGTERM')
    await eventually('a closed chain', async () =>
      (await anchors()).some(({ spec }) => spec.closes),
    )
    const { found } = await verify()
    assert.deepEqual(found.problems, [])
    assert.ok(found.chains.some(({ end }) => end === 'closed'))
    await cluster.start('serve-0')
  })

  test('are missing at the end of a replica that is killed, and its successor says where it ended', async () => {
    await denials(200)
    await cluster.kill('serve-1', 'SIGKILL')
    await cluster.start('serve-1')
    await eventually('a chain that died', async () => {
      const { found } = await verify()
      assert.deepEqual(found.problems, [])
      return found.chains.some(({ end, writer }) => end === 'died' && writer.startsWith('serve-1'))
    })
  })

  test('in the cluster name what is cut off the end of the files', async () => {
    const text = await anchorsText()
    const { items } = JSON.parse(text) as Checkpoints
    const closed = items.find(({ spec }) => spec.closes)
    assert.ok(closed)
    const boot = closed.spec.writer.split('/')[1] ?? ''
    const file = path.join(records, `${boot}-serve-0-000001.jsonl`)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const cut = `${lines.slice(0, -3).join('\n')}\n`
    const scratch = mkdtempSync(path.join(cluster.dir, 'cut-'))
    writeFileSync(path.join(scratch, path.basename(file)), cut)
    const { status, stdout } = solewriter(
      ['audit', 'verify', scratch, '--jwks', jwks, '--anchors', '-'],
      { input: text },
    )
    rmSync(scratch, { recursive: true })
    assert.equal(status, 1)
    assert.match(stdout, new RegExp(`records \\d+ to ${lines.length} are missing at the end`))
  })
})
