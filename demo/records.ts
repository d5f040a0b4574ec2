import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { AuditRecord } from '../src/core/audit/record.ts'
import type { Person } from './stage.ts'
import type { Fact } from './terminal.ts'

export const users: Readonly<Record<Person, string>> = {
  alice: 'alice',
  ci: 'system:serviceaccount:ci:deployer',
}

/** The records of somebody's writes in the files below a directory, in their order. */
export function recordsOf(directory: string, who: Person): readonly AuditRecord[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(path.join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord)
    .filter(({ user }) => user === users[who])
}

/** One record, in the words of the questions that it answers. */
export function factsOf(record: AuditRecord): readonly Fact[] {
  const { git } = record
  return [
    ['who', record.user],
    ['what', `${record.op} ${record.gvr} ${record.ns}/${record.name}`],
    ['when', record.time],
    ['answer', answerOf(record)],
    ['commit', git === null ? '-' : `${git.repo}@${git.commit}, from its ${git.evidence}`],
    ['path', git?.path ?? '-'],
    ['decision', record.decisionId],
  ]
}

export function answerOf({ decision, reason, rule, mode }: AuditRecord): string {
  return `${decision}: ${reason}${rule === null ? '' : `, writer ${rule}`}, mode ${mode}`
}
