import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { GuardError } from '../../src/core/errors.ts'
import { at } from '../../src/core/manifest/json.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import { openWatch } from '../kubernetes/open-watch.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'
import { eventually } from './eventually.ts'
import { defineGadgets, Gadgets } from './gadgets.ts'

const { signal } = new AbortController()
const group = 'engine-watch.example'
const kind = { group, kind: 'Gadget' }
const kinds = [kind]

let own: ApiCluster
let gadgets: Gadgets

before(async () => {
  // Versions are forgotten two seconds later, as elsewhere after five minutes.
  own = await startApiCluster({ apiServerFlags: ['--etcd-compaction-interval=2s'] })
  await defineGadgets(own, group)
  gadgets = new Gadgets(own.api, group)
})

after(() => own.end())

function reference(name: string) {
  return { ...kind, namespace: 'default', name }
}

/** An API that can be asked, while its watches can be forbidden. */
function interruptible(api: Api) {
  const gate = { isClosed: false }
  const through: Api = {
    ...api,
    stream: (request) =>
      gate.isClosed
        ? Promise.reject(new GuardError('ClusterUnreachable', 'the gate is closed'))
        : api.stream(request),
  }
  return { gate, through }
}

// First, as an API server that was started again has another pid.
test('an API server that hangs is noticed, and missed until it goes on', async (t) => {
  const version = await gadgets.create('one')
  const timing = { watchMs: 3_000, graceMs: 2_000, healthyMs: 1_000 }
  const { watch, state, shown, log } = openWatch(t, own.api, { kinds, timing })
  await eventually('it is listed', () => watch.isSynced())
  const pid = own.cluster.pids['kube-apiserver'] ?? assert.fail('there is no API server')
  process.kill(pid, 'SIGSTOP')
  try {
    await eventually('it is noticed', () => state().problem !== undefined)
    assert.match(log.join(), /fallen silent/)
    assert.deepEqual(shown(), [`one ${version}`])
    assert.notEqual(state().blindSince, undefined)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await gadgets.remove('one')
  await eventually('it has caught up', () => shown().length === 0)
})

test('an API server that dies and comes back loses nothing', async (t) => {
  const kept = await gadgets.create('kept')
  const { watch, state, changes, shown } = openWatch(t, own.api, { kinds })
  await eventually('it is listed', () => watch.isSynced())
  await own.cluster.kill('kube-apiserver')
  await eventually('it is blind', () => state().problem !== undefined)
  assert.deepEqual(shown(), [`kept ${kept}`])
  assert.equal(state().blindSince, state().heardAt)
  await assert.rejects(watch.read(reference('kept'), signal), { code: 'ClusterUnreachable' })
  await own.cluster.start('kube-apiserver')
  await gadgets.create('new')
  await gadgets.remove('kept')
  await eventually(
    'it has caught up',
    () => state().blindSince === undefined && changes.length === 3,
  )
  assert.deepEqual(
    changes.map((change) => change.replace(/ \d+$/, '')),
    ['added kept', 'added new', 'deleted kept'],
  )
  await gadgets.remove('new')
})

test('a watch whose past is forgotten lists again', async (t) => {
  await gadgets.create('leaving')
  const { gate, through } = interruptible(own.api)
  const { watch, state, shown, log } = openWatch(t, through, { kinds })
  await eventually('it is listed', () => watch.isSynced() && state().blindSince === undefined)
  gate.isClosed = true
  await own.cluster.restart('kube-apiserver')
  await gadgets.remove('leaving')
  const version = await gadgets.create('coming')
  // The new one remembers nothing from before its start; neither does etcd, soon.
  await own.cluster.restart('kube-apiserver')
  await sleep(6_000)
  gate.isClosed = false
  await eventually('it has caught up', () => state().blindSince === undefined)
  assert.deepEqual(shown(), [`coming ${version}`])
  assert.match(log.join(), /engine_watch_expired/)
  await gadgets.remove('coming')
})

test('two thousand objects are listed in pages, and each change of all arrives', async (t) => {
  const spec = { text: 'x'.repeat(2_000) }
  for (let start = 0; start < 2_000; start += 50) {
    const names = Array.from({ length: 50 }, (_, index) => `many-${start + index}`)
    await Promise.all(names.map((name) => gadgets.create(name, spec)))
  }
  const { watch, state, changes } = openWatch(t, own.api, { kinds })
  await eventually('all are listed', () => watch.isSynced())
  assert.equal(watch.list(kind).length, 2_000)
  await eventually('it is watched', () => state().blindSince === undefined)
  for (let start = 0; start < 2_000; start += 50) {
    const names = Array.from({ length: 50 }, (_, index) => `many-${start + index}`)
    await Promise.all(names.map((name) => gadgets.change(name, { n: start })))
  }
  await eventually('all have changed', () => changes.length === 4_000)
  assert.ok(watch.list(kind).every((object) => at(object, 'spec', 'n') !== undefined))
  await own.kubectl('delete', 'gadgets', '--all', '-n', 'default', '--wait=false')
  await eventually('all are gone', () => watch.list(kind).length === 0)
})
