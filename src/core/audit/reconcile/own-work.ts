import { isOwnAccount, type OwnIdentity } from '../../decision/own-identity.ts'
import { isInOwnTable, isOwnReport } from '../../decision/own-object.ts'
import { isJsonObject, type Json } from '../../manifest/json.ts'
import type { UserInfo } from '../../admission/request.ts'
import type { ApiEvent, EventUser } from './api-event.ts'
import { resourceText } from './population.ts'

/**
 * What our own accounts do all the time, by their tokens: where nobody asks about it, a PostMortem about
 * it would be the next such write.
 */
export function isOwnWork(event: ApiEvent, operation: string, own: OwnIdentity): boolean {
  const { target, impersonator } = event
  if (impersonator !== undefined || !isOwnUser(event.user, own)) return false
  if (target.group === 'solewriter.dev') return true
  const { namespace, name } = target
  const resource = resourceText(target)
  if (isOwnReport(resource, name)) return true
  return namespace === own.namespace && isInOwnTable({ resource, operation, name })
}

export function isOwnUser(user: EventUser, own: OwnIdentity): boolean {
  return own.accounts.has(user.username) && isOwnAccount(toUserInfo(user), own)
}

function toUserInfo({ username, uid, groups, extra }: EventUser): UserInfo {
  const entries = Object.entries(extra).map(([key, value]) => [key, textsIn(value)] as const)
  return { username, uid, groups, extra: new Map(isJsonObject(extra) ? entries : []) }
}

function textsIn(value: Json): readonly string[] {
  if (!Array.isArray(value)) return []
  return (value as readonly Json[]).filter((one) => typeof one === 'string')
}
