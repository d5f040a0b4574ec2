import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { isLink, isSubmodule, linkProblem, submoduleProblem } from './commit-tree.ts'
import { isJsonnet, selectFiles } from './directory-files.ts'
import { inOrder } from './in-order.ts'
import { KnownFiles, type IndexedFile } from './known-files.ts'
import { rulesOf } from './reading-rules.ts'
import type { Readings } from './readings.ts'
import type { Renderer, SourceLimits } from './renderer.ts'
import {
  emptyIndex,
  insertAll,
  nothing,
  toEntries,
  tooLarge,
  treePath,
  type SourceAt,
} from './source-index.ts'
import { turns } from './turns.ts'

export interface PlainRendererOptions extends SourceLimits {
  readonly readings: Readings
}

/** Keeps two parsers busy while Git is asked for more; with files of 4 MiB it is still bearable. */
const filesAtOnce = 8
/** So many files that are known take about a millisecond: reviews need not wait for more. */
const filesPerTurn = 200

/** Of most files: one list for all keeps an index of many small. */
const noProblems: IndexedFile['problems'] = []

/** Every manifest below the source's path, as it stands. */
export function plainRenderer(options: PlainRendererOptions): Renderer {
  const { readings, fileBytes, mostFiles } = options
  const known = new KnownFiles()
  const inTurn = turns(filesAtOnce)
  const read = (at: SourceAt, trees: Trees, file: TreeFile): Promise<IndexedFile> =>
    inTurn(async () => {
      const { path, oid } = file
      const text = readings.blob(at.repository, trees, oid)
      const reading = await readings.get(text, rulesOf(at.source))
      const { names, expires } = reading
      const problems =
        reading.problems.length === 0
          ? noProblems
          : reading.problems.map((problem) => ({ file: path, ...problem, names }))
      const entries = toEntries(oid, reading, ({ line }) => ({ file: path, line }))
      return { path, oid, mode: file.mode, entries, problems, expires }
    })
  return {
    key: async ({ commit, source }, trees) =>
      (await trees.treeAt(commit, treePath(source.path))) ?? 'none',
    build: async (at, trees) => {
      const { commit, source } = at
      const files = await trees.list(commit, treePath(source.path))
      const building = emptyIndex()
      if (files.length === 0) {
        const message = 'the source path does not exist at this commit'
        building.problems.push({ file: source.path, line: 1, message })
      }
      const relevant = selectFiles(files, source)
      if (typeof relevant === 'string') return nothing({ file: source.path, line: 1 }, relevant)
      if (relevant.length > mostFiles) throw tooLarge(source, `${mostFiles} manifest files`)
      const find = known.lookUp(at)
      const now = new Map<string, IndexedFile>()
      const jobs = inOrder(
        relevant,
        filesAtOnce,
        (file) => refuse(file, fileBytes) ?? find(file) ?? read(at, trees, file),
      )
      for await (const indexed of jobs) {
        building.expires = Math.min(building.expires, indexed.expires)
        for (const problem of indexed.problems) building.problems.push(problem)
        insertAll(building, indexed.entries, { ...options, source })
        now.set(indexed.path, indexed)
        if (now.size % filesPerTurn === 0) await letOthers()
      }
      known.keep(at, now)
      return building
    },
    reading: ({ repository, source }, trees, entry) =>
      readings.get(readings.blob(repository, trees, entry.text), rulesOf(source), 'request'),
  }
}

function refuse(file: TreeFile, limit: number): IndexedFile | undefined {
  const message = findFileProblem(file, limit)
  if (message === undefined) return undefined
  const { path, oid, mode } = file
  const problems = [{ file: path, line: 1, message }]
  return { path, oid, mode, entries: [], problems, expires: Infinity }
}

function findFileProblem(file: TreeFile, limit: number): string | undefined {
  if (isLink(file)) return linkProblem
  if (isSubmodule(file)) return submoduleProblem
  if (isJsonnet(file)) return 'jsonnet is not evaluated'
  return file.size <= limit ? undefined : `the file is larger than ${limit} bytes`
}

/** Files that are known never wait for anything by themselves. */
function letOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
