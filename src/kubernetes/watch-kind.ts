import { GuardError } from '../core/errors.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import type { Log } from '../telemetry/log.ts'
import type { Api } from './api.ts'
import type { Discovery, ServedResource } from './discovery.ts'
import { pause } from './wait.ts'
import { Delay } from './watch-delay.ts'
import { listAll, watchFrom, type Collection, type WatchEvent } from './watch-request.ts'
import { kindName, type WatchedKind, type WatchState, type WatchTiming } from './watch-state.ts'
import { keyOf, WatchStore, type StoreChange } from './watch-store.ts'

// The Watch of @kubernetes/client-node leaves out events that it cannot parse, rounds large integers,
// and its ListWatch neither pages, nor goes on by itself after a failure, nor takes in what a live
// read has found: an object would go back in time. As elsewhere, only its credentials are used.

export interface KindWatchOptions {
  readonly kind: WatchedKind
  readonly api: Api
  readonly discovery: Discovery
  readonly keep: (object: JsonObject) => JsonObject
  /** Only names and versions, for objects that are large. */
  readonly isMetadataOnly: boolean
  readonly onChange: (changes: readonly StoreChange[]) => void
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
  readonly timing: WatchTiming
}

const pageSize = 100
/** As many as fit into one answer, however large they are. */
const smallPageSize = 20

/** What to do next; `rest`: but not at once. */
interface Next {
  readonly step: 'find' | 'list' | 'watch'
  readonly rest: boolean
}

/**
 * The objects of one kind, followed whatever becomes of the connection, the API server or the kind.
 * What was known stays until something newer is.
 */
export class KindWatch {
  readonly store = new WatchStore()
  readonly name: string
  readonly group: string
  readonly #options: KindWatchOptions
  readonly #delay: Delay
  readonly #startedAt: number
  #served: ServedResource | undefined
  #isServed: boolean | undefined
  #isListed = false
  #isOpen = false
  #heardAt: number | undefined
  #problem: string | undefined
  #interruption = new AbortController()

  constructor(options: KindWatchOptions) {
    const { kind, timing, now } = options
    this.name = kindName(kind)
    this.group = kind.group
    this.#options = options
    this.#startedAt = now()
    this.#delay = new Delay({ firstMs: timing.firstDelayMs, longestMs: timing.longestDelayMs })
  }

