import type { GrantStore, Grants } from '../core/breakglass/grant-store.ts'
import { openKeys, usedKey } from '../core/breakglass/hold.ts'
import { holderOf } from '../core/breakglass/holder.ts'
import { momentText } from '../core/breakglass/moment.ts'
import { queueing } from '../core/breakglass/queue.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../core/manifest/json.ts'

/** Grants of nobody but this process. */
export interface MemoryGrants {
  readonly store: GrantStore
  /** As the API server would store it. */
  readonly put: (grant: JsonObject) => void
}

export interface MemoryOptions {
  readonly approvals: readonly JsonObject[]
  /** Epoch ms. */
  readonly now: () => number
}

export function memoryGrants(
  objects: readonly JsonObject[],
  { approvals, now }: MemoryOptions,
): MemoryGrants {
  const byName = new Map<string, JsonObject>()
  let version = 0
  const put = (grant: JsonObject) => {
    version += 1
    byName.set(nameOf(grant), versioned(grant, String(version)))
  }
  for (const object of objects) put(object)
  const grants: Grants = {
    ofUser: (username) =>
      Promise.resolve(Array.from(byName.values()).filter((one) => holderOf(one) === username)),
    read: (name) => Promise.resolve(byName.get(name)),
    approvals: (grant) =>
      Promise.resolve(approvals.filter((one) => stringAt(one, 'spec', 'grant') === grant)),
    create: (grant) => {
      if (byName.has(nameOf(grant))) return Promise.resolve('exists')
      put(created(grant, now()))
      return Promise.resolve('created')
    },
    usedOn: (on) => {
      const key = usedKey(on)
      return Array.from(byName.values()).filter((one) => openKeys(one).has(key))
    },
    record: (name, { resourceVersion, status }) => {
      const grant = byName.get(name)
      if (grant === undefined) return Promise.resolve({ kind: 'gone' })
      if (stringAt(grant, 'metadata', 'resourceVersion') !== resourceVersion) {
        return Promise.resolve({ kind: 'conflict' })
      }
      put({ ...grant, status })
      return Promise.resolve({ kind: 'stored' })
    },
    pause: () => Promise.resolve(),
    rest: () => Promise.resolve(),
  }
  return { store: queueing(grants), put }
}

function versioned(grant: JsonObject, resourceVersion: string): JsonObject {
  const metadata = at(grant, 'metadata')
  return { ...grant, metadata: { ...(isJsonObject(metadata) && metadata), resourceVersion } }
}

/** A review may be recorded, or written by hand, without what the API server fills in. */
export function created(object: JsonObject, now: number): JsonObject {
  const metadata = at(object, 'metadata')
  const filled = { creationTimestamp: momentText(now) }
  return { ...object, metadata: { ...filled, ...(isJsonObject(metadata) && metadata) } }
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}
