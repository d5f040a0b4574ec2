import { parseJson } from '../core/admission/parse-json.ts'
import { GuardError } from '../core/errors.ts'
import { placeIn } from '../core/manifest/documents.ts'
import { isJsonObject, type JsonObject } from '../core/manifest/json.ts'
import { objectKey } from '../core/manifest/object-id.ts'
import {
  goesWith,
  type CascadeQuery,
  type DeclarationQuery,
  type Declarations,
  type Declared,
  type DeclaredObject,
  type SourceProblem,
} from '../core/provenance/declarations.ts'
import { ParserPool } from './parser-pool.ts'
import { Readings } from './readings.ts'
import { createRenderers } from './renderers.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'
import type { Plan } from '../core/plans/plan.ts'
import type { ToolLimits } from './tool-process.ts'
import { noTools, type Tools } from './tools.ts'
import { TreeIndexes, type IndexEvent, type IndexedRepository } from './tree-indexes.ts'
import { waitUntil } from './wait.ts'
import { WeightedCache } from './weighted-cache.ts'

export interface IndexLimits {
  /** Bytes of one manifest file. */
  readonly fileBytes: number
  /** Time to read one file, and heap of the thread that does. */
  readonly fileMs: number
  readonly heapMb: number
  /** How long a file that took too long is left alone. */
  readonly retryMs: number
  readonly idleMs: number
  /** Of one source at one commit; beyond it the source is refused. */
  readonly mostFiles: number
  readonly mostObjects: number
  /** What stays in memory: bytes of objects, and entries of indexes other than the kept ones. */
  readonly cacheBytes: number
  readonly cachedObjects: number
  /** Bytes of all files of one kustomization or chart. */
  readonly inputBytes: number
  /** Of one renderer, and how many of them run at a time. */
  readonly tool: ToolLimits
  readonly toolsAtOnce: number
}

const defaultLimits: IndexLimits = {
  fileBytes: 4 * 1024 * 1024,
  fileMs: 10_000,
  heapMb: 256,
  retryMs: 60_000,
  idleMs: 30_000,
  // An object takes about 1 KB, of the 256 MiB that the heap may have in the image. A commit that
  // changes all of them is indexed while the one before is still in use.
  mostFiles: 120_000,
  mostObjects: 150_000,
  cacheBytes: 32 * 1024 * 1024,
  cachedObjects: 150_000,
  inputBytes: 64 * 1024 * 1024,
  tool: {
    milliseconds: 180_000,
    cpuSeconds: 120,
    memory: 384 * 1024 * 1024,
    outputBytes: 16 * 1024 * 1024,
  },
  toolsAtOnce: 2,
}

/** More would only take turns with each other and with reviews: the machine to count on has two cores. */
const parsersAtOnce = 2

export interface IndexOptions {
  readonly repositories: ReadonlyMap<string, IndexedRepository>
  readonly limits?: Partial<IndexLimits>
  /** For sources that are not plain; without them, those cannot be read. */
  readonly tools?: Tools
  readonly now: () => number
  readonly events?: (event: IndexEvent) => void
  /** Entry point of the parsing thread; by default the source file beside this one. */
  readonly worker?: URL
}

