import type { AdmissionRequest } from '../../admission/request.ts'
import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { Live, LiveReference } from '../cluster.ts'

export interface OwnerReference {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly isController: boolean
  readonly blocksOwnerDeletion: boolean
}

/** The object as it is stored, or as it will be. */
export function objectOf({ object, oldObject }: AdmissionRequest): JsonObject {
  return oldObject ?? object ?? {}
}

export function uidOf(object: Json | undefined): string {
  return stringAt(object, 'metadata', 'uid') ?? ''
}

export function isTerminating(object: Json | undefined): boolean {
  return (at(object, 'metadata', 'deletionTimestamp') ?? null) !== null
}

export function labelsOf(object: Json | undefined): JsonObject {
  const labels = at(object, 'metadata', 'labels')
  return isJsonObject(labels) ? labels : {}
}

export function finalizersOf(object: Json | undefined): readonly Json[] {
  return listAt(object, 'metadata', 'finalizers')
}

export function listAt(value: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const found = at(value, ...keys)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

/** Undefined when one of them cannot be read: then nothing may be concluded from the others. */
export function ownersOf(object: Json | undefined): readonly OwnerReference[] | undefined {
  const references = at(object, 'metadata', 'ownerReferences') ?? []
  if (!Array.isArray(references)) return undefined
  const owners = (references as readonly Json[]).map(toOwner)
  return owners.every((owner) => owner !== undefined) ? owners : undefined
}

export interface OwnerChange {
  readonly added: readonly OwnerReference[]
  readonly removed: readonly OwnerReference[]
}

/** Which references differ in anything; undefined when that cannot be told. */
export function ownerChange({ oldObject, object }: AdmissionRequest): OwnerChange | undefined {
  const before = ownersByText(oldObject ?? {})
  const after = ownersByText(object ?? {})
  if (before === undefined || after === undefined) return undefined
  const missingIn = (other: ReadonlyMap<string, OwnerReference>, own: typeof other) =>
    [...own].filter(([text]) => !other.has(text)).map(([, owner]) => owner)
  return { added: missingIn(before, after), removed: missingIn(after, before) }
}

function ownersByText(object: JsonObject): ReadonlyMap<string, OwnerReference> | undefined {
  const owners = ownersOf(object)
  const texts = listAt(object, 'metadata', 'ownerReferences').map(canonicalJson)
  // Two references to one owner: whatever that means, no controller does it.
  if (owners === undefined || new Set(owners.map(({ uid }) => uid)).size < owners.length) {
    return undefined
  }
  return new Map(owners.map((owner, i) => [texts[i] ?? '', owner]))
}

export function controllerOf(object: Json | undefined): OwnerReference | undefined {
  return ownersOf(object)?.find(({ isController }) => isController)
}

function toOwner(reference: Json): OwnerReference | undefined {
  const [kind = '', name = '', uid = ''] = ['kind', 'name', 'uid'].map((key) =>
    stringAt(reference, key),
  )
  if ([kind, name, uid].includes('')) return undefined
  return {
    ...groupVersion(stringAt(reference, 'apiVersion') ?? ''),
    kind,
    name,
    uid,
    isController: at(reference, 'controller') === true,
    blocksOwnerDeletion: at(reference, 'blockOwnerDeletion') === true,
  }
}

/** `apps/v1` and `v1`. */
export function groupVersion(apiVersion: string): {
  readonly group: string
  readonly version: string
} {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  return { group, version }
}

export function referenceTo(owner: OwnerReference, namespace: string): LiveReference {
  const { group, version, kind, name } = owner
  return { group, version, kind, name, namespace }
}

/** The live object, if it is the one that was meant and not a later one of its name. */
export function sameObject(live: Live, uid: string): JsonObject | undefined {
  return live.kind === 'found' && uid !== '' && uidOf(live.object) === uid ? live.object : undefined
}
