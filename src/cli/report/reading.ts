import path from 'node:path'
import { chainVerifier, type Verification, type VerifyOptions } from '../../core/audit/verify.ts'
import type { Json } from '../../core/manifest/json.ts'
import { covering, type Coverage } from '../../core/report/coverage.ts'
import { isWithin, type Period } from '../../core/report/period.ts'
import { readRecorded, type Recorded } from '../../core/report/recorded.ts'
import { DamagedFile } from '../../journal/record-bytes.ts'
import type { Env } from '../env.ts'
import type { Progress } from '../output.ts'
import { filesAt, linesOf } from '../records.ts'
import type { DecisionSorter } from './decision-sorter.ts'

export interface ReadRecords {
  readonly verification: Verification
  readonly coverage: Coverage
}

interface Reading {
  readonly period: Period
  readonly known: VerifyOptions
  readonly sorter: DecisionSorter
  readonly shown: Progress
}

/** Records beside the period may be of a decision that is in it: those of one id are of one minute. */
const beside = 120_000

/** All records once: their chains are followed, and what may be of the period goes to the sorter. */
export async function readAll(
  places: readonly string[],
  { period, known, sorter, shown }: Reading,
  env: Env,
): Promise<ReadRecords> {
  const verifier = chainVerifier(known)
  const cover = covering(period, known.anchors)
  const near = { from: period.from - beside, to: period.to + beside }
  // A chain goes on in the file that sorts next, whatever the order of the arguments.
  const files = (await filesAt(places, env)).toSorted((a, b) =>
    path.basename(a) < path.basename(b) ? -1 : 1,
  )
  let count = 0
  const take = (text: string): readonly Recorded[] => {
    const line = parse(text)
    if (line === undefined) return []
    cover.add(line)
    const record = readRecorded(line)
    if (record === undefined && claimsDecision(line)) cover.addUnreadable()
    return record !== undefined && isWithin(record.ms, near) ? [record] : []
  }
  const readFile = async (file: string): Promise<void> => {
    let last = 0
    try {
      for await (const lines of linesOf(file, env)) {
        lines.forEach(verifier.add)
        last += lines.length
        // What has no end was never acknowledged.
        await sorter.add(lines.flatMap(({ text, isWhole }) => (isWhole ? take(text) : [])))
        count += lines.length
        shown.update(`reading records: ${count}`)
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
      verifier.addDamage({ file, line: last + 1 })
    }
  }
  for (const file of files) await readFile(file)
  return { verification: verifier.result(), coverage: cover.coverage() }
}

/** A line that is no JSON is a problem that the verifier tells of. */
function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function claimsDecision(line: Json): boolean {
  return typeof line === 'object' && line !== null && Object.hasOwn(line, 'decisionId')
}
