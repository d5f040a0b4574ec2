import type { JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { listAt } from './discovery.ts'
import { pathOf, resourceName, type ResourcePath } from './paths.ts'

export type Listed =
  | { readonly kind: 'found'; readonly value: readonly JsonObject[] }
  /** The right that we do not have. */
  | { readonly kind: 'forbidden'; readonly what: string }

/** All of a collection as it is now; none where nothing of the kind is served. */
export async function listObjects(
  api: Api,
  where: ResourcePath,
  signal?: AbortSignal,
): Promise<Listed> {
  const answer = await api.send({ method: 'GET', path: pathOf(where), ...(signal && { signal }) })
  const what = `list ${resourceName(where)}`
  if (answer.status === 404) return { kind: 'found', value: [] }
  if (answer.status === 403) return { kind: 'forbidden', what }
  if (!isGood(answer)) throw unexpected(what, answer)
  return { kind: 'found', value: listAt(answer.body, 'items') }
}
