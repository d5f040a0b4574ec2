import { at, isJsonObject, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { declaredByHeads } from '../provenance/declared-by-heads.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { asksForRecreation } from '../provenance/recreation.ts'
import { found, judgeLive, placeOf, type Judged } from './judge.ts'
import type { ServedKind } from './live-object.ts'
import type { Scene } from './scene.ts'

/** A declared object that no list has shown, and what is served of its kind. */
export interface Unseen {
  readonly id: ObjectId
  readonly served: ServedKind | undefined
}

/** It may have been made since its kind was listed; undefined where it is not declared any more. */
export async function judgeMissing(
  { id, served }: Unseen,
  scene: Scene,
): Promise<Judged | undefined> {
  const said = await declaredByHeads(id, scene)
  if (said.kind !== 'declared') return undefined
  const { object: declared } = said
  const version = declared.apiVersion.split('/').at(-1) ?? ''
  const read = await scene.cluster.read({ ...id, version }, scene.signal)
  if (read.kind === 'unreadable') {
    return { kind: 'unknown', why: `our account may not ${read.permission}` }
  }
  if (read.kind === 'found' && served !== undefined) {
    return judgeLive({ served, object: read.object, isMetadataOnly: false }, scene)
  }
  return isTransient(declared)
    ? { kind: 'ignored', why: 'transient' }
    : missing(declared, served, scene)
}

/** Hooks come and go, and so does what removes itself. */
function isTransient({ object }: DeclaredObject): boolean {
  return asksForRecreation(object) || at(object, 'spec', 'ttlSecondsAfterFinished') !== undefined
}

function missing(
  declared: DeclaredObject,
  served: ServedKind | undefined,
  scene: Scene,
): Promise<Judged> {
  const { id, apiVersion, object } = declared
  const version = apiVersion.split('/').at(-1) ?? ''
  const { group, kind, namespace } = id
  const known = served ?? { group, kind, resource: '', isNamespaced: namespace !== '' }
  const live = {
    served: { ...known, version },
    object: isJsonObject(object) ? named(object, id) : {},
    isMetadataOnly: false,
  }
  const note = served === undefined ? { note: 'nothing of its kind is served' } : {}
  return found(
    { kind: 'missing', live, before: null },
    { paths: [], declared: placeOf(declared), ...note },
    scene,
  )
}

/** A manifest may leave its namespace to its plan. */
function named(object: JsonObject, { namespace, name }: ObjectId): JsonObject {
  const metadata = at(object, 'metadata')
  const own = { name, ...(namespace === '' ? {} : { namespace }) }
  return { ...object, metadata: { ...(isJsonObject(metadata) ? metadata : {}), ...own } }
}
