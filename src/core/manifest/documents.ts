import { isJsonObject, stringAt, type Json, type JsonObject } from './json.ts'
import { kindScope } from './kind-scope.ts'
import type { ManifestProblem } from './manifest-text.ts'
import type { ParsedManifests } from './parse.ts'

/** An object of a manifest file, before anybody knows which commit it belongs to. */
export interface ManifestObject {
  readonly apiVersion: string
  readonly group: string
  readonly kind: string
  readonly name: string
  /** Set only if there is no name. */
  readonly generateName: string
  /**
   * The namespaces in which it may turn out to be declared; '' stands for cluster-scoped. Two, if
   * the manifest names none and nothing but the cluster knows the scope of its kind.
   */
  readonly namespaces: readonly string[]
  /** First line of its document in the file. */
  readonly line: number
  readonly object: JsonObject
}

export interface ManifestObjects {
  readonly objects: readonly ManifestObject[]
  readonly problems: readonly ManifestProblem[]
}

/** Opens lists and says what each document is; `namespace` is for those that name none. */
export function readObjects(parsed: ParsedManifests, namespace: string): ManifestObjects {
  const objects: ManifestObject[] = []
  const problems: ManifestProblem[] = [...parsed.problems]
  for (const { object, line } of parsed.documents) {
    for (const one of openList(object)) {
      const read = typeof one === 'string' ? one : readObject(one, namespace)
      if (typeof read === 'string') problems.push({ line, message: read })
      else objects.push({ ...read, line })
    }
  }
  return { objects, problems: problems.toSorted((a, b) => a.line - b.line) }
}

/** The object as applied to that namespace: what the manifest leaves to the default is filled in. */
export function placeIn(object: JsonObject, namespace: string): JsonObject {
  const metadata = object['metadata']
  if (!isJsonObject(metadata)) return object
  const { namespace: _, ...others } = metadata
  return { ...object, metadata: namespace === '' ? others : { ...metadata, namespace } }
}

/** kubectl takes every object with `items` for a list. The parser bounds how deep they nest. */
function openList(object: JsonObject): readonly (JsonObject | string)[] {
  if (!Object.hasOwn(object, 'items')) return [object]
  const { items } = object
  if (stringAt(object, 'kind')?.endsWith('List') !== true) {
    return ['an object with items whose kind is no list']
  }
  if (!Array.isArray(items)) return ['the items of a list are not a list']
  return (items as readonly Json[]).flatMap((item) =>
    isJsonObject(item) ? openList(item) : ['an item of a list is not an object'],
  )
}

type Unplaced = Omit<ManifestObject, 'line'>

function readObject(object: JsonObject, fallback: string): Unplaced | string {
  const type = readType(object)
  if (typeof type === 'string') return type
  const metadata = object['metadata']
  if (!isJsonObject(metadata)) return 'an object without metadata'
  const names = readNames(metadata)
  if (typeof names === 'string') return names
  const namespaces = readNamespaces(metadata, type, fallback)
  return typeof namespaces === 'string' ? namespaces : { ...type, ...names, namespaces, object }
}

function readType(object: JsonObject): Pick<Unplaced, 'apiVersion' | 'group' | 'kind'> | string {
  const apiVersion = stringAt(object, 'apiVersion')
  const kind = stringAt(object, 'kind')
  const match = /^(?:([^\s/]+)\/)?[^\s/]+$/.exec(apiVersion ?? '')
  if (apiVersion === undefined || match === null) return 'an object without a valid apiVersion'
  if (kind === undefined || !isName(kind)) return 'an object without a valid kind'
  return { apiVersion, group: match[1] ?? '', kind }
}

function readNames(metadata: JsonObject): Pick<Unplaced, 'name' | 'generateName'> | string {
  const name = metadata['name'] ?? ''
  const generateName = metadata['generateName'] ?? ''
  if (typeof name !== 'string' || typeof generateName !== 'string') return 'a name that is no text'
  const chosen = name === '' ? generateName : name
  if (!isName(chosen)) return 'an object without a valid name or generateName'
  return name === '' ? { name, generateName } : { name, generateName: '' }
}

function readNamespaces(
  metadata: JsonObject,
  type: Pick<Unplaced, 'group' | 'kind'>,
  fallback: string,
): readonly string[] | string {
  const declared = metadata['namespace'] ?? ''
  if (typeof declared !== 'string') return 'a namespace that is no text'
  const scope = kindScope(type.group, type.kind)
  // The API server drops the namespace of what has none.
  if (scope === 'cluster') return ['']
  if (declared !== '') return isName(declared) ? [declared] : 'an object with an invalid namespace'
  if (scope === 'unknown') return fallback === '' ? [''] : [fallback, '']
  return fallback === '' ? 'an object without a namespace, and the source sets none' : [fallback]
}

/** Keys of the index are joined by newlines, and names become parts of URLs. */
function isName(text: string): boolean {
  return /^[^\s/%]+$/.test(text) && text !== '.' && text !== '..'
}
