import type { TreeFile } from '../core/provenance/repository.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'

/** What one file says in a source, as it goes into the index. */
export interface IndexedFile {
  readonly path: string
  readonly oid: string
  /** The bytes of a link say something else than those of a file. */
  readonly mode: string
  /** As insertAll takes them, which does not change them. */
  readonly entries: Entry[]
  readonly problems: SourceIndex['problems']
  /** Epoch ms after which the file should be read again. */
  readonly expires: number
}

type Files = ReadonlyMap<string, IndexedFile>

/**
 * The files of the last index of each source. Commits follow each other and branches resemble each
 * other: what has the same path and the same bytes is not read again, whatever left the caches since.
 */
export class KnownFiles {
  /** By source without its branch, then by branch. */
  readonly #sources = new Map<string, Map<string, Files>>()

  /** Looks a file up by its path and bytes. */
  lookUp(at: SourceAt): (file: TreeFile) => IndexedFile | undefined {
    const branches = [...this.#branches(at).values()]
    return ({ path, oid, mode }) => {
      for (const files of branches) {
        const known = files.get(path)
        const isSame = known?.oid === oid && known.mode === mode
        if (isSame && known.expires === Infinity) return known
      }
      return undefined
    }
  }

  keep(at: SourceAt, files: Files): void {
    this.#branches(at).set(at.source.branch, files)
  }

  #branches({ repository, source }: SourceAt): Map<string, Files> {
    const key = [repository, source.path, source.namespace].join('\n')
    const found = this.#sources.get(key) ?? new Map<string, Files>()
    this.#sources.set(key, found)
    return found
  }
}
