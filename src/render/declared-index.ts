import { GuardError } from '../core/errors.ts'
import type { ReadClusterVersions } from '../core/plans/cluster-versions.ts'
import type { Plan } from '../core/plans/plan.ts'
import {
  goesWith,
  type CascadeQuery,
  type DeclarationQuery,
  type Declarations,
  type Declared,
  type DeclaredObject,
  type SourceProblem,
} from '../core/provenance/declarations.ts'
import { defaultLimits, type IndexLimits } from './index-limits.ts'
import { listSource, type SourceListing } from './listing.ts'
import { alike, lookUp, placeOf, type Hit, type Indexed } from './looking-up.ts'
import { ObjectLoader } from './object-loader.ts'
import { ParserPool } from './parser-pool.ts'
import { AskedPlans, type Asked } from './asked-plans.ts'
import { Readings } from './readings.ts'
import { createRenderers } from './renderers.ts'
import { noTools, type Tools } from './tools.ts'
import { TreeIndexes, type IndexEvent, type IndexedRepository } from './tree-indexes.ts'
import { waitUntil } from './wait.ts'

/** More would only take turns with each other and with reviews: the machine to count on has two cores. */
const parsersAtOnce = 2

export interface IndexOptions {
  readonly repositories: ReadonlyMap<string, IndexedRepository>
  readonly limits?: Partial<IndexLimits>
  /** For plans that are not plain; without them, those cannot be read. */
  readonly tools?: Tools
  /** For charts that ask; without it, those cannot be read. */
  readonly versions?: ReadClusterVersions
  readonly now: () => number
  readonly events?: (event: IndexEvent) => void
  /** Entry point of the parsing thread; by default the source file beside this one. */
  readonly worker?: URL
}

const unknown: ReadClusterVersions = () => Promise.resolve(undefined)

/** The index of declared objects, built off the request path. */
export interface DeclaredIndex extends Declarations {
  /**
   * The engine plans of a repository, in place of those it had; they count beside the sources of the
   * policy. What they say at the tips that are kept is read in the background.
   */
  setPlans(repository: string, plans: readonly Plan[]): void
  /** Starts to index a commit, in the background. */
  prepare(repository: string, commit: string): void
  /** The tips: prepared, and kept in memory until the next call for this repository. */
  keep(repository: string, commits: readonly string[]): Promise<void>
  /** All that the plans say at a commit; `failure` is why one could not be read at all. */
  list(repository: string, commit: string): Promise<readonly SourceListing[]>
  /** What could not be read at a commit; undefined if it is not (or no longer) indexed. */
  problems(
    repository: string,
    commit: string,
    branches?: readonly string[],
  ): readonly SourceProblem[] | undefined
  /** What is held in memory, for metrics. */
  usage(): { readonly indexes: number; readonly bytes: number }
  stop(): Promise<void>
}

/** Nothing starts before the first commit is asked for. */
export function createIndex(options: IndexOptions): DeclaredIndex {
  const limits = { ...defaultLimits, ...options.limits }
  const { repositories, now, tools = noTools, versions = unknown } = options
  const parsers = new ParserPool(parsersAtOnce, {
    ...limits,
    ...(options.worker === undefined ? {} : { worker: options.worker }),
  })
  const readings = new Readings({ ...limits, parsers, now })
  const events = options.events ?? (() => undefined)
  const stopping = new AbortController()
  const { signal } = stopping
  const renderers = createRenderers({ ...limits, readings, tools, versions, now, signal })
  const indexes = new TreeIndexes({ ...limits, repositories, renderers, now, events })
  const objects = new ObjectLoader(indexes, limits.cacheBytes / 4)
  const plans = new AskedPlans(repositories)
  const stores: Stores = { plans, indexes, objects, now }
  const tips = new Map<string, readonly string[]>()
  const keepTips = async (repository: string): Promise<void> => {
    const commits = tips.get(repository) ?? []
    const kept = commits.flatMap((commit) => plans.at({ repository, commit }))
    await indexes.keep(repository, kept)
    await Promise.all(kept.map((at) => indexes.get(at)))
  }
  return {
    find: (query, signal) => find(stores, query, signal),
    within: (query, signal) => findWithin(stores, query, signal),
    setPlans: (repository, ofEngines) => {
      plans.set(repository, ofEngines)
      // The failure is an event already, and the next find reports it.
      keepTips(repository).catch(() => undefined)
    },
    prepare: (repository, commit) => {
      for (const at of plans.at({ repository, commit })) indexes.get(at).catch(() => undefined)
    },
    keep: (repository, commits) => {
      tips.set(repository, commits)
      return keepTips(repository)
    },
    list: (repository, commit) =>
      Promise.all(plans.at({ repository, commit }).map((at) => listSource(indexes, at))),
    problems: (repository, commit, branches) => {
      const asked = { repository, commit, ...(branches === undefined ? {} : { branches }) }
      const found = plans.at(asked).map((at) => indexes.peek(at))
      return found.every((index) => index !== undefined) ? problemsIn(found) : undefined
    },
    usage: () => ({ indexes: indexes.size, bytes: readings.cachedBytes }),
    stop: async () => {
      stopping.abort(new GuardError('RenderFailed', 'the index is stopped'))
      await parsers.stop()
    },
  }
}

