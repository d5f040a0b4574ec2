import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { whileHolding } from '../../src/kubernetes/lease.ts'
import type { Log } from '../../src/telemetry/log.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'

const script = fileURLToPath(import.meta.resolve('./lease-contender.ts'))
const durationMs = 2_000

let cluster: Cluster
/** What the contenders of this test said, in the order in which it was heard. */
let said: string[] = []
const running = new Map<string, ChildProcess>()

before(async () => {
  cluster = await startCluster()
})

afterEach(async () => {
  for (const child of running.values()) child.kill('SIGKILL')
  running.clear()
  said = []
  await cluster.kubectl('admin', ['delete', 'lease', '-n', 'default', '--all'])
})

after(() => cluster.stop())

function contend(name: string): ChildProcess {
  const { admin = '' } = cluster.kubeconfigs
  const child = spawn(process.execPath, [script, admin, name, String(durationMs)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  createInterface(child.stdout).on('line', (line) => said.push(`${name} ${line}`))
  running.set(name, child)
  return child
}

/** Waits, long enough for a slow machine; what never comes fails the test. */
async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!holds()) {
    assert.ok(Date.now() < deadline, `in vain: ${what}; heard ${said.join(', ')}`)
    await sleep(20)
  }
}

function hears(line: string): Promise<void> {
  return eventually(line, () => said.includes(line))
}

async function holder(): Promise<string> {
  const args = ['get', 'lease', '-n', 'default', 'contended', '-o', 'jsonpath={.spec}']
  const spec = JSON.parse((await cluster.kubectl('admin', args)).stdout) as Record<string, string>
  return spec['holderIdentity'] ?? ''
}

test('of two contenders one works; when it ends the other one does', async () => {
  contend('first')
  await hears('first working')
  contend('second')
  // As long as a holder that is gone would be waited for: this one renews.
  await sleep(durationMs * 2)
  assert.deepEqual(said, ['first working'])
  running.get('first')?.kill('SIGTERM')
  await hears('second working')
  assert.deepEqual(said.slice(0, 2), ['first working', 'first stopped'])
  assert.equal(await holder(), 'second')
})

test('both start at once: exactly one gets it', async () => {
  const names = ['a', 'b', 'c', 'd']
  for (const name of names) contend(name)
  await eventually('a first one', () => said.length > 0)
  await sleep(durationMs)
  assert.equal(said.length, 1)
})

test('a holder that is killed is followed by the other one', async () => {
  const first = contend('first')
  await hears('first working')
  contend('second')
  first.kill('SIGKILL')
  await once(first, 'exit')
  assert.deepEqual(said, ['first working'])
  await hears('second working')
  assert.equal(await holder(), 'second')
})

test('a holder that was stopped for too long finds out and stops', async () => {
  const first = contend('first')
  await hears('first working')
  contend('second')
  first.kill('SIGSTOP')
  await hears('second working')
  first.kill('SIGCONT')
  await hears('first stopped')
  assert.equal(await holder(), 'second')
  assert.deepEqual(said, ['first working', 'second working', 'first stopped'])
})

test('the Lease is handed over empty, so that nobody waits', async () => {
  const first = contend('first')
  await hears('first working')
  first.kill('SIGTERM')
  await hears('first ended')
  assert.equal(await holder(), '')
})

/** In this process, with the API server taken away. */
const nothing = () => undefined
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

function holdHere(api: Api, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) {
  const options = { api, namespace: 'default', name: 'here', identity: 'here', now: Date.now }
  return whileHolding(
    { ...options, log: silent, durationMs, renewDeadlineMs: 1_000, retryMs: 200 },
    work,
    signal,
  )
}

test('without an API server the holder stops by itself, and resumes when there is one', async () => {
  const api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  const ending = new AbortController()
  let periods = 0
  let isWorking = false
  const held = holdHere(
    api,
    async (signal) => {
      periods += 1
      isWorking = true
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true })
      })
      isWorking = false
    },
    ending.signal,
  )
  await eventually('work', () => isWorking)
  await cluster.kill('kube-apiserver')
  await eventually('rest', () => !isWorking)
  await cluster.start('kube-apiserver')
  await eventually('work again', () => isWorking)
  ending.abort()
  await held
  api.close()
  assert.equal(periods, 2)
})

test('without its namespace nobody works, and the log says why', async () => {
  const api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  const ending = new AbortController()
  const warnings: string[] = []
  const log: Log = {
    ...silent,
    warn: (event, { err } = {}) => {
      warnings.push(`${event}: ${err instanceof Error ? err.message : ''}`)
      ending.abort()
    },
  }
  const options = { api, namespace: 'nowhere', name: 'contended', identity: 'here', now: Date.now }
  await whileHolding({ ...options, log }, () => assert.fail('it works'), ending.signal)
  api.close()
  const why = 'write leases contended: the API server answers 404 NotFound'
  assert.deepEqual(warnings, [`lease_unavailable: ${why}`])
})

test('work that fails ends the holding, and hands the Lease over', async () => {
  const api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  const failing = () => Promise.reject(new Error('the work failed'))
  const { signal } = new AbortController()
  await assert.rejects(holdHere(api, failing, signal), { message: 'the work failed' })
  let isDone = false
  await holdHere(
    api,
    () => {
      isDone = true
      return Promise.resolve()
    },
    signal,
  )
  api.close()
  assert.ok(isDone)
})
