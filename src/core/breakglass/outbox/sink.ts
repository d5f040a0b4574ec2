import type { Message } from './cloud-event.ts'
import type { EventType } from './event-types.ts'

/** Somebody who is told. What a sink holds back is never told to it, and not waited for. */
export interface Sink {
  readonly name: string
  /** Nothing is archived, and no attempt the last one, before it has everything. */
  readonly isMandatory: boolean
  /** `part` tells events of one type apart; see OutboxEvent. */
  wants(type: EventType, part: string): boolean
  /** Another one once what was refused for good may be taken: it is reached in another way. */
  revision(): Promise<string>
  /** Sends it once. What is sent again has the same id. */
  deliver(message: Message, signal: AbortSignal): Promise<Outcome>
}

/** `why` is for people, and shows neither keys nor secret addresses. */
export type Outcome =
  /** `externalId`: what the other side knows it by. */
  | { readonly kind: 'delivered'; readonly externalId?: string }
  /** `notBefore`: epoch ms, as the other side asks. */
  | { readonly kind: 'later'; readonly why: string; readonly notBefore?: number }
  /** The same would be refused again. */
  | { readonly kind: 'refused'; readonly why: string }
