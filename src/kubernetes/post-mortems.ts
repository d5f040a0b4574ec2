import { grantKind } from '../core/breakglass/grant.ts'
import type { PostMortem } from '../core/breakglass/post-mortem.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const { group, version } = grantKind
const resource = { group, version, resource: 'postmortems', namespace: '' }

/** What there is to say in a PostMortem, given what stands in it; undefined before it is opened. */
export type Telling = (stored: JsonObject | undefined) => PostMortem

interface Told {
  readonly isNew: boolean
  /** What we say in it now. */
  readonly status: JsonObject
}

/**
 * Opens it, or brings what we say in it up to date; what others say in it stays. Rejects with
 * ClusterUnreachable.
 */
export async function keepPostMortem(
  api: Api,
  name: string,
  tell: Telling,
  signal: AbortSignal,
): Promise<Told> {
  const path = pathOf(resource, name)
  const found = await api.send({ method: 'GET', path, signal })
  if (found.status !== 404 && !isGood(found)) throw unexpected(`get postmortems ${name}`, found)
  const stored = found.status === 404 || !isJsonObject(found.body) ? undefined : found.body
  const { spec, status } = tell(stored)
  if (stored === undefined) await open(api, { name, spec }, signal)
  const changes = changesTo(stored, status)
  if (Object.keys(changes).length === 0) return { isNew: false, status }
  const answer = await api.send({
    method: 'PATCH',
    path: `${path}/status`,
    headers: patchType.merge,
    body: { status: changes },
    signal,
  })
  if (!isGood(answer)) throw unexpected(`patch postmortems/status ${name}`, answer)
  return { isNew: true, status }
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

function changesTo(stored: Json | undefined, wanted: JsonObject): JsonObject {
  const old = at(stored, 'status')
  const before = isJsonObject(old) ? old : {}
  const changed = Object.entries(wanted).filter(
    ([key, value]) => canonicalJson(value) !== canonicalJson(before[key] ?? null),
  )
  return Object.fromEntries(changed)
}
