import { GuardError } from '../core/errors.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import { versionOf } from './resource-version.ts'

/** What became of one object: without `before` it is new, without `after` it is gone. */
export interface StoreChange {
  readonly before: JsonObject | undefined
  readonly after: JsonObject | undefined
}

interface Known {
  readonly version: bigint
  readonly object: JsonObject
}

/** Beyond it the oldest is forgotten: then only a watch that is behind could bring the object back. */
const mostAbsent = 1000

/**
 * The objects of one kind, put together from lists, watch events and single reads, which arrive in
 * any order. Lists and events show the state at `position` in full; single reads may be ahead of it.
 * Whatever is older than what is known of an object changes nothing, so nobody sees it go back.
 */
export class WatchStore {
  readonly #objects = new Map<string, Known>()
  /** Objects that a read did not find, at a version that the watch has not reached. */
  readonly #absent = new Map<string, bigint>()
  #position = 0n
  #list: readonly JsonObject[] | undefined

  /** Of the last list, event or bookmark; 0 before any. */
  get position(): bigint {
    return this.#position
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): JsonObject | undefined {
    return this.#objects.get(key)?.object
  }

  list(): readonly JsonObject[] {
    this.#list ??= Array.from(this.#objects.values(), ({ object }) => object)
    return this.#list
  }

  /** Of what is known of one object; 0 when there is nothing. */
  versionOf(key: string): bigint {
    return this.#objects.get(key)?.version ?? this.#absent.get(key) ?? 0n
  }

  /** All objects as they were at one version. */
  replace(objects: readonly JsonObject[], version: bigint): readonly StoreChange[] {
    // The cluster's own past was replaced, as by a backup: what is known is worth nothing.
    if (version < this.#position) this.distrust()
    const listed = new Map(objects.map((object) => [keyOf(object), object]))
    const missing = Array.from(this.#objects.keys()).filter((key) => !listed.has(key))
    const changes = [
      ...Array.from(listed).flatMap(([key, object]) => this.#putListed(key, object, version)),
      ...missing.flatMap((key) => this.#drop(key, version)),
    ]
    this.advance(version)
    return changes
  }

  /** The object as it was at its own version. */
  put(object: JsonObject): readonly StoreChange[] {
    const key = keyOf(object)
    const version = versionOf(object)
    const known = this.#objects.get(key)
    const newest = max(this.#position, known?.version ?? 0n, this.#absent.get(key) ?? 0n)
    if (version <= newest) return []
    this.#absent.delete(key)
    return this.#set(key, { version, object }, known)
  }

  /** A watch event: there was no such object at that version. */
  remove(key: string, version: bigint): readonly StoreChange[] {
    const changes = this.#drop(key, version)
    this.advance(version)
    return changes
  }

  /** A read, at that version, found no such object. */
  putAbsent(key: string, version: bigint): readonly StoreChange[] {
    if (version <= max(this.#position, this.versionOf(key))) return []
    const changes = this.#drop(key, version)
    this.#remember(key, version)
    return changes
  }

  /** Everything that happened up to that version is here. */
  advance(version: bigint): void {
    if (version <= this.#position) return
    this.#position = version
    for (const [key, at] of this.#absent) if (at <= version) this.#absent.delete(key)
  }

  /** From now on anything counts as newer than what is here, which stays until then. */
  distrust(): void {
    this.#position = 0n
    this.#absent.clear()
    for (const [key, { object }] of this.#objects) this.#objects.set(key, { version: 0n, object })
  }

  /** The kind is not served any more. */
  clear(): readonly StoreChange[] {
    const changes = this.list().map((before) => ({ before, after: undefined }))
    this.distrust()
    this.#objects.clear()
    this.#list = undefined
    return changes
  }

  /** A list is believed about all that happened up to it, and outdone by a read from after it. */
  #putListed(key: string, object: JsonObject, listed: bigint): readonly StoreChange[] {
    const version = versionOf(object)
    const known = this.#objects.get(key)
    const isOutdone = this.versionOf(key) > listed
    return isOutdone || known?.version === version ? [] : this.#set(key, { version, object }, known)
  }

  #set(key: string, next: Known, before: Known | undefined): readonly StoreChange[] {
    this.#objects.set(key, next)
    this.#list = undefined
    return [{ before: before?.object, after: next.object }]
  }

  #drop(key: string, version: bigint): readonly StoreChange[] {
    const known = this.#objects.get(key)
    if (known === undefined || known.version > version) return []
    this.#objects.delete(key)
    this.#list = undefined
    return [{ before: known.object, after: undefined }]
  }

  #remember(key: string, version: bigint): void {
    this.#absent.delete(key)
    this.#absent.set(key, version)
    const [oldest] = this.#absent.keys()
    if (this.#absent.size > mostAbsent && oldest !== undefined) this.#absent.delete(oldest)
  }
}

/** Within one kind. Throws ClusterUnreachable for what is no object of a cluster. */
export function keyOf(object: JsonObject): string {
  const name = stringAt(object, 'metadata', 'name') ?? ''
  if (name !== '') return storeKey(stringAt(object, 'metadata', 'namespace') ?? '', name)
  throw new GuardError('ClusterUnreachable', 'the API server sends an object without a name')
}

export function storeKey(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

function max(...versions: readonly bigint[]): bigint {
  return versions.reduce((one, other) => (one > other ? one : other))
}
