import { at, stringAt, type Json } from '../../src/core/manifest/json.ts'
import type { Api } from '../../src/kubernetes/api.ts'

export interface ServedKind {
  /** `apps/v1/Deployment`, `v1/Pod`. */
  readonly name: string
  readonly apiVersion: string
  readonly kind: string
  /** Where one is created: the namespace `default`, if it lives in one. */
  readonly collection: string
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/**
 * Every kind that can be created and is stored then. Reviews, bindings and tokens cannot be read
 * back: nobody declares them.
 */
export async function servedKinds(api: Api): Promise<readonly ServedKind[]> {
  const kinds: ServedKind[] = []
  for (const path of ['/api', '/apis']) {
    const { body } = await api.send({ method: 'GET', path, headers: { accept: aggregated } })
    for (const group of listAt(body, 'items')) kinds.push(...kindsOf(group, path))
  }
  return kinds.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function kindsOf(group: Json, path: string): readonly ServedKind[] {
  const name = stringAt(group, 'metadata', 'name')
  return listAt(group, 'versions').flatMap((version) => {
    const short = stringAt(version, 'version') ?? ''
    const apiVersion = name === undefined ? short : `${name}/${short}`
    return listAt(version, 'resources').flatMap((resource) => {
      const verbs = listAt(resource, 'verbs')
      const kind = stringAt(resource, 'responseKind', 'kind')
      if (kind === undefined || !verbs.includes('create') || !verbs.includes('get')) return []
      const place = stringAt(resource, 'scope') === 'Namespaced' ? 'namespaces/default/' : ''
      const collection = `${path}/${apiVersion}/${place}${stringAt(resource, 'resource') ?? ''}`
      return [{ name: `${apiVersion}/${kind}`, apiVersion, kind, collection }]
    })
  })
}

function listAt(value: Json | undefined, key: string): readonly Json[] {
  const found = at(value, key)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}
