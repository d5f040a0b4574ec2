import type { AuthorityStore, StoredMaterial } from '../../src/certs/store.ts'

/** Behaves as a Secret does; `opened` stores share one place. */
export function createMemoryPlace(): { open: () => AuthorityStore; failWith?: Error } {
  let stored: StoredMaterial | undefined
  let version = 0
  const place: { open: () => AuthorityStore; failWith?: Error } = {
    open: () => ({
      async load() {
        await new Promise(setImmediate)
        if (place.failWith !== undefined) throw place.failWith
        return stored
      },
      async save(material, previousVersion) {
        await new Promise(setImmediate)
        if (place.failWith !== undefined) throw place.failWith
        if (stored?.version !== previousVersion) return 'conflict'
        version += 1
        stored = { material, version: String(version) }
        return 'saved'
      },
    }),
  }
  return place
}
