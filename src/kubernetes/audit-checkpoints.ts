import { anchorKind } from '../core/audit/anchors.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const { group, version, kind, plural } = anchorKind
const resource = { group, version, resource: plural, namespace: '' }

/** Makes the object of a chain, or brings it up to date. Rejects with ClusterUnreachable. */
export async function keepCheckpoint(
  api: Api,
  { name, spec }: { readonly name: string; readonly spec: JsonObject },
  signal: AbortSignal,
): Promise<void> {
  const changed = await api.send({
    method: 'PATCH',
    path: pathOf(resource, name),
    headers: patchType.merge,
    body: { spec },
    signal,
  })
  if (isGood(changed)) return
  if (changed.status !== 404) throw unexpected(`patch ${plural} ${name}`, changed)
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec }
  const made = await api.send({ method: 'POST', path: pathOf(resource), body, signal })
  if (!isGood(made)) throw unexpected(`create ${plural} ${name}`, made)
}
