import type { AdmissionRequest, UserInfo } from '../admission/request.ts'
import { momentOf } from '../breakglass/moment.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { ScannedObject } from './result.ts'

/** A kind as the API server serves it. */
export interface ServedKind {
  readonly group: string
  readonly version: string
  /** Plural, as in URLs. */
  readonly resource: string
  readonly kind: string
  readonly isNamespaced: boolean
}

/** An object as it was read, with the kind that it was listed as. */
export interface LiveObject {
  readonly served: ServedKind
  readonly object: JsonObject
  /** Nobody may see more of it, or nobody wants to: a Secret without its values. */
  readonly isMetadataOnly: boolean
}

export function idOf({ served, object }: LiveObject): ObjectId {
  return {
    group: served.group,
    kind: served.kind,
    namespace: metadataText(object, 'namespace'),
    name: metadataText(object, 'name'),
  }
}

export function scannedOf(live: LiveObject): ScannedObject {
  const { version, resource } = live.served
  return { ...idOf(live), version, resource, uid: uidOf(live.object) }
}

export function uidOf(object: JsonObject): string {
  return metadataText(object, 'uid')
}

/** Longer than that nothing is about to go: a finalizer keeps it, and it does what it always did. */
const longestEnd = 3_600_000

/** Whether it is being deleted, and soon gone: by then, or for so long. */
export function isEnding(object: JsonObject, now: number): boolean {
  const end = momentOf(metadataText(object, 'deletionTimestamp'))
  return end !== undefined && Math.abs(now - end) <= longestEnd
}

function metadataText(object: JsonObject, key: string): string {
  return stringAt(object, 'metadata', key) ?? ''
}

const nobody: UserInfo = { username: '', uid: '', groups: [], extra: new Map() }

export interface Write extends Pick<AdmissionRequest, 'operation' | 'object' | 'oldObject'> {
  readonly user?: UserInfo
  readonly subresource?: string
}

/** The review of a write of the object, as the API server would send it. */
export function requestOf(live: LiveObject, write: Write): AdmissionRequest {
  const { group, version, kind, resource, isNamespaced } = live.served
  const { namespace, name } = idOf(live)
  const isNamespace = group === '' && kind === 'Namespace'
  const { operation, object, oldObject, user = nobody, subresource = '' } = write
  return {
    uid: '',
    kind: { group, version, kind },
    resource: { group, version, resource },
    subresource,
    name,
    // A Namespace belongs to itself.
    namespace: isNamespace && !isNamespaced ? name : namespace,
    operation,
    user,
    object,
    oldObject,
    options: null,
    dryRun: false,
  }
}

/** Without what the name was made from, which says nothing once there is one. */
export function withoutGenerateName(object: JsonObject): JsonObject {
  const metadata = at(object, 'metadata')
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'generateName')) return object
  const { generateName: _made, ...kept } = metadata
  return { ...object, metadata: kept }
}
