import { GuardError } from '../core/errors.ts'
import { stringAt, type Json } from '../core/manifest/json.ts'
import type { ClusterVersions, ReadClusterVersions } from '../core/plans/cluster-versions.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { aggregated, listAt } from './discovery.ts'

/** Charts are looked at about as often. */
const keptMs = 30_000

/** Asks the API server at most every half minute; what it said last counts while it does not answer. */
export function createVersions(api: Api, now: () => number): ReadClusterVersions {
  let known: ClusterVersions | undefined
  let askedAt = -Infinity
  let asking: Promise<ClusterVersions | undefined> | undefined
  return () => {
    if (now() - askedAt < keptMs && known !== undefined) return Promise.resolve(known)
    asking ??= ask(api)
      .then((versions) => {
        askedAt = now()
        return (known = versions)
      })
      .catch(() => known)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}

async function ask(api: Api): Promise<ClusterVersions> {
  const [version, core, groups] = await Promise.all([
    get(api, '/version'),
    get(api, '/api', { accept: aggregated }),
    get(api, '/apis', { accept: aggregated }),
  ])
  const kubeVersion = stringAt(version, 'gitVersion') ?? ''
  if (!/^v\d/.test(kubeVersion)) {
    throw new GuardError('ClusterUnreachable', 'the API server does not say its version')
  }
  return { kubeVersion, apiVersions: new Set([core, groups].flatMap(namesIn)) }
}

async function get(api: Api, path: string, headers = {}): Promise<Json | undefined> {
  const answer = await api.send({ method: 'GET', path, headers })
  if (!isGood(answer)) throw unexpected(`get ${path}`, answer)
  return answer.body
}

/** As Helm makes them of the same documents. */
function namesIn(document: Json | undefined): readonly string[] {
  return listAt(document, 'items').flatMap((item) => {
    const group = stringAt(item, 'metadata', 'name') ?? ''
    return listAt(item, 'versions').flatMap((one) => {
      const version = stringAt(one, 'version') ?? ''
      const name = group === '' ? version : `${group}/${version}`
      const resources = listAt(one, 'resources')
      const all = [...resources, ...resources.flatMap((each) => listAt(each, 'subresources'))]
      const kinds = all.map((each) => stringAt(each, 'responseKind', 'kind') ?? '')
      return [name, ...kinds.filter((kind) => kind !== '').map((kind) => `${name}/${kind}`)]
    })
  })
}
