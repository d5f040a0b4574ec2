import { at, isJsonObject, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { declaredByHeads } from '../provenance/declared-by-heads.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { asksForRecreation } from '../provenance/recreation.ts'
import { encryptedAtHead, found, judgeLive, placeOf, type Judged } from './judge.ts'
import type { LiveObject, ServedKind } from './live-object.ts'
import type { Scene } from './scene.ts'

/** A declared object that no list has shown, and what is known of its kind. */
export interface Unseen {
  readonly id: ObjectId
  /** Undefined where nothing of it is listed. */
  readonly served: ServedKind | undefined
  /** Another API server serves its group, which nobody looks at. */
  readonly isForeign: boolean
  /** Of what a list of that kind would have shown of it. */
  readonly toLive: (served: ServedKind, object: JsonObject) => LiveObject
}

/** It may have been made since its kind was listed; undefined where it is not declared any more. */
export async function judgeMissing(unseen: Unseen, scene: Scene): Promise<Judged | undefined> {
  const said = await declaredByHeads(unseen.id, scene)
  if (said.kind === 'undeclared') return undefined
  if (said.kind === 'declared') return judgeAt(said.object, unseen, scene)
  // That it is there can be told of what is encrypted, too.
  const encrypted = await encryptedAtHead(unseen.id, scene)
  if (encrypted === undefined) return { kind: 'unknown', why: said.why }
  return judgeAt(encrypted, unseen, scene)
}

async function judgeAt(
  declared: DeclaredObject,
  unseen: Unseen,
  scene: Scene,
): Promise<Judged | undefined> {
  const { id, served } = unseen
  const version = declared.apiVersion.split('/').at(-1) ?? ''
  const read = await scene.cluster.read({ ...id, version }, scene.signal)
  switch (read.kind) {
    case 'unreadable':
      return { kind: 'unknown', why: `our account may not ${read.permission}`, lacksRight: true }
    case 'found':
      return judgeThere(read.object, unseen, scene)
    case 'absent':
      return isTransient(declared)
        ? { kind: 'ignored', why: 'transient' }
        : missing(declared, served, scene)
  }
}

function judgeThere(object: JsonObject, { served, isForeign, toLive }: Unseen, scene: Scene) {
  if (served !== undefined) return judgeLive(toLive(served, object), scene)
  const unlisted = 'it is there, and nothing of its kind can be listed'
  const judged: Judged = isForeign
    ? { kind: 'ignored', why: 'out-of-scope' }
    : { kind: 'unknown', why: unlisted }
  return Promise.resolve(judged)
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
