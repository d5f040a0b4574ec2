import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { withCondition } from './condition-list.ts'
import { readGrant, type Grant } from './grant.ts'
import { momentOf } from './moment.ts'
import type { phases } from './objects/grant-schema.ts'

type Phase = (typeof phases)[number]

/** What is left only by what the clock, the uses or somebody's word say. */
const open: readonly string[] = ['Pending', 'Active', 'Exhausted'] satisfies Phase[]

/**
 * The status that a grant ought to have by now; undefined while nothing of it would change, or
 * nobody has filled it. Decisions never wait for it.
 */
export function nextStatus(object: JsonObject, now: number): JsonObject | undefined {
  const grant = readGrant(object)
  const status = at(object, 'status')
  if (grant?.status === undefined || !isJsonObject(status)) return undefined
  const phase = phaseOf(grant, object, now)
  const conditions = conditionsOf(status, phase, now)
  const next = { ...status, phase, postMortem: postMortemName(grant.name), conditions }
  return canonicalJson(next) === canonicalJson(status) ? undefined : next
}

/** Of the PostMortem of a grant. */
export function postMortemName(grant: string): string {
  return grant.replace(/^bg-/, 'pm-')
}

/** What is over stays over, however it ended. */
function phaseOf(grant: Grant, object: JsonObject, now: number): string {
  const { status, revokedBy, isEnded } = grant
  if (status === undefined || !open.includes(status.phase)) return status?.phase ?? ''
  if (revokedBy !== undefined) return 'Revoked'
  if (isEnded) return 'Ended'
  if (status.phase === 'Pending') return isTooLate(object, now) ? 'ApprovalTimeout' : 'Pending'
  return phaseInUse(status, now)
}

function phaseInUse(
  { phase, expiresAt = Infinity, uses, maxUses }: NonNullable<Grant['status']>,
  now: number,
): string {
  if (now >= expiresAt) return 'Expired'
  return uses.length >= maxUses ? 'Exhausted' : phase
}

function isTooLate(object: JsonObject, now: number): boolean {
  const until = momentOf(stringAt(object, 'status', 'approvalsWanted', 'until'))
  return until !== undefined && now >= until
}

const meanings: Readonly<Record<Phase, string>> = {
  Pending: 'It waits for approvals.',
  Active: 'It can be used within its scope.',
  Exhausted: 'It has no uses left.',
  Expired: 'Its time is over.',
  Ended: 'Its holder has ended it.',
  Revoked: 'It was revoked.',
  ApprovalTimeout: 'Nobody approved it in time.',
}

/** Those of others stay. */
function conditionsOf(status: JsonObject, phase: string, now: number): readonly Json[] {
  const all = Array.isArray(status['conditions']) ? (status['conditions'] as readonly Json[]) : []
  const message = Object.hasOwn(meanings, phase) ? meanings[phase as Phase] : ''
  const value = phase === 'Active' ? 'True' : 'False'
  return withCondition(all, { type: 'Active', status: value, reason: phase, message }, now)
}
