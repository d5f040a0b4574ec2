import type { JsonObject } from '../../manifest/json.ts'
import type { EventType } from './event-types.ts'

/** Something that the stored state says has happened. */
export interface OutboxEvent {
  readonly type: EventType
  /** Tells events of one type apart, such as the number of a use; empty where there is only one. */
  readonly part: string
  /** Epoch ms. */
  readonly time: number
}

/** What events are read from: both as they are stored, and the clock. */
export interface Told {
  /** Whose status is the outbox: a grant, or a PostMortem without one, which then is `postMortem` too. */
  readonly grant: JsonObject
  readonly postMortem: JsonObject | undefined
  /** Epoch ms. */
  readonly now: number
}

/** Another one for each event of a grant, and the same for one event however often it is derived. */
export function keyOf({ type, part }: { readonly type: string; readonly part: string }): string {
  return part === '' ? type : `${type}/${part}`
}

/** The event, or none. */
export function when(
  happens: boolean,
  type: EventType,
  time: number,
  part = '',
): readonly OutboxEvent[] {
  return happens ? [{ type, part, time }] : []
}