interface Stores {
  readonly plans: AskedPlans
  readonly indexes: TreeIndexes
  readonly objects: ObjectLoader
  readonly now: () => number
}

/** Plans that read the same share an index, and what is wrong in it is wrong once. */
function problemsIn(indexes: readonly Indexed['index'][]): readonly SourceProblem[] {
  return [...new Set(indexes)].flatMap(({ problems }) => problems)
}

async function indexAll({ plans, indexes }: Stores, asked: Asked): Promise<readonly Indexed[]> {
  const places = plans.at(asked)
  return Promise.all(places.map(async (at) => ({ at, index: await indexes.get(at) })))
}

async function find(
  stores: Stores,
  query: DeclarationQuery,
  signal: AbortSignal,
): Promise<Declared> {
  // Tips are in memory, and most of what people touch is not declared: no race to set up for that.
  const ready = indexedNow(stores, query)
  const known = ready === undefined ? undefined : findKnown(stores, ready, query)
  if (known !== undefined) return known
  const answer = async (): Promise<Declared> => {
    const indexed = await indexAll(stores, query)
    const found = lookUp(indexed, query)
    if (found.kind !== 'one') return undeclared(found, indexed)
    return { kind: 'declared', object: await stores.objects.load(found.hit, found.plans) }
  }
  return waitUntil(signal, answer(), { kind: 'pending' })
}

/** What takes no reading. */
function findKnown(
  { objects }: Stores,
  indexed: readonly Indexed[],
  query: DeclarationQuery,
): Declared | undefined {
  const found = lookUp(indexed, query)
  if (found.kind !== 'one') return undeclared(found, indexed)
  const object = objects.peek(found.hit, found.plans)
  return object === undefined ? undefined : { kind: 'declared', object }
}

function indexedNow({ plans, indexes, now }: Stores, asked: Asked): readonly Indexed[] | undefined {
  const indexed: Indexed[] = []
  for (const at of plans.at(asked)) {
    const index = indexes.peek(at)
    if (index === undefined || index.expires <= now()) return undefined
    indexed.push({ at, index })
  }
  return indexed
}

type Undeclared = Exclude<ReturnType<typeof lookUp>, { readonly kind: 'one' }>

function undeclared(found: Undeclared, indexed: readonly Indexed[]): Declared {
  if (found.kind === 'many') return { kind: 'duplicate', places: found.hits.map(placeOf) }
  return { kind: 'absent', problems: problemsIn(indexed.map(({ index }) => index)) }
}

function findWithin(
  stores: Stores,
  query: CascadeQuery,
  signal: AbortSignal,
): Promise<readonly DeclaredObject[] | 'pending'> {
  const answer = async (): Promise<readonly DeclaredObject[]> => {
    const indexed = await indexAll(stores, query)
    const hits = indexed.flatMap(({ at, index }) =>
      [...index.entries.values()]
        .flat()
        .filter((entry) => goesWith(entry, query.cascade))
        .map((entry): Hit => ({ at, entry })),
    )
    const found = alike(hits).map(({ hit, plans }) => stores.objects.load(hit, plans))
    return Promise.all(found)
  }
  return waitUntil(signal, answer(), 'pending')
}
