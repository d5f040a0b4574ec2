import { canonicalJson, digest } from '../core/manifest/canonical.ts'
import { placeIn, readObjects, type ManifestObject } from '../core/manifest/documents.ts'
import type { ManifestProblem } from '../core/manifest/manifest-text.ts'
import { parseManifests } from '../core/manifest/parse.ts'

/** An object of a file, as a worker hands it over: text, because an AST would not survive the trip. */
interface ReadObject extends Omit<ManifestObject, 'namespaces' | 'object'> {
  /** Where it may be declared, with the digest it would have there. */
  readonly places: readonly { readonly namespace: string; readonly digest: string }[]
  /** Canonical JSON of the object as the manifest has it. */
  readonly text: string
}

/** What one file declares. Depends on nothing but its bytes and the default namespace. */
export interface FileReading {
  readonly objects: readonly ReadObject[]
  readonly problems: readonly ManifestProblem[]
}

const lfsPointer = 'version https://git-lfs.github.com/spec/'

export function readManifestFile(bytes: Uint8Array, namespace: string): FileReading {
  if (isLfsPointer(bytes)) {
    return onlyProblem('the file is a Git LFS pointer: its content is not in the repository')
  }
  const { objects, problems } = readObjects(parseManifests(bytes), namespace)
  return { objects: objects.map(toReadObject), problems }
}

export function onlyProblem(message: string): FileReading {
  return { objects: [], problems: [{ line: 1, message }] }
}

function isLfsPointer(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, lfsPointer.length))
  return start === lfsPointer
}

function toReadObject({ namespaces, object, ...rest }: ManifestObject): ReadObject {
  const places = namespaces.map((namespace) => ({
    namespace,
    digest: digest(placeIn(object, namespace)),
  }))
  return { ...rest, places, text: canonicalJson(object) }
}
