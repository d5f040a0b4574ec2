import { aloneStatus } from '../breakglass/alone-status.ts'
import { approvedStatus, consentedBy } from '../breakglass/approved-status.ts'
import { readGrant } from '../breakglass/grant.ts'
import { ruleFor } from '../breakglass/rule-for.ts'
import type { JsonObject } from '../manifest/json.ts'
import type { Case } from './case.ts'

/** A grant as approvals make it, whether or not the controller has seen them. */
export interface Consented {
  readonly object: JsonObject
  readonly consentedBy: readonly string[]
}

const openPhases: ReadonlySet<string> = new Set(['Pending', 'Active', 'Exhausted'])

/**
 * Where the rule of whoever asks wants approvals, they are read: what a status says of them is not
 * trusted, and a dead controller keeps nobody waiting.
 */
export async function withApprovals(one: Case, object: JsonObject): Promise<Consented> {
  const { policy, request, breakGlass, ground } = one
  const rule = ruleFor(policy, request.user)
  const grant = readGrant(object)
  const status = grant?.status
  const isTheirs = status?.username === request.user.username && openPhases.has(status.phase)
  if (grant === undefined || rule === undefined || rule.approvals.required === 0 || !isTheirs) {
    return { object, consentedBy: [] }
  }
  const approvals = await breakGlass.grants.approvals(grant.name, ground.signal)
  const next = approvedStatus(object, approvals)
  const approved = next === undefined ? object : { ...object, status: next }
  const alone = aloneStatus(approved, rule, one.now())
  return {
    object: alone === undefined ? approved : { ...object, status: alone },
    consentedBy: consentedBy(object, approvals, rule.approvals.groups),
  }
}
