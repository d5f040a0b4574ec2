import assert from 'node:assert/strict'
import {
  copyFileSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { HousekeepingOptions } from '../../src/journal/housekeeping.ts'
import type { JournalOptions } from '../../src/journal/options.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, journalIn, quiet, recordsIn, temporary, verified } from './reading.ts'

const keys = newKeys()
const withKeys = { keys: keys.published }
const checkpoints = { sign: keys.sign }
const hour = 60 * 60 * 1000
const day = 24 * hour

/** Some files of one process, closed if nothing else is said. */
async function wrote(
  context: TestContext,
  directory: string,
  options: Partial<JournalOptions> = {},
  count = 8,
): Promise<void> {
  const some = { fileBytes: 3000, checkpoints, now: Date.now, ...options }
  const journal = await journalIn(context, directory, some)
  for (let n = 0; n < count; n += 1) await journal.append(record())
  await journal.stop()
}

function age(directory: string, ms: number, pattern = /./): void {
  const at = (Date.now() - ms) / 1000
  for (const file of filesIn(directory)) if (pattern.test(file)) utimesSync(file, at, at)
}

function names(directory: string): readonly string[] {
  return filesIn(directory).map((file) => path.basename(file).replace(/^\w{26}-/, ''))
}

/** Another process, whose round is over. */
async function tidy(
  context: TestContext,
  directory: string,
  housekeeping: HousekeepingOptions,
  options: Partial<JournalOptions> = {},
) {
  const some = { housekeeping, checkpoints, now: Date.now, ...options }
  const journal = await journalIn(context, directory, some)
  await journal.tidy()
  await journal.tidy()
  return journal
}

describe('compression', () => {
  test('leaves what is young', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    await tidy(context, directory, { compress: true })
    assert.ok(names(directory).every((name) => name.endsWith('.jsonl')))
  })

  test('leaves the records as they are, and the end of the last process known', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    age(directory, 2 * hour)
    const before = await recordsIn(directory)
    const journal = await tidy(context, directory, { compress: true })
    assert.ok(names(directory).filter((name) => name.endsWith('.gz')).length > 2)
    assert.deepEqual(await recordsIn(directory), before)
    await journal.append(record())
    await journal.stop()
    const next = await journalIn(context, directory, { checkpoints, now: Date.now })
    await next.append(record())
    await next.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.equal(found.chains.length, 3)
    assert.deepEqual(found.absent, [])
    const named = (await recordsIn(directory)).filter((one) => 'predecessor' in one)
    assert.equal(named.length, 2)
  })

  test('keeps the time of a file, by which it will be removed', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    age(directory, 3 * day)
    await tidy(context, directory, { compress: true })
    const [first = ''] = filesIn(directory)
    assert.ok(first.endsWith('.gz'))
    assert.ok(Date.now() - statSync(first).mtimeMs > 2 * day)
    assert.ok(gunzipSync(readFileSync(first)).length > 0)
  })

  test('leaves alone what somebody may be writing', async (context) => {
    const directory = temporary(context)
    const other = await journalIn(context, directory, { writer: 'pod-1', now: Date.now })
    await other.append(record())
    age(directory, 3 * day)
    const ours = await tidy(context, directory, { compress: true })
    await ours.append(record())
    age(directory, 2 * hour)
    await ours.tidy()
    assert.deepEqual(names(directory), ['pod-1-000001.jsonl', 'pod-0-000001.jsonl'])
    await other.append(record())
    assert.equal(other.lastError(), undefined)
  })

  test('that somebody died over is done again', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    const [first = ''] = filesIn(directory)
    writeFileSync(`${first}.part.gz`, 'half')
    writeFileSync(`${first}.gz`, 'whatever')
    age(directory, 2 * hour)
    await tidy(context, directory, { compress: true })
    assert.deepEqual((await verified(directory, withKeys)).problems, [])
    assert.ok(!names(directory).some((name) => name.includes('.part')))
  })
})

describe('removal', () => {
  test('of what is old is stated, so that nothing looks cut off', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    await wrote(context, directory)
    const all = filesIn(directory).length
    const [first = '', second = ''] = filesIn(directory)
    age(
      directory,
      100 * day,
      new RegExp([first, second].map((one) => path.basename(one)).join('|')),
    )
    const journal = await tidy(context, directory, { keepFor: 90 * day })
    assert.equal(filesIn(directory).length, all - 2 + 1)
    await journal.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.equal(found.removed.length, 1)
    assert.ok((found.chains[0]?.from ?? 0) > 1)
  })

  test('of whole chains leaves none absent', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    await wrote(context, directory)
    age(directory, 100 * day)
    const journal = await tidy(context, directory, { keepFor: 90 * day })
    await journal.append(record())
    await journal.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.deepEqual(found.absent, [])
    assert.equal(found.chains.length, 1)
    assert.equal(found.removed.length, 2)
  })

  test('of what is too much takes the oldest of our own chain too, and never the file in use', async (context) => {
    const directory = temporary(context)
    const housekeeping = { keepBytes: 4000 }
    const journal = await tidy(context, directory, housekeeping, { fileBytes: 3000 })
    for (let n = 0; n < 20; n += 1) await journal.append(record())
    await journal.tidy()
    const size = filesIn(directory).reduce((sum, file) => sum + statSync(file).size, 0)
    assert.ok(size < 9000)
    await journal.append(record())
    await journal.stop()
    const found = await verified(directory, withKeys)
    assert.deepEqual(found.problems, [])
    assert.ok((found.chains[0]?.from ?? 0) > 1)
    assert.equal(found.chains[0]?.end, 'closed')
  })

  test('does not happen when nobody can vouch for it', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    age(directory, 100 * day)
    const all = filesIn(directory).length
    const sign = () => Promise.reject(new Error('no key'))
    await tidy(context, directory, { keepFor: 90 * day }, { checkpoints: { sign } })
    assert.equal(filesIn(directory).length, all + 1)
  })

  test('never takes a file that is young, or that a later one of its chain would miss', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    age(directory, 100 * day, /00000[2-9]\.jsonl/)
    const all = filesIn(directory).length
    await tidy(context, directory, { keepFor: 90 * day })
    assert.equal(filesIn(directory).filter((file) => /0000/.test(file)).length, all + 1)
  })

  test('stops at what cannot be read, and is told', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    const [first = ''] = filesIn(directory)
    truncateSync(first, 10)
    age(directory, 100 * day)
    const all = filesIn(directory).length
    await tidy(context, directory, { keepFor: 90 * day })
    assert.equal(filesIn(directory).length, all + 1)
  })

  test('of a damaged compressed file is told, and does not happen', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory)
    age(directory, 2 * hour)
    await (await tidy(context, directory, { compress: true })).stop()
    const [first = ''] = filesIn(directory)
    truncateSync(first, 100)
    age(directory, 100 * day)
    copyFileSync(first, `${first}.copy`)
    const events: string[] = []
    const log = { ...quiet, error: (event: string) => events.push(event) }
    await tidy(context, directory, { keepFor: 90 * day }, { log })
    assert.ok(events.includes('records_not_tidied'))
    assert.ok(filesIn(directory).includes(first))
  })
})
