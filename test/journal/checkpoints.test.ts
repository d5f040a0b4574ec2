import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { whyNotSigned, type Checkpoint, type Signer } from '../../src/core/audit/checkpoint.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Journal } from '../../src/journal/options.ts'
import { createRecordFile, type RecordFile } from '../../src/journal/record-file.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, journalIn, quiet, recordsIn, temporary, verified } from './reading.ts'

const keys = newKeys()
const withKeys = { keys: keys.published }
const never = 2 ** 30

async function appendMany(journal: Journal, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await journal.append(record({ name: `n${n}` }))
}

function checkpointsIn(records: readonly JsonObject[]): readonly Checkpoint[] {
  return records.flatMap((one) => (one['checkpoint'] as Checkpoint | undefined) ?? [])
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('checkpoints', () => {
  test('stand in the chain every so many records, and at its end', async (context) => {
    const directory = temporary(context)
    const stored: Checkpoint[] = []
    const checkpoints = {
      sign: keys.sign,
      every: never,
      records: 10,
      onStored: (one: Checkpoint) => stored.push(one),
    }
    const journal = await journalIn(context, directory, { checkpoints })
    for (let n = 0; n < 3; n += 1) {
      await appendMany(journal, 10)
      while (stored.length <= n) await nextTurn()
    }
    await journal.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    const [chain] = found.chains
    assert.equal(chain?.end, 'closed')
    assert.equal(chain.checkpoints, 4)
    assert.equal(chain.seq, 34)
    assert.deepEqual(checkpointsIn(await recordsIn(directory)), stored)
    assert.deepEqual(
      stored.map(({ count, closes }) => [count, closes]),
      [
        [10, false],
        [20, false],
        [30, false],
        [30, true],
      ],
    )
  })

  test('come after a while too, and not when there is nothing to say', async (context) => {
    const directory = temporary(context)
    const seen = Promise.withResolvers<Checkpoint>()
    const checkpoints = { sign: keys.sign, every: 5, onStored: seen.resolve }
    const journal = await journalIn(context, directory, { checkpoints })
    await appendMany(journal, 2)
    await seen.promise
    // Many intervals later.
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(journal.head().seq, 3)
    await journal.stop()
    assert.deepEqual((await verified(directory, withKeys)).problems, [])
  })

  test('keep no record waiting while they are signed', async (context) => {
    const directory = temporary(context)
    const asked = Promise.withResolvers<undefined>()
    const free = Promise.withResolvers<undefined>()
    const sign: Signer = async (statement) => {
      asked.resolve(undefined)
      await free.promise
      return keys.sign(statement)
    }
    const journal = await journalIn(context, directory, {
      checkpoints: { sign, every: never, records: 3 },
    })
    await appendMany(journal, 3)
    await asked.promise
    await appendMany(journal, 5)
    free.resolve(undefined)
    await journal.stop()
    const records = await recordsIn(directory)
    assert.deepEqual(
      records.map((one) => (one['checkpoint'] as Checkpoint | undefined)?.seq),
      [...Array<undefined>(8).fill(undefined), 3, 9],
    )
    assert.deepEqual((await verified(directory, withKeys)).problems, [])
  })

  test('go on while the disk hangs, and are stored once it answers', async (context) => {
    const directory = temporary(context)
    const hung = Promise.withResolvers<undefined>()
    const createFile = async (file: string): Promise<RecordFile> => {
      const real = await createRecordFile(file)
      return {
        path: real.path,
        get size() {
          return real.size
        },
        append: (bytes) => real.append(bytes),
        sync: () => hung.promise.then(() => real.sync()),
        finish: () => real.finish(),
        abandon: () => real.abandon(),
      }
    }
    const stored: number[] = []
    const onStored = ({ seq }: Checkpoint) => stored.push(seq)
    const checkpoints = { sign: keys.sign, every: never, records: 2, onStored }
    const journal = await journalIn(context, directory, { checkpoints, createFile })
    for (let n = 1; n <= 3; n += 1) {
      await appendMany(journal, 2)
      while (journal.head().seq < 3 * n) await nextTurn()
    }
    assert.deepEqual(stored, [])
    hung.resolve(undefined)
    await journal.stop()
    assert.deepEqual(stored, [2, 5, 8, 9])
    assert.deepEqual((await verified(directory, withKeys)).problems, [])
  })

  test('are made without a key, and then are not signed', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, { checkpoints: { every: never } })
    await appendMany(journal, 2)
    await journal.stop()
    const found = await verified(directory)
    assert.deepEqual(found.problems, [])
    assert.equal(found.chains[0]?.end, 'closed')
    assert.equal(
      (await verified(directory, withKeys)).problems[0]?.problem,
      'the checkpoint is not signed',
    )
  })

  test('that cannot be signed are left out, told, and made later', async (context) => {
    const directory = temporary(context)
    const events: string[] = []
    const log = { ...quiet, error: (event: string) => events.push(event) }
    let isBroken = true
    const sign: Signer = (statement) =>
      isBroken ? Promise.reject(new Error('no key')) : keys.sign(statement)
    const checkpoints = { sign, every: never, records: 2 }
    const journal = await journalIn(context, directory, { checkpoints, log })
    await appendMany(journal, 2)
    while (events.length === 0) await nextTurn()
    assert.deepEqual(events, ['checkpoint_not_written'])
    isBroken = false
    await journal.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.equal(found.chains[0]?.end, 'closed')
  })

  test('tell how many decisions before the end could not be recorded', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, { checkpoints: { sign: keys.sign } })
    await appendMany(journal, 1)
    await assert.rejects(journal.append(record(), { signal: AbortSignal.abort() }))
    await journal.stop()
    const [last] = checkpointsIn(await recordsIn(directory))
    assert.deepEqual([last?.closes, last?.unrecorded], [true, 1])
    assert.deepEqual((await verified(directory, withKeys)).problems, [])
  })

  test('of a process before that closed its chain are known to the next one, and none of a dead one', async (context) => {
    const directory = temporary(context)
    const checkpoints = { sign: keys.sign, every: never }
    const first = await journalIn(context, directory, { checkpoints, now: () => 1 })
    assert.equal(first.closedBefore(), undefined)
    await appendMany(first, 3)
    await first.stop()
    const second = await journalIn(context, directory, { checkpoints, now: () => 2 })
    const closing = second.closedBefore()
    assert.deepEqual(closing, checkpointsIn(await recordsIn(directory)).at(-1))
    assert.ok(closing !== undefined && whyNotSigned(closing, keys.published) === undefined)
    await appendMany(second, 1)
    const [, file = ''] = filesIn(directory)
    const third = await journalIn(context, directory, { checkpoints, now: () => 3 })
    assert.match(file, /pod-0-000001/)
    assert.equal(third.closedBefore(), undefined)
  })

  test('are none where nothing was recorded', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, { checkpoints: { sign: keys.sign } })
    await journal.stop()
    assert.deepEqual(filesIn(directory), [])
  })

  test('of a process that died are missing, and its successor says at once where it ended', async (context) => {
    const directory = temporary(context)
    const first = await journalIn(context, directory, { checkpoints: { sign: keys.sign } })
    await appendMany(first, 3)
    appendFileSync(filesIn(directory)[0] ?? '', '{"cluster":"half a l')
    const second = await journalIn(context, directory, {
      now: () => Date.UTC(2026, 7, 23, 13),
      checkpoints: { sign: keys.sign },
    })
    await second.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.deepEqual(
      found.chains.map(({ end }) => end),
      ['died', 'closed'],
    )
    assert.equal(found.halfWritten.length, 1)
    const [begins] = (await recordsIn(directory)).filter((one) => one['begins'] === true)
    assert.deepEqual(begins?.['predecessor'], first.head())
  })
})
