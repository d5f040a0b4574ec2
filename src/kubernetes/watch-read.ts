import { GuardError } from '../core/errors.ts'
import type { Cluster } from '../core/exceptions/cluster.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { EngineReference } from '../core/plans/plan.ts'
import { isGood, unexpected, type Api } from './api.ts'
import type { Discovery } from './discovery.ts'
import { pathOf, resourceName } from './paths.ts'
import { versionOf } from './resource-version.ts'
import type { KindWatch } from './watch-kind.ts'
import { storeKey } from './watch-store.ts'

export interface LiveReader {
  readonly api: Api
  readonly cluster: Cluster
  readonly discovery: Discovery
}

interface Question {
  readonly reference: EngineReference
  readonly signal: AbortSignal
}

/** One question to the API server. Rejects with ClusterUnreachable, also when we may not ask it. */
export async function readLive(
  { cluster }: LiveReader,
  { reference, signal }: Question,
): Promise<JsonObject | undefined> {
  const live = await cluster.read({ ...reference, version: '' }, signal)
  if (live.kind === 'found') return live.object
  if (live.kind === 'absent') return undefined
  throw new GuardError(
    'ClusterUnreachable',
    `our account may not ${live.permission}: its role must allow it`,
  )
}

/**
 * The same for a kind that is watched: its store answers with what was found, or missing, from then
 * on. Resolves to the newest that is known, which may have overtaken the read.
 */
export async function readWatched(
  reader: LiveReader,
  watch: KindWatch,
  question: Question,
): Promise<JsonObject | undefined> {
  const { reference } = question
  if (!isPossible(reference)) return undefined
  const { store } = watch
  const key = storeKey(reference.namespace, reference.name)
  const { position } = store
  const known = store.versionOf(key)
  const { object, version } = await look(reader, question)
  const least = object === undefined ? position : known
  if (version !== undefined && version < least) watch.startOver()
  if (object !== undefined) watch.found(object)
  // When nobody says at which version it was missing, it was after all that was known before.
  else watch.missing(key, version ?? (known > position ? known : position) + 1n)
  return store.get(key)
}

/** Of the object, or of the state without it. */
interface Sight {
  readonly object: JsonObject | undefined
  readonly version: bigint | undefined
}

async function look(reader: LiveReader, question: Question): Promise<Sight> {
  const object = await readLive(reader, question)
  if (object !== undefined) return { object, version: versionOf(object) }
  return (await lookForAll(reader, question)) ?? { object, version: undefined }
}

/** An answer that there is no such object does not say at which version; a list of that name does. */
async function lookForAll(
  { api, discovery }: LiveReader,
  { reference, signal }: Question,
): Promise<Sight | undefined> {
  const { namespace, name } = reference
  const served = await discovery.find({ ...reference, version: '' }, signal)
  if (served === undefined || served.isNamespaced !== (namespace !== '')) return undefined
  const selector = new URLSearchParams({ fieldSelector: `metadata.name=${name}` })
  const path = `${pathOf({ ...served, namespace })}?${selector.toString()}`
  const answer = await api.send({ method: 'GET', path, signal })
  if (answer.status === 404 || answer.status === 403) return undefined
  const items = at(answer.body, 'items')
  if (!isGood(answer) || !Array.isArray(items)) {
    throw unexpected(`list ${resourceName(served)}`, answer)
  }
  // Somebody may have made it meanwhile.
  const object = (items as readonly Json[]).find(isJsonObject)
  return { object, version: versionOf(object ?? answer.body) }
}

/** Custom resources have such names only, and a selector could read something into others. */
function isPossible({ namespace, name }: EngineReference): boolean {
  return isDnsName(name) && (namespace === '' || isDnsName(namespace))
}

function isDnsName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name)
}
