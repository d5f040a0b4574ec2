import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { lineHash } from '../../src/core/audit/chain.ts'
import type { Appended } from '../../src/core/audit/sink.ts'
import { GuardError } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { record, written as asWritten } from '../core/audit/decisions.ts'
import {
  filesIn,
  journalIn,
  linesIn,
  noon,
  quiet,
  recordsIn,
  temporary,
  verified,
} from './reading.ts'

function isRefusal(error: unknown): boolean {
  return error instanceof GuardError && error.code === 'AuditWriteFailed'
}

test('what is acknowledged is in the file, and the answer can name it', async (context) => {
  const directory = temporary(context)
  const journal = await journalIn(context, directory)
  const first = await journal.append(record())
  const second = await journal.append(record({ name: 'other' }))
  const lines = await linesIn(directory)
  assert.equal(lineHash(lines[0]?.text ?? ''), first.head.hash)
  assert.equal(second.prev, first.head.hash)
  assert.deepEqual(journal.head(), second.head)
  const [written] = await recordsIn(directory)
  assert.deepEqual(written, {
    ...asWritten(record()),
    v: 1,
    seq: 1,
    writer: first.head.writer,
    prev: `sha256:${'0'.repeat(64)}`,
  })
})

test('files and directory are for their owner alone', async (context) => {
  const directory = path.join(temporary(context), 'a', 'records')
  await journalIn(context, directory)
  const [file = ''] = filesIn(directory)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
})

test('appends at once make one chain, in which each has its own place', async (context) => {
  const actions = fc.array(
    fc.record({
      durability: fc.constantFrom('file', 'disk'),
      wait: fc.boolean(),
      user: fc.string({ unit: 'binary' }),
      isAborted: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      const directory = temporary(context)
      const journal = await journalIn(context, directory, { fileBytes: 4000 })
      const pending: Promise<Appended | undefined>[] = []
      for (const { durability, wait, user, isAborted } of all) {
        const made = record({ user: { username: user, uid: '', groups: [user], extra: new Map() } })
        const signal = isAborted ? AbortSignal.abort() : new AbortController().signal
        const appended = journal.append(made, { durability, signal }).catch(() => undefined)
        pending.push(appended)
        if (wait) await appended
      }
      const done = (await Promise.all(pending)).filter((appended) => appended !== undefined)
      await journal.stop()
      const { problems, records } = await verified(directory)
      assert.deepEqual(problems, [])
      assert.equal(records, all.filter(({ isAborted }) => !isAborted).length)
      const hashes = (await linesIn(directory)).map(({ text }) => lineHash(text))
      assert.deepEqual(
        done.map(({ head }) => head.hash),
        hashes,
      )
    }),
    { numRuns: 40 },
  )
})

test('several processes may share a directory', async (context) => {
  const directory = temporary(context)
  const journals = await Promise.all(
    ['pod-0', 'pod-0', 'pod-1'].map((writer) => journalIn(context, directory, { writer })),
  )
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => record({ name: `n${i}` })).flatMap((made) =>
      journals.map((journal) => journal.append(made)),
    ),
  )
  const found = await verified(directory)
  assert.deepEqual(found.problems, [])
  assert.deepEqual(
    found.chains.map(({ seq }) => seq),
    [100, 100, 100],
  )
})

test('a full file is followed by the next one, in which the chain goes on', async (context) => {
  const directory = temporary(context)
  const journal = await journalIn(context, directory, { fileBytes: 3000 })
  for (let i = 0; i < 10; i += 1) await journal.append(record())
  const files = filesIn(directory)
  assert.ok(files.length > 2)
  for (const file of files) assert.ok(statSync(file).size <= 3000)
  assert.equal((await verified(directory)).problemCount, 0)
  assert.equal((await verified(directory)).records, 10)
})

test('a record that is larger than a file gets one of its own', async (context) => {
  const directory = temporary(context)
  const journal = await journalIn(context, directory, { fileBytes: 10 })
  await journal.append(record())
  await journal.append(record())
  assert.equal((await verified(directory)).records, 2)
})

test('a journal to which nothing came leaves nothing behind', async (context) => {
  const directory = temporary(context)
  const journal = await journalIn(context, directory)
  await journal.stop()
  assert.deepEqual(filesIn(directory), [])
})

