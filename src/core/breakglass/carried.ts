import type { AdmissionRequest, UserInfo } from '../admission/request.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import { readCompact } from './compact.ts'
import { credentialOf } from './credential.ts'
import { grantKind } from './grant.ts'

/** For tools that cannot make a grant: a token on the object that is written. It stays there. */
const carrier = ['metadata', 'annotations', 'solewriter.dev/break-glass'] as const

/**
 * The token that this very write brings. What stands there already was brought by somebody else, or
 * for something else.
 */
export function carriedToken(request: AdmissionRequest): string | undefined {
  const { operation, subresource, object, oldObject } = request
  const isWrite = operation === 'CREATE' || operation === 'UPDATE'
  if (!isWrite || subresource !== '') return undefined
  const token = stringAt(object ?? undefined, ...carrier)
  const before = stringAt(oldObject ?? undefined, ...carrier)
  return token === undefined || token === '' || token === before ? undefined : token
}

export function isCarrier(path: FieldPath): boolean {
  return carrier.every((key, i) => keyAt(path, i) === key)
}

/** The grant that its holder would have made of the token; undefined for what names none. */
export function carriedGrant(token: string, user: UserInfo): JsonObject | undefined {
  const read = readCompact(token)
  const jti = read.kind === 'unverified' ? stringAt(read.payload, 'jti') : undefined
  if (jti === undefined) return undefined
  const credential = credentialOf(user)
  return {
    apiVersion: `${grantKind.group}/${grantKind.version}`,
    kind: grantKind.kind,
    metadata: { name: `bg-${jti}` },
    spec: { token, ...(credential !== undefined && { credential }) },
  }
}
