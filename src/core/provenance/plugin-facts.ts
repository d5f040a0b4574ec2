import type { FactName, Facts } from '../content/plugins/plugin.ts'
import type { Cluster, LiveKind } from '../exceptions/cluster.ts'
import type { JsonObject } from '../manifest/json.ts'

const kinds: Readonly<Record<FactName, Omit<LiveKind, 'namespace'>>> = {
  ingressClasses: { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass' },
  limitRanges: { group: '', version: 'v1', kind: 'LimitRange' },
  priorityClasses: { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass' },
  runtimeClasses: { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
  serviceAccounts: { group: '', version: 'v1', kind: 'ServiceAccount' },
  storageClasses: { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass' },
}

export interface ReadFacts {
  readonly facts: Facts
  /** What our account may not read, such as `list limitranges`. */
  readonly unreadable: readonly string[]
}

/** Reads what the API server's plugins have read to fill in a new object; the rest stays empty. */
export async function readFacts(
  needed: readonly FactName[],
  {
    namespace,
    cluster,
    signal,
  }: {
    readonly namespace: string
    readonly cluster: Cluster
    readonly signal: AbortSignal
  },
): Promise<ReadFacts> {
  const unreadable: string[] = []
  const read = async (name: FactName): Promise<readonly JsonObject[]> => {
    if (!needed.includes(name)) return []
    const list = await cluster.list({ ...kinds[name], namespace }, signal)
    if (list.kind === 'found') return list.objects
    unreadable.push(list.permission)
    return []
  }
  const names = Object.keys(kinds) as readonly FactName[]
  const lists = await Promise.all(names.map(async (name) => [name, await read(name)] as const))
  return { facts: Object.fromEntries(lists) as unknown as Facts, unreadable }
}
