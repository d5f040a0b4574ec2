import assert from 'node:assert/strict'
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Shipped } from '../../src/core/audit/shipment.ts'
import type { JournalOptions } from '../../src/journal/options.ts'
import { eventually } from '../e2e/eventually.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, journalIn, linesIn, temporary, verified } from './reading.ts'
import { shipAll, shipperOf, takingInto } from './shipping.ts'

const keys = newKeys()
const checkpoints = { sign: keys.sign }
const later: Shipped = { kind: 'later', why: 'is away' }
const hour = 60 * 60 * 1000

async function wrote(
  context: TestContext,
  directory: string,
  count: number,
  options: Partial<JournalOptions> = {},
): Promise<void> {
  const some = { checkpoints, now: Date.now, ...options }
  const journal = await journalIn(context, directory, some)
  for (let n = 0; n < count; n += 1) await journal.append(record())
  await journal.stop()
}

async function textsIn(directory: string): Promise<readonly string[]> {
  return (await linesIn(directory)).filter(({ isWhole }) => isWhole).map(({ text }) => text)
}

async function assertSame(directory: string, copy: string): Promise<void> {
  assert.deepEqual(await textsIn(copy), await textsIn(directory))
  const found = await verified(copy, { keys: keys.published })
  assert.deepEqual(found.problems, [])
  assert.deepEqual(found.absent, [])
}

describe('records', () => {
  test('are copied line by line, over several files and chains', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 10, { fileBytes: 3000 })
    await wrote(context, directory, 3)
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking, { most: 2000 }))
    await assertSame(directory, taking.copy)
    assert.deepEqual(
      filesIn(taking.copy).map((file) => path.basename(file)),
      filesIn(directory).map((file) => path.basename(file)),
    )
    assert.ok(taking.taken.length > 5)
    const [first] = taking.taken
    assert.match(first?.key ?? '', /^pod-0\/[0-9A-Z]{26}\/1-\d+$/)
    const ends = taking.taken.map(({ key }) => key.split('/')[2]?.split('-').map(Number) ?? [])
    for (const [i, [from = 0]] of ends.entries()) {
      const before = ends[i - 1]?.[1] ?? 0
      assert.ok(from === before + 1 || from === 1, `${from} behind ${before}`)
    }
  })

  test('are copied while they are written, and to the last checkpoint', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, {
      checkpoints,
      now: Date.now,
      fileBytes: 20_000,
    })
    const taking = takingInto(directory)
    const shipper = await shipperOf(context, directory, taking, { journal })
    shipper.start()
    for (let n = 0; n < 300; n += 1) await journal.append(record())
    await eventually('a copy', async () => (await textsIn(taking.copy)).length >= 300)
    assert.equal(shipper.lagSeconds(), 0)
    await journal.stop()
    await shipper.stop(5_000)
    await assertSame(directory, taking.copy)
    const found = await verified(taking.copy)
    assert.deepEqual(
      found.chains.map(({ end }) => end),
      ['closed'],
    )
  })

  test('are copied to the last checkpoint too where it is written behind the back of a round', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 3)
    const [file = ''] = filesIn(directory)
    const text = readFileSync(file, 'utf8')
    const beforeLast = text.lastIndexOf('\n', text.length - 2) + 1
    let size = beforeLast
    let rounds = 0
    const taking = takingInto(directory)
    const shipper = await shipperOf(context, directory, taking, {
      written: () => {
        rounds += 1
        return { path: file, size }
      },
    })
    shipper.start()
    await eventually('a round after the first', () => rounds > 5)
    assert.equal(readFileSync(path.join(taking.copy, path.basename(file))).length, beforeLast)
    size = text.length
    await shipper.stop(5_000)
    await assertSame(directory, taking.copy)
  })

  test('of which one line is longer than what is sent at once are sent all the same', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 5)
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking, { most: 10 }))
    assert.ok(taking.taken.every(({ bytes }) => bytes.toString().split('\n').length === 2))
    await assertSame(directory, taking.copy)
  })

  test('that are compressed are sent as they were', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 10, { fileBytes: 3000 })
    for (const file of filesIn(directory).slice(0, -1)) {
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)))
      rmSync(file)
    }
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking, { most: 1500 }))
    await assertSame(directory, taking.copy)
    assert.ok(filesIn(taking.copy).every((file) => file.endsWith('.jsonl')))
  })

  test('are compressed in the middle of it, and go on where they were', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 10)
    const taking = takingInto(directory)
    taking.answer = () => (taking.taken.length === 2 ? later : undefined)
    const first = await shipperOf(context, directory, taking, { most: 1500 })
    first.start()
    await eventually('an outage', () => taking.sent.length > 2)
    await first.stop(0)
    const [file = ''] = filesIn(directory)
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)))
    rmSync(file)
    taking.answer = () => undefined
    const sentBefore = taking.taken.length
    await shipAll(await shipperOf(context, directory, taking, { most: 1500 }))
    await assertSame(directory, taking.copy)
    assert.notEqual(taking.taken[sentBefore]?.offset, 0)
  })

  test('of which half a line is at the end wait for the rest of it', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 2)
    const [file = ''] = filesIn(directory)
    appendFileSync(file, '{"half":')
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking))
    const [copied = ''] = filesIn(taking.copy)
    assert.equal(`${readFileSync(copied, 'utf8')}{"half":`, readFileSync(file, 'utf8'))
  })

  test('of a damaged file are named, and the next ones are sent', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 10, { fileBytes: 3000 })
    const [first = '', ...others] = filesIn(directory)
    writeFileSync(`${first}.gz`, gzipSync(readFileSync(first)).subarray(0, 100))
    rmSync(first)
    const taking = takingInto(directory)
    let lost = 0
    const onLost = () => (lost += 1)
    await shipAll(await shipperOf(context, directory, taking, { onLost }))
    assert.equal(lost, 1)
    assert.deepEqual(
      filesIn(taking.copy).map((file) => path.basename(file)),
      others.map((file) => path.basename(file)),
    )
  })
})

