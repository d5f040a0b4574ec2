import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RecordIndex } from '../../../src/cli/console/record-index.ts'
import { RecordSearch } from '../../../src/cli/console/record-search.ts'
import { everything } from '../../../src/core/console/decision-filter.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { scratch } from '../scratch.ts'
import { decisionId, moment, record } from './samples.ts'

const file = (dir: string, name: string) => path.join(dir, `${name}.jsonl`)
const linesOf = (records: readonly JsonObject[]) =>
  records.map((one) => `${JSON.stringify(one)}\n`).join('')

/** So many records, one each second, the newest so many seconds before the moment. */
function series(count: number, newest: number, more: JsonObject = {}): readonly JsonObject[] {
  return Array.from({ length: count }, (_, i) => record(newest + count - 1 - i, more))
}

function write(dir: string, name: string, records: readonly JsonObject[], newest: number): string {
  const place = file(dir, name)
  writeFileSync(place, linesOf(records))
  age(place, newest)
  return place
}

function age(place: string, secondsBefore: number): void {
  const at = new Date(moment - secondsBefore * 1000)
  utimesSync(place, at, at)
}

/** A clock that goes on by itself, so that each look is a new one. */
function indexOf(dir: string, most = 10_000): RecordIndex {
  let now = moment
  return new RecordIndex({ places: [dir], now: () => (now += 2000), most })
}

async function idsOf(index: RecordIndex, limit = 1000): Promise<readonly string[]> {
  const { decisions } = await index.find(everything, limit)
  return decisions.map(({ id }) => id)
}

const ids = (...seconds: readonly number[]) => seconds.map(decisionId)

describe('the index of records', () => {
  test('has what stands in files of several replicas, newest first', async () => {
    const dir = scratch()
    write(dir, 'a', [record(30), record(10)], 10)
    write(dir, 'b', [record(20), record(5)], 5)
    assert.deepEqual(await idsOf(indexOf(dir)), ids(5, 10, 20, 30))
  })

  test('reads on where it was, and leaves half a line alone', async () => {
    const dir = scratch()
    const place = write(dir, 'a', [record(30)], 30)
    const index = indexOf(dir)
    assert.deepEqual(await idsOf(index), ids(30))
    const [next] = linesOf([record(10)]).split('\n')
    appendFileSync(place, next?.slice(0, 100) ?? '')
    assert.deepEqual(await idsOf(index), ids(30))
    appendFileSync(place, `${next?.slice(100)}\n`)
    assert.deepEqual(await idsOf(index), ids(10, 30))
  })

  test('passes by what is no decision, and what is no JSON', async () => {
    const dir = scratch()
    const lines = [
      '{"begins":{},"seq":1}',
      'not json "decisionId"',
      '[]',
      JSON.stringify(record(1)),
    ]
    writeFileSync(file(dir, 'a'), lines.map((line) => `${line}\n`).join(''))
    assert.deepEqual(await idsOf(indexOf(dir)), ids(1))
  })

  test('keeps the newest of all files, without a gap', async () => {
    const dir = scratch()
    write(dir, 'old', series(50, 200), 200)
    write(dir, 'new', series(50, 10), 10)
    const index = indexOf(dir, 60)
    const found = await index.find(everything, 1000)
    const times = found.decisions.map(({ time }) => time)
    assert.equal(times.length, 60)
    assert.deepEqual(times, times.toSorted().toReversed())
    assert.equal(times.at(-1), new Date(moment - 209_000).toISOString())
    assert.equal(found.hasOlderFiles, true)
  })

  test('does not open files that are older than all that it keeps', async () => {
    const dir = scratch()
    write(dir, 'new', series(60, 10), 10)
    const old = write(dir, 'old', series(50, 500), 500)
    const index = indexOf(dir, 60)
    writeFileSync(old, 'never read\n')
    age(old, 500)
    const found = await index.find(everything, 1000)
    assert.deepEqual([found.decisions.length, found.hasOlderFiles], [60, true])
  })

  test('knows nothing older than the cut end of a file that is too long', async () => {
    const dir = scratch()
    // What fits into memory is told by bytes: these are longer than usual.
    const long = { cred: 'x'.repeat(2000) }
    write(dir, 'long', series(40, 10, long), 10)
    write(dir, 'other', [record(45), record(20)], 20)
    const index = indexOf(dir, 40)
    const found = await index.find(everything, 1000)
    const oldest = found.decisions.at(-1)?.time ?? ''
    assert.ok(found.decisions.length < 40)
    assert.ok(oldest > new Date(moment - 45_000).toISOString())
    assert.ok(found.decisions.some(({ id }) => id === decisionId(20)))
    assert.equal(found.hasOlderFiles, true)
  })

  test('counts a record once that stands in a file, its compressed form and a copy', async () => {
    const dir = scratch()
    const records = series(5, 10)
    const place = write(dir, 'a', records, 10)
    writeFileSync(file(dir, 'copy'), linesOf(records))
    const index = indexOf(dir)
    assert.equal((await idsOf(index)).length, 5)
    writeFileSync(`${place}.gz`, gzipSync(readFileSync(place)))
    assert.equal((await idsOf(index)).length, 5)
    rmSync(place)
    assert.equal((await idsOf(index)).length, 5)
  })

  test('reads a compressed file once', async () => {
    const dir = scratch()
    const place = `${file(dir, 'a')}.gz`
    const bytes = gzipSync(linesOf(series(5, 10)))
    writeFileSync(place, bytes)
    const index = indexOf(dir)
    assert.equal((await idsOf(index)).length, 5)
    writeFileSync(place, Buffer.alloc(bytes.length))
    const { decisions, problems } = await index.find(everything, 10)
    assert.deepEqual([decisions.length, problems], [5, []])
  })

  test('reads a file anew that was put in place of a longer one', async () => {
    const dir = scratch()
    const place = write(dir, 'a', series(5, 100), 100)
    const index = indexOf(dir)
    await idsOf(index)
    writeFileSync(place, linesOf([record(1)]))
    assert.ok((await idsOf(index)).includes(decisionId(1)))
  })

  test('tells which place cannot be read, and shows the others', async () => {
    const dir = scratch()
    write(dir, 'a', [record(1)], 1)
    const index = new RecordIndex({ places: [dir, '/nowhere/records'], now: () => moment })
    const { decisions, problems } = await index.find(everything, 10)
    assert.equal(decisions.length, 1)
    assert.deepEqual(problems, ['Records in /nowhere/records cannot be read: ENOENT.'])
  })

  test('has all calls of one decision', async () => {
    const dir = scratch()
    write(dir, 'a', [record(50), record(50)], 50)
    const found = await indexOf(dir).decision(decisionId(50))
    assert.equal(found.length, 2)
  })
})

