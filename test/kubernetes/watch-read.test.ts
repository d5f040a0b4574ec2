import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import { eventually } from '../e2e/eventually.ts'
import { json } from './api-server.ts'
import { gadgets, startGadgetServer, untilWatching } from './gadget-server.ts'
import { openWatch } from './open-watch.ts'
import { watchedObject } from './watched-object.ts'

const reference = { ...gadgets, namespace: 'shop', name: 'a' }
const { signal } = new AbortController()

async function open(t: TestContext) {
  const gadgetServer = await startGadgetServer(t)
  const { server, api } = gadgetServer
  server.put('a')
  const opened = openWatch(t, api)
  await untilWatching(server)
  const read = async (name = 'a') => {
    const object = await opened.watch.read({ ...reference, name }, signal)
    return stringAt(object, 'metadata', 'resourceVersion')
  }
  return { server, read, ...opened }
}

/** Holds back answers until they are let go. */
function holdBack() {
  const held: (() => void)[] = []
  return {
    held,
    hold: (release: () => void) => {
      held.push(release)
      return true
    },
  }
}

describe('a read', () => {
  test('is newer than the watch, and get and list answer with it from then on', async (t) => {
    const { server, read, watch, changes, shown } = await open(t)
    server.putSilently('a')
    assert.equal(await read(), '102')
    assert.equal(stringAt(watch.get(reference), 'metadata', 'resourceVersion'), '102')
    assert.deepEqual(shown(), ['a 102'])
    assert.deepEqual(changes, ['added a 101', 'modified a 102'])
    const gets = server.asked.filter(({ verb }) => verb === 'get')
    assert.deepEqual(
      gets.map(({ url }) => url.search),
      [''],
    )
  })

  test('of what is gone is undefined, and the watch does not bring it back', async (t) => {
    const { server, read, watch, changes } = await open(t)
    server.putSilently('a')
    server.removeSilently('a')
    assert.equal(await read(), undefined)
    assert.equal(watch.get(reference), undefined)
    server.emit({ type: 'MODIFIED', object: watchedObject('a', 102) })
    server.emit({ type: 'ADDED', object: watchedObject('b', 104) })
    await eventually('the events arrive', () => changes.includes('added b 104'))
    assert.deepEqual(changes, ['added a 101', 'deleted a 101', 'added b 104'])
  })

  test('that the watch has overtaken changes nothing', async (t) => {
    const { server, read, changes } = await open(t)
    const { held, hold } = holdBack()
    server.intercept = (verb, response) =>
      verb === 'get' &&
      hold(() => {
        json(response, 200, watchedObject('a', 101))
      })
    const reading = read()
    await eventually('it is asked', () => held.length === 1)
    server.put('a')
    await eventually('the event arrives', () => changes.includes('modified a 102'))
    held[0]?.()
    assert.equal(await reading, '102')
  })

  test('does not undo a deletion that the watch saw meanwhile', async (t) => {
    const { server, read, watch, changes } = await open(t)
    const { held, hold } = holdBack()
    server.intercept = (verb, response) =>
      verb === 'get' &&
      hold(() => {
        json(response, 200, watchedObject('a', 101))
      })
    const reading = read()
    await eventually('it is asked', () => held.length === 1)
    server.remove('a')
    await eventually('the event arrives', () => changes.length === 2)
    held[0]?.()
    assert.equal(await reading, undefined)
    assert.equal(watch.get(reference), undefined)
  })

  test('that found nothing does not undo what was made after it', async (t) => {
    const { server, read, changes } = await open(t)
    const { held, hold } = holdBack()
    server.remove('a')
    await eventually('it is gone', () => changes.length === 2)
    server.intercept = (verb, response) =>
      verb === 'find' &&
      hold(() => {
        json(response, 200, { metadata: { resourceVersion: '102' }, items: [] })
      })
    const reading = read()
    await eventually('it is asked', () => held.length === 1)
    server.put('a')
    await eventually('the event arrives', () => changes.includes('added a 103'))
    held[0]?.()
    assert.equal(await reading, '103')
  })

  test('of what is made between its two questions finds it', async (t) => {
    const { server, read } = await open(t)
    server.removeSilently('a')
    server.intercept = (verb) => {
      if (verb === 'find') server.putSilently('a')
      return undefined
    }
    assert.equal(await read(), '103')
  })

  test('works when nothing may be listed', async (t) => {
    const { server, read, watch, changes } = await open(t)
    server.intercept = (verb, response) => {
      if (verb === 'find') json(response, 403, { kind: 'Status' })
      return verb === 'find'
    }
    server.removeSilently('a')
    assert.equal(await read(), undefined)
    assert.equal(watch.get(reference), undefined)
    server.put('a')
    await eventually('it is back', () => changes.includes('added a 103'))
  })

  test('is shared by those who ask before it starts, and by nobody after', async (t) => {
    const { server, read } = await open(t)
    const { held, hold } = holdBack()
    const answers: ServerResponse[] = []
    server.intercept = (verb, response) => {
      if (verb !== 'get') return undefined
      answers.push(response)
      return hold(() => {
        json(response, 200, watchedObject('a', 101 + answers.length))
      })
    }
    const first = read()
    await eventually('the first is asked', () => held.length === 1)
    const others = [read(), read(), read()]
    held[0]?.()
    assert.equal(await first, '102')
    await eventually('the next is asked', () => held.length === 2)
    held[1]?.()
    assert.deepEqual(await Promise.all(others), ['103', '103', '103'])
    assert.equal(server.count('get'), 2)
  })

  test('that fails fails nobody who asked during it', async (t) => {
    const { server, read } = await open(t)
    const { held, hold } = holdBack()
    server.intercept = (verb, response) =>
      verb === 'get' && held.length === 0 && hold(() => json(response, 500, {}))
    const first = read()
    await eventually('the first is asked', () => held.length === 1)
    const second = read()
    held[0]?.()
    await assert.rejects(first, { code: 'ClusterUnreachable' })
    assert.equal(await second, '101')
  })

  test('ends for who does not wait any more, not for others', async (t) => {
    const { server, read, watch } = await open(t)
    const { held, hold } = holdBack()
    server.intercept = (verb, response) =>
      verb === 'get' &&
      hold(() => {
        json(response, 200, watchedObject('a', 101))
      })
    const impatient = new AbortController()
    const one = watch.read(reference, impatient.signal)
    await eventually('it is asked', () => held.length === 1)
    const other = read()
    impatient.abort()
    await assert.rejects(one, { code: 'ClusterUnreachable' })
    held[0]?.()
    await eventually('the other is asked', () => held.length === 2)
    held[1]?.()
    assert.equal(await other, '101')
  })

  for (const [title, change] of [
    ['a selector of its own', { name: 'x,metadata.namespace!=shop' }],
    ['a path', { name: '../../../../api' }],
    ['nothing', { name: '' }],
    ['no possible namespace', { namespace: 'Shop/x' }],
  ] as const) {
    test(`of a name that is ${title} asks nobody`, async (t) => {
      const { server, watch } = await open(t)
      const before = server.asked.length
      assert.equal(await watch.read({ ...reference, ...change }, signal), undefined)
      assert.equal(server.asked.length, before)
    })
  }

  test('of a kind that is served since finds it at once', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.isServed = false
    const timing = { firstDelayMs: 60_000, longestDelayMs: 60_000 }
    const { watch, state } = openWatch(t, api, { timing })
    await eventually('it is known', () => state().isServed === false)
    server.isServed = true
    server.put('a')
    server.put('b')
    assert.notEqual(await watch.read(reference, signal), undefined)
    await eventually('the watch has found it too', () => watch.list(gadgets).length === 2)
  })

  test('leaves out what the watch does, and nothing else', async (t) => {
    const { server, watch } = await open(t)
    const metadata = { managedFields: [], labels: { x: 'y' }, resourceVersion: '101', name: 'a' }
    server.intercept = (verb, response) => {
      if (verb === 'get') json(response, 200, { metadata, spec: { n: 1 }, status: { m: 2 } })
      return verb === 'get'
    }
    server.putSilently('a')
    const kept = await watch.read(reference, signal)
    assert.equal(at(kept, 'metadata', 'managedFields'), undefined)
  })
})
