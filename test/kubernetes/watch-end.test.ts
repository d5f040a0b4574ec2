import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../e2e/eventually.ts'
import { json } from './api-server.ts'
import { startGadgetServer, untilWatching, type GadgetServer } from './gadget-server.ts'
import { openWatch } from './open-watch.ts'

describe('a watch that ends', () => {
  test('keeps what it knows while it is blind, and catches up without a list', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.put('a')
    const { changes, shown, state, log } = openWatch(t, api)
    await untilWatching(server)
    server.put('c')
    await eventually('the first event arrives', () => changes.includes('added c 102'))
    const heardAt = state().heardAt ?? assert.fail('nothing was heard')
    await sleep(20)
    server.bookmark()
    await eventually('the bookmark arrives', () => (state().heardAt ?? 0) > heardAt)
    let isAway = true
    server.intercept = (verb, response) => {
      if (verb === 'watch' && isAway) response.destroy()
      return verb === 'watch' && isAway
    }
    server.breakWatches()
    await eventually('it tries', () => server.count('watch') > 3)
    assert.deepEqual(shown(), ['a 101', 'c 102'])
    assert.equal(state().blindSince, state().heardAt)
    assert.match(state().problem ?? '', /127\.0\.0\.1/)
    assert.equal(state().isSynced, true)
    isAway = false
    await untilWatching(server)
    server.put('b')
    await eventually('the event arrives', () => changes.includes('added b 104'))
    assert.equal(server.count('list'), 1)
    assert.equal(state().problem, undefined)
    const last = server.asked.findLast(({ verb }) => verb === 'watch')
    assert.equal(last?.url.searchParams.get('resourceVersion'), '103')
    // Once for each trouble, not for each attempt.
    assert.ok(log.filter((line) => line.includes('engine_watch_broken')).length <= 2)
  })

  test('goes on at once when the API server ends it in its time', async (t) => {
    const { server, api } = await startGadgetServer(t)
    const { shown, log } = openWatch(t, api, { timing: { healthyMs: 0, firstDelayMs: 60_000 } })
    await untilWatching(server)
    server.endWatches()
    await eventually('it is opened again', () => server.count('watch') === 2)
    await untilWatching(server)
    server.put('a')
    await eventually('the event arrives', () => shown().length === 1)
    assert.equal(server.count('list'), 1)
    assert.doesNotMatch(log.join(), /broken/)
  })

  test('is not opened at once, again and again, when it ends at once', async (t) => {
    const { server, api } = await startGadgetServer(t)
    server.intercept = (verb, response) => {
      if (verb === 'watch') response.writeHead(200).end()
      return verb === 'watch'
    }
    openWatch(t, api, { timing: { firstDelayMs: 20, longestDelayMs: 60_000 } })
    await eventually('it tries', () => server.count('watch') >= 3)
    await sleep(300)
    // After at least 10, 20, 40, 80, 160, 320 ms.
    assert.ok(server.count('watch') < 8, `${server.count('watch')} times`)
  })

  test('that has fallen silent is noticed, as its end does not come', async (t) => {
    const { server, api } = await startGadgetServer(t)
    const { log } = openWatch(t, api, { timing: { watchMs: 50, graceMs: 50 } })
    await eventually('it is opened again', () => server.count('watch') === 3)
    assert.match(log.join(), /fallen silent/)
  })

  for (const [title, refuse] of [
    [
      'when it is opened',
      (server: GadgetServer) => {
        server.breakWatches()
      },
    ],
    [
      'in the middle',
      (server: GadgetServer) => {
        server.emit({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
      },
    ],
  ] as const) {
    test(`lists again when its past is forgotten, told ${title}`, async (t) => {
      const { server, api } = await startGadgetServer(t)
      server.put('a')
      server.put('b')
      const { changes, shown } = openWatch(t, api)
      await untilWatching(server)
      let isForgotten = title === 'when it is opened'
      server.intercept = (verb, response) => {
        if (verb !== 'watch' || !isForgotten) return undefined
        isForgotten = false
        json(response, 410, { kind: 'Status', code: 410, reason: 'Expired' })
        return true
      }
      server.removeSilently('a')
      server.putSilently('c')
      refuse(server)
      await eventually('it has caught up', () => shown().join() === 'b 102,c 104')
      assert.deepEqual(changes.slice(2).toSorted(), ['added c 104', 'deleted a 101'])
    })
  }

  for (const [title, text] of [
    ['an error of another kind', '{"type":"ERROR","object":{"code":500}}\n'],
    ['a line that is no JSON', '{"type":"MODIFIED","object":\n'],
    ['an event of an unknown type', '{"type":"REPLACED","object":{}}\n'],
    ['an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
    ['a line without an end', 'x'.repeat(17 * 1024 * 1024)],
  ] as const) {
    test(`is opened again after ${title}, from where it was`, async (t) => {
      const { server, api } = await startGadgetServer(t)
      server.put('a')
      const { shown } = openWatch(t, api)
      await untilWatching(server)
      server.emitText(text)
      await eventually('it is opened again', () => server.count('watch') === 2)
      const last = server.asked.findLast(({ verb }) => verb === 'watch')
      assert.equal(last?.url.searchParams.get('resourceVersion'), '101')
      assert.deepEqual(shown(), ['a 101'])
    })
  }
})
