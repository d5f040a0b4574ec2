import { GuardError } from '../core/errors.ts'
import { digest } from '../core/manifest/canonical.ts'
import { planKey, planName, type Plan } from '../core/plans/plan.ts'
import type { Trees } from '../core/provenance/repository.ts'
import type { CachedReading } from './readings.ts'
import type { Renderer } from './renderer.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'
import { WeightedCache } from './weighted-cache.ts'

export interface IndexedRepository {
  readonly trees: Trees
  readonly sources: readonly Plan[]
}

export type IndexEvent =
  | {
      readonly kind: 'indexed'
      readonly repository: string
      readonly commit: string
      readonly source: string
      readonly objects: number
      readonly problems: SourceIndex['problems']
      readonly milliseconds: number
    }
  | {
      readonly kind: 'index-failed'
      readonly repository: string
      readonly commit: string
      readonly source: string
      readonly error: GuardError
    }

export interface TreeIndexesOptions {
  readonly repositories: ReadonlyMap<string, IndexedRepository>
  readonly renderers: Readonly<Record<Plan['renderer'], Renderer>>
  /** Objects in all indexes that no tip needs. */
  readonly cachedObjects: number
  readonly now: () => number
  readonly events: (event: IndexEvent) => void
}

/** Of one plan at one commit each. */
const rememberedTrees = 40_000

/**
 * Indexes by tree: commits that do not touch a source share its index, and however many callers ask
 * for one at the same time, it is built once.
 */
export class TreeIndexes {
  readonly #options: TreeIndexesOptions
  readonly #treeOf = new WeightedCache<string>(rememberedTrees)
  readonly #indexes: WeightedCache<SourceIndex>
  readonly #running = new Map<string, Promise<SourceIndex>>()
  readonly #sourceKeys = new WeakMap<Plan, string>()
  #kept: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  /** By repository: how often `keep` was called. */
  readonly #keeps = new Map<string, number>()

  constructor(options: TreeIndexesOptions) {
    this.#options = options
    this.#indexes = new WeightedCache(options.cachedObjects, (key) => this.#isKept(key))
  }

  async get(at: SourceAt): Promise<SourceIndex> {
    const key = await this.#orFailed(at, this.#key(at))
    const cached = this.#indexes.get(key)
    if (cached !== undefined && cached.expires > this.#options.now()) return cached
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const job = this.#build(at, key).finally(() => this.#running.delete(key))
    this.#running.set(key, job)
    return job
  }

  /** The index if it is there now. */
  peek(at: SourceAt): SourceIndex | undefined {
    const key = this.#treeOf.peek(this.#place(at))
    return key === undefined ? undefined : this.#indexes.peek(key)
  }

  /** What an entry of the index was read from. */
  reading(at: SourceAt, entry: Entry): Promise<CachedReading> {
    return this.#renderer(at).reading(at, this.#trees(at.repository), entry)
  }

  /** Indexes of these places of a repository stay in memory until the next call. */
  async keep(repository: string, places: readonly SourceAt[]): Promise<void> {
    const turn = (this.#keeps.get(repository) ?? 0) + 1
    this.#keeps.set(repository, turn)
    const keys = await Promise.allSettled(places.map((at) => this.#key(at)))
    // A later call may have been faster.
    if (this.#keeps.get(repository) !== turn) return
    const known = keys.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    this.#kept = new Map([...this.#kept, [repository, new Set(known)]])
  }

  get size(): number {
    return this.#indexes.size
  }

  #isKept(key: string): boolean {
    return [...this.#kept.values()].some((keys) => keys.has(key))
  }

  async #key(at: SourceAt): Promise<string> {
    const place = this.#place(at)
    const known = this.#treeOf.get(place)
    if (known !== undefined) return known
    const tree = await this.#renderer(at).key(at, this.#trees(at.repository))
    const key = [at.repository, this.#sourceKey(at.source), tree].join('\n')
    this.#treeOf.set(place, key, 1)
    return key
  }

  #place({ repository, source, commit }: SourceAt): string {
    return [repository, commit, this.#sourceKey(source)].join('\n')
  }

  /** Everything that its objects depend on, apart from the tree. */
  #sourceKey(source: Plan): string {
    const known = this.#sourceKeys.get(source)
    if (known !== undefined) return known
    // Options may be long, and every review looks many plans up.
    const key = digest(planKey(source))
    this.#sourceKeys.set(source, key)
    return key
  }

  #renderer({ source }: SourceAt): Renderer {
    return this.#options.renderers[source.renderer]
  }

  #trees(repository: string): Trees {
    const found = this.#options.repositories.get(repository)
    if (found !== undefined) return found.trees
    throw new GuardError('RenderFailed', `there is no repository ${repository}`)
  }

  async #build(at: SourceAt, key: string): Promise<SourceIndex> {
    const { now, events } = this.#options
    const started = now()
    const building = this.#renderer(at).build(at, this.#trees(at.repository))
    const index = await this.#orFailed(at, building)
    // An empty index weighs something too: otherwise their number is not bounded.
    this.#indexes.set(key, index, index.size + index.problems.length + 10)
    const { size: objects, problems } = index
    const milliseconds = now() - started
    events({ kind: 'indexed', ...placeOf(at), objects, problems, milliseconds })
    return index
  }

  /** Whatever keeps a source from being read is one kind of failure, and an event. */
  async #orFailed<T>(at: SourceAt, job: Promise<T>): Promise<T> {
    try {
      return await job
    } catch (cause) {
      const error = new GuardError('RenderFailed', failureOf(at, cause), { cause })
      this.#options.events({ kind: 'index-failed', ...placeOf(at), error })
      throw error
    }
  }
}

function placeOf({ repository, commit, source }: SourceAt) {
  return { repository, commit, source: planName(source) }
}

function failureOf({ repository, source, commit }: SourceAt, cause: unknown): string {
  const why = cause instanceof GuardError ? `: ${cause.message}` : ''
  return `${repository}@${commit.slice(0, 12)} ${planName(source)} cannot be indexed${why}`
}
