import { toMessage, type Message } from '../../src/core/breakglass/outbox/cloud-event.ts'
import { eventsOf } from '../../src/core/breakglass/outbox/events.ts'
import { sampleGrant, sampleNow, samplePostMortem, teller } from '../../scripts/events-sample.ts'

const told = { grant: sampleGrant, postMortem: samplePostMortem, now: sampleNow }

/** Of one break-glass, in order. */
export const messages: readonly Message[] = eventsOf(told).map((one) =>
  toMessage(one, told, teller),
)

export function messageOf(type: Message['type']): Message {
  const found = messages.find((one) => one.type === type)
  if (found === undefined) throw new Error(`the sample has no ${type}`)
  return found
}
