import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import type { Changed } from '../../../src/core/breakglass/grant-store.ts'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import { GuardError } from '../../../src/core/errors.ts'
import { at, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { fakeGrants } from '../../fakes/grants.ts'

const name = 'bg-1'
const grant = { metadata: { name }, status: {} }
const never = new AbortController().signal

function usesIn(object: JsonObject): readonly Json[] {
  const uses = at(object, 'status', 'uses')
  return Array.isArray(uses) ? (uses as readonly Json[]) : []
}

/** Appends a use; answers how many there are then. */
const append = (use: string) => (object: JsonObject) => {
  const uses = [...usesIn(object), use]
  const change: Changed<number> = { kind: 'store', status: { uses }, answer: uses.length }
  return Promise.resolve(change)
}

const leave = () => Promise.resolve({ kind: 'leave', answer: 'left' } as const)

describe('the queue of a grant', () => {
  test('stores what a change says, and answers with it', async () => {
    const grants = fakeGrants([grant])
    const amended = await queueing(grants).amend(name, append('a'), never)
    assert.deepEqual(amended, { kind: 'done', answer: 1 })
    assert.deepEqual(grants.usesOf(name), ['a'])
  })

  test('writes nothing for a change that wants nothing', async () => {
    const grants = fakeGrants([grant])
    assert.deepEqual(await queueing(grants).amend(name, leave, never), {
      kind: 'done',
      answer: 'left',
    })
    assert.equal(grants.attempts(), 0)
  })

  test('puts all that wait into one write, each on top of the others', async () => {
    const grants = fakeGrants([grant])
    const store = queueing(grants)
    const wanted = Array.from({ length: 50 }, (_, i) => store.amend(name, append(`${i}`), never))
    const answers = await Promise.all(wanted)
    assert.deepEqual(
      answers.map((one) => (one.kind === 'done' ? one.answer : one.kind)),
      Array.from({ length: 50 }, (_, i) => i + 1),
    )
    assert.equal(grants.usesOf(name).length, 50)
    assert.ok(grants.attempts() <= 2, `${grants.attempts()} writes`)
  })

  test('serves other grants meanwhile, and the next ones afterwards', async () => {
    const grants = fakeGrants([grant, { metadata: { name: 'bg-2' }, status: {} }])
    const store = queueing(grants)
    const both = [name, 'bg-2'].map((one) => store.amend(one, append('a'), never))
    await Promise.all(both)
    assert.deepEqual(await store.amend(name, append('b'), never), { kind: 'done', answer: 2 })
  })

  test('asks again on a conflict, on what is there by then', async () => {
    const grants = fakeGrants([grant])
    grants.faults.record = (attempt) => {
      if (attempt > 3) return undefined
      grants.put({ ...grant, status: { uses: Array.from({ length: attempt }, () => 'other') } })
      return 'conflict'
    }
    const amended = await queueing(grants).amend(name, append('a'), never)
    assert.deepEqual(amended, { kind: 'done', answer: 4 })
    await turn()
    assert.deepEqual(grants.steps, ['pause', 'pause', 'pause', 'rest'])
  })

  test('lets others write before it writes again', async () => {
    const grants = fakeGrants([grant])
    grants.faults.record = (attempt) => (attempt === 2 ? 'conflict' : undefined)
    const store = queueing(grants)
    const first = await store.amend(name, append('a'), never)
    const next = store.amend(name, append('b'), never)
    const joined = store.amend(name, append('c'), never)
    assert.deepEqual(
      [first, await next, await joined],
      [1, 2, 3].map((answer) => ({ kind: 'done', answer })),
    )
    await turn()
    assert.deepEqual(grants.steps, ['rest', 'pause', 'rest'])
  })

  test('goes on where nobody can say when it is its turn', async () => {
    const grants = fakeGrants([grant])
    grants.rest = () => Promise.reject(new Error('no clock'))
    const store = queueing(grants)
    const both = [store.amend(name, append('a'), never), store.amend(name, append('b'), never)]
    for (const { kind } of await Promise.all(both)) assert.equal(kind, 'done')
    assert.equal((await store.amend(name, append('c'), never)).kind, 'done')
  })

  test('gives up with the signal, in a storm of conflicts too', async () => {
    const grants = fakeGrants([grant])
    const controller = new AbortController()
    grants.faults.record = (attempt) => {
      if (attempt === 20) controller.abort()
      return 'conflict'
    }
    const amended = await queueing(grants).amend(name, append('a'), controller.signal)
    assert.deepEqual(amended, { kind: 'failed', why: 'there was no time left' })
    const before = grants.attempts()
    for (let i = 0; i < 20; i += 1) await turn()
    assert.equal(grants.attempts(), before)
    assert.deepEqual(grants.usesOf(name), [])
  })

  test('goes on for those who have time left', async () => {
    const grants = fakeGrants([grant])
    const controller = new AbortController()
    grants.faults.record = (attempt) => {
      if (attempt === 1) controller.abort()
      return attempt < 3 ? 'conflict' : undefined
    }
    const store = queueing(grants)
    const hasty = store.amend(name, append('hasty'), controller.signal)
    const patient = store.amend(name, append('patient'), never)
    assert.equal((await hasty).kind, 'failed')
    assert.deepEqual(await patient, { kind: 'done', answer: 1 })
    assert.deepEqual(grants.usesOf(name), ['patient'])
  })

  test('does not begin for whoever has no time', async () => {
    const grants = fakeGrants([grant])
    const amended = await queueing(grants).amend(name, append('a'), AbortSignal.abort())
    assert.equal(amended.kind, 'failed')
    for (let i = 0; i < 10; i += 1) await turn()
    assert.equal(grants.attempts(), 0)
  })

  test('fails when nobody answers, is gone when it is gone', async () => {
    const grants = fakeGrants([grant])
    const store = queueing(grants)
    grants.faults.record = () => 'failed'
    assert.deepEqual(await store.amend(name, append('a'), never), {
      kind: 'failed',
      why: 'the disk is full',
    })
    grants.faults.record = () => 'gone'
    assert.deepEqual(await store.amend(name, append('a'), never), { kind: 'gone' })
    grants.faults.read = 'unreachable'
    assert.equal((await store.amend(name, append('a'), never)).kind, 'failed')
    delete grants.faults.read
    grants.remove(name)
    assert.deepEqual(await store.amend(name, append('a'), never), { kind: 'gone' })
  })

  test('ends one whose change fails, and no other', async () => {
    const grants = fakeGrants([grant])
    const store = queueing(grants)
    const bad = store.amend(name, () => Promise.reject(new Error('secret')), never)
    const odd = () => Promise.reject(new GuardError('ReviewMalformed', 'nested too deeply'))
    const known = store.amend(name, odd, never)
    const good = store.amend(name, append('a'), never)
    assert.deepEqual(await bad, { kind: 'failed', why: 'something failed' })
    assert.deepEqual(await known, { kind: 'failed', why: 'nested too deeply' })
    assert.deepEqual(await good, { kind: 'done', answer: 1 })
  })
})