describe('the search of record files', () => {
  const signal = new AbortController().signal

  test('finds page after page what the filter wants, in compressed files too', async () => {
    const dir = scratch()
    write(dir, 'a', series(30, 10), 10)
    const old = write(dir, 'b', series(30, 100, { user: 'alice' }), 100)
    writeFileSync(`${old}.gz`, gzipSync(readFileSync(old)))
    rmSync(old)
    age(`${old}.gz`, 100)
    const search = new RecordSearch([dir])
    const seen: string[] = []
    let before: (typeof everything)['before']
    for (;;) {
      const found = await search.find({ ...everything, user: 'ali', before }, 12, signal)
      seen.push(...(found?.decisions ?? []).map(({ time }) => time))
      before = found?.decisions.at(-1)
      if (found?.hasMore !== true) break
    }
    assert.equal(seen.length, 30)
    assert.deepEqual(seen, seen.toSorted().toReversed())
    assert.equal(new Set(seen).size, 30)
  })

  test('tells that it ended before the last file', async () => {
    const dir = scratch()
    write(dir, 'a', series(30, 10), 10)
    write(dir, 'b', series(30, 100), 100)
    const search = new RecordSearch([dir], { mostBytes: 60_000, mostMs: 60_000 })
    const found = await search.find(everything, 100, signal)
    assert.match(found?.problems.join() ?? '', /The search ended before .*b\.jsonl/)
    const aborted = await search.find(everything, 100, AbortSignal.abort())
    assert.match(aborted?.problems.join() ?? '', /The search ended before/)
  })

  test('looks for one at a time', async () => {
    const dir = scratch()
    write(dir, 'a', series(30, 10), 10)
    const search = new RecordSearch([dir])
    const both = [search.find(everything, 5, signal), search.find(everything, 5, signal)]
    const [first, second] = await Promise.all(both)
    assert.equal(first?.decisions.length, 5)
    assert.equal(second, undefined)
    assert.notEqual(await search.find(everything, 5, signal), undefined)
  })

  test('finds a decision by its id', async () => {
    const dir = scratch()
    write(dir, 'a', series(30, 10), 10)
    const found = await new RecordSearch([dir]).decision(decisionId(20), '2026-08', signal)
    assert.deepEqual(
      found?.decisions.map(({ id }) => id),
      ids(20),
    )
    const none = await new RecordSearch([dir]).decision(decisionId(20), '2027', signal)
    assert.deepEqual(none?.decisions, [])
  })
})
