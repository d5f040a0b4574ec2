import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { ServedKind } from '../core/scan/live-object.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import { aggregated, listAt } from './discovery.ts'

/** What the API server serves and admission is asked about. */
export interface ServedKinds {
  /** Each in the version that its group prefers; those that can be listed and written. */
  readonly kinds: readonly ServedKind[]
  /** Groups of which nobody knows now what they serve, though it may be of this API server. */
  readonly stale: readonly string[]
  /** Groups that other API servers serve or should serve, which ask their own admission. */
  readonly foreign: readonly string[]
}

const writing: readonly string[] = ['create', 'update', 'patch', 'delete']

/** Rejects with ClusterUnreachable. */
export async function listKinds(api: Api, signal: AbortSignal): Promise<ServedKinds> {
  const [core, groups, services] = await Promise.all([
    discover(api, '/api', signal),
    discover(api, '/apis', signal),
    foreignVersions(api, signal),
  ])
  const all = [...listAt(core, 'items'), ...listAt(groups, 'items')].map(toGroup)
  const isForeign = ({ group, version }: Pick<ServedKind, 'group' | 'version'>) =>
    services.has(`${version}.${group}`)
  const isOurs = (kind: Pick<ServedKind, 'group' | 'version'>) => !isForeign(kind)
  return {
    kinds: all.flatMap(({ kinds }) => onceEach(kinds.filter(isOurs))),
    stale: all.filter(({ stale }) => stale.some(isOurs)).map(({ group }) => group),
    foreign: all
      .filter(({ kinds, stale }) => [...kinds, ...stale].some(isForeign))
      .map(({ group }) => group),
  }
}

async function discover(api: Api, path: string, signal: AbortSignal): Promise<Json | undefined> {
  const answer = await api.send({ method: 'GET', path, headers: { accept: aggregated }, signal })
  if (!isGood(answer)) throw unexpected(`discovery ${path}`, answer)
  if (stringAt(answer.body, 'kind') !== 'APIGroupDiscoveryList') {
    throw unexpected(`aggregated discovery ${path}`, answer)
  }
  return answer.body
}

/** `v1beta1.metrics.k8s.io`; none where we may not ask, so that all of them are listed. */
async function foreignVersions(api: Api, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const path = '/apis/apiregistration.k8s.io/v1/apiservices'
  const answer: ApiAnswer = await api.send({ method: 'GET', path, signal })
  if (answer.status === 403 || answer.status === 404) return new Set()
  if (!isGood(answer)) throw unexpected('list apiservices.apiregistration.k8s.io', answer)
  return new Set(
    listAt(answer.body, 'items')
      .filter((one) => isJsonObject(at(one, 'spec', 'service')))
      .map((one) => stringAt(one, 'metadata', 'name') ?? ''),
  )
}

function toGroup(item: JsonObject) {
  const group = stringAt(item, 'metadata', 'name') ?? ''
  const versions = listAt(item, 'versions')
  return {
    group,
    kinds: versions.flatMap((version) => kindsIn(group, version)),
    stale: versions
      .filter((one) => stringAt(one, 'freshness') === 'Stale')
      .map((one) => ({ group, version: stringAt(one, 'version') ?? '' })),
  }
}

function kindsIn(group: string, version: JsonObject): readonly ServedKind[] {
  return listAt(version, 'resources')
    .filter((resource) => isListed(at(resource, 'verbs')))
    .map((resource) => ({
      group,
      version: stringAt(version, 'version') ?? '',
      resource: stringAt(resource, 'resource') ?? '',
      kind: stringAt(resource, 'responseKind', 'kind') ?? '',
      isNamespaced: stringAt(resource, 'scope') === 'Namespaced',
    }))
}

function isListed(verbs: Json | undefined): boolean {
  const has = (verb: string) => Array.isArray(verbs) && (verbs as readonly Json[]).includes(verb)
  return has('list') && writing.some(has)
}

/** The first version that has it is the preferred one. */
function onceEach(kinds: readonly ServedKind[]): readonly ServedKind[] {
  return [...new Map(kinds.toReversed().map((kind) => [kind.resource, kind])).values()].toReversed()
}
