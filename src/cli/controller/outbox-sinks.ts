import type { PolicySource } from '../../config/policy-file.ts'
import type { Sink } from '../../core/breakglass/outbox/sink.ts'
import { createAppend } from '../../sinks/file.ts'
import type { Api } from '../../kubernetes/api.ts'
import { toSink } from './sinks.ts'

/** A sink, and how it is reached now. */
export interface ReachedSink {
  readonly sink: Sink
  readonly revision: string
}

interface OutboxSinksOptions {
  readonly policy: PolicySource
  readonly api: Api
  readonly instance: string
  /** Epoch ms. */
  readonly now: () => number
}

/** The sinks of the policy in force; made anew with each policy, so that each keeps its pace until then. */
export function outboxSinks(options: OutboxSinksOptions): () => Promise<readonly ReachedSink[]> {
  const append = createAppend()
  let made: { readonly hash: string; readonly sinks: readonly Sink[] } | undefined
  return async () => {
    const { hash, policy } = options.policy.current()
    if (made?.hash !== hash) {
      const sinks = policy.spec.breakGlass.sinks.map((one) => toSink(one, { ...options, append }))
      made = { hash, sinks }
    }
    const { sinks } = made
    return Promise.all(sinks.map(async (sink) => ({ sink, revision: await sink.revision() })))
  }
}