describe('a target that is away', () => {
  test('gets everything when it is back, and shows how far it is behind', async (context) => {
    const directory = temporary(context)
    const taking = takingInto(directory)
    taking.answer = () => later
    await wrote(context, directory, 5)
    let failures = 0
    const onFailure = () => (failures += 1)
    let now = Date.now()
    const shipper = await shipperOf(context, directory, taking, { onFailure, now: () => now })
    shipper.start()
    await eventually('a failure', () => failures > 0)
    assert.equal(shipper.trouble(), 'is away')
    now += 3 * hour
    assert.ok(shipper.lagSeconds() >= 3 * 3600)
    await wrote(context, directory, 5)
    taking.answer = () => undefined
    await eventually('no lag', () => shipper.lagSeconds() === 0)
    assert.equal(shipper.trouble(), undefined)
    await shipper.stop(5_000)
    await assertSame(directory, taking.copy)
  })

  test('is left alone as long as it asks for, also at the end', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 5)
    const taking = takingInto(directory)
    taking.answer = () => ({ kind: 'later', why: '429', notBefore: Date.now() + hour })
    const shipper = await shipperOf(context, directory, taking)
    shipper.start()
    await eventually('a failure', () => shipper.trouble() !== undefined)
    await shipper.stop(5_000)
    assert.equal(taking.sent.length, 1)
  })

  test('takes less at a time when it says so', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 20)
    const taking = takingInto(directory)
    taking.answer = ({ bytes }) =>
      bytes.length > 2500 ? { kind: 'too-large', why: 'answers 413' } : undefined
    await shipAll(await shipperOf(context, directory, taking))
    await assertSame(directory, taking.copy)
  })
})

describe('a process that starts again', () => {
  test('sends the same bytes by the same key, and nothing that was taken', async (context) => {
    const directory = temporary(context)
    const taking = takingInto(directory)
    const journal = await journalIn(context, directory, { now: Date.now })
    for (let n = 0; n < 3; n += 1) await journal.append(record())
    taking.answer = () => later
    const first = await shipperOf(context, directory, taking, { journal })
    first.start()
    await eventually('a failure', () => first.trouble() !== undefined)
    await first.stop(0)
    // What came in between is no part of what may have arrived already.
    for (let n = 0; n < 3; n += 1) await journal.append(record())
    taking.answer = () => undefined
    await shipAll(await shipperOf(context, directory, taking, { journal }))
    assert.equal(taking.taken[0]?.key, taking.sent[0]?.key)
    assert.deepEqual(taking.taken[0]?.bytes, taking.sent[0]?.bytes)
    assert.equal(taking.taken.length, 2)
    const { length } = taking.sent
    await shipAll(await shipperOf(context, directory, taking, { journal }))
    assert.equal(taking.sent.length, length)
    await assertSame(directory, taking.copy)
  })

  test('sends all of it again when nobody can tell what was sent', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 5)
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking))
    for (const name of readdirSync(directory)) {
      if (name.startsWith('shipped-')) writeFileSync(path.join(directory, name), '{"positions":{"a')
    }
    await shipAll(await shipperOf(context, directory, taking))
    assert.deepEqual(taking.taken[0]?.bytes, taking.taken.at(-1)?.bytes)
    await assertSame(directory, taking.copy)
  })
})

describe('processes that share a directory', () => {
  test('send what they write themselves, and what nobody has written to for an hour', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 3, { writer: 'pod-1' })
    const taking = takingInto(directory)
    await shipAll(await shipperOf(context, directory, taking))
    assert.equal(taking.sent.length, 0)
    const then = (Date.now() - 2 * hour) / 1000
    for (const file of filesIn(directory)) utimesSync(file, then, then)
    await shipAll(await shipperOf(context, directory, taking))
    await assertSame(directory, taking.copy)
    const { length } = taking.sent
    await shipAll(await shipperOf(context, directory, taking, { pod: 'pod-2' }))
    assert.equal(taking.sent.length, length)
  })
})
