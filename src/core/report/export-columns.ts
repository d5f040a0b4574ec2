import type { WriteFinding } from '../audit/reconcile/findings.ts'
import type { ChainHead } from '../audit/chain.ts'
import type { Verification } from '../audit/verify.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import type { Json } from '../manifest/json.ts'
import type { ReportedApproval, ReportedGrant, ReportedUse } from './break-glass.ts'
import { csvLine, type Field } from './csv.ts'

/** The header of each column, and what stands below it. */
type Columns<T> = Readonly<Record<string, (one: T) => Field>>

export function fileOf<T>(columns: Columns<T>, items: readonly T[]): string {
  const fields = Object.values(columns)
  const lines = items.map((item) => csvLine(fields.map((field) => field(item))))
  return [csvLine(Object.keys(columns)), ...lines].join('')
}

export const grantColumns: Columns<ReportedGrant> = {
  grant: ({ grant }) => grant,
  holder: ({ holder }) => holder,
  incident: ({ incident }) => incident,
  reason: ({ reason }) => reason,
  phase: ({ grantPhase }) => grantPhase,
  created_at: ({ createdAt }) => createdAt,
  created_in_period: ({ createdInPeriod }) => createdInPeriod,
  activated_at: ({ activatedAt }) => activatedAt,
  expires_at: ({ expiresAt }) => expiresAt,
  approvals_wanted: ({ approvalsWanted }) => approvalsWanted,
  approvals: ({ approvals }) => approvals.filter(({ counted }) => counted).length,
  skipped_approvers: ({ skippedApprovers }) => skippedApprovers.join(' '),
  scope: ({ scope }) => (scope === null ? null : canonicalJson(scope as Json)),
  narrowed_by: ({ narrowedBy }) => narrowedBy.join('; '),
  max_uses: ({ maxUses }) => maxUses,
  uses: ({ uses }) => uses.length,
  revoked_by: ({ revokedBy }) => revokedBy,
  post_mortem: ({ postMortem }) => postMortem,
  post_mortem_phase: ({ postMortem, phase }) => (postMortem === null ? null : phase),
  resolved_at: ({ resolvedAt }) => resolvedAt,
  closed_at: ({ closedAt }) => closedAt,
  draft_due: ({ due }) => due.draft,
  review_due: ({ due }) => due.review,
  overdue: ({ overdue }) => overdue.join(' '),
  reviewer: ({ review }) => review?.by ?? null,
  verdict: ({ review }) => review?.verdict ?? null,
  reviewed_at: ({ review }) => review?.at ?? null,
  review_text: ({ review }) => review?.text ?? null,
  review_link: ({ review }) => review?.link ?? null,
  seconds_to_activate: ({ secondsToActivate }) => secondsToActivate,
  seconds_to_resolve: ({ secondsToResolve }) => secondsToResolve,
  seconds_to_close: ({ secondsToClose }) => secondsToClose,
}

interface Of {
  readonly grant: string
}

export const useColumns: Columns<ReportedUse & Of> = {
  grant: ({ grant }) => grant,
  n: ({ n }) => n,
  time: ({ time }) => time,
  in_period: ({ inPeriod }) => inPeriod,
  decision_id: ({ decisionId }) => decisionId,
  has_record: ({ hasRecord }) => hasRecord,
  operation: ({ operation }) => operation,
  target: ({ target }) => target,
  paths: ({ paths }) => paths.join(' '),
  program: ({ program }) => program,
  diff: ({ diff }) => canonicalJson(diff),
  diff_truncated: ({ diffTruncated }) => diffTruncated,
  state: ({ state }) => state,
  confirmed_at: ({ confirmedAt }) => confirmedAt,
  unnecessary: ({ unnecessary }) => unnecessary,
  resolution: ({ resolution }) => resolution?.kind ?? null,
  repository: ({ resolution }) => resolution?.repository ?? null,
  commit: ({ resolution }) => resolution?.commit ?? null,
  resolved_at: ({ resolution }) => resolution?.at ?? null,
  seconds_open: ({ secondsOpen }) => secondsOpen,
}

export const approvalColumns: Columns<ReportedApproval & Of> = {
  grant: ({ grant }) => grant,
  by: ({ by }) => by,
  group: ({ group }) => group,
  at: ({ at }) => at,
  counted: ({ counted }) => counted,
  by_holder: ({ byHolder }) => byHolder,
}

export const unseenColumns: Columns<WriteFinding & { readonly finding: string }> = {
  finding: ({ finding }) => finding,
  time: ({ time }) => time,
  audit_id: ({ auditId }) => auditId,
  user: ({ user }) => user,
  impersonator: ({ impersonator }) => impersonator,
  verb: ({ verb }) => verb,
  resource: ({ resource }) => resource,
  namespace: ({ namespace }) => namespace,
  name: ({ name }) => name,
  code: ({ code }) => code,
  decision_id: ({ decisionId }) => decisionId,
  why: ({ why }) => why,
  source_ips: ({ sourceIps }) => sourceIps.join(' '),
}

export const chainColumns: Columns<ChainHead & Verification['chains'][number]> = {
  writer: ({ writer }) => writer,
  first: ({ from }) => from,
  last: ({ seq }) => seq,
  last_hash: ({ hash }) => hash,
  end: ({ end }) => end,
  checkpoints: ({ checkpoints }) => checkpoints,
  vouched_for: ({ vouchedFor }) => vouchedFor,
}
