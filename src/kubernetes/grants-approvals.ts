import { grantKind } from '../core/breakglass/grant.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const { group, version } = grantKind
const resource = { group, version, resource: 'breakglassapprovals', namespace: '' }

/** All of one grant, as they are now. Rejects with ClusterUnreachable. */
export async function listApprovals(
  api: Api,
  grant: string,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const selector = new URLSearchParams({ fieldSelector: `spec.grant=${grant}` })
  const path = `${pathOf(resource)}?${selector.toString()}`
  const answer = await api.send({ method: 'GET', path, signal })
  const items = at(answer.body, 'items')
  if (!isGood(answer) || !Array.isArray(items)) {
    throw unexpected(`list ${resource.resource}`, answer)
  }
  return (items as readonly Json[]).filter(isJsonObject)
}
