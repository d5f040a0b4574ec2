import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { recordsIn, verified } from '../../journal/reading.ts'
import { policyWith, testerException } from './policies.ts'
import { reviewOf } from './reviews.ts'
import { eventually, makeSite, type Serve } from './serving.ts'

const policy = policyWith({ exceptions: [testerException] })

/** Two reviews, neither of which can be recorded. */
async function assertRefuses(serve: Serve): Promise<void> {
  const before = await lost(serve)
  const { allowed, message } = await serve.review(reviewOf('tester'))
  assert.equal(allowed, false)
  assert.match(message, /^\[AuditFailed\] the record of this decision could not be written/)
  // What is refused anyway keeps its own reason: who reads it can do something about that one.
  assert.match((await serve.review(reviewOf('alice'))).message, /^\[HumanWrite\]/)
  // A denial does not wait for its record.
  await eventually('two lost records', async () => (await lost(serve)) === before + 2)
}

async function lost(serve: Serve): Promise<number> {
  return Number(/audit_wal_errors_total (\d+)/.exec(await serve.metrics())?.[1])
}

async function assertAllows(serve: Serve): Promise<void> {
  const { allowed, message } = await serve.review(reviewOf('tester'))
  assert.equal(allowed, true, message)
}

async function assertRecovered(serve: Serve, records: string, unrecorded: number): Promise<void> {
  const { level } = await serve.log.told('records_written_again')
  assert.equal(level, 'info')
  assert.equal(serve.log.count('records_not_written'), 1)
  assert.match(await serve.metrics(), /audit_wal_errors_total [1-9]/)
  assert.equal((await serve.readiness()).status, 200)
  serve.child.kill('SIGTERM')
  assert.equal(await serve.ended(), 0)
  assert.deepEqual((await verified(records)).problems, [])
  const counted = (await recordsIn(records)).map((one) => Number(one['unrecorded'] ?? 0))
  assert.equal(
    counted.reduce((sum, n) => sum + n, 0),
    unrecorded,
  )
}

describe('a directory of records', () => {
  test('that goes away denies what would be allowed, until it is back', async (t) => {
    const site = await makeSite(t, { policy })
    const serve = await site.start()
    const records = path.join(site.dir, 'serve-0-records')
    await assertAllows(serve)
    renameSync(records, `${records}.away`)
    await assertRefuses(serve)
    renameSync(`${records}.away`, records)
    await assertAllows(serve)
    // One of the two got into the file all the same, where nobody could have found it.
    await assertRecovered(serve, records, 1)
  })

  test('that is replaced by an empty one is written to from the next record on', async (t) => {
    const site = await makeSite(t, { policy })
    const serve = await site.start()
    const records = path.join(site.dir, 'serve-0-records')
    await assertAllows(serve)
    renameSync(records, `${records}.away`)
    mkdirSync(records)
    const { message } = await serve.review(reviewOf('tester'))
    assert.match(message, /^\[AuditFailed\]/)
    await assertAllows(serve)
    assert.equal((await recordsIn(records)).length, 1)
    assert.equal((await recordsIn(`${records}.away`)).length, 2)
  })

  const hasLimits = spawnSync('prlimit', ['--version']).status === 0
  test(
    'that takes no more bytes denies what would be allowed, until there is space',
    {
      skip: hasLimits ? false : 'no prlimit here',
    },
    async (t) => {
      const site = await makeSite(t, { policy })
      const serve = await site.start()
      const records = path.join(site.dir, 'serve-0-records')
      await assertAllows(serve)
      limitFiles(serve, '0')
      await assertRefuses(serve)
      await assertRefuses(serve)
      limitFiles(serve, 'unlimited')
      await assertAllows(serve)
      await assertRecovered(serve, records, 4)
    },
  )

  test('that fails lets pass under audit what is denied for it under enforce', async (t) => {
    const site = await makeSite(t, { policy: policyWith({ mode: 'audit' }) })
    const serve = await site.start()
    const records = path.join(site.dir, 'serve-0-records')
    renameSync(records, `${records}.away`)
    const { allowed, annotations } = await serve.review(reviewOf('alice'))
    assert.equal(allowed, true)
    assert.equal(annotations['would-deny'], 'true')
    assert.equal(annotations['reason-code'], 'AuditFailed')
  })
})

/** No file of the process may grow beyond so many bytes: like a disk that is full. */
function limitFiles({ child }: Serve, bytes: string): void {
  const args = ['--pid', String(child.pid), `--fsize=${bytes}:`]
  const { status, stderr } = spawnSync('prlimit', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}
