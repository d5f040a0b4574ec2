import { GuardError } from '../core/errors.ts'
import { at, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { Served, ServedResource } from '../core/lint/served.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { aggregated, listAt } from './discovery.ts'

/** Every resource and subresource of every version that the API server names, with its verbs. */
export async function readServed(api: Api, signal?: AbortSignal): Promise<Served> {
  const documents: Json[] = []
  for (const path of ['/api', '/apis']) {
    const headers = { accept: aggregated }
    const answer = await api.send({ method: 'GET', path, headers, ...(signal && { signal }) })
    if (!isGood(answer)) throw unexpected(`discovery ${path}`, answer)
    if (stringAt(answer.body, 'kind') !== 'APIGroupDiscoveryList') {
      throw new GuardError('ClusterUnreachable', 'the API server has no aggregated discovery')
    }
    documents.push(answer.body ?? null)
  }
  const groups = documents.flatMap((document) => listAt(document, 'items'))
  return {
    resources: groups.flatMap((group) =>
      listAt(group, 'versions').flatMap((version) => resourcesOf(groupName(group), version)),
    ),
    stale: groups
      .filter((group) => listAt(group, 'versions').some(isStale))
      .map(groupName)
      .toSorted(),
  }
}

function groupName(group: JsonObject): string {
  return stringAt(group, 'metadata', 'name') ?? ''
}

function isStale(version: JsonObject): boolean {
  return stringAt(version, 'freshness') === 'Stale'
}

function resourcesOf(group: string, version: JsonObject): readonly ServedResource[] {
  return listAt(version, 'resources').flatMap((resource) => {
    const one = {
      group,
      version: stringAt(version, 'version') ?? '',
      resource: stringAt(resource, 'resource') ?? '',
      isNamespaced: stringAt(resource, 'scope') === 'Namespaced',
    }
    return [
      { ...one, subresource: '', verbs: verbsOf(resource) },
      ...listAt(resource, 'subresources').map((sub) => ({
        ...one,
        subresource: stringAt(sub, 'subresource') ?? '',
        verbs: verbsOf(sub),
      })),
    ]
  })
}

function verbsOf(value: JsonObject): readonly string[] {
  const verbs: unknown = at(value, 'verbs')
  return Array.isArray(verbs)
    ? (verbs as readonly Json[]).filter((verb) => typeof verb === 'string')
    : []
}
