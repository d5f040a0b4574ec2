import type { Cluster, Live, LiveReference } from '../../src/core/exceptions/cluster.ts'

/** Objects by `Kind namespace/name`. What is asked for and not described fails the test. */
export function fakeCluster(described: Readonly<Record<string, Live>> = {}): Cluster {
  return {
    read: (reference) => {
      const live = described[key(reference)]
      if (live !== undefined) return Promise.resolve(live)
      return Promise.reject(new Error(`nobody should read ${key(reference)}`))
    },
    list: ({ kind }) => Promise.reject(new Error(`nobody should list ${kind}`)),
  }
}

function key({ kind, namespace, name }: LiveReference): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}
