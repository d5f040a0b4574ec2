import { grantKind, outboxFinalizer } from '../core/breakglass/grant.ts'
import { at, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const { group, version } = grantKind
const resource = { group, version, resource: 'breakglassgrants', namespace: '' }

/** Whether it is kept until everybody was told. */
export function hasFinalizer(grant: JsonObject): boolean {
  return finalizersOf(grant).includes(outboxFinalizer)
}

/**
 * Sets or removes our finalizer, and leaves those of others. `later`: the grant has changed since it
 * was read. Rejects with ClusterUnreachable.
 */
export async function putFinalizer(
  api: Api,
  { grant, isKept }: { readonly grant: JsonObject; readonly isKept: boolean },
  signal: AbortSignal,
): Promise<'done' | 'later'> {
  const name = stringAt(grant, 'metadata', 'name') ?? ''
  const others = finalizersOf(grant).filter((one) => one !== outboxFinalizer)
  const finalizers = isKept ? [...others, outboxFinalizer] : others
  const resourceVersion = stringAt(grant, 'metadata', 'resourceVersion') ?? ''
  const answer = await api.send({
    method: 'PATCH',
    path: pathOf(resource, name),
    headers: patchType.merge,
    body: { metadata: { resourceVersion, finalizers } },
    signal,
  })
  if (answer.status === 409) return 'later'
  if (answer.status === 404 || isGood(answer)) return 'done'
  throw unexpected(`patch ${resource.resource} ${name}`, answer)
}

function finalizersOf(grant: JsonObject): readonly Json[] {
  const list = at(grant, 'metadata', 'finalizers')
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
