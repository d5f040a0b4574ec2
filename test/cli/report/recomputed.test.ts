import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { auditReport } from '../../../src/cli/commands/audit-report.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { visible } from '../../../src/core/html/visible.ts'
import { ChainWriter } from '../../core/audit/chains.ts'
import { grantSets } from '../../core/report/generated-grants.ts'
import { period, recordSets } from '../../core/report/generated.ts'
import { rowsOf } from '../../core/report/read-csv.ts'
import { fromFiles, fromRecords, type Numbers } from '../../core/report/recompute.ts'
import { fakeEnv } from '../fake-env.ts'

// Two computations that share nothing with ours: one has the CSV files, one the lines of the records.

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-recomputed-'))
after(() => rmSync(dir, { recursive: true }))
let runs = 0

interface Exported {
  readonly files: ReadonlyMap<string, string>
  readonly lines: readonly JsonObject[]
  readonly json: JsonObject
}

/** Three processes write side by side; the file of one is compressed. */
async function exported(
  records: readonly JsonObject[],
  objects: readonly JsonObject[] | undefined,
): Promise<Exported> {
  runs += 1
  const place = path.join(dir, String(runs))
  mkdirSync(path.join(place, 'records', 'b'), { recursive: true })
  mkdirSync(path.join(place, 'state'))
  const chains = ['a/01', 'b/02', 'c/03'].map((writer) => new ChainWriter(writer))
  // No chain is empty.
  for (const chain of chains) chain.add({ time: '2026-07-01T00:00:00.000Z' })
  for (const [i, one] of records.entries()) chains[i % 3]?.add(one)
  for (const [i, chain] of chains.entries()) {
    const text = chain
      .close()
      .lines.map((line) => `${line}\n`)
      .join('')
    const file = path.join(place, 'records', i === 0 ? 'a.jsonl.gz' : `b/${i}.jsonl`)
    writeFileSync(file, i === 0 ? gzipSync(text) : text)
  }
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects ?? [] })
  writeFileSync(path.join(place, 'state', 'all.json'), items)
  const given = {
    places: ['records'],
    from: new Date(period.from).toISOString(),
    to: new Date(period.to).toISOString(),
    output: 'text' as const,
    ...(objects !== undefined && { state: 'state' }),
  }
  const now = () => period.to + 1
  const env = fakeEnv({ cwd: place, now })
  assert.equal(
    await auditReport({ ...given, format: 'csv', out: 'csv' }, env),
    0,
    env.err() + env.out(),
  )
  const json = fakeEnv({ cwd: place, now })
  assert.equal(await auditReport({ ...given, format: 'json' }, json), 0)
  const csv = path.join(place, 'csv')
  const files = new Map(
    readdirSync(csv).map((name) => [name, readFileSync(path.join(csv, name), 'utf8')]),
  )
  const lines = chains.flatMap((chain) => chain.lines.map((line) => JSON.parse(line) as JsonObject))
  return {
    files,
    lines: lines.filter((line) => 'decisionId' in line),
    json: JSON.parse(json.out()) as JsonObject,
  }
}

function summaryIn(files: ReadonlyMap<string, string>): Numbers {
  const rows = rowsOf(files.get('summary.csv') ?? '').filter(({ value = '' }) =>
    /^-?\d+$/.test(value),
  )
  return new Map(
    rows.map(({ number = '', key = '', value = '' }) => [
      key === '' && !breakdown.test(number) ? number : `${number}/${key}`,
      Number(value),
    ]),
  )
}

/** Their keys may be empty: somebody's name. */
const breakdown = /^(?!changes_by_exception$|.*_by_holder$).*_by_/

const ofOthers = new Set(['chain_problems', 'unrecorded', 'timeline_slot_seconds'])

test('every number can be made anew from the files alone, and from the records alone', async () => {
  await fc.assert(
    fc.asyncProperty(recordSets, grantSets, async (records, objects) => {
      const { files, lines, json } = await exported(records, objects)
      const summary = summaryIn(files)
      const anew = fromFiles(files, period)
      for (const [name, value] of summary) {
        if (!ofOthers.has(name)) assert.equal(anew.get(name), value, name)
      }
      for (const [name, value] of anew) {
        if (value > 0) assert.equal(summary.get(name), value, name)
      }
      const plain = new Map(
        Array.from(summary, ([name, value]) => [name.replace(/\/'/, '/'), value] as const),
      )
      for (const [name, value] of fromRecords(lines, period)) {
        assert.equal(plain.get(visible(name)) ?? 0, value, name)
      }
      const { numbers } = json['summary'] as unknown as { numbers: Record<string, number | null> }
      for (const [name, value] of Object.entries(numbers)) {
        assert.equal(summary.get(name) ?? null, value, name)
      }
      assert.equal((json['changes'] as readonly unknown[]).length, summary.get('admitted'))
      assert.equal((json['denials'] as readonly unknown[]).length, summary.get('denied'))
    }),
    { numRuns: 40 },
  )
})

test('what was not given is empty, not nought', async () => {
  const { files } = await exported([], undefined)
  const rows = rowsOf(files.get('summary.csv') ?? '')
  for (const name of ['grants', 'uses', 'unseen', 'writes_stored']) {
    assert.equal(rows.find(({ number }) => number === name)?.['value'], '', name)
  }
  assert.equal(rows.find(({ number }) => number === 'changes')?.['value'], '0')
})
