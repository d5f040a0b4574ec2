import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { holderOf } from './holder.ts'
import { timelineOf, type Moment } from './narrative-timeline.ts'
import { listAt, textsAt, useFactsIn, type UseFacts } from './narrative-uses.ts'
import { bypassFactsIn, type BypassFacts } from './post-mortem-bypass-facts.ts'

/** What a PostMortem and its grant say, for people and scripts: every key, whatever stands there. */
export interface PostMortemFacts {
  readonly name: string
  /** Empty where it is about a bypass. */
  readonly grant: string
  /** What was written past the webhook, in place of a grant. */
  readonly bypass: BypassFacts | null
  readonly phase: string
  /** What is still open; null once nothing is, or while nobody has looked. */
  readonly openBecause: string | null
  readonly grantPhase: string | null
  readonly holder: string | null
  readonly approvers: readonly string[]
  /** Groups that were not waited for. */
  readonly skippedApprovers: readonly string[]
  readonly incident: string | null
  readonly reason: string | null
  readonly openedAt: string | null
  readonly activatedAt: string | null
  readonly expiresAt: string | null
  readonly resolvedAt: string | null
  readonly closedAt: string | null
  readonly due: { readonly draft: string | null; readonly review: string | null }
  /** Which of both is late. */
  readonly overdue: readonly string[]
  readonly uses: readonly UseFacts[]
  readonly review: ReviewFacts | null
  /** In the order of time. */
  readonly timeline: readonly Moment[]
}

interface ReviewFacts {
  readonly by: string
  readonly at: string | null
  readonly verdict: string | null
  readonly text: string | null
  readonly link: string | null
}

/** `grant` is gone some day; the post-mortem stays. */
export function postMortemFacts(
  postMortem: JsonObject,
  grant: JsonObject | undefined,
): PostMortemFacts {
  const status = at(postMortem, 'status')
  const said = (...path: readonly string[]) => stringAt(status, ...path) ?? null
  return {
    name: stringAt(postMortem, 'metadata', 'name') ?? '',
    grant: stringAt(postMortem, 'spec', 'grant') ?? '',
    bypass: bypassFactsIn(postMortem),
    phase: said('phase') ?? 'Open',
    openBecause: openBecause(status),
    grantPhase: grantPhaseOf(status, grant),
    holder: holderIn(status, grant),
    approvers: textsAt(status, 'approvers'),
    skippedApprovers: textsAt(status, 'skippedApprovers'),
    incident: said('incident'),
    reason: said('reason'),
    openedAt: stringAt(postMortem, 'metadata', 'creationTimestamp') ?? null,
    activatedAt: said('activatedAt'),
    expiresAt: said('expiresAt'),
    resolvedAt: said('resolvedAt'),
    closedAt: said('closedAt'),
    due: { draft: said('due', 'draft'), review: said('due', 'review') },
    overdue: textsAt(status, 'overdue'),
    uses: useFactsIn(status),
    review: reviewOf(postMortem),
    timeline: timelineOf(postMortem, grant),
  }
}

function openBecause(status: Json | undefined): string | null {
  const resolved = listAt(status, 'conditions').find((one) => one['type'] === 'Resolved')
  return stringAt(resolved, 'status') === 'False' ? (stringAt(resolved, 'message') ?? null) : null
}

/** What the grant says itself is never older. */
function grantPhaseOf(status: Json | undefined, grant: JsonObject | undefined): string | null {
  const own = stringAt(grant, 'status', 'phase') ?? ''
  return own === '' ? (filled(stringAt(status, 'grantPhase')) ?? null) : own
}

function holderIn(status: Json | undefined, grant: JsonObject | undefined): string | null {
  const said = filled(stringAt(status, 'holder'))
  return said ?? (grant === undefined ? undefined : holderOf(grant)) ?? null
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function reviewOf(postMortem: JsonObject): ReviewFacts | null {
  const review = at(postMortem, 'spec', 'review')
  if (!isJsonObject(review)) return null
  const said = (key: string) => stringAt(review, key) ?? null
  return {
    by: said('by') ?? '',
    at: said('at'),
    verdict: said('verdict'),
    text: said('text'),
    link: said('link'),
  }
}
