import type { Cluster, Live, LiveList, LiveReference } from '../../src/core/exceptions/cluster.ts'

/**
 * Objects by `Kind namespace/name`, and lists by `Kind namespace/`. What is asked for and not
 * described fails the test.
 */
export function fakeCluster(
  described: Readonly<Record<string, Live>> = {},
  lists: Readonly<Record<string, LiveList>> = {},
): Cluster {
  return {
    read: (reference) => {
      const live = described[key(reference)]
      if (live !== undefined) return Promise.resolve(live)
      return Promise.reject(new Error(`nobody should read ${key(reference)}`))
    },
    list: ({ kind, namespace }) => {
      const found = lists[`${kind} ${namespace}/`]
      if (found !== undefined) return Promise.resolve(found)
      return Promise.reject(new Error(`nobody should list ${kind} in ${namespace}`))
    },
  }
}

function key({ kind, namespace, name }: LiveReference): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}
