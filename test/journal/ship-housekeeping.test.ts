import assert from 'node:assert/strict'
import { statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { Shipped } from '../../src/core/audit/shipment.ts'
import type { JournalOptions } from '../../src/journal/options.ts'
import { eventually } from '../e2e/eventually.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, journalIn, temporary } from './reading.ts'
import { shipAll, shipperOf, takingInto } from './shipping.ts'

const checkpoints = { sign: newKeys().sign }
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

describe('housekeeping', () => {
  const housekeeping = (lacking: () => readonly string[], keepBytes?: number) => {
    const lost: string[] = []
    const shipping = {
      lacking: () => Promise.resolve(lacking),
      lost: (target: string) => lost.push(target),
    }
    return {
      lost,
      options: { keepFor: hour, shipping, ...(keepBytes === undefined ? {} : { keepBytes }) },
    }
  }

  async function tidied(
    context: TestContext,
    { lost, options }: ReturnType<typeof housekeeping>,
  ): Promise<{ readonly files: number; readonly lost: readonly string[] }> {
    const directory = temporary(context)
    await wrote(context, directory, 20, { fileBytes: 3000 })
    const then = (Date.now() - 72 * hour) / 1000
    const before = filesIn(directory)
    for (const file of before) utimesSync(file, then, then)
    const journal = await journalIn(context, directory, {
      checkpoints,
      now: Date.now,
      housekeeping: options,
    })
    await journal.tidy()
    await journal.tidy()
    await journal.stop()
    return { files: filesIn(directory).filter((file) => before.includes(file)).length, lost }
  }

  test('keeps what a target lacks, however old it is', async (context) => {
    const { files, lost } = await tidied(
      context,
      housekeeping(() => ['copy']),
    )
    assert.ok(files > 5)
    assert.deepEqual(lost, [])
  })

  test('removes what all have', async (context) => {
    const { files } = await tidied(
      context,
      housekeeping(() => []),
    )
    assert.equal(files, 0)
  })

  test('says what is lost for want of space', async (context) => {
    const { files, lost } = await tidied(
      context,
      housekeeping(() => ['copy'], 9000),
    )
    assert.ok(files > 0 && files < 5, `${files} left`)
    assert.ok(lost.length > 5)
  })

  test('knows from the cursor what was sent', async (context) => {
    const directory = temporary(context)
    await wrote(context, directory, 10, { fileBytes: 3000 })
    const taking = takingInto(directory)
    taking.answer = () => (taking.taken.length === 3 ? later : undefined)
    const shipper = await shipperOf(context, directory, taking, { most: 2900 })
    shipper.start()
    await eventually('an outage', () => shipper.trouble() !== undefined)
    await shipper.stop(0)
    const has = await shipper.has()
    const known = filesIn(directory).map((file) => {
      const name = path.basename(file)
      const [boot = ''] = name.split('-')
      const index = Number(/(\d+)\.jsonl$/.exec(name)?.[1])
      const { size } = statSync(file)
      return has({ path: file, name, boot, pod: 'pod-0', index, size, changedAt: 0 })
    })
    assert.equal(known[0], true)
    assert.equal(known.at(-1), false)
    taking.answer = () => undefined
    const next = await shipperOf(context, directory, taking)
    await shipAll(next)
    const hasAll = await next.has()
    for (const file of filesIn(directory)) {
      const name = path.basename(file)
      const [boot = ''] = name.split('-')
      const facts = { path: file, name, boot, pod: 'pod-0', index: 99, size: 1, changedAt: 0 }
      assert.equal(hasAll(facts), true)
    }
  })
})