/** The index of declared objects, built off the request path. */
export interface DeclaredIndex extends Declarations {
  /** Starts to index a commit, in the background. */
  prepare(repository: string, commit: string): void
  /** The tips: prepared, and kept in memory until the next call for this repository. */
  keep(repository: string, commits: readonly string[]): Promise<void>
  /** All that the sources say at a commit; `failure` is why one could not be read at all. */
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

export interface SourceListing {
  readonly source: Plan
  /** In the order of their files. */
  readonly entries: readonly Entry[]
  readonly problems: readonly SourceProblem[]
  readonly failure?: GuardError
}

/** Nothing starts before the first commit is asked for. */
export function createIndex(options: IndexOptions): DeclaredIndex {
  const limits = { ...defaultLimits, ...options.limits }
  const { repositories, now, tools = noTools } = options
  const parsers = new ParserPool(parsersAtOnce, {
    ...limits,
    ...(options.worker === undefined ? {} : { worker: options.worker }),
  })
  const readings = new Readings({ ...limits, parsers, now })
  const events = options.events ?? (() => undefined)
  const stopping = new AbortController()
  const { signal } = stopping
  const renderers = createRenderers({ ...limits, readings, tools, now, signal })
  const indexes = new TreeIndexes({ ...limits, repositories, renderers, now, events })
  const objects = new WeightedCache<JsonObject>(limits.cacheBytes / 4)
  const stores: Stores = { repositories, indexes, objects, now }
  return {
    find: (query, signal) => find(stores, query, signal),
    within: (query, signal) => findWithin(stores, query, signal),
    prepare: (repository, commit) => {
      for (const at of places(stores, repository, commit)) {
        // The failure is an event already, and the next find reports it.
        indexes.get(at).catch(() => undefined)
      }
    },
    keep: async (repository, commits) => {
      const kept = commits.flatMap((commit) => places(stores, repository, commit))
      await indexes.keep(repository, kept)
      await Promise.all(kept.map((at) => indexes.get(at)))
    },
    list: (repository, commit) =>
      Promise.all(places(stores, repository, commit).map((at) => listSource(stores, at))),
    problems: (repository, commit, branches) => {
      const found = places(stores, repository, commit, branches).map((at) => indexes.peek(at))
      if (!found.every((index) => index !== undefined)) return undefined
      return found.flatMap(({ problems }) => problems)
    },
    usage: () => ({ indexes: indexes.size, bytes: readings.cachedBytes }),
    stop: async () => {
      stopping.abort(new GuardError('RenderFailed', 'the index is stopped'))
      await parsers.stop()
    },
  }
}

async function listSource({ indexes }: Stores, at: SourceAt): Promise<SourceListing> {
  const { source } = at
  try {
    const { entries, problems } = await indexes.get(at)
    return { source, entries: [...entries.values()].flat().toSorted(byPlace), problems }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    return { source, entries: [], problems: [], failure: error }
  }
}

function byPlace(one: Entry, other: Entry): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || one.ordinal - other.ordinal
}

interface Stores {
  readonly repositories: ReadonlyMap<string, IndexedRepository>
  readonly indexes: TreeIndexes
  /** Objects that requests were about, by digest: equal digests say the same. */
  readonly objects: WeightedCache<JsonObject>
  readonly now: () => number
}

type Place = Pick<DeclarationQuery, 'repository' | 'commit'> & {
  readonly branches?: readonly string[]
}

function places(stores: Stores, repository: string, commit: string, branches?: readonly string[]) {
  const found = stores.repositories.get(repository)
  if (found === undefined) {
    throw new GuardError('RenderFailed', `there is no repository ${repository}`)
  }
  return found.sources
    .filter(({ branch }) => branches === undefined || branches.includes(branch))
    .map((source): SourceAt => ({ repository, source, commit }))
}

/** An entry and where it comes from. */
interface Hit {
  readonly at: SourceAt
  readonly entry: Entry
}

interface Indexed {
  readonly at: SourceAt
  readonly index: SourceIndex
}

async function indexAll(stores: Stores, query: Place): Promise<readonly Indexed[]> {
  const asked = places(stores, query.repository, query.commit, query.branches)
  return Promise.all(asked.map(async (at) => ({ at, index: await stores.indexes.get(at) })))
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
    const hits = lookUp(indexed, query)
    const [first] = hits
    if (first === undefined) return absentFrom(indexed)
    if (hits.length > 1) return { kind: 'duplicate', places: hits.map(placeOf) }
    return { kind: 'declared', object: await load(stores, first) }
  }
  return waitUntil(signal, answer(), { kind: 'pending' })
}

