import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { momentOf, momentText } from '../moment.ts'
import { keyOf, type OutboxEvent } from './event.ts'
import { foldKeys, unfoldKeys } from './told-keys.ts'
import type { Sink } from './sink.ts'

/** How a grant stands with one sink, as `status.deliveries` has it. Times are epoch ms. */
export interface Delivery {
  readonly sink: string
  readonly state: 'Delivered' | 'Pending' | 'Failed'
  /** Of the events that it has; see keyOf. */
  readonly told: ReadonlySet<string>
  /** In vain, of the next event. */
  readonly attempts: number
  /** Of the first of these. */
  readonly since?: number
  readonly nextTry?: number
  readonly lastError?: string
  readonly externalId?: string
  /** Of the sink at the last attempt. */
  readonly revision?: string
}

export type Wanted = Pick<Sink, 'name' | 'isMandatory' | 'wants'>

const states: readonly Delivery['state'][] = ['Delivered', 'Pending', 'Failed']

export function deliveryTo(sink: string, grant: JsonObject): Delivery | undefined {
  const found = deliveriesIn(grant).find((one) => stringAt(one, 'sink') === sink)
  return found === undefined ? undefined : readDelivery(sink, found)
}

function readDelivery(sink: string, stored: Json): Delivery {
  const told = at(stored, 'told')
  const texts = Array.isArray(told) ? (told as readonly Json[]) : []
  const [since, nextTry] = ['since', 'nextTry'].map((key) => momentOf(stringAt(stored, key)))
  const [lastError, externalId, revision] = ['lastError', 'externalId', 'revision'].map((key) =>
    stringAt(stored, key),
  )
  return {
    sink,
    state: states.find((one) => one === stringAt(stored, 'state')) ?? 'Pending',
    told: unfoldKeys(texts.filter((one) => typeof one === 'string')),
    attempts: Number(at(stored, 'attempts') ?? 0),
    ...(since !== undefined && { since }),
    ...(nextTry !== undefined && { nextTry }),
    ...(lastError !== undefined && { lastError }),
    ...(externalId !== undefined && { externalId }),
    ...(revision !== undefined && { revision }),
  }
}

/** All deliveries of a grant with this one in its place. Those to sinks that are no more stay. */
export function withDelivery(grant: JsonObject, delivery: Delivery): readonly Json[] {
  const others = deliveriesIn(grant).filter((one) => stringAt(one, 'sink') !== delivery.sink)
  return [...others, toStored(delivery)]
}

function toStored(delivery: Delivery): JsonObject {
  const { told, since, nextTry, ...rest } = delivery
  return {
    ...rest,
    told: foldKeys(told),
    ...(since !== undefined && { since: momentText(since) }),
    // Times are cut to the second, and nobody may be asked earlier than they want.
    ...(nextTry !== undefined && { nextTry: momentText(nextTry + 999) }),
  }
}

function deliveriesIn(grant: JsonObject): readonly Json[] {
  const list = at(grant, 'status', 'deliveries')
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : []
}

/** What a sink still has to be told, in order. */
export function pendingFor(
  events: readonly OutboxEvent[],
  sink: Wanted,
  delivery: Delivery | undefined,
): readonly OutboxEvent[] {
  return events.filter(
    (one) => sink.wants(one.type, one.part) && delivery?.told.has(keyOf(one)) !== true,
  )
}

export type Turn =
  | { readonly kind: 'now' }
  /** Epoch ms. */
  | { readonly kind: 'later'; readonly at: number }
  | { readonly kind: 'never' }

/** When the next attempt is due. With another revision what went wrong before does not count. */
export function turnOf(delivery: Delivery | undefined, revision: string, now: number): Turn {
  if (delivery?.revision !== revision) return { kind: 'now' }
  if (delivery.state === 'Failed') return { kind: 'never' }
  const { nextTry = 0 } = delivery
  return nextTry > now ? { kind: 'later', at: nextTry } : { kind: 'now' }
}
