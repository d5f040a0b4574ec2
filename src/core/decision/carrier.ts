import { judgeActivation } from '../breakglass/activation.ts'
import { carriedGrant, carriedToken } from '../breakglass/carried.ts'
import { momentText } from '../breakglass/moment.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import type { Case } from './case.ts'
import type { Unusable } from './judge-grant.ts'

/** What a token in an annotation of the object amounts to. */
export type Carried =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Unusable }
  /** The grant that it would make, as it would be stored now. */
  | { readonly kind: 'good'; readonly grant: JsonObject; readonly preview: JsonObject }

const none: Carried = { kind: 'none' }

/** Held to all that a grant is held to which its holder makes. */
export async function carriedBy(one: Case): Promise<Carried> {
  const { policy, request, clusterUid, breakGlass } = one
  const isOn = policy.spec.breakGlass.annotationCarrier
  const token = isOn ? carriedToken(request) : undefined
  if (token === undefined) return none
  const grant = carriedGrant(token, request.user)
  if (grant === undefined) return refused(one, 'Malformed', 'this is no token')
  const now = one.now()
  const moment = { policy, clusterUid, issuers: breakGlass.issuers, user: request.user, now }
  const activated = await judgeActivation(grant, moment)
  if (activated.kind === 'refused') return refused(one, activated.rule, activated.message)
  return { kind: 'good', grant, preview: asStored(grant, now) }
}

function asStored(grant: JsonObject, now: number): JsonObject {
  const metadata = at(grant, 'metadata')
  const known = { creationTimestamp: momentText(now), resourceVersion: '1' }
  return { ...grant, metadata: { ...(isJsonObject(metadata) && metadata), ...known } }
}

/** Of several refusals another grant's says more. */
function refused({ title }: Case, rule: string, why: string): Carried {
  const message = `${title}: the token in its annotation makes no grant: ${rule}: ${why}.`
  const reason = 'TokenRefused'
  return {
    kind: 'refused',
    refusal: { kind: 'unusable', reason, message, paths: [], grant: rule, weight: 0 },
  }
}

export function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}
