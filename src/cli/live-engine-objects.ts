import type { EngineObjects } from '../core/engines/engine-objects.ts'
import type { Cluster } from '../core/exceptions/cluster.ts'
import type { Policy } from '../core/policy/schema.ts'
import { kindsOf } from './estate/engines.ts'
import { engineObjectsOf } from './state-engine-objects.ts'

export interface EngineObjectsNow {
  readonly objects: EngineObjects
  /** What we may not do, such as `list applications.argoproj.io`: then some of them are not known. */
  readonly unreadable: readonly string[]
}

/** All objects by which the engines of a policy say what they apply; undefined where it has none. */
export async function readEngineObjects(
  policy: Policy,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<EngineObjectsNow | undefined> {
  const kinds = kindsOf(policy)
  if (kinds.length === 0) return undefined
  const lists = await Promise.all(
    kinds.map(async ({ group, kind }) => {
      const list = await cluster.list({ group, version: '', kind, namespace: '' }, signal)
      return { key: `${group}/${kind}`, list }
    }),
  )
  const found = new Map(
    lists.map(({ key, list }) => [key, list.kind === 'found' ? list.objects : []] as const),
  )
  return {
    objects: engineObjectsOf({
      ofKind: ({ group, kind }) => found.get(`${group}/${kind}`) ?? [],
      find: ({ group, kind, namespace, name }) =>
        found.get(`${group}/${kind}`)?.find((object) => isNamed(object, namespace, name)),
    }),
    unreadable: lists.flatMap(({ list }) => (list.kind === 'unreadable' ? [list.permission] : [])),
  }
}

function isNamed(object: unknown, namespace: string, name: string): boolean {
  const { metadata } = object as { readonly metadata?: { namespace?: unknown; name?: unknown } }
  return (metadata?.namespace ?? '') === namespace && metadata?.name === name
}
