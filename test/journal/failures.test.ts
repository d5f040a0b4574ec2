import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test, type TestContext } from 'node:test'
import { lineHash } from '../../src/core/audit/chain.ts'
import { GuardError } from '../../src/core/errors.ts'
import { createRecordFile, type RecordFile, type Written } from '../../src/journal/record-file.ts'
import type { Fields } from '../../src/telemetry/redact.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, journalIn, linesIn, quiet, recordsIn, temporary, verified } from './reading.ts'

const appender = path.join(import.meta.dirname, 'appender.ts')

function isRefusal(error: unknown): boolean {
  return error instanceof GuardError && error.code === 'AuditWriteFailed'
}

/** A private mount namespace: its file systems go with the process. */
const hasNamespaces = spawnSync('unshare', ['-rm', 'true']).status === 0
const needsNamespaces = { skip: hasNamespaces ? false : 'no user namespaces here' }

/** Runs the appender below a shell line that ends in `"$@"`; answers what it printed. */
function appendBelow(shell: string, ...args: readonly string[]) {
  const wrapped = ['sh', '-c', shell, 'sh', process.execPath, appender, ...args]
  const { stdout, status, stderr } = spawnSync('unshare', ['-rm', ...wrapped], { encoding: 'utf8' })
  return { outcomes: stdout.trimEnd().split('\n'), status, stderr }
}

