import { anchorKind } from '../core/audit/anchors.ts'
import { at, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
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

const atOnce = 500

/** Those of all chains. Rejects with ClusterUnreachable. */
export async function listCheckpoints(api: Api, signal: AbortSignal): Promise<readonly Json[]> {
  const all: Json[] = []
  for (let next = ''; ;) {
    const query = `?limit=${atOnce}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`
    const path = `${pathOf(resource)}${query}`
    const answer = await api.send({ method: 'GET', path, signal })
    if (!isGood(answer)) throw unexpected(`list ${plural}`, answer)
    const items = at(answer.body, 'items')
    // Items of a list do not say their kind.
    if (Array.isArray(items)) all.push(...(items as readonly Json[]))
    next = stringAt(answer.body, 'metadata', 'continue') ?? ''
    if (next === '') return all
  }
}
