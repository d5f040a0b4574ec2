import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { namedRelease, recordedRelease, releaseOf, type HelmPlace } from './helm-release.ts'
import type { ParentKind, ParentLabels, ParentRule } from './parent-rule.ts'

/** The parent of an object, as the object itself names it: to be found and judged by who asks. */
export type ParentReference =
  | (ParentKind & {
      readonly by: 'name'
      /** Of the object, where nothing else is said: left out for a kind that is cluster-scoped. */
      readonly namespace: string
      readonly name: string
      readonly uid?: string
    })
  /** One of its kind that has this release of Helm: which one, only all of them together can tell. */
  | (ParentKind & {
      readonly by: 'release'
      readonly release: string
      readonly place: HelmPlace
      readonly namespace: string
    })

/** Undefined when the object names none, or more than one. */
export function parentReference(rule: ParentRule, object: JsonObject): ParentReference | undefined {
  const { group, kind } = rule
  if (rule.by === 'labels') return byLabels(rule, rule.labels, object)
  if (rule.by === 'ownerReference') return byOwner({ group, kind }, object)
  const found = rule.by === 'helmStorage' ? recordedRelease(object) : namedRelease(object)
  return found && { by: 'release', group, kind, ...found }
}

export function sameReference(one: ParentReference, other: ParentReference): boolean {
  return keyOf(one) === keyOf(other)
}

function keyOf(reference: ParentReference): string {
  const { by, group, kind, namespace } = reference
  const rest =
    by === 'name' ? [reference.name, reference.uid ?? ''] : [reference.release, reference.place]
  return JSON.stringify([by, group, kind, namespace, ...rest])
}

/** Whether a live object of that group and kind is the one: its uid too, where the reference has one. */
export function isParent(reference: ParentReference, object: JsonObject): boolean {
  const namespace = metadataOf(object, 'namespace')
  if (reference.by === 'name') {
    const isNamed = metadataOf(object, 'name') === reference.name
    const isThere = namespace === '' || namespace === reference.namespace
    return (
      isNamed &&
      isThere &&
      (reference.uid ?? metadataOf(object, 'uid')) === metadataOf(object, 'uid')
    )
  }
  const release = releaseOf(reference.group, object)
  return release?.name === reference.release && release[reference.place] === reference.namespace
}

function byOwner({ group, kind }: ParentKind, object: JsonObject): ParentReference | undefined {
  const owners = at(object, 'metadata', 'ownerReferences')
  const own = (Array.isArray(owners) ? (owners as readonly Json[]) : []).filter(
    (one) => stringAt(one, 'kind') === kind && groupOf(stringAt(one, 'apiVersion')) === group,
  )
  const [owner] = own
  const name = stringAt(owner, 'name') ?? ''
  const uid = stringAt(owner, 'uid') ?? ''
  if (own.length !== 1 || name === '' || uid === '') return undefined
  return { by: 'name', group, kind, namespace: metadataOf(object, 'namespace'), name, uid }
}

function groupOf(apiVersion = ''): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}

function byLabels(
  rule: ParentKind,
  keys: ParentLabels,
  object: JsonObject,
): ParentReference | undefined {
  const read = (key = '') => stringAt(object, 'metadata', 'labels', key) ?? ''
  const group = rule.group === '*' ? read(keys.group) : rule.group
  const kind = rule.kind === '*' ? read(keys.kind) : rule.kind
  const own = metadataOf(object, 'namespace')
  const namespace = keys.namespace === undefined ? own : read(keys.namespace)
  const found = { by: 'name', group, kind, namespace, name: read(keys.name) } as const
  if (found.name === '' || kind === '') return undefined
  if (keys.uid === undefined) return found
  return read(keys.uid) === '' ? undefined : { ...found, uid: read(keys.uid) }
}

function metadataOf(object: JsonObject, key: string): string {
  return stringAt(object, 'metadata', key) ?? ''
}
