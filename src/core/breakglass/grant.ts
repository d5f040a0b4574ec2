import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { operations } from '../policy/exception-schema.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { field, mostUses } from './claims.ts'
import { momentOf } from './moment.ts'
import { listOf, matching, members, oneOf, wholeNumber, type Shape } from './shape.ts'
import { readUses, type StoredUse } from './use.ts'

export const grantKind = { group: 'solewriter.dev', version: 'v1alpha1', kind: 'BreakGlassGrant' }
export const approvalKind = { ...grantKind, kind: 'BreakGlassApproval' }

/** Keeps a grant until everybody has been told of it. */
export const outboxFinalizer = 'solewriter.dev/outbox'

/** A BreakGlassGrant as it is stored. */
export interface Grant {
  readonly name: string
  /** Epoch ms, by the clock of the API server. */
  readonly createdAt: number
  readonly isBeingDeleted: boolean
  /** Until somebody has filled the status and cleared it. */
  readonly token: string | undefined
  /** Which credential every use has to come with, as its creator said. */
  readonly credential: string | undefined
  readonly isEnded: boolean
  /** By whom. */
  readonly revokedBy: string | undefined
  /** Undefined until it is filled. */
  readonly status: GrantStatus | undefined
}

/** What only our own accounts write. */
interface GrantStatus {
  readonly phase: string
  readonly tokenSHA256: string
  readonly issuer: string
  readonly kid: string
  readonly username: string
  /** With the first use, where the creator did not say. */
  readonly uid: string | undefined
  readonly credential: string | undefined
  readonly scope: readonly ScopeRow[]
  readonly maxUses: number
  /** Epoch ms; undefined while it waits for approvals. */
  readonly activatedAt: number | undefined
  readonly expiresAt: number | undefined
  /** In ms. */
  readonly session: number | undefined
  readonly uses: readonly StoredUse[]
  /** Usernames of those who approved. */
  readonly approvedBy: readonly string[]
  /** Groups whose approval the holder went on without. */
  readonly skippedApprovers: readonly string[]
}

const text = matching(/./, 'a text')
const anyText = matching(/^/, 'a text')
const moment: Shape = (value, place) =>
  typeof value === 'string' && momentOf(value) !== undefined ? undefined : `${place} must be a time`
const flag: Shape = (value, place) =>
  typeof value === 'boolean' ? undefined : `${place} must be true or false`
const anything: Shape = () => undefined
const texts = listOf(anyText, Infinity)

function orEmpty(list: Shape): Shape {
  return (value, place) =>
    Array.isArray(value) && value.length === 0 ? undefined : list(value, place)
}

/** Closed: a member that is not known may narrow what the others say. Each resource was named. */
const scopeRow = members(
  {
    resources: listOf(matching(/^[^*]+$/, 'a resource'), Infinity),
    operations: listOf(oneOf(...operations), operations.length),
    namespaces: orEmpty(texts),
  },
  { names: texts, labels: texts, fields: listOf(field, Infinity) },
)

/** Open: others keep there what they have to say. */
const filled = members(
  {
    phase: text,
    tokenSHA256: text,
    issuer: text,
    kid: text,
    subject: members({ username: text }, { uid: anyText, credential: text }, 'ignored'),
    scope: listOf(scopeRow, Infinity),
    maxUses: wholeNumber(1, mostUses),
  },
  {
    sessionSeconds: wholeNumber(0, Number.MAX_SAFE_INTEGER / 1000),
    activatedAt: moment,
    expiresAt: moment,
    approvals: orEmpty(listOf(members({ by: text }, {}, 'ignored'), Infinity)),
    skippedApprovers: orEmpty(listOf(text, Infinity)),
    uses: (value, place) => (readUses(value) === undefined ? `${place} cannot be read` : undefined),
  },
  'ignored',
)

/** Uses are only ever stored together with what they were made under. */
const unfilled = members({}, { uses: () => 'uses are without terms' }, 'ignored')
const statusShape: Shape = (value, place) =>
  (at(value, 'tokenSHA256') === undefined ? unfilled : filled)(value, place)

const whole = members(
  {
    apiVersion: oneOf(`${grantKind.group}/${grantKind.version}`),
    kind: oneOf(grantKind.kind),
    // Without a version nothing could be stored that does not overwrite somebody else's.
    metadata: members(
      { name: text, creationTimestamp: moment, resourceVersion: text },
      { deletionTimestamp: moment },
      'ignored',
    ),
    spec: members({}, { token: anyText, credential: anyText, ended: flag, revoked: anything }),
  },
  { status: statusShape },
)

const known = new WeakMap<JsonObject, Grant | 'malformed'>()

/** Undefined for what is not exactly a grant: it gives nothing. Objects never change, so each is read once. */
export function readGrant(object: JsonObject): Grant | undefined {
  const grant = known.get(object) ?? readAnew(object) ?? 'malformed'
  known.set(object, grant)
  return grant === 'malformed' ? undefined : grant
}

function readAnew(object: JsonObject): Grant | undefined {
  if (whole(object, '') !== undefined) return undefined
  const spec = at(object, 'spec')
  const status = at(object, 'status')
  const revoked = at(spec, 'revoked')
  return {
    name: stringAt(object, 'metadata', 'name') ?? '',
    createdAt: momentOf(stringAt(object, 'metadata', 'creationTimestamp')) ?? 0,
    isBeingDeleted: at(object, 'metadata', 'deletionTimestamp') !== undefined,
    token: someText(spec, 'token'),
    credential: someText(spec, 'credential'),
    isEnded: at(spec, 'ended') === true,
    // Whatever else it says: somebody meant to end it.
    revokedBy: revoked === undefined ? undefined : (stringAt(revoked, 'by') ?? 'somebody'),
    status: at(status, 'tokenSHA256') === undefined ? undefined : readStatus(status),
  }
}

function readStatus(status: Json | undefined): GrantStatus {
  const word = (key: string) => stringAt(status, key) ?? ''
  const subject = (key: string) => stringAt(status, 'subject', key)
  const approvals = (at(status, 'approvals') ?? []) as readonly Json[]
  const seconds = at(status, 'sessionSeconds')
  return {
    phase: word('phase'),
    tokenSHA256: word('tokenSHA256'),
    issuer: word('issuer'),
    kid: word('kid'),
    username: subject('username') ?? '',
    uid: subject('uid'),
    credential: subject('credential'),
    scope: at(status, 'scope') as unknown as readonly ScopeRow[],
    maxUses: Number(at(status, 'maxUses')),
    activatedAt: momentOf(stringAt(status, 'activatedAt')),
    expiresAt: momentOf(stringAt(status, 'expiresAt')),
    session: seconds === undefined ? undefined : Number(seconds) * 1000,
    uses: readUses(at(status, 'uses')) ?? [],
    approvedBy: approvals.map((one) => stringAt(one, 'by') ?? ''),
    skippedApprovers: (at(status, 'skippedApprovers') ?? []) as readonly string[],
  }
}

/** Cleared: absent or empty. */
function someText(spec: Json | undefined, key: string): string | undefined {
  const found = stringAt(spec, key)
  return found === '' ? undefined : found
}
