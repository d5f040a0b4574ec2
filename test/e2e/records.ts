import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { AuditRecord } from '../../src/core/audit/record.ts'
import type { Cluster } from '../cluster/cluster.ts'

export type ChainedRecord = Omit<AuditRecord, 'prev' | 'seq' | 'v' | 'writer'> & {
  readonly writer: string
  readonly seq: number
  readonly prev: string
}

/** The lines of all record files of a cluster, as they stand. */
export function recordLinesOf(cluster: Cluster): readonly string[] {
  const directory = cluster.webhook?.records ?? ''
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(path.join(directory, name), 'utf8').split('\n'))
    .filter((line) => line.endsWith('}'))
}

export function readRecords(cluster: Cluster): readonly ChainedRecord[] {
  return recordLinesOf(cluster)
    .filter((line) => line.includes('"decisionId":'))
    .map((line) => JSON.parse(line) as ChainedRecord)
}