/** What takes no reading. */
function findKnown(
  stores: Stores,
  indexed: readonly Indexed[],
  query: DeclarationQuery,
): Declared | undefined {
  const [hit, ...others] = lookUp(indexed, query)
  if (hit === undefined) return absentFrom(indexed)
  const object = others.length > 0 ? undefined : stores.objects.get(hit.entry.digest)
  return object === undefined ? undefined : { kind: 'declared', object: toDeclared(hit, object) }
}

function indexedNow(stores: Stores, query: Place): readonly Indexed[] | undefined {
  const indexed: Indexed[] = []
  for (const at of places(stores, query.repository, query.commit, query.branches)) {
    const index = stores.indexes.peek(at)
    if (index === undefined || index.expires <= stores.now()) return undefined
    indexed.push({ at, index })
  }
  return indexed
}

function absentFrom(indexed: readonly Indexed[]): Declared {
  return { kind: 'absent', problems: indexed.flatMap(({ index }) => index.problems) }
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
        .map((entry) => ({ at, entry })),
    )
    return Promise.all(distinct(hits).map((hit) => load(stores, hit)))
  }
  return waitUntil(signal, answer(), 'pending')
}

function lookUp(indexed: readonly Indexed[], query: DeclarationQuery): readonly Hit[] {
  const named = query.id.name === '' ? [] : hitsFor(indexed, objectKey(query.id))
  const { generateName = '', id } = query
  if (named.length > 0 || generateName === '' || !fits(id.name, generateName)) return named
  return hitsFor(indexed, objectKey({ ...id, name: '' })).filter(
    ({ entry }) => entry.generateName === generateName,
  )
}

/** The API server cuts to 58 and adds five of these. A name that the sender has chosen is not made so. */
function fits(name: string, generateName: string): boolean {
  const start = generateName.slice(0, 58)
  const isMade = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name.slice(start.length))
  return name === '' || (name.startsWith(start) && isMade)
}

function hitsFor(indexed: readonly Indexed[], key: string): readonly Hit[] {
  return distinct(
    indexed.flatMap(({ at, index }) =>
      (index.entries.get(key) ?? []).map((entry) => ({ at, entry })),
    ),
  )
}

/** Sources may overlap: one object of one file is one declaration, however it was reached. */
function distinct(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Map<string, Hit>()
  for (const hit of hits) {
    const { text, file, ordinal, digest } = hit.entry
    const key = `${text}\n${file}\n${ordinal}\n${digest}`
    if (!seen.has(key)) seen.set(key, hit)
  }
  return [...seen.values()]
}

function placeOf({ entry }: Hit): string {
  return `${entry.file}:${entry.line}`
}

/** As it was when it was indexed: a request that is repeated must not pay for it again. */
async function readAgain(stores: Stores, { at, entry }: Hit): Promise<JsonObject> {
  const reading = await stores.indexes.reading(at, entry)
  const found = reading.objects[entry.ordinal]
  const isSame = found?.places.some((place) => place.digest === entry.digest) === true
  const read = isSame ? parseJson(Buffer.from(found.text)) : undefined
  if (!isJsonObject(read)) {
    throw new GuardError('RenderFailed', `${placeOf({ at, entry })} cannot be read again`)
  }
  const object = placeIn(read, entry.id.namespace)
  stores.objects.set(entry.digest, object, 3 * (found?.text.length ?? 0) + 1000)
  return object
}

async function load(stores: Stores, hit: Hit): Promise<DeclaredObject> {
  return toDeclared(hit, stores.objects.get(hit.entry.digest) ?? (await readAgain(stores, hit)))
}

function toDeclared({ at, entry }: Hit, object: JsonObject): DeclaredObject {
  const { repository, source, commit } = at
  const { id, apiVersion, generateName, file, line, digest } = entry
  const { path, branch } = source
  return {
    id,
    apiVersion,
    generateName,
    repository,
    commit,
    branch,
    source: path,
    file,
    line,
    digest,
    object,
  }
}
