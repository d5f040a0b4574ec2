import { canonicalJson, digest } from '../core/manifest/canonical.ts'
import { placeIn, readObjects, type ManifestObject } from '../core/manifest/documents.ts'
import type { ManifestProblem } from '../core/manifest/manifest-text.ts'
import { parseManifests } from '../core/manifest/parse.ts'
import { ownersOf } from '../core/provenance/declarations.ts'

/** An object of a file, as a worker hands it over: text, because an AST would not survive the trip. */
interface ReadObject extends Omit<ManifestObject, 'namespaces' | 'object'> {
  /** Where it may be declared, with the digest it would have there. */
  readonly places: readonly { readonly namespace: string; readonly digest: string }[]
  /** Uids of what owns it. */
  readonly owners: readonly string[]
  /** Canonical JSON of the object as the manifest has it. */
  readonly text: string
}

/** What one file declares. Depends on nothing but its bytes and the default namespace. */
export interface FileReading {
  readonly objects: readonly ReadObject[]
  readonly problems: readonly ManifestProblem[]
  /** What stands in the file as a name, if something in it could not be read. */
  readonly names: readonly string[]
}

const mostNames = 10_000
export const isPointer = 'the file is a Git LFS pointer: its content is not in the repository'
const lfsPointer = 'version https://git-lfs.github.com/spec/'

export function readManifestFile(bytes: Uint8Array, namespace: string): FileReading {
  if (isLfsPointer(bytes)) return onlyProblem(isPointer)
  const { objects, problems } = readObjects(parseManifests(bytes), namespace)
  const names = problems.length === 0 ? [] : namesIn(bytes)
  return { objects: objects.map(toReadObject), problems, names }
}

export function onlyProblem(message: string): FileReading {
  return { objects: [], problems: [{ line: 1, message }], names: [] }
}

/** What follows `name:`, in YAML or JSON that need not be well-formed. */
export function namesIn(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder().decode(bytes)
  const names = new Set<string>()
  for (const [, name = ''] of text.matchAll(/(?<![\w.-])name["']?\s*:\s*["']?([^\s"',{}[\]#]+)/g)) {
    if (names.size < mostNames) names.add(name)
  }
  return [...names]
}

export function isLfsPointer(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, lfsPointer.length))
  return start === lfsPointer
}

function toReadObject({ namespaces, object, ...rest }: ManifestObject): ReadObject {
  const places = namespaces.map((namespace) => ({
    namespace,
    digest: digest(placeIn(object, namespace)),
  }))
  return { ...rest, places, owners: ownersOf(object), text: canonicalJson(object) }
}
