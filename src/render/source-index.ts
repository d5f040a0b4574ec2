import { GuardError } from '../core/errors.ts'
import { objectKey, type ObjectId } from '../core/manifest/object-id.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import type { CachedReading, Readings } from './readings.ts'

/** One way in which a commit becomes objects: the folder of a policy source. */
export interface IndexedSource {
  /** As in the policy; `.` is the root. */
  readonly path: string
  readonly renderer: 'plain' | 'kustomize' | 'helm'
  /** For namespaced objects that name none; '' for none. */
  readonly namespace: string
  readonly branch: string
}

/** Where an object is declared; its text stays with the file's reading. */
export interface Entry {
  readonly id: ObjectId
  readonly apiVersion: string
  readonly generateName: string
  readonly file: string
  readonly line: number
  readonly digest: string
  readonly oid: string
  /** Which object of the file. */
  readonly ordinal: number
}

/** What one source says at one tree, whatever commit that tree belongs to. */
export interface SourceIndex {
  /** By objectKey; objects with a generateName have it under an empty name. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>
  readonly problems: readonly SourceProblem[]
  /** Epoch ms after which to build it again, since a file could not be read for now. */
  readonly expires: number
  readonly size: number
}

export interface BuildOptions {
  readonly repository: string
  readonly trees: Trees
  readonly readings: Readings
  readonly fileBytes: number
  readonly mostFiles: number
  readonly mostObjects: number
  /** Entries by reading and path: commits that share a file share what it declares. */
  readonly shared: WeakMap<CachedReading, Map<string, readonly Entry[]>>
}

const manifestName = /\.(?:yaml|yml|json)$/
const gitLink = '160000'
const symlink = '120000'

/** Reads every manifest below the source's path. Throws RenderFailed if the tree is too large. */
export async function buildSourceIndex(
  commit: string,
  source: IndexedSource,
  options: BuildOptions,
): Promise<SourceIndex> {
  const files = await options.trees.list(commit, treePath(source.path))
  const building: Building = { entries: new Map(), problems: [], expires: Infinity, size: 0 }
  let read = 0
  for (const file of files) {
    const problem = findFileProblem(file, options.fileBytes)
    if (problem !== undefined)
      building.problems.push({ file: file.path, line: 1, message: problem })
    if (problem !== undefined || !manifestName.test(file.path)) continue
    read += 1
    if (read > options.mostFiles) throw tooLarge(source, `${options.mostFiles} manifest files`)
    const blob = { repository: options.repository, trees: options.trees, oid: file.oid }
    const reading = await options.readings.get(blob, source.namespace)
    add(building, file, reading, sharedEntries(options.shared, file, reading))
    if (building.size > options.mostObjects) {
      throw tooLarge(source, `${options.mostObjects} objects`)
    }
  }
  return building
}

/** A path as Trees takes it: '' is the root. */
export function treePath(path: string): string {
  const trimmed = path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  return trimmed === '.' ? '' : trimmed
}

/** What a source declares although nobody wrote it: links would lead out of the tree that was signed off. */
function findFileProblem(file: TreeFile, limit: number): string | undefined {
  if (file.mode === symlink) return 'a symbolic link is not followed'
  if (file.mode === gitLink) return 'a submodule is not opened'
  if (!manifestName.test(file.path) || file.size <= limit) return undefined
  return `the file is larger than ${limit} bytes`
}

interface Building {
  readonly entries: Map<string, Entry[]>
  readonly problems: SourceProblem[]
  expires: number
  size: number
}

function add(
  building: Building,
  file: TreeFile,
  reading: CachedReading,
  entries: readonly Entry[],
): void {
  building.expires = Math.min(building.expires, reading.expires)
  for (const { line, message } of reading.problems) {
    building.problems.push({ file: file.path, line, message })
  }
  for (const entry of entries) insert(building, entry)
}

function sharedEntries(
  shared: BuildOptions['shared'],
  file: TreeFile,
  reading: CachedReading,
): readonly Entry[] {
  const byPath = shared.get(reading) ?? new Map<string, readonly Entry[]>()
  shared.set(reading, byPath)
  const entries = byPath.get(file.path) ?? toEntries(file, reading)
  byPath.set(file.path, entries)
  return entries
}

function toEntries(file: TreeFile, reading: CachedReading): readonly Entry[] {
  return reading.objects.flatMap((object, ordinal) =>
    object.places.map(({ namespace, digest }): Entry => {
      const { apiVersion, group, kind, name, generateName, line } = object
      const id: ObjectId = { group, kind, namespace, name }
      const place = { file: file.path, oid: file.oid, line, ordinal }
      return { id, apiVersion, generateName, digest, ...place }
    }),
  )
}

function insert(building: Building, entry: Entry): void {
  const key = objectKey(entry.id)
  const found = building.entries.get(key)
  if (found === undefined) building.entries.set(key, [entry])
  else found.push(entry)
  building.size += 1
}

function tooLarge(source: IndexedSource, limit: string): GuardError {
  return new GuardError('RenderFailed', `source ${source.path} holds more than ${limit}`)
}
