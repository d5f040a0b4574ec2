import { anchorKind } from '../../core/audit/anchors.ts'
import { grantKind } from '../../core/breakglass/grant.ts'
import { GuardError } from '../../core/errors.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { isGood, unexpected, type Api } from '../../kubernetes/api.ts'
import { pathOf } from '../../kubernetes/paths.ts'

/** What is in the cluster, or why nobody knows. */
export type Listed =
  | { readonly kind: 'read'; readonly objects: readonly JsonObject[] }
  | { readonly kind: 'unknown'; readonly why: string }

export interface ClusterLists {
  grants(): Promise<Listed>
  postMortems(): Promise<Listed>
  checkpoints(): Promise<Listed>
  /** Pods of ours. */
  pods(): Promise<Listed>
}

const { group, version } = grantKind
const ours = (resource: string) => pathOf({ group, version, resource, namespace: '' })
/** However many people look at once. */
const freshMs = 2_000

export function createClusterLists(options: {
  readonly api: Api
  readonly namespace: string
  readonly now: () => number
}): ClusterLists {
  const { api, namespace, now } = options
  const pods = pathOf({ group: '', version: 'v1', resource: 'pods', namespace })
  const selector = new URLSearchParams({ labelSelector: 'app.kubernetes.io/name=solewriter' })
  const shared = new Map<string, { readonly at: number; readonly listed: Promise<Listed> }>()
  // Nobody's signal: who asks first may be gone before the others have their answer.
  const list = (path: string) => () => {
    const known = shared.get(path)
    if (known !== undefined && now() - known.at < freshMs) return known.listed
    const listed = read(api, path)
    shared.set(path, { at: now(), listed })
    // What failed is asked for again by the next one.
    void listed.then(({ kind }) => kind === 'unknown' && shared.delete(path))
    return listed
  }
  return {
    grants: list(ours('breakglassgrants')),
    postMortems: list(ours('postmortems')),
    checkpoints: list(ours(anchorKind.plural)),
    pods: list(`${pods}?${selector.toString()}`),
  }
}

async function read(api: Api, path: string): Promise<Listed> {
  try {
    const answer = await api.send({ method: 'GET', path })
    // Nobody has installed the kind: there are none.
    if (answer.status === 404) return { kind: 'read', objects: [] }
    const items = at(answer.body, 'items')
    if (!isGood(answer) || !Array.isArray(items)) throw unexpected(`list ${plural(path)}`, answer)
    return { kind: 'read', objects: (items as readonly Json[]).filter(isJsonObject) }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    return { kind: 'unknown', why: `${plural(path)} could not be read: ${error.message}.` }
  }
}

function plural(path: string): string {
  return path.split('?', 1)[0]?.split('/').at(-1) ?? ''
}