describe('what follows an earlier process', () => {
  const later = noon + 1000

  test('names where that one stopped', async (context) => {
    const directory = temporary(context)
    const first = await journalIn(context, directory, { fileBytes: 3000 })
    for (let i = 0; i < 5; i += 1) await first.append(record())
    const other = await journalIn(context, directory, { writer: 'pod-1' })
    await other.append(record())
    const second = await journalIn(context, directory, { now: () => later })
    await second.append(record())
    await second.append(record())
    const named = (await recordsIn(directory)).map((one) => one['predecessor'] ?? null)
    const { writer, seq, hash } = first.head()
    assert.deepEqual(
      named.filter((one) => one !== null),
      [{ writer, seq, hash }],
    )
    assert.equal((await verified(directory)).problemCount, 0)
  })

  test('leaves its half-written line alone, and names the record before it', async (context) => {
    const directory = temporary(context)
    const first = await journalIn(context, directory)
    await first.append(record())
    const [file = ''] = filesIn(directory)
    appendFileSync(file, '{"v":1,"wri')
    const before = readFileSync(file, 'utf8')
    const second = await journalIn(context, directory, { now: () => later })
    await second.append(record())
    assert.equal(readFileSync(file, 'utf8'), before)
    const found = await verified(directory)
    assert.deepEqual(found.problems, [])
    assert.equal(found.halfWritten.length, 1)
    const { writer, seq, hash } = first.head()
    const last = (await recordsIn(directory)).at(-1)
    assert.deepEqual(last?.['predecessor'], { writer, seq, hash })
  })

  for (const [title, text] of [
    ['nothing', ''],
    ['half a line', '{"v":'],
    ['rubbish', 'x\n'],
    ['an empty line', '\n'],
    ['another JSON', '[]\n'],
  ] as const) {
    test(`starts although ${title} is in a file of its name`, async (context) => {
      const directory = temporary(context)
      writeFileSync(path.join(directory, `${'0'.repeat(26)}-pod-0-000001.jsonl`), text)
      const journal = await journalIn(context, directory)
      await journal.append(record())
      assert.equal((await recordsOfLastFile(directory)).at(-1)?.['predecessor'], undefined)
    })
  }

  async function recordsOfLastFile(directory: string): Promise<readonly JsonObject[]> {
    const file = filesIn(directory).at(-1) ?? ''
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as JsonObject)
  }
})

describe('a record is refused', () => {
  test('at once when too many wait, and the next one says how many were', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory, { queue: 4 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => journal.append(record())),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [
        ...Array.from({ length: 4 }, () => 'fulfilled'),
        ...Array.from({ length: 6 }, () => 'rejected'),
      ],
    )
    await journal.append(record())
    const records = await recordsIn(directory)
    assert.equal(records.length, 5)
    assert.deepEqual(
      records.map((one) => one['unrecorded'] ?? 0),
      [6, 0, 0, 0, 0],
    )
  })

  test('when its caller cannot wait any more, and is not written then', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    await assert.rejects(journal.append(record(), { signal: AbortSignal.abort() }), isRefusal)
    const controller = new AbortController()
    const pending = journal.append(record(), { signal: controller.signal })
    controller.abort()
    await assert.rejects(pending, isRefusal)
    await journal.append(record({ name: 'last' }))
    assert.deepEqual(
      (await recordsIn(directory)).map((one) => one['name']),
      ['last'],
    )
  })

  test('when it has no JSON, and leaves no gap', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    const bad = { user: '\ud800' }
    const outcomes = await Promise.allSettled([
      journal.append(bad),
      journal.append(record()),
      journal.append(bad),
      journal.append(record()),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(
      await verified(directory).then(({ problems, records }) => [problems, records]),
      [[], 2],
    )
  })

  test('when the journal is closed; what came before is written', async (context) => {
    const directory = temporary(context)
    const journal = await journalIn(context, directory)
    const pending = Array.from({ length: 300 }, () => journal.append(record()))
    await journal.stop()
    await assert.rejects(journal.append(record()), isRefusal)
    assert.equal(
      (await Promise.allSettled(pending)).every(({ status }) => status === 'fulfilled'),
      true,
    )
    assert.equal((await verified(directory)).records, 300)
  })
})

test('a record cannot give itself another place', async (context) => {
  const directory = temporary(context)
  const journal = await journalIn(context, directory)
  await journal.append({ ...record(), seq: 7, writer: 'other', prev: '', v: 9 })
  assert.equal((await verified(directory)).problemCount, 0)
})

describe('no journal opens', () => {
  for (const writer of ['', '../x', 'a/b', 'a\nb', '.', 'x'.repeat(201)]) {
    test(`for a writer called ${JSON.stringify(writer.slice(0, 20))}`, async (context) => {
      const directory = temporary(context)
      await assert.rejects(
        openJournal({ directory, writer, now: () => noon, log: quiet }),
        (error) => error instanceof GuardError && error.code === 'SettingsInvalid',
      )
    })
  }

  test('where there is a file, or a link to nowhere', async (context) => {
    const directory = temporary(context)
    const file = path.join(directory, 'file')
    const link = path.join(directory, 'link')
    writeFileSync(file, '')
    symlinkSync(path.join(directory, 'nowhere', 'at', 'all'), link)
    for (const place of [file, path.join(file, 'below'), link]) {
      const opened = openJournal({ directory: place, writer: 'p', now: () => noon, log: quiet })
      await assert.rejects(opened, isRefusal)
    }
  })
})
