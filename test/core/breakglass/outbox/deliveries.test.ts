import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hasCondition } from '../../../../src/core/breakglass/conditions.ts'
import { nextStatus } from '../../../../src/core/breakglass/life-cycle.ts'
import { momentOf } from '../../../../src/core/breakglass/moment.ts'
import { backOff } from '../../../../src/core/breakglass/outbox/back-off.ts'
import {
  deliveryTo,
  pendingFor,
  turnOf,
  type Wanted,
} from '../../../../src/core/breakglass/outbox/deliveries.ts'
import { keyOf, type Told } from '../../../../src/core/breakglass/outbox/event.ts'
import { eventsOf } from '../../../../src/core/breakglass/outbox/events.ts'
import { outboxStatus, statusAfter } from '../../../../src/core/breakglass/outbox/outbox-status.ts'
import type { Report } from '../../../../src/core/breakglass/outbox/next-delivery.ts'
import { at, stringAt, type Json, type JsonObject } from '../../../../src/core/manifest/json.ts'
import {
  begin,
  keysOf,
  minute,
  postMortem,
  report,
  sinkNamed,
  telling,
  use,
  withStatus,
} from './telling.ts'

const hook = sinkNamed('hook')
const chat = sinkNamed('chat', false)
const day = 24 * 60 * minute

function after(told: Told, more: Partial<Report>, sinks: readonly Wanted[] = [hook]): Told {
  return withStatus(told, statusAfter(told, report(more), sinks))
}

function delivery(told: Told, sink = 'hook') {
  return deliveryTo(sink, told.grant) ?? assert.fail()
}

function saysOf(told: Told, type: string): string {
  const all = at(told.grant, 'status', 'conditions') as readonly Json[] | undefined
  const one = all?.find((condition) => stringAt(condition, 'type') === type)
  return `${stringAt(one, 'status') ?? ''} ${stringAt(one, 'message') ?? ''}`
}

const busy = { kind: 'later', why: 'answers 503' } as const
const gone = { kind: 'refused', why: 'answers 410' } as const
const both = ['breakglass.requested', 'breakglass.activated']

describe('a round with a sink', () => {
  test('is written down, and only what was taken', () => {
    const told = after(telling(), { told: ['breakglass.requested'], failure: busy })
    const { state, attempts, lastError, told: keys } = delivery(told)
    assert.deepEqual([state, attempts, lastError], ['Pending', 1, 'answers 503'])
    assert.deepEqual(keys, new Set(['breakglass.requested']))
    const pending = pendingFor(eventsOf(told), hook, delivery(told))
    assert.deepEqual(pending.map(keyOf), ['breakglass.activated'])
    assert.match(saysOf(told, 'Delivered'), /^False Not yet: hook\.$/)
    assert.match(saysOf(told, 'DeliveryFailed'), /^False/)
  })

  test('that takes all leaves nothing behind', () => {
    const failed = after(telling(), { failure: busy })
    const told = after(failed, { told: both, externalId: 'x' })
    const { revision, externalId, ...rest } = delivery(told)
    assert.deepEqual([revision, externalId], ['r1', 'x'])
    assert.deepEqual(rest, { sink: 'hook', state: 'Delivered', attempts: 0, told: new Set(both) })
    assert.match(saysOf(told, 'Delivered'), /^True/)
  })

  test('never forgets what a sink has, whichever round is written first', () => {
    const late = after(after(telling(), { told: both }), { told: ['breakglass.requested'] })
    assert.deepEqual(delivery(late).told, new Set(both))
  })

  test('changes nothing that others say', () => {
    const mine = { type: 'Active', status: 'True', reason: 'a', message: 'b' }
    const condition = { ...mine, lastTransitionTime: '2026-01-01T00:00:00Z' }
    const start = telling({ conditions: [condition], holds: [1], uses: [use(1)] })
    const told = after(start, { told: both })
    const [first] = at(told.grant, 'status', 'conditions') as readonly Json[]
    assert.deepEqual(first, condition)
    const { deliveries: _, conditions: _all, ...rest } = at(told.grant, 'status') as JsonObject
    const { conditions: _before, ...before } = at(start.grant, 'status') as JsonObject
    assert.deepEqual(rest, before)
  })

  test('with one sink says nothing of another', () => {
    const sinks = [hook, chat]
    const told = after(telling(), { failure: gone }, sinks)
    const next = after(told, { sink: 'chat', isMandatory: false, told: both }, sinks)
    assert.equal(delivery(next).state, 'Failed')
    assert.equal(delivery(next, 'chat').state, 'Delivered')
    assert.match(saysOf(next, 'DeliveryFailed'), /^True hook: answers 410\.$/)
  })
})

