import assert from 'node:assert/strict'
import test from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import type { Call } from '../../src/server/admission.ts'
import { allowed, openGate, reviewBy, reviewWith } from './gate.ts'

const soon = { path: '/validate?timeout=1s' }

const thrown: readonly (readonly [title: string, thrown: unknown])[] = [
  ['an error', new Error('secret-value-42 in /home/somewhere')],
  ['an error of our own', new GuardError('GitFailed', 'secret-value-42')],
  ['no error at all', 'secret-value-42'],
  ['undefined', undefined],
]

for (const [title, value] of thrown) {
  test(`a handler that throws ${title} denies, says nothing and leaves an id for the log`, async (t) => {
    const gate = await openGate(t, {
      handle: () => {
        throw value
      },
    })
    const reply = await gate.review(reviewWith())
    assert.equal(reply.allowed, false)
    assert.equal(reply.uid, '705ab4f5-6393-11e8-b7cc-42010a800002')
    assert.equal(reply.status?.code, 403)
    const message = reply.status.message
    const [, id] = /^\[InternalError\] .* \(error ([-0-9a-f]{36})\)$/.exec(message) ?? []
    assert.ok(id !== undefined)
    assert.equal(gate.log.filter((line) => line.includes(id)).length, 1)
    assert.doesNotMatch(message, /secret-value-42|somewhere| at /)
    assert.match(await gate.metrics.exposition(), /failures_total\{reason="InternalError"\} 1/)
  })
}

test('a handler that rejects denies', async (t) => {
  const gate = await openGate(t, { handle: () => Promise.reject(new Error('no')) })
  assert.equal((await gate.review(reviewWith())).allowed, false)
})

test('an answer that cannot be written as JSON denies', async (t) => {
  const annotations = { decision: 1n } as unknown as Record<string, string>
  const gate = await openGate(t, {
    handle: () => Promise.resolve({ ...allowed, auditAnnotations: annotations }),
  })
  const reply = await gate.review(reviewWith())
  assert.equal(reply.allowed, false)
  assert.match(reply.status?.message ?? '', /^\[InternalError\]/)
})

test('a throwing test for own accounts denies', async (t) => {
  const gate = await openGate(t, {
    ownAccounts: () => {
      throw new Error('no')
    },
  })
  assert.equal((await gate.review(reviewWith())).allowed, false)
})

test('the deadline is answered with a denial, and the handler is told', async (t) => {
  const calls: Call[] = []
  const gate = await openGate(t, {
    handle: (_request, call) => {
      calls.push(call)
      return new Promise(() => {})
    },
  })
  const reply = await gate.review(reviewWith(), soon)
  assert.equal(reply.allowed, false)
  assert.match(reply.status?.message ?? '', /^\[DeadlineExceeded\]/)
  assert.ok(calls[0] !== undefined && calls[0].signal.aborted)
  assert.match(String(calls[0].signal.reason), /no time left/)
})

test('a handler that is told of the deadline may answer with its own denial', async (t) => {
  const gate = await openGate(t, {
    handle: (_request, call) =>
      new Promise((resolve) => {
        call.signal.addEventListener('abort', () => {
          resolve({ ...allowed, allowed: false, message: '[CommitUnknown] not yet' })
        })
      }),
  })
  const reply = await gate.review(reviewWith(), soon)
  assert.equal(reply.status?.message, '[CommitUnknown] not yet')
})

test('an allow that comes after the deadline was answered changes nothing', async (t) => {
  const finished = Promise.withResolvers<undefined>()
  const gate = await openGate(t, {
    handle: async () => {
      await finished.promise
      return allowed
    },
  })
  const reply = await gate.review(reviewWith(), soon)
  finished.resolve(undefined)
  assert.equal(reply.allowed, false)
  const late = await gate.review(reviewWith({ uid: 'next' }))
  assert.deepEqual([late.uid, late.allowed], ['next', true])
})

test('a caller that hangs up aborts the signal', async (t) => {
  const aborted = Promise.withResolvers<unknown>()
  const entered = Promise.withResolvers<undefined>()
  const gate = await openGate(t, {
    handle: (_request, call) => {
      call.signal.addEventListener('abort', () => {
        aborted.resolve(call.signal.reason)
      })
      entered.resolve(undefined)
      return new Promise(() => {})
    },
  })
  const agent = gate.agent()
  const sent = assert.rejects(gate.send(reviewWith(), { agent }))
  await entered.promise
  agent.destroy()
  assert.match(String(await aborted.promise), /hung up/)
  await sent
})

test('a refusal that the settings make is sent instead of the denial, but not for a malformed review', async (t) => {
  const reasons: string[] = []
  const gate = await openGate(t, {
    handle: () => Promise.reject(new Error('no')),
    refuse: (failure, request) => {
      reasons.push(`${failure.reason} ${request.user.username}`)
      return allowed
    },
  })
  assert.equal((await gate.review(reviewBy('alice'))).allowed, true)
  assert.equal((await gate.review(reviewWith({ dryRun: 1 }))).allowed, false)
  assert.deepEqual(reasons, ['InternalError alice'])
})

test('a refusal that throws denies', async (t) => {
  const gate = await openGate(t, {
    handle: () => Promise.reject(new Error('no')),
    refuse: () => {
      throw new Error('worse')
    },
  })
  const reply = await gate.review(reviewWith())
  assert.equal(reply.allowed, false)
  assert.match(reply.status?.message ?? '', /^\[InternalError\]/)
})
