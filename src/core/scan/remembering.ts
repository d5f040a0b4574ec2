import type { Cluster } from '../exceptions/cluster.ts'

/** Of single objects, and of whole lists. */
const most = { reads: 200, lists: 20 } as const

/**
 * The cluster for one scan: what was read is asked for again and again by objects beside each other, and
 * a moment more or less makes no difference to them. The oldest answers are forgotten.
 */
export function remembering(cluster: Cluster): Cluster {
  const reads = memory<Awaited<ReturnType<Cluster['read']>>>(most.reads)
  const lists = memory<Awaited<ReturnType<Cluster['list']>>>(most.lists)
  return {
    read: (reference, signal) => {
      const { group, version, kind, namespace, name } = reference
      return reads([group, version, kind, namespace, name], () => cluster.read(reference, signal))
    },
    list: (wanted, signal) => {
      const { group, version, kind, namespace } = wanted
      return lists([group, version, kind, namespace], () => cluster.list(wanted, signal))
    },
  }
}

/** A failure is remembered no longer than it lasts. */
function memory<T>(size: number) {
  const kept = new Map<string, Promise<T>>()
  return (parts: readonly string[], ask: () => Promise<T>): Promise<T> => {
    const key = parts.join('\n')
    const known = kept.get(key)
    if (known !== undefined) {
      kept.delete(key)
      kept.set(key, known)
      return known
    }
    const asked = ask()
    asked.catch(() => kept.delete(key))
    kept.set(key, asked)
    const [oldest] = kept.keys()
    if (kept.size > size && oldest !== undefined) kept.delete(oldest)
    return asked
  }
}
