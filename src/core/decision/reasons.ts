/**
 * Why an answer was given: a closed list, one section each in docs/reasons.md; a test holds the two
 * equal.
 */
export const allowReasons = [
  'OutOfScope',
  'Exception',
  'NoDesiredStateChange',
  'VerifiedCommit',
  'BreakGlass',
  'OwnObject',
] as const

export const denyReasons = [
  'ReviewMalformed',
  'Sealed',
  'HumanWrite',
  'Protected',
  'UnboundToken',
  'EvidenceMissing',
  'EvidenceConflict',
  'EvidenceRefused',
  'RepositoryNotAllowed',
  'CommitMalformed',
  'CommitUnknown',
  'CommitNotOnBranch',
  'CommitNotSigned',
  'CommitSuperseded',
  'MirrorStale',
  'IndexPending',
  'NotDeclared',
  'VersionMismatch',
  'ContentMismatch',
  'StillDeclared',
  'ReconcileHeld',
  'TokenRefused',
  'GrantOutOfScope',
  'GrantExhausted',
  'GrantEnded',
  'GrantPending',
  'RecordFailed',
  'AuditFailed',
  'DeadlineExceeded',
  'Unready',
  'InternalError',
] as const

export type AllowReason = (typeof allowReasons)[number]
export type DenyReason = (typeof denyReasons)[number]
export type Reason = AllowReason | DenyReason
