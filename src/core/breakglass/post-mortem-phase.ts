import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { withCondition } from './condition-list.ts'
import { dueDates, type DueDates } from './due-dates.ts'
import { holderOf } from './holder.ts'
import { momentOf, momentText } from './moment.ts'
import type { postMortemPhases } from './objects/post-mortem-schema.ts'
import { toPostMortem, type PostMortem } from './post-mortem.ts'
import { verdicts } from './review.ts'
import { comparisonOf, trackedUses, type TrackedUse } from './tracked-use.ts'

type Phase = (typeof postMortemPhases)[number]

export interface PostMortemNow {
  readonly grant: JsonObject
  /** As it is stored; undefined before. */
  readonly stored: JsonObject | undefined
  /** Why uses are open, by number, as far as somebody has looked. */
  readonly why: ReadonlyMap<number, string>
  /** Epoch ms. */
  readonly now: number
}

/** All that solewriter says in a PostMortem. */
export function toldPostMortem(known: PostMortemNow): PostMortem {
  const postMortem = toPostMortem(known.grant)
  return { ...postMortem, status: { ...postMortem.status, ...postMortemPhase(known) } }
}

/**
 * Where a post-mortem stands: Open, then Resolved once all is as Git says, then Closed once somebody else
 * than the holder has reviewed it. One step at a time, and never back. One whose grant was never used
 * closes by itself.
 */
export function postMortemPhase(known: PostMortemNow): JsonObject {
  const { grant, stored, now } = known
  const phase = nextPhase(known)
  const due = dueDates(grant)
  return {
    phase,
    ...(due && { due }),
    overdue: phase === 'Closed' ? [] : lateParts(due, stored, now),
    ...since(stored, 'resolvedAt', phase === 'Resolved', now),
    ...since(stored, 'closedAt', phase === 'Closed', now),
    conditions: conditionsOf(phase, known),
  }
}

function nextPhase({ grant, stored, now }: PostMortemNow): Phase {
  const phase = stringAt(stored, 'status', 'phase')
  if (phase === 'Closed') return phase
  if (phase === 'Resolved') return isReviewed(stored, holderOf(grant)) ? 'Closed' : phase
  if (!isOver(grant, now)) return 'Open'
  const uses = at(grant, 'status', 'uses')
  if (!Array.isArray(uses) || uses.length === 0) return 'Closed'
  const tracked = trackedUses(grant)
  return tracked.length === uses.length && tracked.every(isSettled) ? 'Resolved' : 'Open'
}

/** What nobody can compare is left to the review, which comes after all else. */
function isSettled(use: TrackedUse): boolean {
  return use.isResolved || comparisonOf(use) === 'nothing'
}

const inForce: readonly (string | undefined)[] = ['Pending', 'Active', 'Exhausted']
/** No session is longer than a day, and each begins within an hour of its grant. */
const longest = 25 * 3_600_000

/** No use can come any more. */
function isOver(grant: JsonObject, now: number): boolean {
  const phase = stringAt(grant, 'status', 'phase')
  if (phase !== undefined) return !inForce.includes(phase)
  const createdAt = momentOf(stringAt(grant, 'metadata', 'creationTimestamp'))
  return createdAt !== undefined && now >= createdAt + longest
}

/** By somebody else than the one whom it is about, who has come to a verdict. */
export function isReviewed(stored: JsonObject | undefined, about: string | undefined): boolean {
  const by = stringAt(stored, 'spec', 'review', 'by') ?? ''
  const verdict = stringAt(stored, 'spec', 'review', 'verdict')
  return by !== '' && by !== about && verdicts.some((one) => one === verdict)
}

/** The words stand here, or it says where they are. */
function isDrafted(stored: JsonObject | undefined): boolean {
  const said = (key: string) => (stringAt(stored, 'spec', 'review', key) ?? '').trim() !== ''
  return said('text') || said('link')
}

export function lateParts(
  due: DueDates | undefined,
  stored: JsonObject | undefined,
  now: number,
): readonly string[] {
  const isPast = (moment: string | undefined) => now >= (momentOf(moment) ?? Infinity)
  const draft = isPast(due?.draft) && !isDrafted(stored) ? ['draft'] : []
  return isPast(due?.review) ? [...draft, 'review'] : draft
}

/** The moment that stands there, or now if it has come to that. */
export function since(
  stored: JsonObject | undefined,
  key: 'resolvedAt' | 'closedAt',
  isNow: boolean,
  now: number,
): JsonObject {
  const known = stringAt(stored, 'status', key)
  if (known !== undefined) return { [key]: known }
  return isNow ? { [key]: momentText(now) } : {}
}

function conditionsOf(phase: Phase, known: PostMortemNow): readonly Json[] {
  const { stored, grant, now } = known
  const old = at(stored, 'status', 'conditions')
  const all = Array.isArray(old) ? (old as readonly Json[]) : []
  const isUnused = trackedUses(grant).length === 0
  const resolved =
    phase === 'Open'
      ? { status: 'False', reason: 'Open', message: whatIsOpen(known) }
      : { status: 'True', ...(isUnused ? unused : { reason: 'Resolved', message: judged(grant) }) }
  const reviewed = { reason: 'Reviewed', message: 'Somebody else than the holder has reviewed it.' }
  const closed =
    phase === 'Closed'
      ? { status: 'True', ...(isUnused ? unused : reviewed) }
      : { status: 'False', reason: phase, message: 'It waits for Git, and then for a review.' }
  const withResolved = withCondition(all, { type: 'Resolved', ...resolved }, now)
  return withCondition(withResolved, { type: 'Closed', ...closed }, now)
}

const unused = { reason: 'Unused', message: 'Nothing was written under its grant.' }

function judged(grant: JsonObject): string {
  const left = trackedUses(grant).filter((use) => !use.isResolved)
  if (left.length === 0) return 'All uses are resolved.'
  return `All uses are resolved, except for what a review has to judge: ${numbers(left)}.`
}

const mostTold = 10

function whatIsOpen({ grant, why, now }: PostMortemNow): string {
  const open = trackedUses(grant).filter((use) => !isSettled(use))
  const told = open.slice(0, mostTold).map(({ n }) => `use ${n}: ${why.get(n) ?? 'it is open'}`)
  const more = open.length > mostTold ? [`${open.length - mostTold} more`] : []
  const ends = isOver(grant, now) ? [] : ['the grant is not over']
  return `${[...ends, ...told, ...more].join('; ')}.`
}

function numbers(uses: readonly TrackedUse[]): string {
  return uses.map(({ n }) => `use ${n}`).join(', ')
}
