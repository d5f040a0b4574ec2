import { digest } from '../core/manifest/canonical.ts'
import { planKey } from '../core/plans/plan.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'
import { WeightedCache } from './weighted-cache.ts'

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

/** Engine plans come and go; of those that nobody asks for any more, not all files stay in memory. */
const mostFiles = 240_000

/**
 * The files of the last index of each source. Commits follow each other and branches resemble each
 * other: what has the same path and the same bytes is not read again, whatever left the caches since.
 */
export class KnownFiles {
  /** By source without its branch, then by branch. */
  readonly #sources = new WeightedCache<ReadonlyMap<string, Files>>(mostFiles)

  /** Looks a file up by its path and bytes. */
  lookUp(at: SourceAt): (file: TreeFile) => IndexedFile | undefined {
    const branches = [...(this.#sources.get(keyOf(at))?.values() ?? [])]
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
    const key = keyOf(at)
    const branches = new Map([...(this.#sources.get(key) ?? []), [at.source.branch, files]])
    const size = [...branches.values()].reduce((sum, one) => sum + one.size, 1)
    this.#sources.set(key, branches, size)
  }
}

function keyOf({ repository, source }: SourceAt): string {
  return `${repository}\n${digest(planKey(source))}`
}
