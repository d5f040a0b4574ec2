import type { OutboxEvent } from '../../core/breakglass/outbox/event.ts'
import type { Waiting } from '../../telemetry/controller-metrics.ts'

type Pending = ReadonlyMap<string, readonly OutboxEvent[]>

/** What sinks still have to be told, by grant and sink. */
export class Backlog {
  readonly #byGrant = new Map<string, Pending>()

  /** Of grants that have to be looked at again by themselves. */
  names(): Iterable<string> {
    return this.#byGrant.keys()
  }

  /** `pending`: events of each sink, in order. */
  put(grant: string, pending: Pending): void {
    this.#byGrant.set(grant, pending)
  }

  settle(grant: string): void {
    this.#byGrant.delete(grant)
  }

  /** `now` in epoch ms. */
  bySink(sinks: readonly string[], now: number): ReadonlyMap<string, Waiting> {
    return new Map(sinks.map((sink) => [sink, this.#waitingFor(sink, now)]))
  }

  #waitingFor(sink: string, now: number): Waiting {
    const lists = Array.from(this.#byGrant.values(), (pending) => pending.get(sink) ?? [])
    const oldest = Math.min(now, ...lists.flatMap(([first]) => (first ? [first.time] : [])))
    return {
      pending: lists.reduce((sum, list) => sum + list.length, 0),
      oldestSeconds: (now - oldest) / 1000,
    }
  }
}