describe('the next attempt', () => {
  test('is due at once, then later and later, and never more than five minutes after', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1 }), (n, random) => {
        const wait = backOff(n, random === random ? random : 0)
        assert.ok(wait >= 0 && wait <= 300_000)
      }),
    )
    assert.deepEqual(
      [1, 2, 3, 9, 10, 99].map((n) => backOff(n, 1)),
      [1_000, 2_000, 4_000, 256_000, 300_000, 300_000],
    )
  })

  test('waits as the other side asks, to the second', () => {
    const notBefore = begin + 2 * minute + 1
    const told = after(telling(), { failure: { ...busy, notBefore } })
    const { nextTry = 0 } = delivery(told)
    assert.ok(nextTry >= notBefore && nextTry < notBefore + 1000)
    assert.deepEqual(turnOf(delivery(told), 'r1', notBefore - 2), { kind: 'later', at: nextTry })
    assert.deepEqual(turnOf(delivery(told), 'r1', nextTry), { kind: 'now' })
  })

  test('waits no longer than a day, whatever the other side asks', () => {
    const told = after(telling(), { failure: { ...busy, notBefore: begin + 1000 * day } })
    assert.ok((delivery(told).nextTry ?? Infinity) <= begin + minute + day + 1000)
  })

  test('counts from the last event that was taken', () => {
    const twice = after(after(telling(), { failure: busy }), { failure: busy })
    assert.equal(delivery(twice).attempts, 2)
    const next = after(twice, { told: ['breakglass.requested'], failure: busy })
    assert.equal(delivery(next).attempts, 1)
  })

  test('of what was refused for good comes when the sink is reached in another way', () => {
    const told = after(telling(), { failure: gone })
    assert.deepEqual(turnOf(delivery(told), 'r1', begin + 9 * day), { kind: 'never' })
    assert.deepEqual(turnOf(delivery(told), 'r2', begin), { kind: 'now' })
    const again = after(told, { revision: 'r2', failure: busy })
    assert.deepEqual([delivery(again).state, delivery(again).attempts], ['Pending', 1])
  })

  test('is never the last one of a mandatory sink, and of another after a day', () => {
    const start = after(telling(), { failure: busy })
    const mandatory = after(start, { failure: busy, at: begin + 365 * day })
    assert.equal(delivery(mandatory).state, 'Pending')
    const optional = { sink: 'chat', isMandatory: false, failure: busy }
    const first = after(telling(), optional, [chat])
    const soon = after(first, { ...optional, at: begin + day }, [chat])
    assert.equal(delivery(soon, 'chat').state, 'Pending')
    const late = after(soon, { ...optional, at: begin + 2 * day }, [chat])
    assert.equal(delivery(late, 'chat').state, 'Failed')
    assert.match(saysOf(late, 'DeliveryFailed'), /^True chat: given up: answers 503\.$/)
  })
})

