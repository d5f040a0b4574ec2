import type { EngineObjects } from '../core/engines/engine-objects.ts'
import { referenceKey } from '../core/engines/engine.ts'
import type { Cluster } from '../core/exceptions/cluster.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import type { EngineReference } from '../core/plans/plan.ts'
import type { Log } from '../telemetry/log.ts'
import type { Api } from './api.ts'
import { createCluster } from './cluster.ts'
import { createDiscovery, type Discovery } from './discovery.ts'
import { keptOf } from './kept-fields.ts'
import { SharedReads } from './shared-reads.ts'
import { until } from './wait.ts'
import { definitionKind, watchDefinitions } from './watch-definitions.ts'
import { KindWatch } from './watch-kind.ts'
import { readLive, readWatched } from './watch-read.ts'
import {
  kindName,
  watchTiming,
  type WatchedKind,
  type WatchState,
  type WatchTiming,
} from './watch-state.ts'
import { storeKey, type StoreChange } from './watch-store.ts'

export interface EngineObjectChange {
  readonly kind: 'added' | 'modified' | 'deleted'
  readonly reference: EngineReference
  readonly before: JsonObject | undefined
  readonly after: JsonObject | undefined
}

type Listener = (change: EngineObjectChange) => void

/** `EngineObjects` of a live cluster. */
export interface EngineWatch extends EngineObjects {
  /** Watches these kinds and no others, from now on; resolves when the others have ended. */
  follow(kinds: readonly WatchedKind[]): Promise<void>
  /** Of objects as they are kept, by watch or by `read`. Returns how to end it. */
  onChange(listener: Listener): () => void
  /** Whether all objects of all kinds that are served were listed once. */
  isSynced(): boolean
  states(): readonly WatchState[]
  /** Resolves when no connection of it is open any more. */
  stop(): Promise<void>
}

export interface EngineWatchOptions {
  readonly api: Api
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
  readonly timing?: WatchTiming
}

/** Nothing is asked before `follow`. */
export function createEngineWatch(options: EngineWatchOptions): EngineWatch {
  return new LiveEngineWatch(options)
}

interface Running {
  readonly watch: KindWatch
  readonly ending: AbortController
  readonly ended: Promise<void>
}

/** Of one read; whoever asks may wait for two. */
const fiveSeconds = 5_000
const definitions = kindName(definitionKind)

class LiveEngineWatch implements EngineWatch {
  readonly #options: EngineWatchOptions
  readonly #cluster: Cluster
  readonly #discovery: Discovery
  readonly #reads = new SharedReads<JsonObject | undefined>()
  readonly #running = new Map<string, Running>()
  readonly #listeners = new Set<Listener>()
  readonly #stopping = new AbortController()

  constructor(options: EngineWatchOptions) {
    this.#options = options
    this.#discovery = createDiscovery(options.api)
    this.#cluster = createCluster(options.api, this.#discovery)
  }

  list(kind: WatchedKind): readonly JsonObject[] {
    return this.#watchOf(kind)?.store.list() ?? []
  }

  get(reference: EngineReference): JsonObject | undefined {
    const { namespace, name } = reference
    return this.#watchOf(reference)?.store.get(storeKey(namespace, name))
  }

  read(reference: EngineReference, signal: AbortSignal): Promise<JsonObject | undefined> {
    const read = this.#reads.read(referenceKey(reference), () => this.#readNow(reference))
    return until(read, signal)
  }

  async follow(kinds: readonly WatchedKind[]): Promise<void> {
    const wanted = new Map(kinds.map((kind) => [kindName(kind), kind]))
    const ending = Array.from(this.#running).filter(
      ([name]) => !wanted.has(name) && (name !== definitions || wanted.size === 0),
    )
    for (const [name, { ending: signal }] of ending) {
      this.#running.delete(name)
      signal.abort()
    }
    if (wanted.size > 0 && !this.#running.has(definitions)) this.#start(this.#watchDefinitions())
    for (const [name, kind] of wanted) if (!this.#running.has(name)) this.#start(this.#open(kind))
    await Promise.all(ending.map(([, { ended }]) => ended))
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  isSynced(): boolean {
    return this.states().every(({ isSynced }) => isSynced)
  }

  states(): readonly WatchState[] {
    const watches = Array.from(this.#running.values(), ({ watch }) => watch)
    return watches.filter(({ name }) => name !== definitions).map((watch) => watch.state())
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(Array.from(this.#running.values(), ({ ended }) => ended))
  }

  #watchOf(kind: WatchedKind): KindWatch | undefined {
    return this.#running.get(kindName(kind))?.watch
  }

  async #readNow(reference: EngineReference): Promise<JsonObject | undefined> {
    const limit = AbortSignal.timeout(fiveSeconds)
    const question = { reference, signal: AbortSignal.any([this.#stopping.signal, limit]) }
    const reader = { api: this.#options.api, cluster: this.#cluster, discovery: this.#discovery }
    const watch = this.#watchOf(reference)
    if (watch === undefined) return readLive(reader, question)
    return readWatched(reader, watch, question)
  }

  #start(watch: KindWatch): void {
    const ending = new AbortController()
    const signal = AbortSignal.any([ending.signal, this.#stopping.signal])
    this.#running.set(watch.name, { watch, ending, ended: watch.run(signal) })
  }

  #open(kind: WatchedKind): KindWatch {
    return new KindWatch({
      ...this.#surroundings(),
      kind,
      isMetadataOnly: false,
      keep: (object) => keptOf(kind, object),
      onChange: (changes) => {
        for (const change of changes) this.#tell(toChange(kind, change))
      },
    })
  }

  #watchDefinitions(): KindWatch {
    return watchDefinitions(this.#surroundings(), (group) => {
      for (const { watch } of this.#running.values()) if (watch.group === group) watch.lookAgain()
    })
  }

  #surroundings() {
    const { api, now, log, timing = watchTiming } = this.#options
    return { api, now, log, timing, discovery: this.#discovery }
  }

  /** What a listener makes of it is not the watch's trouble. */
  #tell(change: EngineObjectChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#options.log.error('engine_change_not_followed', { err: error as Error })
      }
    }
  }
}

function toChange(kind: WatchedKind, { before, after }: StoreChange): EngineObjectChange {
  const object = after ?? before
  return {
    kind: after === undefined ? 'deleted' : before === undefined ? 'added' : 'modified',
    reference: {
      group: kind.group,
      kind: kind.kind,
      namespace: stringAt(object, 'metadata', 'namespace') ?? '',
      name: stringAt(object, 'metadata', 'name') ?? '',
    },
    before,
    after,
  }
}
