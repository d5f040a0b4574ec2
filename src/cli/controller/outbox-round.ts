import { toMessage, type Teller } from '../../core/breakglass/outbox/cloud-event.ts'
import { keyOf, type OutboxEvent, type Told } from '../../core/breakglass/outbox/event.ts'
import type { Report } from '../../core/breakglass/outbox/next-delivery.ts'
import type { Outcome, Sink } from '../../core/breakglass/outbox/sink.ts'
import { GuardError } from '../../core/errors.ts'

export interface Round {
  readonly sink: Sink
  readonly revision: string
  readonly told: Told
  /** In order. */
  readonly pending: readonly OutboxEvent[]
  readonly teller: Teller
  /** Epoch ms. */
  readonly now: () => number
}

/** So many are told before it is written down: each write may keep a use from being stored. */
const mostAtOnce = 10
/** Nor is what was told left unwritten for longer, whatever comes after. */
const longestRound = 1_000

/** Tells one sink of one grant, up to the first event that it does not take. Never rejects. */
export async function tellRound(round: Round, signal: AbortSignal): Promise<Report> {
  const { sink, revision, pending, now } = round
  const taken: string[] = []
  let externalId: string | undefined
  let failure: Report['failure']
  const begunAt = now()
  for (const event of pending.slice(0, mostAtOnce)) {
    if (now() - begunAt >= longestRound) break
    const outcome = await deliver(event, round, signal)
    if (outcome.kind === 'delivered') {
      taken.push(keyOf(event))
      externalId = outcome.externalId ?? externalId
      continue
    }
    // Whoever was interrupted by us has done nothing wrong.
    if (!signal.aborted) failure = outcome
    break
  }
  return {
    sink: sink.name,
    isMandatory: sink.isMandatory,
    revision,
    told: taken,
    ...(externalId !== undefined && { externalId }),
    ...(failure !== undefined && { failure }),
    at: now(),
    random: Math.random(),
  }
}

async function deliver(
  event: OutboxEvent,
  { sink, told, teller }: Round,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await sink.deliver(toMessage(event, told, teller), signal)
  } catch (error) {
    // Other messages may show what nobody shall see.
    const why = error instanceof GuardError ? error.message : `failed: ${(error as Error).name}`
    return { kind: 'later', why }
  }
}
