import type { AuditRecord } from './record.ts'

const ownKinds = /^solewriter\.dev\/[^/]+\/(?:breakglassgrants|breakglassapprovals)$/

/**
 * Whether the record is of what break-glass is about: a write under a grant, and what makes a grant and
 * counts its uses, without which there would be no such write. Dry runs are free, and could use up by
 * themselves what is kept for it.
 */
export function isUrgent({ decision, dryRun, reason, gvr }: AuditRecord): boolean {
  if (decision !== 'allow' || dryRun) return false
  return reason === 'BreakGlass' || (reason === 'OwnObject' && ownKinds.test(gvr))
}
