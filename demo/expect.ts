import type { AuditRecord } from '../src/core/audit/record.ts'
import type { Outcome } from '../test/cluster/run.ts'
import type { Attempt } from './stage.ts'
import { Surprise } from './surprise.ts'

/** What kubectl said and what the record says must both be what was promised. */
export function expectAnswer(
  { answer, reason, command }: Attempt,
  { code, stderr }: Outcome,
  record: AuditRecord | undefined,
): void {
  const isRefused = code === 1 && stderr.includes(`[${reason}]`)
  const isSeen = answer === 'refused' ? isRefused : code === 0
  const expected = `${answer === 'refused' ? 'deny' : 'allow'} ${reason}`
  const recorded = record === undefined ? 'no record' : `${record.decision} ${record.reason}`
  if (isSeen && recorded === expected) return
  const found = `exit code ${code}, record: ${recorded}`
  throw new Surprise(command, `${answer}, record: ${expected}`, found)
}
