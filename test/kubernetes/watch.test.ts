import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../e2e/eventually.ts'
import { json } from './api-server.ts'
import { gadgets, startGadgetServer, untilWatching } from './gadget-server.ts'
import { openWatch } from './open-watch.ts'

const reference = { ...gadgets, namespace: 'shop', name: 'a' }

describe('a watch', () => {
  test('lists, follows and tells what changes', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.put('a')
    const { watch, changes, shown, state } = openWatch(t, api)
    assert.equal(watch.isSynced(), false)
    await untilWatching(server)
    assert.equal(watch.isSynced(), true)
    assert.deepEqual(shown(), ['a 101'])
    server.put('a')
    server.put('b')
    server.remove('a')
    await eventually('events arrive', () => changes.length === 4)
    assert.deepEqual(changes, ['added a 101', 'modified a 102', 'added b 103', 'deleted a 102'])
    assert.deepEqual(shown(), ['b 103'])
    assert.equal(watch.get(reference), undefined)
    assert.equal(watch.get({ ...reference, name: 'b' }), watch.list(gadgets)[0])
    assert.deepEqual(
      { ...state(), heardAt: undefined },
      {
        name: 'Gadget.example.com',
        isServed: true,
        isSynced: true,
        objects: 1,
        heardAt: undefined,
        blindSince: undefined,
        problem: undefined,
      },
    )
  })

  test('asks for everything in pages of one moment, and goes on from there', async (t) => {
    const { server, api } = await startGadgetServer(t)
    for (let index = 0; index < 250; index += 1) server.put(`n${index}`)
    const { shown } = openWatch(t, api)
    await untilWatching(server)
    assert.equal(shown().length, 250)
    const lists = server.asked.filter(({ verb }) => verb === 'list' || verb === 'page')
    assert.deepEqual(
      lists.map(({ url }) => [url.searchParams.get('limit'), url.searchParams.get('continue')]),
      [
        ['100', null],
        ['100', '100'],
        ['100', '200'],
      ],
    )
    assert.ok(lists.every(({ url }) => !url.searchParams.has('resourceVersion')))
    const [watching] = server.asked.filter(({ verb }) => verb === 'watch')
    assert.equal(watching?.url.searchParams.get('resourceVersion'), '350')
    assert.equal(watching?.url.searchParams.get('allowWatchBookmarks'), 'true')
    assert.match(watching?.url.searchParams.get('timeoutSeconds') ?? '', /^1[2-8]\d$/)
  })

  test('lists again when the pages were not of one moment, or took too long', async (t) => {
    const { server, api } = await startGadgetServer(t)
    for (let index = 0; index < 150; index += 1) server.put(`n${index}`)
    let pages = 0
    server.intercept = (verb, response) => {
      if (verb !== 'page') return undefined
      pages += 1
      if (pages === 1) server.putSilently('late')
      if (pages === 2) json(response, 410, { kind: 'Status', reason: 'Expired' })
      return pages === 2
    }
    const { shown } = openWatch(t, api)
    await untilWatching(server)
    assert.equal(shown().length, 151)
    assert.equal(server.count('list'), 3)
  })

  test('asks for less at a time when there was no good answer', async (t) => {
    const { server, api } = await startGadgetServer(t)
    for (let index = 0; index < 25; index += 1) server.put(`n${index}`)
    server.intercept = (verb, response) => {
      // The first one is sent again by itself.
      if (verb !== 'list' || server.count('list') > 2) return undefined
      response.writeHead(200, { 'content-length': 1_000_000 })
      response.write('{')
      response.destroy()
      return true
    }
    const { shown } = openWatch(t, api)
    await untilWatching(server)
    assert.equal(shown().length, 25)
    const limits = server.asked.filter(({ verb }) => verb === 'list')
    assert.equal(limits.at(-1)?.url.searchParams.get('limit'), '20')
  })

  test('reads events that arrive in pieces, and several in one', async (t) => {
    const { server, api } = await startGadgetServer(t)
    const { changes } = openWatch(t, api)
    await untilWatching(server)
    const event = (name: string, version: number) =>
      `{"type":"ADDED","object":{"metadata":{"name":"${name}","resourceVersion":"${version}","labels":{"x":"é"}}}}\n`
    const bytes = Buffer.from(event('x', 201) + event('y', 202) + event('z', 203))
    const cut = bytes.indexOf(Buffer.from('é')) + 1
    server.emitBytes(bytes.subarray(0, cut))
    await sleep(50)
    server.emitBytes(bytes.subarray(cut))
    await eventually('all arrive', () => changes.length === 3)
    assert.deepEqual(changes, ['added x 201', 'added y 202', 'added z 203'])
  })

  test('says which permission is missing, and goes on asking', async (t) => {
    const { server, api } = await startGadgetServer(t)
    let isForbidden = true
    server.intercept = (verb, response) => {
      if (verb !== 'list' || !isForbidden) return undefined
      json(response, 403, { kind: 'Status', message: 'hunter2', reason: 'Forbidden' })
      return true
    }
    const { watch, state, log } = openWatch(t, api)
    await eventually('it is refused', () => state().problem !== undefined)
    assert.match(state().problem ?? '', /our account may not list gadgets\.example\.com/)
    assert.doesNotMatch(log.join(), /hunter2/)
    assert.equal(watch.isSynced(), false)
    isForbidden = false
    await eventually('it is allowed', () => watch.isSynced())
  })

  test('of a kind that is not served has nothing, and nothing is wrong', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.isServed = false
    server.put('a')
    const { watch, changes, state, shown } = openWatch(t, api)
    await eventually('it is known', () => state().isServed === false)
    assert.equal(watch.isSynced(), true)
    assert.equal(state().blindSince, undefined)
    assert.equal(state().problem, undefined)
    server.isServed = true
    await eventually('it is found', () => shown().length === 1)
    server.isServed = false
    server.endWatches()
    await eventually('it is gone', () => state().isServed === false)
    assert.deepEqual(changes, ['added a 101', 'deleted a 101'])
  })

  test('is not ended by who listens to it', async (t) => {
    const { server, api } = await startGadgetServer(t)
    const { watch, changes, log } = openWatch(t, api)
    const end = watch.onChange(() => {
      throw new Error('no')
    })
    await untilWatching(server)
    server.put('a')
    await eventually('it is told', () => changes.length === 1)
    assert.match(log.join(), /engine_change_not_followed/)
    end()
    server.put('b')
    await eventually('it goes on', () => changes.length === 2)
    assert.equal(server.count('watch'), 1)
  })

  test('leaves no connection open when it is stopped', async (t) => {
    const { server, api } = await startGadgetServer(t)
    const { watch } = openWatch(t, api)
    await untilWatching(server)
    await watch.stop()
    await eventually('it is closed', () => server.openWatches === 0)
    const asked = server.asked.length
    await sleep(200)
    assert.equal(server.asked.length, asked)
    await assert.rejects(watch.read(reference, AbortSignal.timeout(1000)), {
      code: 'ClusterUnreachable',
    })
  })

  test('follows the kinds that are wanted, and no others', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.put('a')
    const { watch, shown } = openWatch(t, api)
    await untilWatching(server)
    await watch.follow([gadgets, { group: 'example.com', kind: 'Gizmo' }])
    assert.equal(server.count('list'), 1)
    await watch.follow([])
    await eventually('it is closed', () => server.openWatches === 0)
    assert.deepEqual(shown(), [])
    assert.deepEqual(watch.states(), [])
    assert.equal(watch.isSynced(), true)
    await watch.follow([gadgets])
    await eventually('it is back', () => shown().length === 1)
  })

  test('starts again from an older past', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.put('a')
    server.put('b')
    const { watch, shown, log } = openWatch(t, api)
    await untilWatching(server)
    server.revision = 10
    server.forget()
    server.putSilently('a')
    await watch.read(reference, AbortSignal.timeout(5000))
    await eventually('it has started again', () => shown().join() === 'a 11')
    assert.match(log.join(), /engine_watch_started_over/)
  })
})
