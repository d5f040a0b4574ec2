import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import { readGrant } from './grant.ts'
import { momentOf, momentText } from './moment.ts'

/**
 * The status of a grant whose holder goes on without the approvals that it waits for, as the rule lets
 * them after a while: active from now on, with less. Undefined where that may not be, or not yet. A write
 * of the holder is what asks for it: no grant becomes active that nobody wants any more.
 */
export function aloneStatus(
  object: JsonObject,
  rule: BreakGlassRule,
  now: number,
): JsonObject | undefined {
  const { bypass } = rule.approvals
  const known = readGrant(object)?.status
  const status = at(object, 'status')
  const groups = at(status, 'approvalsWanted', 'groups')
  if (bypass === undefined || known?.phase !== 'Pending') return undefined
  if (!isJsonObject(status) || !Array.isArray(groups) || !isItsTime(object, rule, now)) {
    return undefined
  }
  const session = Math.min(known.session ?? 0, rule.maxSession, bypass.maxSession)
  return {
    ...status,
    phase: 'Active',
    activatedAt: momentText(now),
    expiresAt: momentText(now + session),
    maxUses: Math.min(known.maxUses, bypass.maxUses),
    skippedApprovers: groups,
  }
}

/** After the wait, and before the time for approvals is over. */
function isItsTime(
  object: JsonObject,
  { approvals: { bypass, timeout } }: BreakGlassRule,
  now: number,
): boolean {
  const createdAt = readGrant(object)?.createdAt ?? 0
  const said = momentOf(stringAt(object, 'status', 'approvalsWanted', 'until')) ?? 0
  const until = Math.min(said, createdAt + timeout)
  return now >= createdAt + (bypass?.after ?? Infinity) && now < until
}