describe('killed at any moment', () => {
  for (const [durability, killAfter] of [
    ['file', 1],
    ['file', 2000],
    ['disk', 500],
  ] as const) {
    test(`after ${killAfter} records (${durability}), every acknowledged one is in the file`, async (context) => {
      const directory = temporary(context)
      const hashes = await appendUntilKilled(
        context,
        [directory, 'endless', '16', durability],
        killAfter,
      )
      assert.ok(hashes.length >= killAfter)
      const written = new Set((await linesIn(directory)).map(({ text }) => lineHash(text)))
      assert.deepEqual(
        hashes.filter((hash) => !written.has(hash)),
        [],
      )
      assert.deepEqual((await verified(directory)).problems, [])

      const successor = await journalIn(context, directory, { now: Date.now })
      await successor.append(record())
      const named = (await recordsIn(directory)).at(-1)?.['predecessor'] as { hash: string }
      assert.ok(written.has(named.hash))
      assert.deepEqual((await verified(directory)).problems, [])
    })
  }

  async function appendUntilKilled(
    context: TestContext,
    args: readonly string[],
    count: number,
  ): Promise<readonly string[]> {
    const child: ChildProcess = spawn(process.execPath, [appender, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    context.after(() => child.kill('SIGKILL'))
    const hashes: string[] = []
    assert.ok(child.stdout)
    for await (const line of createInterface({ input: child.stdout })) {
      if (/^sha256:[0-9a-f]{64}$/.test(line)) hashes.push(line)
      if (hashes.length === count) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')
    return hashes
  }
})

describe('a disk without space', needsNamespaces, () => {
  const copyOut = 'mount -t tmpfs -o size=32k tmpfs /mnt && "$@"; cp /mnt/* '

  test('refuses, again and again, and leaves whole lines behind', async (context) => {
    const directory = temporary(context)
    const { outcomes } = appendBelow(`${copyOut} ${directory}`, '/mnt', '200', '4', 'file')
    const acknowledged = outcomes.filter((outcome) => outcome.startsWith('sha256:'))
    assert.ok(acknowledged.length > 0)
    assert.equal(outcomes.at(-1), 'refused')
    assert.equal(outcomes.length, 201)
    const lines = await linesIn(directory)
    assert.ok(lines.every(({ isWhole }) => isWhole))
    assert.deepEqual(lines.map(({ text }) => lineHash(text)).toSorted(), acknowledged.toSorted())
    assert.deepEqual((await verified(directory)).problems, [])
    assert.ok(filesIn(directory).length <= 2, 'a full disk does not fill up with files')
  })

  test('lets records in again once there is space', async (context) => {
    const directory = temporary(context)
    const remedy = 'mount -o remount,size=16m /mnt'
    const { outcomes } = appendBelow(`${copyOut} ${directory}`, '/mnt', '200', '4', 'file', remedy)
    const refused = outcomes.filter((outcome) => outcome === 'refused').length
    assert.ok(refused > 0 && refused < 20)
    assert.match(outcomes.at(-1) ?? '', /^sha256:/)
    assert.deepEqual((await verified(directory)).problems, [])
    const unrecorded = (await recordsIn(directory)).map((one) => Number(one['unrecorded'] ?? 0))
    assert.equal(
      unrecorded.reduce((sum, n) => sum + n, 0),
      refused,
    )
  })
})

test('a file that takes no more bytes is left with whole lines, and the chain goes on in another', async (context) => {
  const directory = temporary(context)
  const limited = `ulimit -f 16; exec "$@"`
  const args = [limited, 'sh', process.execPath, appender, directory, '200', '4', 'file']
  const { stdout } = spawnSync('sh', ['-c', ...args], { encoding: 'utf8' })
  const outcomes = stdout.trimEnd().split('\n').slice(1)
  assert.equal(outcomes.length, 200)
  assert.ok(outcomes.includes('refused'))
  assert.ok(filesIn(directory).length > 3)
  const lines = await linesIn(directory)
  assert.ok(lines.every(({ isWhole }) => isWhole))
  assert.equal(lines.length, outcomes.filter((outcome) => outcome !== 'refused').length)
  assert.deepEqual((await verified(directory)).problems, [])
})

test('a file system that takes no writes lets no journal open', needsNamespaces, () => {
  const shell = 'mount -t tmpfs -o ro tmpfs /mnt && "$@"'
  const { status, stderr } = appendBelow(shell, '/mnt', '1', '1', 'file')
  assert.notEqual(status, 0)
  assert.match(stderr, /AuditWriteFailed/)
})

test(
  'a directory that takes no files lets no journal open',
  { skip: process.getuid?.() === 0 ? 'root may write anywhere' : false },
  async (context) => {
    const directory = temporary(context)
    chmodSync(directory, 0o500)
    await assert.rejects(journalIn(context, directory), isRefusal)
  },
)

describe('a place that is lost', () => {
  const losses: readonly (readonly [title: string, lose: (directory: string) => void])[] = [
    [
      'the directory removed',
      (directory) => {
        rmSync(directory, { recursive: true })
      },
    ],
    [
      'the directory moved away',
      (directory) => {
        renameSync(directory, `${directory}-moved`)
      },
    ],
    [
      'the file removed',
      (directory) => {
        rmSync(theFile(directory))
      },
    ],
    [
      'the file moved',
      (directory) => {
        renameSync(theFile(directory), `${theFile(directory)}.1`)
      },
    ],
    [
      'the file replaced',
      (directory) => {
        const file = theFile(directory)
        renameSync(file, `${file}.1`)
        writeFileSync(file, '')
      },
    ],
    [
      'the file cut',
      (directory) => {
        truncateSync(theFile(directory), 10)
      },
    ],
  ]
  for (const [title, lose] of losses) {
    test(`${title}: the next record is refused, and none is lost unseen`, async (context) => {
      const directory = path.join(temporary(context), 'records')
      const journal = await journalIn(context, directory)
      await journal.append(record())
      lose(directory)
      await assert.rejects(journal.append(record()), isRefusal)
      assert.ok(journal.lastError() instanceof GuardError)
      mkdirSync(directory, { recursive: true })
      const appended = await journal.append(record(), { durability: 'disk' })
      assert.equal(appended.head.seq, 3)
      assert.equal(journal.lastError(), undefined)
    })
  }

  test('refuses for as long as it is lost', async (context) => {
    const directory = path.join(temporary(context), 'records')
    const journal = await journalIn(context, directory)
    rmSync(directory, { recursive: true })
    for (let i = 0; i < 3; i += 1) await assert.rejects(journal.append(record()), isRefusal)
    await assert.rejects(journal.append(record(), { durability: 'disk' }), isRefusal)
    mkdirSync(directory)
    await journal.append(record())
    assert.equal(readdirSync(directory).length, 1)
  })

  function theFile(directory: string): string {
    return filesIn(directory)[0] ?? ''
  }
})

describe('a disk that fails', () => {
  /** Real files, of which the test replaces what fails: no file system fails on demand. */
  function failingFiles(replace: (real: RecordFile, n: number) => Partial<RecordFile>) {
    let n = 0
    return async (file: string): Promise<RecordFile> => {
      const real = await createRecordFile(file)
      n += 1
      return {
        path: real.path,
        get size() {
          return real.size
        },
        append: (bytes) => real.append(bytes),
        sync: () => real.sync(),
        finish: () => real.finish(),
        abandon: () => real.abandon(),
        ...replace(real, n),
      }
    }
  }

  test('in a sync refuses those who asked for the disk, and is never asked again about that file', async (context) => {
    const directory = temporary(context)
    const createFile = failingFiles((_real, n) =>
      n === 1 ? { sync: () => Promise.reject(new Error('EIO')) } : {},
    )
    const journal = await journalIn(context, directory, { createFile })
    await assert.rejects(journal.append(record(), { durability: 'disk' }), isRefusal)
    await journal.append(record())
    await journal.append(record(), { durability: 'disk' })
    assert.equal(filesIn(directory).length, 2)
    assert.deepEqual((await verified(directory)).problems, [])
    assert.equal((await verified(directory)).records, 3)
  })

  test('by never answering keeps nobody beyond his deadline, nor those who do not ask for the disk', async (context) => {
    const directory = temporary(context)
    const hung = Promise.withResolvers<undefined>()
    const createFile = failingFiles(() => ({ sync: () => hung.promise }))
    const journal = await journalIn(context, directory, { createFile })
    const controller = new AbortController()
    const pending = journal.append(record(), { durability: 'disk', signal: controller.signal })
    await journal.append(record())
    controller.abort()
    await assert.rejects(pending, isRefusal)
    await journal.append(record())
    hung.resolve(undefined)
  })

  test('so that half a batch stays behind lets the chain go on behind its last whole line', async (context) => {
    const directory = temporary(context)
    const createFile = failingFiles((real, n) => {
      if (n > 1) return {}
      const append = (bytes: Uint8Array): Written => {
        const kept = bytes.indexOf(10) + 50
        real.append(bytes.subarray(0, kept))
        return { kind: 'failed', kept, cause: new Error('EIO') }
      }
      return { append }
    })
    const journal = await journalIn(context, directory, { createFile })
    await assert.rejects(journal.append(record(), { signal: AbortSignal.abort() }), isRefusal)
    const both = [journal.append(record({ name: 'a' })), journal.append(record({ name: 'b' }))]
    for (const { status } of await Promise.allSettled(both)) assert.equal(status, 'rejected')
    await journal.append(record({ name: 'c' }))
    const found = await verified(directory)
    assert.deepEqual(found.problems, [])
    assert.equal(found.halfWritten.length, 1)
    assert.deepEqual(
      (await recordsIn(directory)).map((one) => [one['name'], one['unrecorded']]),
      [
        ['a', 1],
        ['c', 1],
      ],
    )
  })

  test('is logged once until it is well again', async (context) => {
    const directory = path.join(temporary(context), 'records')
    const events: [event: string, unrecorded: unknown][] = []
    const note = (event: string, fields?: Fields) => events.push([event, fields?.['unrecorded']])
    const log = { ...quiet, error: note, info: note }
    const journal = await journalIn(context, directory, { log })
    await journal.append(record())
    renameSync(directory, `${directory}-moved`)
    await assert.rejects(journal.append(record()), isRefusal)
    await assert.rejects(journal.append(record()), isRefusal)
    renameSync(`${directory}-moved`, directory)
    await journal.append(record())
    assert.deepEqual(events, [
      ['records_not_written', undefined],
      ['records_written_again', 1],
    ])
    assert.deepEqual((await verified(directory)).problems, [])
  })
})
