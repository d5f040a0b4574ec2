import { GuardError } from '../core/errors.ts'
import { isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { until } from './wait.ts'

export interface ServedResource {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly isNamespaced: boolean
}

interface Kind {
  readonly group: string
  /** Empty: the preferred one of the group. */
  readonly version: string
  readonly kind: string
}

/** What the API server serves, from its aggregated discovery documents (KEP-3352). */
export interface Discovery {
  /**
   * The resource of a kind, or undefined when nothing of it is served; that is only said of
   * documents asked for after the question. A kind that is served, though not in the version named,
   * is found in another one: the objects are the same.
   */
  find(kind: Kind, signal: AbortSignal): Promise<ServedResource | undefined>
  /** As `find`, without trusting what was seen before. */
  findAnew(kind: Kind, signal: AbortSignal): Promise<ServedResource | undefined>
}

interface Group {
  /** In order of preference. */
  readonly byKind: ReadonlyMap<string, readonly ServedResource[]>
  /** Its own API server does not answer: what is missing here may exist. */
  readonly isStale: boolean
}

type Groups = ReadonlyMap<string, Group>

const roots = ['/api', '/apis'] as const
/** Type of those documents. */
export const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export function createDiscovery(api: Api): Discovery {
  return new CachedDiscovery(api)
}

class CachedDiscovery implements Discovery {
  readonly #api: Api
  readonly #documents = new Map<string, { readonly etag: string; readonly groups: Groups }>()
  #groups: Groups = new Map()
  #running: Promise<Groups> | undefined
  #next: Promise<Groups> | undefined

  constructor(api: Api) {
    this.#api = api
  }

  async find(kind: Kind, signal: AbortSignal): Promise<ServedResource | undefined> {
    return resourceIn(this.#groups, kind) ?? this.findAnew(kind, signal)
  }

  async findAnew(kind: Kind, signal: AbortSignal): Promise<ServedResource | undefined> {
    const groups = await until(this.#refresh(), signal)
    const found = resourceIn(groups, kind)
    if (found === undefined && groups.get(kind.group)?.isStale === true) {
      throw new GuardError('ClusterUnreachable', `nobody knows what ${kind.group} serves just now`)
    }
    return found
  }

  /** A look that began before the question may have missed the answer: one more, for all who ask. */
  #refresh(): Promise<Groups> {
    const running = this.#running
    if (running === undefined) return this.#start()
    this.#next ??= running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  #start(): Promise<Groups> {
    const running = this.#fetch().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #fetch(): Promise<Groups> {
    const documents = await Promise.all(roots.map((root) => this.#fetchOne(root)))
    this.#groups = new Map(documents.flatMap((groups) => [...groups]))
    return this.#groups
  }

  async #fetchOne(path: (typeof roots)[number]): Promise<Groups> {
    const known = this.#documents.get(path)
    const headers = {
      accept: aggregated,
      ...(known === undefined ? {} : { 'if-none-match': known.etag }),
    }
    const answer = await this.#api.send({ method: 'GET', path, headers })
    if (answer.status === 304 && known !== undefined) return known.groups
    if (!isGood(answer)) throw unexpected(`discovery ${path}`, answer)
    const groups = readGroups(answer.body)
    const { etag } = answer.headers
    if (typeof etag === 'string') this.#documents.set(path, { etag, groups })
    return groups
  }
}

function resourceIn(groups: Groups, { group, version, kind }: Kind): ServedResource | undefined {
  const served = groups.get(group)?.byKind.get(kind)
  return served?.find((one) => one.version === version) ?? served?.[0]
}

function readGroups(document: Json | undefined): Groups {
  if (stringAt(document, 'kind') !== 'APIGroupDiscoveryList') {
    throw new GuardError('ClusterUnreachable', 'the API server has no aggregated discovery')
  }
  return new Map(
    listAt(document, 'items').map((item) => {
      const group = stringAt(item, 'metadata', 'name') ?? ''
      return [group, readGroup(group, listAt(item, 'versions'))]
    }),
  )
}

function readGroup(group: string, versions: readonly JsonObject[]): Group {
  const byKind = new Map<string, ServedResource[]>()
  for (const version of versions) {
    for (const resource of listAt(version, 'resources')) {
      const kind = stringAt(resource, 'responseKind', 'kind') ?? ''
      const served = byKind.get(kind) ?? []
      byKind.set(kind, [...served, readResource(group, version, resource)])
    }
  }
  return { byKind, isStale: versions.some((one) => stringAt(one, 'freshness') === 'Stale') }
}

function readResource(group: string, version: JsonObject, resource: JsonObject): ServedResource {
  return {
    group,
    version: stringAt(version, 'version') ?? '',
    resource: stringAt(resource, 'resource') ?? '',
    isNamespaced: stringAt(resource, 'scope') === 'Namespaced',
  }
}

export function listAt(value: Json | undefined, key: string): readonly JsonObject[] {
  const list: unknown = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : []
  return Array.isArray(list) ? (list as readonly unknown[]).filter(isJsonObject) : []
}
