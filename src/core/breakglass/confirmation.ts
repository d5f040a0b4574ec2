import { digestAt } from './field-values.ts'
import { createdAt, isEnding, uidOf, type FoundTarget, type LiveTarget } from './live-target.ts'
import {
  comparisonOf,
  isSamePlace,
  isSameTarget,
  mayBeLater,
  type TrackedUse,
  type UseState,
} from './tracked-use.ts'

/**
 * The API server ends a write 34 s after it began, and we are asked about it before. Until then what
 * is not there may still come; our clocks may be apart.
 */
const patience = 45_000
/**
 * The same write is the same use for a minute, and may be stored 34 s after that. Until then a use
 * that came to nothing may have come to something after all.
 */
const lastWord = 105_000
/** The API server gives the time of creation; the use has ours, to the second. */
const clocks = 5_000

export interface Confirming {
  readonly live: LiveTarget
  /** Of all grants: what later ones found is what earlier ones left. */
  readonly others: readonly TrackedUse[]
  /** Epoch ms. */
  readonly now: number
}

/** Whether somebody has to look whether it was stored. */
export function isUnconfirmed(use: TrackedUse, now: number): boolean {
  if (use.isResolved || comparisonOf(use) === 'nothing') return false
  return use.state === 'Admitted' || (use.state === 'NotCommitted' && !isFinal(use, now))
}

/** From then on nothing can come of a use that came to nothing. */
export function isFinal({ time }: TrackedUse, now: number): boolean {
  return now - time >= lastWord
}

/**
 * What is known of a use by now. That it came to nothing is only said of an object that is as it was:
 * whatever else stands there may have been made of what the use left, and such a use stays open.
 */
export function confirmedState(use: TrackedUse, confirming: Confirming): UseState {
  const { live, now } = confirming
  if (!isUnconfirmed(use, now) || live.kind === 'unreadable') return use.state
  if (isStored(use, confirming)) return 'Committed'
  if (now - use.time < patience) return use.state
  return mayBeStored(use, confirming) ? 'Committed' : 'NotCommitted'
}

/** It shows. */
function isStored(use: TrackedUse, { live, others }: Confirming): boolean {
  if (live.kind === 'absent') return comparisonOf(use) === 'removal'
  if (live.kind === 'unreadable') return false
  switch (comparisonOf(use)) {
    case 'removal':
      return isEnding(live) || isAnother(use, live)
    case 'creation':
      return isMadeBy(use, live) || isAsWritten(use, live)
    case 'fields':
      return isAsWritten(use, live) || others.some((other) => hasFound(other, use))
    case 'nothing':
      return false
  }
}

/** It cannot be ruled out. */
function mayBeStored(use: TrackedUse, { live, others }: Confirming): boolean {
  const isLaterOne = (other: TrackedUse) => isSameTarget(other, use) && mayBeLater(other, use)
  switch (comparisonOf(use)) {
    case 'fields':
      return live.kind !== 'found' || use.pre === use.post || !isAsBefore(use, live)
    case 'creation':
      return live.kind === 'absent' && others.some(isLaterOne)
    case 'removal':
    case 'nothing':
      return false
  }
}

export function isAsWritten(use: TrackedUse, live: FoundTarget): boolean {
  const isTold = use.post !== undefined && use.post !== use.pre
  return isTold && digestAt(live.seen, use.paths) === use.post
}

export function isAsBefore(use: TrackedUse, live: FoundTarget): boolean {
  return digestAt(live.seen, use.paths) === use.pre
}

/** A later use that found what this one wrote. */
function hasFound(other: TrackedUse, use: TrackedUse): boolean {
  const isTold = use.post !== undefined && use.post !== use.pre
  return isTold && isSamePlace(other, use) && mayBeLater(other, use) && other.pre === use.post
}

/** Not what was there when it was admitted. An eviction does not say which that was. */
export function isAnother({ target: { uid }, time }: TrackedUse, live: FoundTarget): boolean {
  return uid === '' ? createdAt(live) > time - clocks : uidOf(live) !== uid
}

/** The time of creation is all that a new object has in common with the one that was admitted. */
export function isMadeBy({ time }: TrackedUse, live: FoundTarget): boolean {
  const age = createdAt(live) - time
  return age >= -clocks && age <= lastWord
}
