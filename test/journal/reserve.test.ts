import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test, type TestContext } from 'node:test'
import { isUrgent } from '../../src/core/audit/urgent.ts'
import type { AuditRecord } from '../../src/core/audit/record.ts'
import { createRecordFile, type RecordFile } from '../../src/journal/record-file.ts'
import { eventually } from '../e2e/eventually.ts'
import { record } from '../core/audit/decisions.ts'
import { journalIn, recordsIn, temporary, verified } from './reading.ts'

const appender = path.join(import.meta.dirname, 'reserve-appender.ts')
const mebibyte = 1024 * 1024

/** A private mount namespace: its file systems go with the process. */
const hasNamespaces = spawnSync('unshare', ['-rm', 'true']).status === 0
const needsNamespaces = { skip: hasNamespaces ? false : 'no namespaces to mount in' }

type Ask = (command: string) => Promise<unknown>

/** All in MiB. */
interface SmallDisk {
  readonly filler: number
  readonly reserve?: number
  /** As much of an unfinished reserve is there already. */
  readonly left?: number
  /** What all record files may take. */
  readonly keep?: number
}

/** Of a process on a file system of 24 MiB, with a filler in it that can be removed. */
async function onASmallDisk(
  context: TestContext,
  { filler, reserve = 16, left = 0, keep }: SmallDisk,
): Promise<{ readonly ask: Ask; readonly copy: string }> {
  const copy = temporary(context)
  const shell = [
    'mount -t tmpfs -o size=24m tmpfs /mnt',
    `head -c ${filler * mebibyte} /dev/zero > /mnt/filler`,
    left === 0 ? 'true' : `head -c ${left * mebibyte} /dev/zero > /mnt/reserve`,
    '"$@"',
    `cp /mnt/*.jsonl ${copy}`,
  ].join(' && ')
  const run = ['sh', '-c', shell, 'sh', process.execPath, appender, '/mnt']
  const sizes = [reserve, ...(keep === undefined ? [] : [keep])].map((size) => size * mebibyte)
  const child = spawn('unshare', ['-rm', ...run, ...sizes.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value } = await answers.next()
    return JSON.parse(String(value)) as unknown
  }
  assert.equal(await next(), 'opened')
  return {
    copy,
    ask: async (command) => {
      child.stdin.write(`${command}\n`)
      const answer = await next()
      if (command !== 'stop') return answer
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await ended
      return answer
    },
  }
}

async function has(ask: Ask, event: string): Promise<boolean> {
  return ((await ask('events')) as readonly string[]).includes(event)
}

/** `free`: as little as is left beside it, in MiB. */
async function isHeld(ask: Ask, free: number): Promise<boolean> {
  return Number(await ask('free')) < (free + 0.5) * mebibyte
}

describe('a disk that is full', needsNamespaces, () => {
  test('has room for break-glass, and for nothing else, until that is used up', async (context) => {
    const { ask, copy } = await onASmallDisk(context, { filler: 3 })
    await eventually('a reserve', () => isHeld(ask, 24 - 3 - 16))
    const ordinary = Number(await ask('fill-ordinary'))
    assert.ok(ordinary > 2000, `${ordinary} before it was full`)
    assert.equal(await has(ask, 'reserve_spent'), false)
    assert.equal(await ask('ordinary'), false)
    assert.deepEqual(await ask('both'), [false, true, false])
    assert.equal(await has(ask, 'reserve_spent'), true)
    assert.ok(Number(await ask('free')) > 15 * mebibyte)
    assert.equal(await ask('ordinary'), false)
    for (let n = 0; n < 20; n += 1) assert.equal(await ask('urgent'), true)
    assert.equal(await ask('ordinary'), false)

    // A process that starts again does not forget whom the space is for.
    assert.equal(await ask('restart'), true)
    assert.equal(await ask('ordinary'), false)
    assert.equal(await ask('urgent'), true)

    const urgent = Number(await ask('fill-urgent'))
    assert.ok(urgent > 10_000, `${urgent} in the reserve`)
    assert.equal(await ask('urgent'), false)
    assert.equal(await ask('ordinary'), false)

    await ask('stop')
    const found = await verified(copy)
    assert.deepEqual(found.problems, [])
    assert.deepEqual(found.halfWritten, [])
    const decisions = (await recordsIn(copy)).filter((one) => one['decisionId'] !== undefined)
    assert.equal(decisions.length, ordinary + 22 + urgent)
  })

  test('is as before once there is space again, with a new reserve', async (context) => {
    const { ask, copy } = await onASmallDisk(context, { filler: 6, reserve: 12 })
    await eventually('a reserve', () => isHeld(ask, 24 - 6 - 12))
    await ask('fill-ordinary')
    assert.equal(await ask('urgent'), true)
    assert.equal(await ask('ordinary'), false)
    await ask('remove')
    // All that is free now is more than the reserve takes.
    await eventually('a new reserve', () => has(ask, 'reserve_made'))
    assert.equal(await ask('ordinary'), true)
    await ask('fill-ordinary')
    assert.equal(await ask('urgent'), true)
    const events = (await ask('events')) as readonly string[]
    assert.equal(events.filter((event) => event === 'reserve_spent').length, 2)
    await ask('stop')
    assert.deepEqual((await verified(copy)).problems, [])
    const lost = (await recordsIn(copy)).map((one) => Number(one['unrecorded'] ?? 0))
    assert.equal(
      lost.reduce((sum, n) => sum + n, 0),
      3,
    )
  })

  test('makes room by itself where old files may go', async (context) => {
    const { ask, copy } = await onASmallDisk(context, { filler: 10, reserve: 8, keep: 2 })
    await eventually('a reserve', () => isHeld(ask, 24 - 10 - 8))
    await ask('fill-ordinary')
    assert.equal(await ask('ordinary'), false)
    await ask('tidy')
    await eventually('a new reserve', () => has(ask, 'reserve_made'))
    assert.equal(await ask('ordinary'), true)
    const events = (await ask('events')) as readonly string[]
    assert.ok(events.includes('records_removed') && !events.includes('records_not_tidied'))
    await ask('stop')
    assert.deepEqual((await verified(copy)).problems, [])
  })

  test('gives what is left of an unfinished reserve to the next one', async (context) => {
    const { ask } = await onASmallDisk(context, { filler: 6, reserve: 12, left: 8 })
    await eventually('a reserve', () => isHeld(ask, 24 - 6 - 12))
    assert.equal(await has(ask, 'reserve_not_made'), false)
    await ask('fill-ordinary')
    assert.equal(await ask('urgent'), true)
    await ask('stop')
  })

  test('without room for a reserve holds nobody back, and says so', async (context) => {
    const { ask } = await onASmallDisk(context, { filler: 10 })
    assert.equal(await has(ask, 'reserve_not_made'), true)
    assert.ok(Number(await ask('free')) > 13 * mebibyte)
    assert.equal(await ask('ordinary'), true)
    await ask('fill-ordinary')
    assert.equal(await ask('urgent'), false)
    await ask('stop')
  })
})

