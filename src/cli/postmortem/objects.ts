import { grantKind } from '../../core/breakglass/grant.ts'
import { postMortemName } from '../../core/breakglass/life-cycle.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { patchType } from '../../kubernetes/api.ts'
import { isObjectName, pathOf } from '../../kubernetes/paths.ts'
import type { Session } from '../breakglass/cluster.ts'
import { isMissing, objectIn } from '../breakglass/grants.ts'
import { Refused } from '../breakglass/refused.ts'
import { UsageError } from '../exit.ts'

const { group, version } = grantKind
const collection = { group, version, resource: 'postmortems', namespace: '' }

export async function listPostMortems({ api, env }: Session): Promise<readonly JsonObject[]> {
  const answer = await api.send({ method: 'GET', path: pathOf(collection), signal: env.signal })
  const items = at(objectIn(answer, 'list postmortems'), 'items')
  return Array.isArray(items) ? (items as readonly Json[]).filter(isJsonObject) : []
}

/** By its own name, or that of its grant. Throws Refused if there is none. */
export async function getPostMortem(name: string, { api, env }: Session): Promise<JsonObject> {
  const own = ownName(name)
  const path = pathOf(collection, own)
  const answer = await api.send({ method: 'GET', path, signal: env.signal })
  if (isMissing(answer)) throw new Refused(`there is no post-mortem ${own}`)
  return objectIn(answer, `get postmortems ${own}`)
}

/** All that people change of one. Throws Refused with the words of the webhook. */
export async function reviewPostMortem(
  name: string,
  review: JsonObject,
  { api, env }: Session,
): Promise<JsonObject> {
  const own = ownName(name)
  const answer = await api.send({
    method: 'PATCH',
    path: pathOf(collection, own),
    body: { spec: { review } },
    headers: patchType.merge,
    signal: env.signal,
  })
  if (isMissing(answer)) throw new Refused(`there is no post-mortem ${own}`)
  return objectIn(answer, `patch postmortems ${own}`)
}

function ownName(name: string): string {
  if (!isObjectName(name)) {
    throw new UsageError(`${name} is no name of a post-mortem: they begin with pm-`)
  }
  return postMortemName(name)
}
