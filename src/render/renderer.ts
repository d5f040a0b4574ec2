import type { Trees } from '../core/provenance/repository.ts'
import type { CachedReading } from './readings.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'

/** How the files of a source become objects. */
export interface Renderer {
  /** At two commits with one key, the source says the same. Cheap beside `build`. */
  key(at: SourceAt, trees: Trees): Promise<string>
  build(at: SourceAt, trees: Trees): Promise<SourceIndex>
  /** What an entry of the index at that commit was read from, again. */
  reading(at: SourceAt, trees: Trees, entry: Entry): Promise<CachedReading>
}

/** Of one source at one commit; beyond them the source is refused. */
export interface SourceLimits {
  readonly mostFiles: number
  readonly mostObjects: number
  /** Bytes of one file. */
  readonly fileBytes: number
}