  state(): WatchState {
    const isBlind = this.#isServed !== false && !this.#isOpen
    return {
      name: this.name,
      isServed: this.#isServed,
      isSynced: this.#isServed === false || this.#isListed,
      objects: this.store.size,
      heardAt: this.#heardAt,
      blindSince: isBlind ? (this.#heardAt ?? this.#startedAt) : undefined,
      problem: this.#problem,
    }
  }

  /** Resolves after `signal`, when nothing of it is open any more. */
  async run(signal: AbortSignal): Promise<void> {
    let next: Next = { step: 'find', rest: false }
    while (!signal.aborted) {
      next = await this.#take(next, this.#untilInterrupted(signal))
      if (next.rest) await pause(this.#delay.next(), this.#untilInterrupted(signal))
    }
  }

  /** There is reason to believe that the kind is served by now. */
  lookAgain(): void {
    if (this.#isServed !== false) return
    this.#delay.reset()
    this.#interruption.abort()
  }

  /** By a live read. */
  found(object: JsonObject): void {
    this.#tell(this.store.put(this.#options.keep(object)))
    this.lookAgain()
  }

  /** By a live read, which saw the state at that version. */
  missing(key: string, version: bigint): void {
    this.#tell(this.store.putAbsent(key, version))
  }

  /** A read has found something older than what was known before it: the cluster has another past. */
  startOver(): void {
    this.#options.log.warn('engine_watch_started_over', { kind: this.name })
    this.store.distrust()
    this.#interruption.abort()
  }

  #untilInterrupted(signal: AbortSignal): AbortSignal {
    this.#interruption = new AbortController()
    return AbortSignal.any([signal, this.#interruption.signal])
  }

  async #take({ step }: Next, signal: AbortSignal): Promise<Next> {
    try {
      const served = this.#served
      if (step === 'find' || served === undefined) return await this.#find(signal)
      const hasStart = step === 'watch' && this.store.position > 0n
      return await (hasStart ? this.#watch(served, signal) : this.#list(served, signal))
    } catch (error) {
      if (!signal.aborted) this.#complain(error as Error)
      return { step, rest: true }
    } finally {
      this.#isOpen = false
    }
  }

  async #find(signal: AbortSignal): Promise<Next> {
    const { discovery, kind, log } = this.#options
    const wasServed = this.#isServed
    this.#served = await discovery.findAnew({ ...kind, version: '' }, signal)
    this.#isServed = this.#served !== undefined
    if (wasServed !== this.#isServed) {
      log.info('engine_kind_found', { kind: this.name, isServed: this.#isServed })
    }
    this.#problem = undefined
    if (this.#isServed) {
      if (wasServed === false) this.#delay.reset()
      return { step: 'list', rest: false }
    }
    this.#isListed = false
    this.#tell(this.store.clear())
    return { step: 'find', rest: true }
  }

  async #list(served: ServedResource, signal: AbortSignal): Promise<Next> {
    const size = this.#delay.failures === 0 ? pageSize : smallPageSize
    const listed = await listAll(this.#collection(served), { pageSize: size, signal })
    if (listed === 'not-served') return { step: 'find', rest: true }
    if (listed === 'expired') return { step: 'list', rest: true }
    signal.throwIfAborted()
    this.#heard()
    this.#tell(this.store.replace(listed.objects, listed.version))
    this.#isListed = true
    this.#options.log.info('engine_kind_listed', { kind: this.name, objects: this.store.size })
    return { step: 'watch', rest: false }
  }

  async #watch(served: ServedResource, signal: AbortSignal): Promise<Next> {
    const { timing, now } = this.#options
    const startedAt = now()
    const lastsMs = timing.watchMs * (1 + Math.random() / 2)
    const lifetime = AbortSignal.timeout(Math.ceil(lastsMs + timing.graceMs))
    try {
      return await this.#follow(served, {
        seconds: Math.ceil(lastsMs / 1000),
        signal: AbortSignal.any([signal, lifetime]),
      })
    } catch (cause) {
      if (!lifetime.aborted) throw cause
      throw new GuardError('ClusterUnreachable', 'the watch has fallen silent', { cause })
    } finally {
      // One that ends at once, again and again, is not opened again at once.
      if (now() - startedAt >= timing.healthyMs) this.#delay.reset()
    }
  }

  async #follow(
    served: ServedResource,
    limits: { readonly seconds: number; readonly signal: AbortSignal },
  ): Promise<Next> {
    const startedAt = this.#options.now()
    const question = { ...limits, version: this.store.position }
    const events = await watchFrom(this.#collection(served), question)
    if (events === 'not-served') return { step: 'find', rest: true }
    if (events === 'expired') return this.#expired()
    this.#opened()
    for await (const event of events) {
      // What has arrived already comes even so.
      limits.signal.throwIfAborted()
      if (event === 'expired') return this.#expired()
      this.#heard()
      this.#delay.reset()
      this.#apply(event)
    }
    // It said goodbye: nothing was missed up to here.
    this.#heard()
    const isEarly = this.#options.now() - startedAt < this.#options.timing.healthyMs
    return { step: 'watch', rest: isEarly }
  }

  #apply(event: WatchEvent): void {
    if (event.kind === 'put') this.#tell(this.store.put(event.object))
    if (event.kind === 'removed') this.#tell(this.store.remove(keyOf(event.object), event.version))
    this.store.advance(event.version)
  }

  #expired(): Next {
    this.#options.log.info('engine_watch_expired', { kind: this.name })
    return { step: 'list', rest: true }
  }

  #opened(): void {
    this.#isOpen = true
    this.#heard()
    if (this.#problem !== undefined)
      this.#options.log.info('engine_watch_resumed', { kind: this.name })
    this.#problem = undefined
  }

  #heard(): void {
    this.#heardAt = this.#options.now()
  }

  /** Once for each trouble, not for each attempt. */
  #complain(error: Error): void {
    if (error.message !== this.#problem) {
      this.#options.log.warn('engine_watch_broken', { kind: this.name, err: error })
    }
    this.#problem = error.message
  }

  #tell(changes: readonly StoreChange[]): void {
    if (changes.length > 0) this.#options.onChange(changes)
  }

  #collection(served: ServedResource): Collection {
    const { api, keep, isMetadataOnly } = this.#options
    return { api, served, keep, isMetadataOnly }
  }
}
