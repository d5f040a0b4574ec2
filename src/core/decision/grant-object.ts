import { judgeActivation, whyNotCarried } from '../breakglass/activation.ts'
import { hasCondition } from '../breakglass/conditions.ts'
import { whyNotFirstStatus } from '../breakglass/first-status.ts'
import { outboxFinalizer } from '../breakglass/grant.ts'
import { holderOf } from '../breakglass/holder.ts'
import { momentOf, momentText } from '../breakglass/moment.ts'
import { whyNotNextStatus } from '../breakglass/status-change.ts'
import { tokenDigest } from '../breakglass/token-digest.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import { isOwnAccount } from './own-identity.ts'
import { allow, deny, forbid } from './row.ts'

/** Row 2 for a BreakGlassGrant: the same in every mode. */
export function judgeGrantObject(one: Case): Verdict | Promise<Verdict> {
  const { request, own } = one
  const isOurs = isOwnAccount(request.user, own)
  if (request.subresource !== '') return judgeStatus(one, isOurs)
  switch (request.operation) {
    case 'CREATE':
      if (isOurs) return judgeCarried(one)
      return one.who.kind === 'human' ? judgeCreation(one) : forbid(one, onlyPeople)
    case 'UPDATE':
      return isOurs ? judgeOurUpdate(one) : judgeUpdate(one)
    case 'DELETE':
      return judgeDeletion(one)
    case 'CONNECT':
      return forbid(one, 'there is nothing to connect to')
  }
}

const onlyPeople = 'people make grants, neither writers nor solewriter itself'

async function judgeCreation(one: Case): Promise<Verdict> {
  const { request, policy, clusterUid, breakGlass, title } = one
  const issuers = (await breakGlass.freshIssuers?.()) ?? breakGlass.issuers
  const moment = { policy, clusterUid, issuers, user: request.user, now: one.now() }
  const activated = await judgeActivation(request.object ?? {}, moment)
  if (activated.kind === 'refused') {
    const { rule, message } = activated
    return deny('TokenRefused', `${title}: ${rule}: ${message}.`, { rule })
  }
  if (!request.dryRun) breakGlass.onActivation?.(activated)
  return allow('OwnObject', activated.token.grant)
}

/** What a person has sent with another write. */
async function judgeCarried(one: Case): Promise<Verdict> {
  const { request, policy, clusterUid, breakGlass } = one
  if (!policy.spec.breakGlass.annotationCarrier) return forbid(one, onlyPeople)
  const { issuers } = breakGlass
  const moment = { policy, clusterUid, issuers, now: one.now() }
  const why = await whyNotCarried(request.object ?? {}, moment)
  return why === undefined ? allow('OwnObject', request.name) : forbid(one, why)
}

/** What people may: end their own, revoke any that RBAC lets them; never take it back. */
function judgeUpdate(one: Case): Verdict {
  // Each write makes whoever stores a use try again.
  const { changes } = one
  if (changes.all().length === 0 && !changes.areNone(true)) {
    return forbid(one, 'people change no managedFields of it')
  }
  return judgeChanges(one, (path) => {
    if (isAt(path, 'spec', 'ended')) return whyNotEnd(one)
    if (isAt(path, 'spec', 'revoked')) return whyNotRevocation(one)
    return 'people may only set spec.ended and spec.revoked of it'
  })
}

/** Clears the token, once what it says stands in the status; labels and the finalizer. */
function judgeOurUpdate(one: Case): Verdict {
  const free = ['labels', 'annotations']
  return judgeChanges(one, (path) => {
    if (isAt(path, 'metadata', 'finalizers')) return whyNotReleased(one)
    if (keyAt(path, 0) === 'metadata' && free.includes(keyAt(path, 1) ?? '')) return undefined
    return isAt(path, 'spec', 'token') ? whyNotCleared(one) : 'solewriter only clears its token'
  })
}

