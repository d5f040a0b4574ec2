import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Schedule } from '../../src/git/schedule.ts'

const hour = 3_600_000
const forever = (): AbortSignal => new AbortController().signal

interface Jobs {
  readonly schedule: Schedule
  readonly starts: readonly true[]
  /** Ends the run under way. */
  readonly finish: (error?: Error) => void
  /** Resolves when that many runs have started. */
  readonly started: (count: number) => Promise<void>
}

function schedule(t: TestContext, { leastMs = 1, everyMs = hour } = {}): Jobs {
  const starts: true[] = []
  const waiting: { readonly count: number; readonly go: () => void }[] = []
  let finish: Jobs['finish'] = () => undefined
  const job = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      starts.push(true)
      finish = (error) => (error === undefined ? resolve() : reject(error))
      signal.addEventListener('abort', () => resolve())
      for (const { count, go } of waiting) if (starts.length >= count) go()
    })
  const made = new Schedule({ job, everyMs, leastMs })
  t.after(() => made.stop())
  const started: Jobs['started'] = (count) =>
    new Promise((go) => (starts.length >= count ? go() : waiting.push({ count, go })))
  return { schedule: made, starts, finish: (error) => finish(error), started }
}

void test('all who ask before a run starts share it', async (t) => {
  const { schedule: made, starts, finish, started } = schedule(t)
  const asked = Array.from({ length: 100 }, () => made.request(forever()))
  await started(1)
  finish()
  await Promise.all(asked)
  assert.equal(starts.length, 1)
})

void test('who asks during a run gets the next one, which may see more', async (t) => {
  const { schedule: made, starts, finish, started } = schedule(t)
  const first = made.request(forever())
  await started(1)
  const later = Array.from({ length: 100 }, () => made.request(forever()))
  finish()
  await first
  await started(2)
  finish()
  await Promise.all(later)
  assert.equal(starts.length, 2)
})

void test('after three runs in a row there is a pause, however many ask', async (t) => {
  const { schedule: made, starts, finish, started } = schedule(t, { leastMs: hour })
  for (let run = 1; run <= 3; run += 1) {
    const asked = made.request(forever())
    await started(run)
    finish()
    await asked
  }
  const soon = AbortSignal.timeout(50)
  await Promise.all(Array.from({ length: 100 }, () => made.request(soon)))
  assert.equal(starts.length, 3)
})

void test('a run that failed is followed by a pause at once', async (t) => {
  const { schedule: made, starts, finish, started } = schedule(t, { leastMs: hour })
  const first = made.request(forever())
  await started(1)
  finish(new Error('down'))
  await first
  made.hurry()
  await made.request(AbortSignal.timeout(50))
  assert.equal(starts.length, 1)
})

void test('who asks waits no longer than its signal, and the run goes on', async (t) => {
  const { schedule: made, finish, started } = schedule(t)
  const controller = new AbortController()
  const asked = made.request(controller.signal)
  await started(1)
  controller.abort()
  await asked
  finish()
  await made.request(AbortSignal.abort())
})

void test('the job runs again and again by itself', async (t) => {
  const { schedule: made, finish, started } = schedule(t, { everyMs: 5 })
  made.hurry()
  for (let run = 1; run <= 3; run += 1) {
    await started(run)
    finish()
  }
})

void test('while it fails, the pauses grow and who asks is not kept waiting', async (t) => {
  const { schedule: made, starts, finish, started } = schedule(t, { leastMs: 4000 })
  const first = made.request(forever())
  await started(1)
  finish(new Error('down'))
  await first
  await made.request(forever())
  assert.equal(starts.length, 1)
})

void test('a failure is tried again by itself', async (t) => {
  const { schedule: made, finish, started } = schedule(t)
  made.hurry()
  for (let run = 1; run <= 3; run += 1) {
    await started(run)
    finish(new Error('down'))
  }
})

void test('stopping ends the run under way, and nothing starts any more', async (t) => {
  const { schedule: made, starts, started } = schedule(t)
  const first = made.request(forever())
  await started(1)
  const second = made.request(forever())
  await made.stop()
  await Promise.all([first, second])
  made.hurry()
  await made.request(forever())
  assert.equal(starts.length, 1)
})
