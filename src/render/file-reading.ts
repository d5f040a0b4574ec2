import { canonicalJson, digest } from '../core/manifest/canonical.ts'
import { placeIn, readObjects, type ManifestObject } from '../core/manifest/documents.ts'
import type { ManifestProblem } from '../core/manifest/manifest-text.ts'
import { parseManifests } from '../core/manifest/parse.ts'
import { ownersOf } from '../core/provenance/declarations.ts'
import { withCommonMetadata, withVariables } from './flux-objects.ts'
import type { FluxRules, ReadingRules } from './reading-rules.ts'
import { isEncrypted } from './sops.ts'

/** An object of a file, as a worker hands it over: text, because an AST would not survive the trip. */
interface ReadObject extends Omit<ManifestObject, 'namespaces' | 'object'> {
  /** Where it may be declared, with the digest it would have there. */
  readonly places: readonly { readonly namespace: string; readonly digest: string }[]
  /** Uids of what owns it. */
  readonly owners: readonly string[]
  readonly isEncrypted?: true
  /** Canonical JSON of the object as it is applied. */
  readonly text: string
}

/** What one file declares. Depends on nothing but its bytes and the rules. */
export interface FileReading {
  readonly objects: readonly ReadObject[]
  readonly problems: readonly ManifestProblem[]
  /** What stands in the file as a name, if something in it could not be read. */
  readonly names: readonly string[]
  /** Nothing is applied of the whole source. */
  readonly hides?: 'anything' | 'nothing'
}

const mostNames = 10_000
export const isPointer = 'the file is a Git LFS pointer: its content is not in the repository'
const lfsPointer = 'version https://git-lfs.github.com/spec/'
const skipMark = '+argocd:skip-file-rendering'

export function readManifestFile(bytes: Uint8Array, rules: ReadingRules): FileReading {
  if (isLfsPointer(bytes)) return onlyProblem(isPointer)
  if (rules.skipsMarked === true && Buffer.from(bytes).includes(skipMark)) return nothing
  const { flux, namespace } = rules
  if (flux !== undefined) return readFluxFile(bytes, namespace, flux)
  const { objects, problems } = readObjects(parseManifests(bytes), namespace)
  return {
    objects: objects.map((one) => toReadObject(one)),
    problems,
    names: namesOf(bytes, problems),
  }
}

function readFluxFile(bytes: Uint8Array, namespace: string, rules: FluxRules): FileReading {
  const parsed = withVariables(bytes, rules)
  if (typeof parsed === 'string') return { ...onlyProblem(parsed), hides: 'anything' }
  const read = readObjects(parsed, namespace)
  const problems = [...read.problems]
  const objects = read.objects.flatMap((one) => {
    const object = withCommonMetadata(one.object, rules)
    if (typeof object !== 'string') return toReadObject({ ...one, object }, rules.decryptsSops)
    problems.push({ line: one.line, message: object })
    return []
  })
  return { objects, problems, names: namesOf(bytes, problems) }
}

export function onlyProblem(message: string): FileReading {
  return { ...nothing, problems: [{ line: 1, message }] }
}

const nothing: FileReading = { objects: [], problems: [], names: [] }

function namesOf(bytes: Uint8Array, problems: readonly ManifestProblem[]): readonly string[] {
  return problems.length === 0 ? [] : namesIn(bytes)
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

function toReadObject(
  { namespaces, object, ...rest }: ManifestObject,
  isDecrypted = false,
): ReadObject {
  const places = namespaces.map((namespace) => ({
    namespace,
    digest: digest(placeIn(object, namespace)),
  }))
  const mark = isDecrypted && isEncrypted(object) ? { isEncrypted: true as const } : {}
  return { ...rest, ...mark, places, owners: ownersOf(object), text: canonicalJson(object) }
}
