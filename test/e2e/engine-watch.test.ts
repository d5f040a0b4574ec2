import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import { openWatch } from '../kubernetes/open-watch.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'
import { eventually } from './eventually.ts'
import { defineGadgets, Gadgets } from './gadgets.ts'

const { signal } = new AbortController()
const group = 'engine-watch.example'
const kinds = [{ group, kind: 'Gadget' }]

let own: ApiCluster
let gadgets: Gadgets

before(async () => {
  own = await startApiCluster()
  await defineGadgets(own, group)
  gadgets = new Gadgets(own.api, group)
})

after(() => own.end())

function reference(name: string) {
  return { group, kind: 'Gadget', namespace: 'default', name }
}

test('objects are listed and followed until they are gone', async (t) => {
  await gadgets.create('early', { n: 1 })
  const { watch, changes } = openWatch(t, own.api, { kinds })
  await eventually('it is listed', () => watch.isSynced())
  const early = watch.get(reference('early'))
  assert.equal(at(early, 'spec', 'n'), 1)
  assert.equal(stringAt(early, 'kind'), 'Gadget')
  assert.equal(at(early, 'metadata', 'managedFields'), undefined)
  const created = await gadgets.create('late')
  const changed = await gadgets.change('late', { n: 2 })
  await gadgets.remove('late')
  await eventually('all events have come', () => changes.length === 4)
  assert.deepEqual(changes.slice(1), [
    `added late ${created}`,
    `modified late ${changed}`,
    `deleted late ${changed}`,
  ])
  assert.deepEqual(watch.list({ group, kind: 'Gadget' }), [early])
  await gadgets.remove('early')
})

test('a read is never older than a write that was answered before it', async (t) => {
  await gadgets.create('busy', { n: 0 })
  const { watch } = openWatch(t, own.api, { kinds })
  await eventually('it is listed', () => watch.isSynced())
  let last = 0n
  watch.onChange(({ after: object }) => {
    const version = BigInt(stringAt(object, 'metadata', 'resourceVersion') ?? '0')
    assert.ok(object === undefined || version > last, `${version} after ${last}`)
    last = version
  })
  for (let n = 1; n <= 200; n += 1) {
    const written = BigInt(await gadgets.change('busy', { n }))
    const object = await watch.read(reference('busy'), signal)
    assert.ok(BigInt(stringAt(object, 'metadata', 'resourceVersion') ?? '0') >= written)
    assert.ok(last >= written)
  }
  await gadgets.remove('busy')
  assert.equal(await watch.read(reference('busy'), signal), undefined)
  assert.equal(watch.get(reference('busy')), undefined)
})

test('what comes and goes under reads is gone in the end, and never comes back', async (t) => {
  const { watch } = openWatch(t, own.api, { kinds })
  await eventually('it is listed', () => watch.isSynced())
  for (let n = 0; n < 50; n += 1) {
    const name = `brief-${n % 2}`
    await gadgets.create(name)
    assert.notEqual(await watch.read(reference(name), signal), undefined)
    await gadgets.remove(name)
    assert.equal(await watch.read(reference(name), signal), undefined)
    assert.equal(watch.get(reference(name)), undefined)
  }
  assert.deepEqual(watch.list({ group, kind: 'Gadget' }), [])
})

test('a kind that is defined later is found when its definition comes', async (t) => {
  const later = 'later-watch.example'
  // Nobody would look again by himself while this test runs.
  const timing = { firstDelayMs: 600_000, longestDelayMs: 600_000 }
  const { watch, state, log } = openWatch(t, own.api, {
    kinds: [{ group: later, kind: 'Gadget' }],
    timing,
  })
  await eventually('it is known', () => state().isServed === false)
  await eventually('definitions are watched', () =>
    log.some((line) =>
      /engine_kind_listed.*CustomResourceDefinition|CustomResourceDefinition.*engine_kind_listed/.test(
        line,
      ),
    ),
  )
  assert.equal(watch.isSynced(), true)
  await defineGadgets(own, later)
  await new Gadgets(own.api, later).create('one')
  let labels = 0
  await eventually('it is found', async () => {
    if (watch.list({ group: later, kind: 'Gadget' }).length === 1) return true
    labels += 1
    await own.kubectl('label', '--overwrite', 'crd', `gadgets.${later}`, `n=${labels}`)
    return false
  })
})

test('a kind whose definition goes is gone, and found when it is back', async (t) => {
  const going = 'going-watch.example'
  await defineGadgets(own, going)
  await new Gadgets(own.api, going).create('one')
  const kind = { group: going, kind: 'Gadget' }
  const { watch, changes, state } = openWatch(t, own.api, { kinds: [kind] })
  await eventually('it is listed', () => watch.list(kind).length === 1)
  await own.kubectl('delete', 'crd', `gadgets.${going}`)
  await eventually('it is gone', () => state().isServed === false)
  assert.deepEqual(watch.list(kind), [])
  assert.equal(state().problem, undefined)
  await defineGadgets(own, going)
  await new Gadgets(own.api, going).create('two')
  await eventually('it is back', () => watch.list(kind).length === 1)
  assert.deepEqual(
    changes.map((change) => change.replace(/ \d+$/, '')),
    ['added one', 'deleted one', 'added two'],
  )
})

test('what our account may not read is named', async (t) => {
  const outsider = own.connectAs(
    await own.cluster.kubeconfig({ kind: 'user', user: 'outsider', groups: [] }),
  )
  const { watch, state } = openWatch(t, outsider, { kinds })
  await eventually('it is refused', () => state().problem !== undefined)
  assert.match(state().problem ?? '', /may not list gadgets\.engine-watch\.example/)
  assert.equal(watch.isSynced(), false)
  const secret = { group: '', kind: 'Secret', namespace: 'default', name: 'x' }
  await assert.rejects(watch.read(secret, signal), {
    code: 'ClusterUnreachable',
    message: 'our account may not get secrets: its role must allow it',
  })
})

test('objects of other kinds are read whole, and not watched', async (t) => {
  const { watch } = openWatch(t, own.api, { kinds })
  const map = { group: '', kind: 'ConfigMap', namespace: 'default', name: 'read' }
  assert.equal(await watch.read(map, signal), undefined)
  await own.kubectl('create', 'configmap', 'read', '--from-literal=a=1')
  assert.equal(at(await watch.read(map, signal), 'data', 'a'), '1')
  assert.equal(watch.get(map), undefined)
})
