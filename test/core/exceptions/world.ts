import type { Cluster, Live, LiveReference } from '../../../src/core/exceptions/cluster.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

/** Objects by `Kind namespace/name`, the namespace left out for cluster-scoped ones. */
export type World = Readonly<Record<string, JsonObject | 'unreadable'>>

/** A small cluster: what it does not hold is absent. */
export function worldOf(objects: World): Cluster {
  return {
    read: (reference) => Promise.resolve(live(objects, reference)),
    list: (kind) => {
      const wanted = `${kind.kind} ${kind.namespace === '' ? '' : `${kind.namespace}/`}`
      const found = Object.entries(objects).filter(([key]) => key.startsWith(wanted))
      if (found.some(([, object]) => object === 'unreadable')) {
        return Promise.resolve({ kind: 'unreadable', permission: `list ${kind.kind}` })
      }
      return Promise.resolve({ kind: 'found', objects: found.map(([, one]) => one as JsonObject) })
    },
  }
}

/** A cluster that nobody may ask. */
export const untouched: Cluster = {
  read: ({ kind, name }) => Promise.reject(new Error(`nobody should read ${kind} ${name}`)),
  list: ({ kind }) => Promise.reject(new Error(`nobody should list ${kind}`)),
}

function live(objects: World, { kind, namespace, name }: LiveReference): Live {
  const found = objects[`${kind} ${namespace}/${name}`] ?? objects[`${kind} ${name}`]
  if (found === undefined) return { kind: 'absent' }
  if (found === 'unreadable')
    return { kind: 'unreadable', permission: `get ${kind.toLowerCase()}s` }
  return { kind: 'found', object: found }
}
