import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { operations } from '../policy/exception-schema.ts'
import { momentOf } from './moment.ts'
import type { resolutionKinds } from './objects/use-schema.ts'

export type ResolutionKind = (typeof resolutionKinds)[number]

/** What became of a use in Git. */
export type Resolution = {
  readonly kind: ResolutionKind
  readonly repository: string
  /** Full id. */
  readonly commit: string
  /** RFC 3339. */
  readonly at: string
}

export type UseState = 'Admitted' | 'Committed' | 'NotCommitted'

/** A stored use, as far as it tells what to look for in the cluster and in Git. */
export interface TrackedUse {
  readonly grant: string
  readonly n: number
  /** Epoch ms. */
  readonly time: number
  readonly op: (typeof operations)[number]
  readonly target: TrackedTarget
  readonly paths: readonly string[]
  readonly pre: string | undefined
  readonly post: string | undefined
  readonly tips: readonly TrackedTip[]
  readonly state: UseState
  readonly isResolved: boolean
}

export interface TrackedTarget {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** Empty where nobody knew it. */
  readonly kind: string
  readonly name: string
  readonly uid: string
}

interface TrackedTip {
  readonly repository: string
  readonly branch: string
  readonly commit: string
}

/** In what a use and its object are held against each other. */
export type Comparison =
  /** Fields of the object, or of its scale. */
  | 'fields'
  /** A whole object that was made. */
  | 'creation'
  /** The object is gone, or is not. */
  | 'removal'
  /** An act, or what solewriter does not read: that is for people to judge. */
  | 'nothing'

export function comparisonOf({ op, target, paths }: TrackedUse): Comparison {
  const { group, resource, subresource, name } = target
  if (name === '' || op === 'CONNECT' || (group === '' && resource === 'secrets')) return 'nothing'
  if (subresource === 'eviction') return 'removal'
  if (op === 'UPDATE') return paths.every(isOwnership) ? 'nothing' : 'fields'
  if (subresource !== '') return 'nothing'
  return op === 'DELETE' ? 'removal' : 'creation'
}

/** Who owns which field stands in no manifest. */
function isOwnership(path: string): boolean {
  return path.startsWith('metadata.managedFields')
}

const known = new WeakMap<JsonObject, readonly TrackedUse[]>()

/** Those that can be read; what cannot stays what it is. Objects never change, so each is read once. */
export function trackedUses(grant: JsonObject): readonly TrackedUse[] {
  const uses = known.get(grant) ?? readTrackedUses(grant)
  known.set(grant, uses)
  return uses
}

function readTrackedUses(grant: JsonObject): readonly TrackedUse[] {
  const name = stringAt(grant, 'metadata', 'name') ?? ''
  const uses = listAt(at(grant, 'status') ?? null, 'uses')
  return uses.flatMap((use) => readTrackedUse(name, use) ?? [])
}

const states: readonly UseState[] = ['Admitted', 'Committed', 'NotCommitted']

function readTrackedUse(grant: string, use: Json): TrackedUse | undefined {
  const n = at(use, 'n')
  const time = momentOf(stringAt(use, 'time'))
  const op = operations.find((one) => one === at(use, 'op'))
  const target = readTarget(at(use, 'target'))
  const state = states.find((one) => one === at(use, 'state'))
  if (typeof n !== 'number' || time === undefined || op === undefined) return undefined
  if (target === undefined || state === undefined) return undefined
  return {
    grant,
    n,
    time,
    op,
    target,
    paths: listAt(use, 'paths').filter((one) => typeof one === 'string'),
    pre: stringAt(use, 'pre'),
    post: stringAt(use, 'post'),
    tips: listAt(use, 'tips').map((tip) => ({
      repository: stringAt(tip, 'repository') ?? '',
      branch: stringAt(tip, 'branch') ?? '',
      commit: stringAt(tip, 'commit') ?? '',
    })),
    state,
    isResolved: (at(use, 'resolution') ?? null) !== null,
  }
}

function readTarget(target: Json | undefined): TrackedTarget | undefined {
  if (!isJsonObject(target)) return undefined
  const text = (key: string) => stringAt(target, key) ?? ''
  return {
    group: text('group'),
    version: text('version'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    kind: text('kind'),
    name: text('name'),
    uid: text('uid'),
  }
}

function listAt(value: Json, key: string): readonly Json[] {
  const list = at(value, key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}

/** Whether two uses are about one object, whatever it was each time. */
export function isSameTarget(one: TrackedUse, other: TrackedUse): boolean {
  const keyOf = ({ target: { group, resource, namespace, name } }: TrackedUse) =>
    [group, resource, namespace, name].join('\n')
  return keyOf(one) === keyOf(other)
}

/** Digests are of values alone: they compare where the paths are the same. */
export function isSamePlace(one: TrackedUse, other: TrackedUse): boolean {
  return (
    isSameTarget(one, other) &&
    one.paths.length === other.paths.length &&
    one.paths.every((path, i) => path === other.paths[i])
  )
}

/** Replicas have clocks of their own, and what they write is to the second. */
const apart = 5_000

/** Surely. Within one grant the numbers say so: they were stored one after the other. */
export function isLater(one: TrackedUse, other: TrackedUse): boolean {
  return one.grant === other.grant ? one.n > other.n : one.time > other.time + apart
}

/** As far as anybody can tell. */
export function mayBeLater(one: TrackedUse, other: TrackedUse): boolean {
  return one.grant === other.grant ? one.n > other.n : one.time >= other.time - apart
}
