import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { momentOf } from './moment.ts'
import { listAt, resolutionText, useFactsIn, type UseFacts } from './narrative-uses.ts'
import { bypassFactsIn, countText } from './post-mortem-bypass-facts.ts'

/** One thing that happened. */
export interface Moment {
  /** RFC 3339. */
  readonly time: string
  readonly what: string
  /** Who, and as what; null where nobody did anything. */
  readonly by: Person | null
}

export interface Person {
  readonly role: 'holder' | 'approver' | 'revoker' | 'reviewer' | 'actor'
  readonly name: string
}

/** From the request to the end of the review, as far as it is known when each was. */
export function timelineOf(
  postMortem: JsonObject,
  grant: JsonObject | undefined,
): readonly Moment[] {
  const status = at(postMortem, 'status')
  const name = stringAt(status, 'holder') ?? ''
  const holder: Person = { role: 'holder', name }
  const said = (key: string) => stringAt(status, key)
  return [
    ...moment(stringAt(grant, 'metadata', 'creationTimestamp'), 'the token was used up', holder),
    ...approvalsIn(grant),
    ...moment(said('activatedAt'), 'the grant became active'),
    ...useFactsIn(status).flatMap((use) => momentsOf(use, holder)),
    ...holdsIn(status),
    ...bypassIn(postMortem),
    ...endOf(postMortem, grant),
    ...moment(said('resolvedAt'), resolvedText(postMortem)),
    ...reviewIn(postMortem),
    ...moment(said('closedAt'), 'the post-mortem was closed'),
  ].toSorted((a, b) => timeOf(a) - timeOf(b))
}

function resolvedText(postMortem: JsonObject): string {
  return bypassFactsIn(postMortem) === null
    ? 'Git had caught up with every use'
    : 'nothing more was found for a while'
}

/** The writes themselves are told elsewhere. */
function bypassIn(postMortem: JsonObject): readonly Moment[] {
  const bypass = bypassFactsIn(postMortem)
  if (bypass === null) return []
  const actor: Person = { role: 'actor', name: bypass.actor }
  const [first, last] = [bypass.firstAt ?? undefined, bypass.lastAt ?? undefined]
  return [
    ...moment(first, 'the first write past the webhook', actor),
    ...(first === last ? [] : moment(last, `the last of ${countText(bypass)}`, actor)),
  ]
}

function moment(time: string | undefined, what: string, by: Person | null = null) {
  return time === undefined || momentOf(time) === undefined ? [] : [{ time, what, by }]
}

function timeOf({ time }: Moment): number {
  return momentOf(time) ?? 0
}

function momentsOf(use: UseFacts, holder: Person): readonly Moment[] {
  const { n, time, operation, target, state, confirmedAt, resolution } = use
  const isLost = state === 'NotCommitted'
  return [
    ...moment(time, `use ${n}: ${operation} ${target}`, holder),
    ...(isLost ? moment(confirmedAt ?? undefined, `use ${n} was not stored after all`) : []),
    ...(isLost || resolution === null
      ? []
      : moment(resolution.at ?? undefined, `use ${n}: ${resolutionText(resolution)}`)),
  ]
}

function approvalsIn(grant: JsonObject | undefined): readonly Moment[] {
  return listAt(at(grant, 'status'), 'approvals').flatMap((approval) =>
    moment(stringAt(approval, 'at'), 'approved', {
      role: 'approver',
      name: stringAt(approval, 'by') ?? '',
    }),
  )
}

/** `by` is a writer of the policy, and no person. */
function holdsIn(status: Json | undefined): readonly Moment[] {
  return listAt(status, 'holds').flatMap((hold) => {
    const text = (key: string) => stringAt(hold, key) ?? ''
    const what = `use ${Number(at(hold, 'use'))}: ${text('by')} was kept from undoing it`
    return moment(stringAt(hold, 'at'), what)
  })
}

const ends: Readonly<Record<string, string>> = {
  Exhausted: 'the grant had no uses left',
  Expired: 'the time of the grant was over',
  Ended: 'the grant was ended',
  Revoked: 'the grant was revoked',
  ApprovalTimeout: 'nobody had approved the grant in time',
}

function endOf(postMortem: JsonObject, grant: JsonObject | undefined): readonly Moment[] {
  const revoked = at(grant, 'spec', 'revoked')
  const revokedAt = stringAt(revoked, 'at')
  if (revokedAt !== undefined) {
    const by = stringAt(revoked, 'by') ?? ''
    return moment(revokedAt, 'the grant was revoked', { role: 'revoker', name: by })
  }
  const active = listAt(at(grant, 'status'), 'conditions').find(
    (one) => one['type'] === 'Active' && one['status'] === 'False',
  )
  const reason = stringAt(active, 'reason') ?? ''
  const since = stringAt(active, 'lastTransitionTime')
  if (Object.hasOwn(ends, reason)) return moment(since, ends[reason] ?? '')
  // Without the grant only this end says when it was.
  const isExpired = stringAt(postMortem, 'status', 'grantPhase') === 'Expired'
  const until = stringAt(postMortem, 'status', 'expiresAt')
  return isExpired && grant === undefined ? moment(until, ends['Expired'] ?? '') : []
}

function reviewIn(postMortem: JsonObject): readonly Moment[] {
  const review = at(postMortem, 'spec', 'review')
  const verdict = stringAt(review, 'verdict')
  const what = verdict === undefined ? 'the review began' : `reviewed: ${verdict}`
  const name = stringAt(review, 'by') ?? ''
  return moment(stringAt(review, 'at'), what, { role: 'reviewer', name })
}
