import type { GrantStore, Grants } from '../core/breakglass/grant-store.ts'
import { holderOf } from '../core/breakglass/holder.ts'
import { queueing } from '../core/breakglass/queue.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../core/manifest/json.ts'

/** Grants of nobody but this process. */
export interface MemoryGrants {
  readonly store: GrantStore
  /** As the API server would store it. */
  readonly put: (grant: JsonObject) => void
}

export function memoryGrants(objects: readonly JsonObject[]): MemoryGrants {
  const byName = new Map<string, JsonObject>()
  let version = 0
  const put = (grant: JsonObject) => {
    version += 1
    byName.set(stringAt(grant, 'metadata', 'name') ?? '', versioned(grant, String(version)))
  }
  for (const object of objects) put(object)
  const grants: Grants = {
    ofUser: (username) =>
      Promise.resolve(Array.from(byName.values()).filter((one) => holderOf(one) === username)),
    read: (name) => Promise.resolve(byName.get(name)),
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
  }
  return { store: queueing(grants), put }
}

function versioned(grant: JsonObject, resourceVersion: string): JsonObject {
  const metadata = at(grant, 'metadata')
  return { ...grant, metadata: { ...(isJsonObject(metadata) && metadata), resourceVersion } }
}
