import type { Trees } from '../core/provenance/repository.ts'
import { onlyProblem, type FileReading } from './file-reading.ts'
import type { Parser } from './parser.ts'
import { WeightedCache } from './weighted-cache.ts'

export interface ReadingsOptions {
  readonly parser: Parser
  readonly fileBytes: number
  readonly cacheBytes: number
  /** How long a file that killed the parser stays unread: the machine may just have been busy. */
  readonly retryMs: number
  readonly now: () => number
}

export interface Blob {
  readonly repository: string
  readonly trees: Trees
  readonly oid: string
}

export interface CachedReading extends FileReading {
  /** Epoch ms after which the file should be read again. */
  readonly expires: number
}

/** What files declare, by blob: a file that does not change is parsed once. */
export class Readings {
  readonly #options: ReadingsOptions
  readonly #cache: WeightedCache<CachedReading>
  readonly #running = new Map<string, Promise<CachedReading>>()

  constructor(options: ReadingsOptions) {
    this.#options = options
    this.#cache = new WeightedCache(options.cacheBytes)
  }

  get(blob: Blob, namespace: string): Promise<CachedReading> {
    const key = `${blob.repository}\n${blob.oid}\n${namespace}`
    const cached = this.#cache.get(key)
    if (cached !== undefined && cached.expires > this.#options.now()) return Promise.resolve(cached)
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const job = this.#read(blob, namespace)
      .then((reading) => {
        this.#cache.set(key, reading, weigh(reading))
        return reading
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, job)
    return job
  }

  get cachedBytes(): number {
    return this.#cache.weight
  }

  async #read(blob: Blob, namespace: string): Promise<CachedReading> {
    const { parser, fileBytes, now, retryMs } = this.#options
    const bytes = await blob.trees.blob(blob.oid, fileBytes)
    const parsed = await parser.parse(bytes, namespace)
    if (parsed.kind === 'read') return { ...parsed.reading, expires: Infinity }
    const problem = 'reading the file takes too much time or memory'
    return { ...onlyProblem(problem), expires: now() + retryMs }
  }
}

/** About the bytes that a reading holds in memory. */
function weigh(reading: CachedReading): number {
  return reading.objects.reduce((sum, { text }) => sum + 2 * text.length + 600, 400)
}
