import type { TreeFile } from '../core/provenance/repository.ts'
import { isLink, isSubmodule, linkProblem, submoduleProblem } from './commit-tree.ts'
import type { CachedReading, Readings } from './readings.ts'
import type { Renderer, SourceLimits } from './renderer.ts'
import { emptyIndex, insertAll, toEntries, tooLarge, treePath, type Entry } from './source-index.ts'

export interface PlainOptions extends SourceLimits {
  readonly readings: Readings
}

const manifestName = /\.(?:yaml|yml|json)$/

/** Every manifest below the source's path, as it stands. */
export function plainRenderer(options: PlainOptions): Renderer {
  const { readings, fileBytes, mostFiles } = options
  // Commits that share a file share what it declares.
  const shared: Shared = new WeakMap()
  return {
    key: async ({ commit, source }, trees) =>
      (await trees.treeAt(commit, treePath(source.path))) ?? 'none',
    build: async ({ repository, commit, source }, trees) => {
      const files = await trees.list(commit, treePath(source.path))
      const building = emptyIndex()
      if (files.length === 0) {
        const message = 'the source path does not exist at this commit'
        building.problems.push({ file: source.path, line: 1, message })
      }
      let read = 0
      for (const file of files) {
        const message = findFileProblem(file, fileBytes)
        if (message !== undefined) building.problems.push({ file: file.path, line: 1, message })
        if (message !== undefined || !manifestName.test(file.path)) continue
        read += 1
        if (read > mostFiles) throw tooLarge(source, `${mostFiles} manifest files`)
        const text = readings.blob(repository, trees, file.oid)
        const reading = await readings.get(text, source.namespace)
        building.expires = Math.min(building.expires, reading.expires)
        for (const problem of reading.problems) {
          building.problems.push({ file: file.path, ...problem, names: reading.names })
        }
        insertAll(building, sharedEntries(shared, file, reading), { ...options, source })
      }
      return building
    },
    reading: ({ repository, source }, trees, entry) =>
      readings.get(readings.blob(repository, trees, entry.text), source.namespace),
  }
}

type Shared = WeakMap<CachedReading, Map<string, readonly Entry[]>>

/** What a source declares although nobody wrote it: links would lead out of the tree that was signed off. */
function findFileProblem(file: TreeFile, limit: number): string | undefined {
  if (isLink(file)) return linkProblem
  if (isSubmodule(file)) return submoduleProblem
  if (!manifestName.test(file.path) || file.size <= limit) return undefined
  return `the file is larger than ${limit} bytes`
}

function sharedEntries(shared: Shared, file: TreeFile, reading: CachedReading): readonly Entry[] {
  const byPath = shared.get(reading) ?? new Map<string, readonly Entry[]>()
  shared.set(reading, byPath)
  const entries =
    byPath.get(file.path) ?? toEntries(file.oid, reading, ({ line }) => ({ file: file.path, line }))
  byPath.set(file.path, entries)
  return entries
}
