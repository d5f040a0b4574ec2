import { digest } from '../core/manifest/canonical.ts'
import type { Trees } from '../core/provenance/repository.ts'
import { namesIn, onlyProblem, type FileReading } from './file-reading.ts'
import { nothingRead, type InputReading } from './input-reading.ts'
import type { ParserPool, Urgency } from './parser-pool.ts'
import type { ReaderName } from './readers.ts'
import type { ReadingRules } from './reading-rules.ts'
import type { Rewriting, Rewritten } from './rewriting.ts'
import { Shelf } from './shelf.ts'
import { Words } from './words.ts'

export interface ReadingsOptions {
  readonly parsers: ParserPool
  readonly fileBytes: number
  readonly cacheBytes: number
  /** How long a file that killed the parser stays unread: the machine may just have been busy. */
  readonly retryMs: number
  readonly now: () => number
}

/** Something to read: a blob, or the output of a renderer. */
export interface Text {
  /** Equal ids, equal bytes. */
  readonly id: string
  bytes(): Promise<Uint8Array>
}

export type CachedReading = Expiring<FileReading>
export type CachedInput = Expiring<InputReading>
export type CachedRewriting = Expiring<Rewritten>
type Expiring<T> = T & {
  /** Epoch ms after which the file should be read again. */
  readonly expires: number
}

type InputReader = Exclude<ReaderName, 'manifests' | 'rewritten'>

const tooSlow = 'reading the file takes too much time or memory'

/** What files say, by their text: a file that does not change is parsed once. */
export class Readings {
  readonly #options: ReadingsOptions
  readonly #manifests: Shelf<CachedReading>
  readonly #inputs: Shelf<CachedInput>
  readonly #rewritings: Shelf<CachedRewriting>
  readonly #words = new Words()

  constructor(options: ReadingsOptions) {
    this.#options = options
    const { cacheBytes, now } = options
    this.#manifests = new Shelf(cacheBytes, weigh, now)
    this.#inputs = new Shelf(cacheBytes / 8, weighInput, now)
    this.#rewritings = new Shelf(cacheBytes / 8, ({ text }) => 400 + 2 * text.length, now)
  }

  get(text: Text, rules: ReadingRules, urgency: Urgency = 'index'): Promise<CachedReading> {
    return this.#manifests.get(`${text.id}\n${rules.key}`, async () => {
      const request = { reader: 'manifests', bytes: await text.bytes(), options: rules } as const
      const parsed = await this.#options.parsers.parse(request, urgency)
      if (parsed.kind === 'read') return { ...this.#shared(parsed.reading), expires: Infinity }
      // Whoever asks later what it may hide must not have to wait, nor be told: nothing.
      return { ...onlyProblem(tooSlow), names: namesIn(request.bytes), expires: this.#retry() }
    })
  }

  /** A file of a build: looked at, not taken for manifests. */
  look(text: Text, reader: InputReader): Promise<CachedInput> {
    return this.#inputs.get(`${reader}\n${text.id}`, async () => {
      const request = { reader, bytes: await text.bytes(), options: undefined }
      const parsed = await this.#options.parsers.parse(request, 'index')
      if (parsed.kind === 'read') return { ...parsed.reading, expires: Infinity }
      const problems = [{ line: 1, message: tooSlow }]
      return { ...nothingRead, problems, expires: this.#retry() }
    })
  }

  /** A kustomization file as an engine rewrites it. */
  rewrite(text: Text, rewriting: Rewriting): Promise<CachedRewriting> {
    return this.#rewritings.get(`${text.id}\n${digest({ ...rewriting })}`, async () => {
      const bytes = await text.bytes()
      const request = { reader: 'rewritten', bytes, options: rewriting } as const
      const parsed = await this.#options.parsers.parse(request, 'index')
      if (parsed.kind === 'read') return { ...parsed.reading, expires: Infinity }
      return { text: '', problems: [{ line: 1, message: tooSlow }], expires: this.#retry() }
    })
  }

  blob(repository: string, trees: Trees, oid: string): Text {
    const { fileBytes } = this.#options
    return { id: `${repository}\n${oid}`, bytes: () => trees.blob(oid, fileBytes) }
  }

  get cachedBytes(): number {
    return this.#manifests.weight
  }

  #shared(reading: FileReading): FileReading {
    const words = this.#words
    const objects = reading.objects.map((object) => ({
      ...object,
      apiVersion: words.get(object.apiVersion),
      group: words.get(object.group),
      kind: words.get(object.kind),
      places: object.places.map(({ namespace, digest }) => ({
        namespace: words.get(namespace),
        digest,
      })),
    }))
    return { ...reading, objects }
  }

  #retry(): number {
    return this.#options.now() + this.#options.retryMs
  }
}

/** About the bytes that a reading holds in memory. */
function weigh(reading: CachedReading): number {
  const names = reading.names.reduce((sum, name) => sum + name.length + 24, 0)
  return reading.objects.reduce((sum, { text }) => sum + 2 * text.length + 600, 400 + names)
}

function weighInput({ references, declares, problems }: CachedInput): number {
  return 400 + 200 * (references.length + declares.length + problems.length)
}
