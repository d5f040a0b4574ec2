import { GuardError } from '../core/errors.ts'
import { objectKey, type ObjectId } from '../core/manifest/object-id.ts'
import type { Plan } from '../core/plans/plan.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { FileReading } from './file-reading.ts'

/** One source of one repository at one commit. */
export interface SourceAt {
  readonly repository: string
  readonly source: Plan
  readonly commit: string
}

/** Where an object is declared; its text stays with the reading it is from. */
export interface Entry {
  readonly id: ObjectId
  readonly apiVersion: string
  readonly generateName: string
  readonly file: string
  readonly line: number
  readonly digest: string
  /** Uids of what owns it. */
  readonly owners: readonly string[]
  /** What is applied is made of it with a key. */
  readonly isEncrypted?: true
  /** What it was read from: the id of a blob, or of a rendering. */
  readonly text: string
  /** Which object of that text. */
  readonly ordinal: number
}

/** What one source says at one tree, whatever commit that tree belongs to. */
export interface SourceIndex {
  /** By objectKey; objects with a generateName have it under an empty name. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>
  readonly problems: readonly SourceProblem[]
  /** Epoch ms after which to build it again, since something could not be read for now. */
  readonly expires: number
  readonly size: number
}

/** An index that nothing is in yet. */
export interface Building extends SourceIndex {
  readonly entries: Map<string, Entry[]>
  readonly problems: SourceProblem[]
  expires: number
  size: number
}

export function emptyIndex(): Building {
  return { entries: new Map(), problems: [], expires: Infinity, size: 0 }
}

/** Of a source that cannot be read as a whole: nobody can say what it would declare. */
export function nothing({ file, line }: Place, message: string): SourceIndex {
  return { ...emptyIndex(), problems: [{ file, line, message, hides: 'anything' }] }
}

/** Takes over the list. Throws RenderFailed over `mostObjects`. */
export function insertAll(
  building: Building,
  entries: Entry[],
  { source, mostObjects }: { readonly source: Plan; readonly mostObjects: number },
): void {
  for (const entry of entries) {
    const key = objectKey(entry.id)
    const found = building.entries.get(key)
    // Most files hold one object and most objects are in one file: then one list is enough for both.
    if (found === undefined) building.entries.set(key, entries.length === 1 ? entries : [entry])
    else if (found.length === 1) building.entries.set(key, [...found, entry])
    else found.push(entry)
    building.size += 1
  }
  if (building.size > mostObjects) throw tooLarge(source, `${mostObjects} objects`)
}

export interface Place {
  readonly file: string
  readonly line: number
}

type ReadObject = FileReading['objects'][number]

/** Of most objects: one list for all keeps an index of many small. */
const noOwners: readonly string[] = []

export function toEntries(
  text: string,
  { objects }: FileReading,
  placeOf: (object: ReadObject) => Place,
): Entry[] {
  return objects.flatMap((object, ordinal) => {
    const { file, line } = placeOf(object)
    return object.places.map(({ namespace, digest }): Entry => {
      const { apiVersion, group, kind, name, generateName, isEncrypted } = object
      const id: ObjectId = { group, kind, namespace, name }
      const owners = object.owners.length === 0 ? noOwners : object.owners
      const entry = { id, apiVersion, generateName, digest, owners, file, line, text, ordinal }
      return isEncrypted === true ? { ...entry, isEncrypted } : entry
    })
  })
}

/** A path as Trees takes it: '' is the root. */
export function treePath(path: string): string {
  const trimmed = path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  return trimmed === '.' ? '' : trimmed
}

export function tooLarge(source: Plan, limit: string): GuardError {
  return new GuardError('RenderFailed', `source ${source.path} holds more than ${limit}`)
}
