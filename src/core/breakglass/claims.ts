import { GuardError } from '../errors.ts'
import { parseFieldPattern } from '../manifest/field-path.ts'
import type { Json } from '../manifest/json.ts'
import { operations } from '../policy/exception-schema.ts'
import { labelPattern, namePattern, type ScopeRow } from '../policy/grant-scope-schema.ts'
import { listOf, matching, members, oneOf, wholeNumber, type Shape } from './shape.ts'

export const scopeType = 'urn:solewriter:k8s-write:v1'
/** etcd holds all uses of a grant in one object. */
export const mostUses = 100

/** One entry of `authorization_details` (RFC 9396). */
export interface WriteDetail {
  readonly type: typeof scopeType
  /** Empty text for the core group. Every group is meant with every resource. */
  readonly apiGroups: readonly string[]
  /** `resource[/subresource]`. */
  readonly resources: readonly string[]
  readonly operations: ScopeRow['operations']
  /** Exact, or `*` alone for every one; without it cluster-scoped objects, and only those. */
  readonly namespaces?: readonly string[]
  /** Exact or `prefix*`; without it all. */
  readonly names?: readonly string[]
  readonly labels?: readonly string[]
  /** Required for CREATE and UPDATE. */
  readonly fields?: readonly string[]
}

/** Claims of a token; times in seconds since the epoch. */
export interface Claims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
  readonly cnf?: { readonly 'x5t#S256': string }
  readonly authorization_details: readonly WriteDetail[]
  readonly bg: {
    readonly v: 1
    readonly level?: 'standard'
    readonly session_s?: number
    readonly max_uses?: number
    readonly hold_s?: number
    readonly incident: string
    readonly reason: string
    readonly approvals?: readonly string[]
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const seconds = wholeNumber(0, 2 ** 40)
const day = 86_400

const registered = members(
  {
    iss: matching(/./, 'a text'),
    aud: matching(/./, 'one text'),
    sub: matching(/^[^\p{Cc}]{1,1024}$/u, 'a username'),
    iat: seconds,
    nbf: seconds,
    exp: seconds,
    jti: matching(uuid, 'a lower-case UUID'),
  },
  { cnf: members({ 'x5t#S256': matching(/^[A-Za-z0-9_-]{43}$/, 'a SHA-256 in base64url') }) },
  'ignored',
)

const someApprovals = listOf(matching(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'a compact JWS'), 8)

const circumstances = members(
  {
    v: oneOf(1),
    incident: matching(/^[^\p{Cc}]{1,64}$/u, '1 to 64 printable characters'),
    reason: matching(/^[^\p{Cc}]{1,500}$/u, '1 to 500 printable characters'),
  },
  {
    level: oneOf('standard'),
    session_s: wholeNumber(1, day),
    max_uses: wholeNumber(1, mostUses),
    hold_s: wholeNumber(0, day),
    // No approval is what the list is without: it gives nobody anything.
    approvals: (value, place) =>
      Array.isArray(value) && value.length === 0 ? undefined : someApprovals(value, place),
  },
)

export const field: Shape = (value, place) =>
  typeof value === 'string' && isFieldPath(value) ? undefined : `${place} must be a field path`

const detail = members(
  {
    type: oneOf(scopeType),
    apiGroups: listOf(
      matching(/^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)?$/, 'an API group, empty for core'),
      16,
    ),
    resources: listOf(
      matching(
        /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\/[a-z][a-z0-9-]{0,62})?$/,
        'resource[/subresource] in plural lower case, its group in apiGroups',
      ),
      64,
    ),
    operations: listOf(oneOf(...operations), operations.length),
  },
  {
    namespaces: listOf(
      matching(/^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/, 'a namespace, or * for every one'),
      64,
    ),
    names: listOf(matching(namePattern, 'a name or a prefix such as api-*'), 64),
    labels: listOf(matching(labelPattern, 'key=value of a label'), 16),
    fields: listOf(field, 64),
  },
)

const details = listOf((value, place) => detail(value, place) ?? lacksFields(value, place), 16)

/** What is wrong with the registered claims of a payload; others than ours are left to others. */
export function whyNotRegistered(payload: Json): string | undefined {
  return registered(payload, '')
}

export function whyNotCircumstances(payload: Json): string | undefined {
  return members({ bg: circumstances }, {}, 'ignored')(payload, '')
}

export function whyNotScope(payload: Json): string | undefined {
  return members({ authorization_details: details }, {}, 'ignored')(payload, '')
}

/** The scope in the words of policies. */
export function toScope(written: readonly WriteDetail[]): readonly ScopeRow[] {
  return written.map(({ type: _type, apiGroups, resources, namespaces = [], ...rest }) => ({
    resources: apiGroups.flatMap((group) => resources.map((one) => grouped(one, group))),
    namespaces,
    ...rest,
  }))
}

function grouped(resource: string, group: string): string {
  const [main = '', ...subresource] = resource.split('/')
  return [group === '' ? main : `${main}.${group}`, ...subresource].join('/')
}

function lacksFields(value: Json, place: string): string | undefined {
  const { operations: all, fields } = value as unknown as WriteDetail
  const changes = all.some((one) => one === 'CREATE' || one === 'UPDATE')
  return changes && fields === undefined
    ? `${place}.fields is required for CREATE and UPDATE`
    : undefined
}

function isFieldPath(text: string): boolean {
  try {
    parseFieldPattern(text)
    return true
  } catch (error) {
    if (error instanceof GuardError || error instanceof SyntaxError) return false
    throw error
  }
}
