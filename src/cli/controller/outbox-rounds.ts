import type { Changed, GrantStore } from '../../core/breakglass/grant-store.ts'
import type { Teller } from '../../core/breakglass/outbox/cloud-event.ts'
import { deliveryTo, turnOf } from '../../core/breakglass/outbox/deliveries.ts'
import type { OutboxEvent, Told } from '../../core/breakglass/outbox/event.ts'
import type { Report } from '../../core/breakglass/outbox/next-delivery.ts'
import { statusAfter } from '../../core/breakglass/outbox/outbox-status.ts'
import type { Sink } from '../../core/breakglass/outbox/sink.ts'
import { GuardError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Log } from '../../telemetry/log.ts'
import { tellRound } from './outbox-round.ts'
import type { ReachedSink } from './outbox-sinks.ts'

/** A sink that has something to be told of a grant. */
export interface Due extends ReachedSink {
  /** In order. */
  readonly pending: readonly OutboxEvent[]
}

/** One grant, as it is looked at. */
export interface Look {
  readonly name: string
  readonly told: Told
  readonly signal: AbortSignal
}

export interface RoundsOptions {
  readonly store: Pick<GrantStore, 'amend'>
  readonly teller: () => Teller
  /** Those of the policy in force. */
  readonly sinks: () => readonly Sink[]
  /** What the grant implies by now. */
  readonly toldOf: (name: string, grant: JsonObject) => Told
  readonly onEnd: (grant: string) => void
  readonly onTrouble: (grant: string, error: Error) => void
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
}

/** One that does not answer holds up that many grants with itself, and nobody else. */
const mostAtOneSink = 16
/** A use may be stored in the meantime, and what it says is told together. */
const betweenRounds = 500
/** What was told is written down even when we are to end. */
const fiveSeconds = 5_000
const everySecond = 1_000
const longestQuiet = 24 * 3_600_000

/** Rounds that are on the way: at most one for each sink and grant, and none waits for another. */
export class OutboxRounds {
  readonly #options: RoundsOptions
  /** By sink, by grant. */
  readonly #running = new Map<string, Map<string, Promise<void>>>()
  /** Until when a sink asked to be left alone, in epoch ms. */
  readonly #quietUntil = new Map<string, number>()
  /** Why a sink was not told last. */
  readonly #complaints = new Map<string, string>()

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  /** Unless one is on the way, or it is not the time for one. */
  start(due: Due, look: Look): void {
    const { sink, revision } = due
    const running = this.#running.get(sink.name) ?? new Map<string, Promise<void>>()
    const now = this.#options.now()
    const isFull = running.has(look.name) || running.size >= mostAtOneSink
    if (isFull || (this.#quietUntil.get(sink.name) ?? 0) > now) return
    if (turnOf(deliveryTo(sink.name, look.told.grant), revision, now).kind !== 'now') return
    const round = this.#round(due, look)
      .catch((error: unknown) => {
        this.#options.onTrouble(look.name, error as Error)
      })
      .finally(() => {
        running.delete(look.name)
        this.#options.onEnd(look.name)
      })
    this.#running.set(sink.name, running.set(look.name, round))
  }

  isBusy(grant: string): boolean {
    return [...this.#running.values()].some((running) => running.has(grant))
  }

  /** Resolves when those that are on the way have come to an end. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].flatMap((running) => [...running.values()]))
  }

  async #round(due: Due, { name, told, signal }: Look): Promise<void> {
    const { now, teller } = this.#options
    const report = await tellRound({ ...due, told, teller: teller(), now }, signal)
    this.#hear(report, name)
    if (report.told.length === 0 && report.failure === undefined) return
    await this.#write(name, report, signal)
    if (report.told.length > 0) await pause(betweenRounds, signal)
  }

  /** Whoever asks for a pause gets it from all grants. Trouble is told once, not for each attempt. */
  #hear({ sink, failure, at, told }: Report, grant: string): void {
    if (failure === undefined) {
      if (told.length > 0) this.#complaints.delete(sink)
      return
    }
    if (failure.kind === 'later' && failure.notBefore !== undefined) {
      this.#quietUntil.set(sink, Math.min(failure.notBefore, at + longestQuiet))
    }
    if (this.#complaints.get(sink) === failure.why) return
    this.#complaints.set(sink, failure.why)
    this.#options.log.warn('sink_not_told', { sink, grant, why: failure.why })
  }

  /** What is told and not written down would be told again: nothing more is, until it is. */
  async #write(name: string, report: Report, signal: AbortSignal): Promise<void> {
    const { store, toldOf, sinks, onTrouble } = this.#options
    const change = (grant: JsonObject) => {
      const status = statusAfter(toldOf(name, grant), report, sinks())
      return Promise.resolve<Changed<undefined>>({ kind: 'store', status, answer: undefined })
    }
    for (;;) {
      const amended = await store.amend(name, change, AbortSignal.timeout(fiveSeconds))
      if (amended.kind !== 'failed') return
      onTrouble(name, new GuardError('ClusterUnreachable', amended.why))
      if (signal.aborted) return
      await pause(everySecond, signal)
    }
  }
}
