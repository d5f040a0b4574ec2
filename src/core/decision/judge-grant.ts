import { isCarrier } from '../breakglass/carried.ts'
import { momentText } from '../breakglass/moment.ts'
import { formatDuration } from '../policy/duration.ts'
import { readGrant, type Grant } from '../breakglass/grant.ts'
import { whatIsOutside } from '../breakglass/outside.ts'
import { coverageOf, type Coverage, type GrantScope } from '../breakglass/scope.ts'
import { standingOf, type Standing, type Terms } from '../breakglass/standing.ts'
import { grantedChanges, sameUse, useFingerprint, type GrantedWrite } from '../breakglass/use.ts'
import { formatFieldPath } from '../manifest/field-path.ts'
import type { JsonObject } from '../manifest/json.ts'
import { withApprovals } from './approvals.ts'
import type { Case } from './case.ts'
import { decisionId, digestRequest } from './fingerprint.ts'
import { jsonText } from './digest-text.ts'
import type { DenyReason } from './reasons.ts'

/** What one grant says to a write. */
export type GrantJudgement = Usable | Unusable | { readonly kind: 'silent' }

/** It covers the write, as a new use or as the one that this is a re-run of. */
export interface Usable {
  readonly kind: 'usable'
  /** The grant as its approvals make it: what a use is added to. */
  readonly object: JsonObject
  readonly grant: Grant
  readonly terms: Terms
  readonly credential: string
  readonly fingerprint: string
  /** Number of the use that there is already. */
  readonly known: number | undefined
  /** Epoch ms of the judgement. */
  readonly now: number
}

export interface Unusable {
  readonly kind: 'unusable'
  readonly reason: DenyReason
  readonly message: string
  readonly paths: readonly string[]
  readonly grant: string
  /** Of several the highest says most. */
  readonly weight: number
}

const hour = 3_600_000
/** No session is longer than a day: what happened before is not asked about any more. */
const memory = 25 * hour

/** Judges a grant as it was read, now. */
export async function judgeGrant(
  one: Case,
  write: GrantedWrite,
  stored: JsonObject,
): Promise<GrantJudgement> {
  const { object, consentedBy } = await withApprovals(one, stored)
  const grant = readGrant(object)
  if (grant === undefined) return silent
  const { policy, clusterUid, breakGlass, request } = one
  const moment = { policy, clusterUid, issuers: breakGlass.issuers, user: request.user }
  const now = one.now()
  const standing = await standingOf(grant, { ...moment, now, consentedBy })
  if (standing.kind === 'none') return silent
  if (standing.kind === 'elsewhere') {
    const message = `${one.title}: grant ${grant.name} does not count here: ${standing.why}.`
    return isRecent(grant, now) ? unusable(grant, 'GrantOutOfScope', message, 1) : silent
  }
  if (standing.kind === 'over') return judgeEnded(one, write, { grant, standing, now })
  const uncovered = uncoveredIn(standing.terms, write)
  if (standing.kind === 'pending') {
    const message = `${one.title}: grant ${grant.name} waits for approvals${aloneText(grant, standing.terms)}.`
    return uncovered === undefined ? unusable(grant, 'GrantPending', message, 4) : silent
  }
  if (uncovered !== undefined) return outOfScope(one, grant, write, uncovered)
  return judgeCount(one, write, { object, grant, ...standing, now })
}

/** What is judged the same for every grant. A good token that it brings is no part of it. */
export function writeUnderGrant(one: Case, hasToken: boolean): GrantedWrite {
  const { request, digestKey, clusterUid, openedAt, changes } = one
  const { post, fingerprint } = digestRequest(request, digestKey, false)
  const { operation, options } = request
  const changed = grantedChanges(request, changes.all())
  return {
    request,
    changed: hasToken ? changed.filter((path) => !isCarrier(path)) : changed,
    content: operation === 'DELETE' ? jsonText([options]) : (post ?? ''),
    decisionId: decisionId(clusterUid, fingerprint, openedAt),
    digestKey,
    tips: tipsOf(one),
  }
}

function tipsOf({ repositories }: Case): GrantedWrite['tips'] {
  return Array.from(repositories.values()).flatMap((mirror) =>
    mirror.tips().map((tip) => ({ repository: mirror.name, ...tip })),
  )
}

function judgeEnded(
  one: Case,
  write: GrantedWrite,
  found: { grant: Grant; standing: Standing & { readonly kind: 'over' }; now: number },
): GrantJudgement {
  const { grant, standing, now } = found
  const { why, terms } = standing
  const isTold =
    terms === undefined
      ? isRecent(grant, now)
      : now < terms.expiresAt + hour && uncoveredIn(terms, write) === undefined
  const message = `${one.title}: grant ${grant.name} is over: ${why}.`
  return isTold ? unusable(grant, 'GrantEnded', message, 2) : silent
}

function judgeCount(
  one: Case,
  write: GrantedWrite,
  found: { object: JsonObject; grant: Grant; terms: Terms; credential: string; now: number },
): GrantJudgement {
  const { object, grant, terms, credential, now } = found
  const fingerprint = useFingerprint(grant.name, write)
  const known = sameUse(terms.uses, { fingerprint, now, operation: write.request.operation })?.n
  if (known === undefined && terms.uses.length >= terms.maxUses) {
    const message = `${one.title}: grant ${grant.name} has no uses left of ${terms.maxUses}.`
    return unusable(grant, 'GrantExhausted', message, 6)
  }
  return { kind: 'usable', object, grant, terms, credential, fingerprint, known, now }
}

/** What whoever waits may do about it. */
function aloneText({ createdAt }: Grant, { rule }: Terms): string {
  const { bypass } = rule.approvals
  if (bypass === undefined) return ''
  const { after, maxUses, maxSession } = bypass
  return `, or until ${momentText(createdAt + after)}: from then on you may go on alone, for ${maxUses} writes in ${formatDuration(maxSession)}`
}

interface Uncovered {
  readonly coverage: Exclude<Coverage, { readonly kind: 'covered' }>
  readonly scope: GrantScope
}

/** The first scope that does not cover it. */
function uncoveredIn({ scopes }: Terms, { request, changed }: GrantedWrite): Uncovered | undefined {
  for (const scope of scopes) {
    const coverage = coverageOf(scope, request, changed)
    if (coverage.kind !== 'covered') return { coverage, scope }
  }
  return undefined
}

function outOfScope(
  { title }: Case,
  grant: Grant,
  { request, changed }: GrantedWrite,
  { coverage, scope }: Uncovered,
): Unusable {
  const outside = `outside of grant ${grant.name}`
  if (coverage.kind === 'other-object') {
    const message = `${title}: ${whatIsOutside(scope, request, changed)} is ${outside}.`
    return unusable(grant, 'GrantOutOfScope', message, 3)
  }
  const paths = [...new Set(coverage.paths.map(formatFieldPath))]
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ''
  const shown = paths.slice(0, 3).join(', ')
  const message = `${title}: ${shown}${more} is ${outside}.`
  return { ...unusable(grant, 'GrantOutOfScope', message, 5), paths }
}

function isRecent({ createdAt }: Grant, now: number): boolean {
  return now < createdAt + memory
}

const silent = { kind: 'silent' } as const

function unusable(grant: Grant, reason: DenyReason, message: string, weight: number): Unusable {
  return { kind: 'unusable', reason, message, paths: [], grant: grant.name, weight }
}
