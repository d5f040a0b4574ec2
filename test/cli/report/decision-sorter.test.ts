import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { DecisionSorter } from '../../../src/cli/report/decision-sorter.ts'
import type { Decided } from '../../../src/core/report/decided.ts'
import { readRecorded, type Recorded } from '../../../src/core/report/recorded.ts'
import { recordSets } from '../../core/report/generated.ts'

function left(): number {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('solewriter-report-')).length
}

async function sorted(records: readonly Recorded[], limit: number): Promise<readonly Decided[]> {
  await using sorter = new DecisionSorter(limit)
  for (const record of records) await sorter.add([record])
  const all: Decided[] = []
  for await (const one of sorter.decisions()) all.push(one)
  return all
}

test('what fits into memory and what does not come out alike, each decision once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(recordSets, async (lines) => {
      const records = lines.flatMap(
        (line, i) => readRecorded({ ...line, writer: 'w', seq: i + 1 }) ?? [],
      )
      const inMemory = await sorted(records, Infinity)
      // Each record is a file of its own: more than are read at once.
      assert.deepEqual(await sorted(records, 0), inMemory)
      const ids = inMemory.map(({ told }) => told.id)
      assert.deepEqual(new Set(ids), new Set(records.map(({ id }) => id)))
      assert.equal(ids.length, new Set(ids).size)
      assert.deepEqual(
        inMemory.map(({ told }) => told.id.slice(0, 10)),
        ids.map((id) => id.slice(0, 10)).toSorted(),
      )
    }),
    { numRuns: 20 },
  )
})

test('more files than can be read at once are read in turns', async () => {
  const before = left()
  const records = Array.from({ length: 150 }, (_, i) => {
    const time = new Date(Date.UTC(2026, 7, 1) + ((i * 37) % 150) * 60_000).toISOString()
    const id = `01KYX9XP00${String((i * 37) % 150).padStart(16, '0')}`
    return readRecorded({ decisionId: id, time, decision: 'allow' })!
  })
  const found = await sorted(records, 0)
  assert.equal(found.length, 150)
  assert.deepEqual(
    found.map(({ ms }) => ms),
    found.map(({ ms }) => ms).toSorted((a, b) => a - b),
  )
  assert.ok(left() <= before)
})
