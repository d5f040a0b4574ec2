import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { withCondition } from './condition-list.ts'
import { dueAt, type DueDates } from './due-dates.ts'
import { momentOf, momentText } from './moment.ts'
import type { postMortemPhases } from './objects/post-mortem-schema.ts'
import { bypassActor } from './post-mortem-bypass.ts'
import { isReviewed, lateParts, since } from './post-mortem-phase.ts'

type Phase = (typeof postMortemPhases)[number]

/** Without a rule of the policy that it could be due by: as such a rule says by default. */
const draftWithin = 86_400_000
const reviewWithin = 'next-working-day'
const timeZone = 'UTC'

/** So long after the last write that was found more of them are expected. */
const quiet = 60_000

/**
 * The status that the PostMortem of a bypass ought to have by now; undefined while nothing of it would
 * change, or nothing was found yet. Open while it grows, then Resolved, since what became of the writes
 * is for the review to say, then Closed once somebody else than the actor has reviewed it. One step at
 * a time, and never back.
 */
export function nextBypassStatus(postMortem: JsonObject, now: number): JsonObject | undefined {
  const status = at(postMortem, 'status')
  const lastAt = momentOf(stringAt(status, 'lastAt'))
  if (!isJsonObject(status) || lastAt === undefined) return undefined
  const phase = nextPhase(postMortem, lastAt, now)
  const due = dueOf(postMortem, now)
  const next = {
    ...status,
    phase,
    due,
    overdue: phase === 'Closed' ? [] : lateParts(due, postMortem, now),
    ...since(postMortem, 'resolvedAt', phase === 'Resolved', now),
    ...since(postMortem, 'closedAt', phase === 'Closed', now),
    conditions: conditionsOf(status, phase, now),
  }
  return canonicalJson(next) === canonicalJson(status) ? undefined : next
}

function nextPhase(postMortem: JsonObject, lastAt: number, now: number): Phase {
  const phase = stringAt(postMortem, 'status', 'phase')
  if (phase === 'Closed') return phase
  if (phase === 'Resolved') {
    return isReviewed(postMortem, bypassActor(postMortem)) ? 'Closed' : phase
  }
  return now >= lastAt + quiet ? 'Resolved' : 'Open'
}

/** From when it was found: it may have happened long ago. */
function dueOf(postMortem: JsonObject, now: number): DueDates {
  const begun = momentOf(stringAt(postMortem, 'metadata', 'creationTimestamp')) ?? now
  return {
    draft: momentText(begun + draftWithin),
    review: momentText(dueAt(reviewWithin, begun, timeZone)),
  }
}

const resolved = {
  True: { reason: 'LeftToReview', message: 'What became of the writes is for the review to say.' },
  False: { reason: 'Open', message: 'More of them may be found.' },
} as const

const closed = {
  True: { reason: 'Reviewed', message: 'Somebody else than the actor has reviewed it.' },
  False: { reason: 'Open', message: 'It waits for a review.' },
} as const

function conditionsOf(status: JsonObject, phase: Phase, now: number): readonly Json[] {
  const old = status['conditions']
  const all = Array.isArray(old) ? (old as readonly Json[]) : []
  const isResolved = phase === 'Open' ? 'False' : 'True'
  const isClosed = phase === 'Closed' ? 'True' : 'False'
  const own = { type: 'Resolved', status: isResolved, ...resolved[isResolved] }
  const last = { type: 'Closed', status: isClosed, ...closed[isClosed] }
  return withCondition(withCondition(all, own, now), last, now)
}
