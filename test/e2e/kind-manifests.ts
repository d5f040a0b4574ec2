import path from 'node:path'
import { placeIn, readObjects } from '../../src/core/manifest/documents.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { parseManifests } from '../../src/core/manifest/parse.ts'
import { annotations, type Said } from './config-maps.ts'
import { filesBelow } from './files-below.ts'
import type { Requester } from './requester.ts'

// fixtures/kinds: one or more realistic manifests for every built-in kind.

const kindsDirectory = path.join(import.meta.dirname, 'fixtures', 'kinds')

/** A kind in one version, as the API server serves it. */
export interface ServedKind {
  /** `apps/v1 Deployment`. */
  readonly name: string
  readonly apiVersion: string
  readonly kind: string
  readonly resource: string
  readonly isNamespaced: boolean
  readonly verbs: readonly string[]
}

/** What a file declares, and where it is written to. */
export interface Specimen {
  readonly kind: ServedKind
  /** `apps/v1 Deployment api`. */
  readonly title: string
  readonly object: JsonObject
  /** Of the objects of its kind in its namespace. */
  readonly collection: string
  readonly path: string
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

/** Main resources of all groups and versions. */
export async function servedKinds(send: Requester): Promise<ReadonlyMap<string, ServedKind>> {
  const { json } = await send({ method: 'GET', path: '/apis' })
  const groups = json['groups'] as readonly { versions: readonly { groupVersion: string }[] }[]
  const versions = groups.flatMap((group) => group.versions.map((one) => one.groupVersion))
  const lists = await Promise.all(
    ['v1', ...versions].map(async (apiVersion) => {
      const answer = await send({ method: 'GET', path: pathOf(apiVersion) })
      const { resources = [] } = answer.json as ResourceList
      return resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name: resource, kind, namespaced: isNamespaced, verbs }): ServedKind => {
          const name = `${apiVersion} ${kind}`
          return { name, apiVersion, kind, resource, isNamespaced, verbs }
        })
    }),
  )
  return new Map(lists.flat().map((kind) => [kind.name, kind]))
}

function pathOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

/** Text of each file, by its name: a repository. */
export function kindFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesBelow(kindsDirectory).map(({ file, text }) => [path.relative(kindsDirectory, file), text]),
  )
}

/** `namespace` is for objects that name none. */
export function readSpecimens(
  files: Readonly<Record<string, string>>,
  kinds: ReadonlyMap<string, ServedKind>,
  namespace = '',
): readonly Specimen[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const { objects, problems } = readObjects(parseManifests(text), namespace)
    const [problem] = problems
    if (problem !== undefined) throw new Error(`${file}:${problem.line}: ${problem.message}`)
    return objects.map(({ apiVersion, kind: name, name: objectName, namespaces, object }) => {
      const kind = kinds.get(`${apiVersion} ${name}`)
      if (kind === undefined) throw new Error(`${file}: no ${apiVersion} ${name} is served`)
      const own = kind.isNamespaced ? (namespaces[0] ?? '') : ''
      const collection = kind.isNamespaced
        ? `${pathOf(apiVersion)}/namespaces/${own}/${kind.resource}`
        : `${pathOf(apiVersion)}/${kind.resource}`
      return {
        kind,
        title: `${kind.name} ${objectName}`,
        object: placeIn(object, own),
        collection,
        path: `${collection}/${objectName}`,
      }
    })
  })
}

/** With where it says that it comes from. */
export function claimedAs(object: JsonObject, said: Said): JsonObject {
  const metadata = mapAt(object, 'metadata')
  const own = annotations({ repo: 'fleet', ...said }) as JsonObject
  const all = { ...mapAt(metadata, 'annotations'), ...own }
  return withEntry(object, 'metadata', withEntry(metadata, 'annotations', all))
}

function mapAt(object: JsonObject, key: string): JsonObject {
  const found = object[key]
  return isJsonObject(found) ? found : {}
}

/** A copy without a prototype: `__proto__` is a key like any other. */
export function withEntry(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const copy = Object.assign(Object.create(null) as Record<string, Json>, object)
  if (value === undefined) delete copy[key]
  else copy[key] = value
  return copy
}

/** An API group that nobody serves would be in the way of every discovery. */
export function isHarmless({ kind }: Specimen): boolean {
  return kind.kind !== 'APIService'
}