describe('a grant is archived', () => {
  const over = { phase: 'Expired' }
  const closed = postMortem({ phase: 'Closed', resolvedAt: '2026-01-01T00:00:00Z' })
  const archived = (told: Told, sinks: readonly Wanted[]) => {
    const status = outboxStatus(told, sinks)
    return hasCondition(status === undefined ? told.grant : { ...told.grant, status }, 'Archived')
  }
  const told = telling(over, closed)

  test('once it is over, closed, and everybody who must know does', () => {
    const all = keysOf(told)
    const last = all.at(-1) ?? ''
    assert.equal(archived(told, []), true)
    assert.equal(archived(told, [hook]), false)
    const almost = after(told, { told: all.slice(0, -1) })
    assert.equal(archived(almost, [hook]), false)
    const whole = after(almost, { told: [last] })
    assert.equal(hasCondition(whole.grant, 'Archived'), true)
  })

  test('not before, whatever was told', () => {
    for (const [status, pm] of [
      [{ phase: 'Active' }, closed],
      [{ phase: 'Exhausted' }, closed],
      [{ phase: 'Pending' }, closed],
      [over, undefined],
      [over, postMortem()],
      [over, postMortem({ phase: 'Resolved' })],
      // Of what cannot be read nobody knows what there is to tell.
      [{ ...over, uses: ['?'] }, closed],
    ] as const) {
      assert.equal(archived(telling(status, pm), []), false, JSON.stringify(status))
    }
  })

  test('though nobody has ever filled its status', () => {
    const unfilled = { ...told, grant: { ...told.grant, status: {} } }
    assert.equal(archived(unfilled, []), true)
    assert.equal(archived({ ...unfilled, postMortem: postMortem() }, []), false)
  })

  test('without waiting for who need not know, and with who refuses', () => {
    assert.equal(archived(told, [chat]), true)
    const refused = after(told, { failure: gone })
    assert.equal(archived(refused, [hook]), false)
    // The policy may say that nobody needs to be told there any more.
    assert.equal(archived(refused, [chat]), true)
  })

  test('for good', () => {
    const status = outboxStatus(told, []) ?? assert.fail()
    const stored = withStatus(told, status)
    assert.equal(outboxStatus({ ...stored, now: begin + day }, []), undefined)
    const again = outboxStatus({ ...stored, now: begin + day }, [hook]) ?? assert.fail()
    assert.equal(hasCondition({ status: again }, 'Archived'), true)
  })
})

test('conditions are written when they change, and keep since when', () => {
  assert.equal(outboxStatus(telling(), []), undefined)
  const told = after(telling(), { told: both })
  assert.equal(outboxStatus({ ...told, now: begin + day }, [hook]), undefined)
  const more = withStatus(told, { ...(at(told.grant, 'status') as JsonObject), uses: [use(1)] })
  const status = outboxStatus({ ...more, now: begin + day }, [hook]) ?? assert.fail()
  const next = withStatus(told, status)
  assert.match(saysOf(next, 'Delivered'), /^False/)
  const since = (type: string) => {
    const all = at(status, 'conditions') as readonly Json[]
    const one = all.find((condition) => stringAt(condition, 'type') === type)
    return momentOf(stringAt(one, 'lastTransitionTime'))
  }
  assert.equal(since('Delivered'), begin + day)
  assert.equal(since('DeliveryFailed'), begin + minute)
})

test('whoever keeps the phase and whoever keeps the outbox come to an end with each other', () => {
  for (const phase of ['Active', 'Expired']) {
    let told = after(telling({ phase }, postMortem({ phase: 'Closed' })), { failure: gone })
    for (let round = 0; round < 3; round += 1) {
      const kept = nextStatus(told.grant, begin + minute)
      if (kept !== undefined) told = withStatus(told, kept)
      const outbox = outboxStatus(told, [hook, chat])
      if (outbox !== undefined) told = withStatus(told, outbox)
    }
    assert.equal(nextStatus(told.grant, begin + minute), undefined, phase)
    assert.equal(outboxStatus(told, [hook, chat]), undefined, phase)
  }
})
