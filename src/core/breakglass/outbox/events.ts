import { readGrant } from '../grant.ts'
import { bypassActor } from '../post-mortem-bypass.ts'
import { bypassEvents } from './bypass-events.ts'
import type { OutboxEvent, Told } from './event.ts'
import { eventTypeNames } from './event-types.ts'
import { grantEvents } from './grant-events.ts'
import { holdEvents } from './hold-events.ts'
import { postMortemEvents } from './post-mortem-events.ts'

/**
 * All events that the stored state implies, in order. It says them again each time, so that nothing
 * is lost with whoever should have told them; what was told already is kept elsewhere.
 */
export function eventsOf(told: Told): readonly OutboxEvent[] {
  if (!isTelling(told)) return []
  const events = [...ownEvents(told), ...postMortemEvents(told.postMortem)]
  return events.toSorted(
    (a, b) =>
      a.time - b.time || rankOf(a) - rankOf(b) || a.part.localeCompare(b.part, 'en', numbers),
  )
}

/** What cannot be read tells nothing, nor does a bypass of which nothing was found. */
export function isTelling({ grant }: Told): boolean {
  if (bypassActor(grant) !== undefined) return bypassEvents(grant).length > 0
  return readGrant(grant) !== undefined
}

function ownEvents({ grant, now }: Told): readonly OutboxEvent[] {
  if (bypassActor(grant) !== undefined) return bypassEvents(grant)
  return [...grantEvents(grant), ...holdEvents(grant, now)]
}

const numbers = { numeric: true }
const ranks = new Map(eventTypeNames.map((type, rank) => [type, rank]))

/** Of those of one second: as they come about. */
export function rankOf({ type }: Pick<OutboxEvent, 'type'>): number {
  return ranks.get(type) ?? ranks.size
}
