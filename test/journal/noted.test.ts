import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { record } from '../core/audit/decisions.ts'
import { journalIn, recordsIn, temporary, verified } from './reading.ts'

function isRefusal(error: unknown): boolean {
  return error instanceof GuardError && error.code === 'AuditWriteFailed'
}

describe('a record that no answer waits for', () => {
  const lost = () => assert.fail('it was lost')

  test('is written before one that is appended after it', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    journal.note(record({ name: 'noted' }), lost)
    await journal.append(record({ name: 'awaited' }))
    assert.deepEqual(
      (await recordsIn(directory)).map((one) => one['name']),
      ['noted', 'awaited'],
    )
    assert.deepEqual((await verified(directory)).problems, [])
  })

  test('is written by itself when nothing follows', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    for (let n = 0; n < 3; n += 1) journal.note(record(), lost)
    while (journal.head().seq < 3) await new Promise((resolve) => setImmediate(resolve))
    journal.note(record(), lost)
    while (journal.head().seq < 4) await new Promise((resolve) => setImmediate(resolve))
    assert.equal((await verified(directory)).records, 4)
  })

  test('is written when the journal stops', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    for (let n = 0; n < 300; n += 1) journal.note(record(), lost)
    await journal.stop()
    assert.equal((await verified(directory)).records, 300)
  })

  test('leaves half of the queue to those that are waited for, and its loss is told', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, { queue: 4 })
    const losses: unknown[] = []
    for (let n = 0; n < 5; n += 1) journal.note(record(), (error) => losses.push(error))
    assert.equal(losses.length, 3)
    assert.ok(losses.every(isRefusal))
    await Promise.all([journal.append(record()), journal.append(record())])
    await journal.append(record())
    assert.deepEqual(
      (await recordsIn(directory)).map((one) => one['unrecorded'] ?? 0),
      [3, 0, 0, 0, 0],
    )
  })

  test('is lost with the journal closed', async (context) => {
    const journal = await journalIn(context, temporary(context))
    await journal.stop()
    const losses: unknown[] = []
    journal.note(record(), (error) => losses.push(error))
    assert.ok(losses.length === 1 && losses.every(isRefusal))
  })
})
