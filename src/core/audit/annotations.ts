import type { AuditRecord } from './record.ts'
import type { Appended } from './sink.ts'

/**
 * For the API server's own audit log, an independent witness. It prefixes the keys with our name
 * and a slash, keeps the first value of each key of a request, and drops what is no qualified name.
 * Without `appended` (a denial that is recorded after its answer) there are no hashes.
 */
export function auditAnnotations(
  record: AuditRecord,
  appended?: Appended,
): Readonly<Record<string, string>> {
  const { git } = record
  return {
    decision: record.decision,
    'decision-id': record.decisionId,
    'reason-code': record.reason,
    ...(record.wouldDeny ? { 'would-deny': 'true' } : {}),
    ...(record.rule === null ? {} : { rule: record.rule }),
    ...(git === null ? {} : { repo: git.repo, commit: git.commit, evidence: git.evidence }),
    ...(appended === undefined
      ? {}
      : { 'record-hash': appended.head.hash, 'prev-hash': appended.prev }),
  }
}