function judgeChanges(one: Case, whyNot: (path: FieldPath) => string | undefined): Verdict {
  for (const path of one.changes.all()) {
    const why = whyNot(path)
    if (why !== undefined) return forbid(one, why)
  }
  return allow('OwnObject', one.request.name)
}

/** What keeps it until everybody has been told. */
function whyNotReleased({ request }: Case): string | undefined {
  const [before, after] = [request.oldObject, request.object].map((object) => {
    const list = at(object ?? undefined, 'metadata', 'finalizers')
    return Array.isArray(list) && (list as readonly Json[]).includes(outboxFinalizer)
  })
  const isReleased = before === true && after !== true
  return isReleased && !hasCondition(request.oldObject ?? undefined, 'Archived')
    ? 'it is kept until it is archived'
    : undefined
}

function whyNotCleared({ request }: Case): string | undefined {
  const [before, after] = [request.oldObject ?? undefined, request.object ?? undefined]
  if ((stringAt(after, 'spec', 'token') ?? '') !== '') return 'no token takes the place of another'
  const token = stringAt(before, 'spec', 'token') ?? ''
  return stringAt(before, 'status', 'tokenSHA256') === tokenDigest(token)
    ? undefined
    : 'its token is cleared only once its status is filled from it'
}

function whyNotEnd({ request }: Case): string | undefined {
  if (at(request.object ?? undefined, 'spec', 'ended') !== true) {
    return 'what was ended stays ended'
  }
  return request.user.username === holderOf(request.oldObject ?? {})
    ? undefined
    : 'its holder ends it; others revoke it (spec.revoked)'
}

const revocationKeys: readonly string[] = ['by', 'at', 'reason']

function whyNotRevocation({ request }: Case): string | undefined {
  if (at(request.oldObject ?? undefined, 'spec', 'revoked') !== undefined) {
    return 'it is revoked already'
  }
  const revoked = at(request.object ?? undefined, 'spec', 'revoked')
  const isClosed =
    isJsonObject(revoked) &&
    Object.entries(revoked).every(
      ([key, value]) => revocationKeys.includes(key) && typeof value === 'string',
    )
  if (!isClosed) return 'spec.revoked holds the texts by, at and reason'
  return revoked['by'] === request.user.username
    ? undefined
    : 'spec.revoked.by has to be your own username'
}

async function judgeStatus(one: Case, isOurs: boolean): Promise<Verdict> {
  const { request } = one
  if (!isOurs) return forbid(one, 'only solewriter says how a grant stands')
  if (request.subresource !== 'status' || request.operation !== 'UPDATE') {
    return forbid(one, 'solewriter only updates its status')
  }
  const why = await whyNotStatus(one)
  return why === undefined ? allow('OwnObject', request.name) : forbid(one, why)
}

async function whyNotStatus({ request, breakGlass, clusterUid }: Case) {
  const before = request.oldObject ?? {}
  const status = at(request.object ?? undefined, 'status') ?? null
  const change = { before, after: { ...before, status } }
  const context = { issuers: breakGlass.issuers, clusterUid }
  return whyNotNextStatus(at(before, 'status'), status) ?? whyNotFirstStatus(change, context)
}

/** A token lives at most 15 minutes; its issuer, the API server and we may have three clocks. */
const tokenLife = 17 * 60_000

/** The name is what makes a token good for once, and the uses are the record. */
function judgeDeletion(one: Case): Verdict {
  const stored = one.request.oldObject ?? undefined
  const createdAt = momentOf(stringAt(stored, 'metadata', 'creationTimestamp'))
  if (createdAt === undefined) return forbid(one, 'it does not say when it was created')
  const until = createdAt + tokenLife
  if (one.now() < until) {
    return forbid(one, `its token could be used again until ${momentText(until)}`)
  }
  return hasCondition(stored, 'Archived')
    ? allow('OwnObject', one.request.name)
    : forbid(one, 'it is kept until it is archived')
}

function isAt(path: FieldPath, ...keys: readonly string[]): boolean {
  return keys.every((key, i) => keyAt(path, i) === key)
}
