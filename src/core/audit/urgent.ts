import type { AuditRecord } from './record.ts'

const ownKinds = /^solewriter\.dev\/[^/]+\/(?:breakglassgrants|breakglassapprovals)$/

/**
 * Whether the record is of what break-glass is about: a write under a grant, and what makes a grant and
 * counts its uses, without which there would be no such write.
 */
export function isUrgent({ decision, reason, gvr }: AuditRecord): boolean {
  if (decision !== 'allow') return false
  return reason === 'BreakGlass' || (reason === 'OwnObject' && ownKinds.test(gvr))
}
