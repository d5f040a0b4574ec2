import { readGrant } from '../../core/breakglass/grant.ts'
import { holderOf } from '../../core/breakglass/holder.ts'
import { postMortemName } from '../../core/breakglass/life-cycle.ts'
import { momentOf } from '../../core/breakglass/moment.ts'
import { listAt, textsAt, toUseFacts } from '../../core/breakglass/narrative-uses.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import type { ScopeRow } from '../../core/policy/grant-scope-schema.ts'

/** A grant for people and scripts: every key, whatever the grant says, and never its token. */
export interface GrantView {
  readonly name: string
  readonly holder: string | null
  /** What it is now, whatever its stored phase says; `Accepted`: its status is not filled yet. */
  readonly phase: string
  readonly isActive: boolean
  readonly incident: string | null
  readonly reason: string | null
  readonly createdAt: string | null
  readonly activatedAt: string | null
  readonly expiresAt: string | null
  readonly secondsLeft: number
  readonly scope: readonly ScopeRow[]
  readonly narrowedBy: readonly string[]
  readonly maxUses: number | null
  readonly uses: readonly UseView[]
  readonly approvals: ApprovalsView | null
  readonly revoked: { readonly by: string; readonly reason: string } | null
  readonly issuer: string | null
  readonly kid: string | null
  /** Its name; it is opened with the grant. */
  readonly postMortem: string
}

export interface UseView {
  readonly n: number
  readonly time: string
  readonly operation: string
  readonly target: string
  readonly paths: readonly string[]
  readonly state: string
  readonly resolution: string | null
  readonly decisionId: string
}

interface ApprovalsView {
  readonly required: number
  readonly groups: readonly string[]
  readonly until: string | null
  readonly by: readonly string[]
  /** From when on the holder may go on without them. */
  readonly aloneFrom: string | null
  /** Groups whose approval the holder did not wait for. */
  readonly skipped: readonly string[]
}

/** `now`: epoch ms by the clock of the API server. */
export function viewOf(object: JsonObject, now: number): GrantView {
  const status = at(object, 'status')
  const said = (key: string) => stringAt(status, key) ?? null
  const phase = phaseOf(object, now)
  const isActive = phase === 'Active'
  const expiresAt = momentOf(stringAt(status, 'expiresAt'))
  const left = isActive && expiresAt !== undefined ? expiresAt - now : 0
  const maxUses = at(status, 'maxUses')
  return {
    name: nameOf(object),
    holder: holderOf(object) ?? null,
    phase,
    isActive,
    incident: said('incident'),
    reason: said('reason'),
    createdAt: stringAt(object, 'metadata', 'creationTimestamp') ?? null,
    activatedAt: said('activatedAt'),
    expiresAt: said('expiresAt'),
    secondsLeft: Math.max(0, Math.ceil(left / 1000)),
    scope: listAt(status, 'scope') as unknown as readonly ScopeRow[],
    narrowedBy: textsAt(status, 'narrowedBy'),
    maxUses: typeof maxUses === 'number' ? maxUses : null,
    uses: listAt(status, 'uses').map(useView),
    approvals: approvalsView(status),
    revoked: revocationOf(object),
    issuer: said('issuer'),
    kid: said('kid'),
    postMortem: postMortemName(nameOf(object)),
  }
}

export function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? ''
}

export function useView(use: JsonObject): UseView {
  const { n, time, operation, target, paths, state, resolution, decisionId } = toUseFacts(use)
  return {
    n,
    time,
    operation,
    target,
    paths,
    state,
    resolution: resolution?.kind ?? null,
    decisionId,
  }
}

/** As decisions see it: they go by what is stored and by the time, not by the phase alone. */
function phaseOf(object: JsonObject, now: number): string {
  const grant = readGrant(object)
  if (grant === undefined) return 'Unreadable'
  if (grant.revokedBy !== undefined) return 'Revoked'
  if (grant.isEnded) return 'Ended'
  if (grant.status === undefined) return 'Accepted'
  const { phase, expiresAt, uses, maxUses } = grant.status
  const until = momentOf(stringAt(object, 'status', 'approvalsWanted', 'until'))
  if (phase === 'Pending') return isPast(until, now) ? 'ApprovalTimeout' : phase
  if (phase !== 'Active') return phase
  if (isPast(expiresAt, now)) return 'Expired'
  return uses.length >= maxUses ? 'Exhausted' : phase
}

function isPast(time: number | undefined, now: number): boolean {
  return time !== undefined && now >= time
}

function approvalsView(status: Json | undefined): ApprovalsView | null {
  const wanted = at(status, 'approvalsWanted')
  const required = at(wanted, 'required')
  if (typeof required !== 'number') return null
  return {
    required,
    groups: textsAt(wanted, 'groups'),
    until: stringAt(wanted, 'until') ?? null,
    by: listAt(status, 'approvals').map((one) => stringAt(one, 'by') ?? ''),
    aloneFrom: stringAt(wanted, 'aloneFrom') ?? null,
    skipped: textsAt(status, 'skippedApprovers'),
  }
}

function revocationOf(object: JsonObject): GrantView['revoked'] {
  const revoked = at(object, 'spec', 'revoked')
  if (!isJsonObject(revoked)) return null
  return { by: stringAt(revoked, 'by') ?? '', reason: stringAt(revoked, 'reason') ?? '' }
}
