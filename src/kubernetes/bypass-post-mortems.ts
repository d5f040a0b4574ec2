import { grantKind } from '../core/breakglass/grant.ts'
import {
  bypassName,
  bypassSpec,
  type Bypass,
  type UnseenWrite,
} from '../core/breakglass/post-mortem-bypass.ts'
import { withWrites } from '../core/breakglass/post-mortem-writes.ts'
import type { Amendable } from '../core/breakglass/queue.ts'
import type { Recorded } from '../core/breakglass/grant-store.ts'
import { GuardError } from '../core/errors.ts'
import { isJsonObject, stringAt, type JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { isObjectName, pathOf } from './paths.ts'
import { WriteTurns } from './write-turns.ts'

const { group, version } = grantKind
const resource = { group, version, resource: 'postmortems', namespace: '' }

/** What became of some unseen writes. */
export interface KeptBypass {
  /** Where the last of them stands. */
  readonly name: string
  /** Those that nobody had told yet. */
  readonly added: readonly UnseenWrite[]
}

/** So many of one actor and hour may be judged and begun anew. */
const mostParts = 100

/**
 * Makes the PostMortem of a bypass, or adds to it what it does not have: told again, by whomever, it
 * stays as it is. Rejects with ClusterUnreachable unless all of it is stored.
 */
export async function keepBypass(
  api: Api,
  bypass: Bypass,
  signal: AbortSignal,
): Promise<KeptBypass> {
  const store = postMortemStatuses(api)
  let left = bypass.writes
  for (let part = 1; part <= mostParts; part += 1) {
    const name = bypassName(bypass, part)
    const outcome = await addTo({ api, store, name, signal }, bypass, left)
    if (outcome.kind !== 'judged') return { name, added: outcome.added }
    left = outcome.left
  }
  throw new GuardError('ClusterUnreachable', `${bypassName(bypass, mostParts)} was reviewed too`)
}

interface Adding {
  readonly api: Api
  readonly store: Amendable
  readonly name: string
  readonly signal: AbortSignal
}

type Added =
  | { readonly kind: 'kept'; readonly added: readonly UnseenWrite[] }
  | { readonly kind: 'judged'; readonly left: readonly UnseenWrite[] }

async function addTo(
  { api, store, name, signal }: Adding,
  bypass: Bypass,
  writes: readonly UnseenWrite[],
): Promise<Added> {
  for (;;) {
    const found = (await store.read(name, signal)) ?? (await open(api, name, bypass, signal))
    const added = found === undefined ? undefined : await addOnce(store, found, writes, signal)
    if (added !== undefined) return added
    await store.pause(signal)
    signal.throwIfAborted()
  }
}

/** Undefined when somebody else of us was faster. */
async function addOnce(
  store: Amendable,
  postMortem: JsonObject,
  writes: readonly UnseenWrite[],
  signal: AbortSignal,
): Promise<Added | undefined> {
  const next = withWrites(postMortem, writes)
  if (next.kind === 'judged') return next
  if (next.kind === 'known') return { kind: 'kept', added: [] }
  const word = (key: string) => stringAt(postMortem, 'metadata', key) ?? ''
  const change = { resourceVersion: word('resourceVersion'), status: next.status }
  const stored = await store.record(word('name'), change, signal)
  if (stored.kind === 'failed') throw new GuardError('ClusterUnreachable', stored.why)
  return stored.kind === 'stored' ? { kind: 'kept', added: next.added } : undefined
}

/** Undefined when it is there by now. */
async function open(
  api: Api,
  name: string,
  bypass: Bypass,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const kind = { apiVersion: `${group}/${version}`, kind: 'PostMortem' }
  const body = { ...kind, metadata: { name }, spec: bypassSpec(bypass) }
  const answer = await api.send({ method: 'POST', path: pathOf(resource), body, signal })
  if (answer.status === 409) return undefined
  if (!isGood(answer) || !isJsonObject(answer.body)) {
    throw unexpected(`create postmortems ${name}`, answer)
  }
  return answer.body
}

/** Statuses of PostMortems, each replaced only as it was read. */
export function postMortemStatuses(api: Api): Amendable {
  const turns = new WriteTurns()
  return {
    read: (name, signal) => read(api, name, signal),
    record: (name, next, signal) => record(api, name, next, signal),
    pause: (signal) => turns.pause(signal),
    // Few write these, and nobody waits for an answer.
    rest: () => Promise.resolve(),
  }
}

async function read(api: Api, name: string, signal: AbortSignal): Promise<JsonObject | undefined> {
  if (!isObjectName(name)) return undefined
  const answer = await api.send({ method: 'GET', path: pathOf(resource, name), signal })
  if (answer.status === 404) return undefined
  if (!isGood(answer) || !isJsonObject(answer.body)) {
    throw unexpected(`get postmortems ${name}`, answer)
  }
  return answer.body
}

/** A PATCH with a version that is not the stored one is a conflict, and not tried again. */
async function record(
  api: Api,
  name: string,
  { resourceVersion, status }: { readonly resourceVersion: string; readonly status: JsonObject },
  signal: AbortSignal,
): Promise<Recorded> {
  if (!/^\d{1,40}$/.test(resourceVersion)) return { kind: 'conflict' }
  try {
    const answer = await api.send({
      method: 'PATCH',
      path: `${pathOf(resource, name)}/status`,
      headers: patchType.merge,
      body: { metadata: { resourceVersion }, status },
      signal,
    })
    if (answer.status === 409) return { kind: 'conflict' }
    if (answer.status === 404) return { kind: 'gone' }
    if (!isGood(answer)) throw unexpected(`patch postmortems/status ${name}`, answer)
    return { kind: 'stored' }
  } catch (error) {
    return { kind: 'failed', why: error instanceof GuardError ? error.message : 'it failed' }
  }
}
