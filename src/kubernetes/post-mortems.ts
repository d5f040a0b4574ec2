import { grantKind } from '../core/breakglass/grant.ts'
import type { PostMortem } from '../core/breakglass/post-mortem.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const { group, version } = grantKind
const resource = { group, version, resource: 'postmortems', namespace: '' }

/**
 * Opens it, or brings what we say in it up to date; what others say in it stays. Rejects with
 * ClusterUnreachable.
 */
export async function keepPostMortem(
  api: Api,
  postMortem: PostMortem,
  signal: AbortSignal,
): Promise<'unchanged' | 'written'> {
  const { name, spec, status } = postMortem
  const path = pathOf(resource, name)
  const found = await api.send({ method: 'GET', path, signal })
  if (found.status !== 404 && !isGood(found)) throw unexpected(`get postmortems ${name}`, found)
  if (found.status === 404) await open(api, { name, spec }, signal)
  const changes = changesTo(found.status === 404 ? undefined : found.body, status)
  if (Object.keys(changes).length === 0) return 'unchanged'
  const answer = await api.send({
    method: 'PATCH',
    path: `${path}/status`,
    headers: patchType.merge,
    body: { status: changes },
    signal,
  })
  if (!isGood(answer)) throw unexpected(`patch postmortems/status ${name}`, answer)
  return 'written'
}

async function open(
  api: Api,
  { name, spec }: Pick<PostMortem, 'name' | 'spec'>,
  signal: AbortSignal,
): Promise<void> {
  const kind = { apiVersion: `${group}/${version}`, kind: 'PostMortem' }
  const body = { ...kind, metadata: { name }, spec }
  const answer = await api.send({ method: 'POST', path: pathOf(resource), body, signal })
  // Somebody else of us was faster.
  if (answer.status === 409) return
  if (!isGood(answer)) throw unexpected(`create postmortems ${name}`, answer)
}

/** A new one is open; later that is for others to say. */
function changesTo(stored: Json | undefined, wanted: JsonObject): JsonObject {
  const old = at(stored, 'status')
  const before = isJsonObject(old) ? old : {}
  const next: JsonObject = { phase: before['phase'] ?? 'Open', ...wanted }
  const changed = Object.entries(next).filter(
    ([key, value]) => canonicalJson(value) !== canonicalJson(before[key] ?? null),
  )
  return Object.fromEntries(changed)
}