describe('a reserve', () => {
  const reserve = { bytes: mebibyte, every: 20 }

  test('is made again when somebody removes it or cuts it, and is kept when there is one', async (context) => {
    const directory = temporary(context)
    const file = path.join(directory, 'reserve')
    const isWhole = () => statSync(file, { throwIfNoEntry: false })?.size === mebibyte
    const first = await journalIn(context, directory, { reserve })
    await eventually('a reserve', isWhole)
    unlinkSync(file)
    await eventually('another one', isWhole)
    truncateSync(file, 10)
    await eventually('a whole one', isWhole)
    await first.stop()
    const before = readFileSync(file)
    const second = await journalIn(context, directory, { reserve })
    await second.append(record())
    await second.stop()
    assert.deepEqual(readFileSync(file), before)
  })

  test('that was spent is made at the start, before anybody is held back', async (context) => {
    const directory = temporary(context)
    writeFileSync(path.join(directory, 'reserve'), '')
    const journal = await journalIn(context, directory, { reserve })
    await journal.append(record())
    assert.equal(statSync(path.join(directory, 'reserve')).size, mebibyte)
  })
})

describe('a disk that is full only once it is synced', () => {
  /** Real files; the first ones cannot be synced, as on a network. */
  const onANetwork = (failing: number) => {
    let n = 0
    return async (file: string): Promise<RecordFile> => {
      const real = await createRecordFile(file)
      n += 1
      if (n > failing) return real
      return {
        path: real.path,
        get size() {
          return real.size
        },
        append: (bytes) => real.append(bytes),
        sync: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
        finish: () => real.finish(),
        abandon: () => real.abandon(),
      }
    }
  }

  test('has the reserve for whoever asks again, when a write under a grant is what failed', async (context) => {
    const reserve = { bytes: mebibyte, every: 3_600_000 }
    const createFile = onANetwork(2)
    const journal = await journalIn(context, temporary(context), { reserve, createFile })
    await eventually('a reserve', () => journal.reserve() === 'held')
    await assert.rejects(journal.append(record(), { durability: 'disk' }))
    assert.equal(journal.reserve(), 'held')
    await assert.rejects(journal.append(record(), { durability: 'disk', isUrgent: true }))
    assert.equal(journal.reserve(), 'spent')
    await journal.append(record(), { durability: 'disk', isUrgent: true })
    await assert.rejects(journal.append(record()))
  })
})

describe('what may have it', () => {
  for (const [title, changes, expected] of [
    ['a write under a grant', { reason: 'BreakGlass' }, true],
    ['a grant', { reason: 'OwnObject', gvr: 'solewriter.dev/v1alpha1/breakglassgrants' }, true],
    [
      'an approval',
      { reason: 'OwnObject', gvr: 'solewriter.dev/v1alpha1/breakglassapprovals' },
      true,
    ],
    [
      'a checkpoint',
      { reason: 'OwnObject', gvr: 'solewriter.dev/v1alpha1/auditcheckpoints' },
      false,
    ],
    ['a Lease of ours', { reason: 'OwnObject', gvr: 'coordination.k8s.io/v1/leases' }, false],
    ['a commit', { reason: 'VerifiedCommit' }, false],
    [
      'an exception',
      { reason: 'Exception', gvr: 'solewriter.dev/v1alpha1/breakglassgrants' },
      false,
    ],
    ['a denial', { reason: 'BreakGlass', decision: 'deny' }, false],
    ['a dry run', { reason: 'BreakGlass', dryRun: true }, false],
  ] as const) {
    test(`${title}: ${expected}`, () => {
      const one: AuditRecord = { ...record(), decision: 'allow', ...changes }
      assert.equal(isUrgent(one), expected)
    })
  }
})
