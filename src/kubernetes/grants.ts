import { grantKind } from '../core/breakglass/grant.ts'
import type { Grants, Recorded } from '../core/breakglass/grant-store.ts'
import type { UsedObject } from '../core/breakglass/hold.ts'
import { GuardError } from '../core/errors.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { Log } from '../telemetry/log.ts'
import { isGood, patchType, unexpected, type Api, type ApiAnswer } from './api.ts'
import { createDiscovery } from './discovery.ts'
import { listApprovals } from './grants-approvals.ts'
import { GrantIndex } from './grants-index.ts'
import { isObjectName, pathOf } from './paths.ts'
import { SharedReads } from './shared-reads.ts'
import { until } from './wait.ts'
import { KindWatch } from './watch-kind.ts'
import { watchTiming, type WatchState } from './watch-state.ts'
import { storeKey } from './watch-store.ts'
import { WriteTurns } from './write-turns.ts'

/** The grants of a cluster, as its API server has them. */
export interface ClusterGrants extends Grants {
  /** As the watch last had it. */
  get(name: string): JsonObject | undefined
  /** The same of all of them. */
  all(): readonly JsonObject[]
  /** Of one whose status is filled; the webhook refuses it of others. Rejects with ClusterUnreachable. */
  clearToken(name: string, signal: AbortSignal): Promise<void>
  /** Told of each grant that comes or changes. Returns how to end it. */
  onChange(listener: (grant: JsonObject) => void): () => void
  state(): WatchState
  /** Resolves when no connection of it is open any more. */
  stop(): Promise<void>
}

export interface ClusterGrantsOptions {
  readonly api: Api
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
  /** Somebody asked for the uses on an object, and nobody knows them yet. */
  readonly onUnknownUses?: () => void
}

const { group, version } = grantKind
const resource = { group, version, resource: 'breakglassgrants', namespace: '' }

/** Watches from now on. */
export function openGrants(options: ClusterGrantsOptions): ClusterGrants {
  return new LiveGrants(options)
}

/** Of one read; whoever asks may wait for two. */
const fiveSeconds = 5_000
class LiveGrants implements ClusterGrants {
  readonly #api: Api
  readonly #index = new GrantIndex()
  readonly #reads = new SharedReads<readonly JsonObject[]>()
  readonly #listeners = new Set<(grant: JsonObject) => void>()
  readonly #turns = new WriteTurns()
  readonly #stopping = new AbortController()
  readonly #watch: KindWatch
  readonly #ended: Promise<void>
  readonly #onUnknownUses: () => void

  constructor({ api, now, log, onUnknownUses = () => undefined }: ClusterGrantsOptions) {
    this.#api = api
    this.#onUnknownUses = onUnknownUses
    this.#watch = new KindWatch({
      api,
      now,
      log,
      kind: grantKind,
      discovery: createDiscovery(api),
      keep: withoutManagers,
      isMetadataOnly: false,
      timing: watchTiming,
      onChange: (changes) => {
        for (const change of changes) this.#index.take(change)
        for (const { after } of changes) if (after !== undefined) this.#tell(after, log)
      },
    })
    this.#ended = this.#watch.run(this.#stopping.signal)
  }

  get(name: string): JsonObject | undefined {
    return this.#watch.store.get(storeKey('', name))
  }

  all(): readonly JsonObject[] {
    return this.#watch.store.list()
  }

  onChange(listener: (grant: JsonObject) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  state(): WatchState {
    return this.#watch.state()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  ofUser(
    username: string,
    freshness: 'seen' | 'live',
    signal: AbortSignal,
  ): Promise<readonly JsonObject[]> {
    if (freshness === 'seen') return Promise.resolve(this.#index.ofUser(username))
    const read = this.#reads.read(username, () => this.#readAll(username))
    return until(read, signal)
  }

  approvals(grant: string, signal: AbortSignal): Promise<readonly JsonObject[]> {
    // It becomes a part of a selector.
    const isName = /^bg-[0-9a-f-]{36}$/.test(grant)
    return isName ? listApprovals(this.#api, grant, signal) : Promise.resolve([])
  }

  async create(grant: JsonObject, signal: AbortSignal): Promise<'created' | 'exists'> {
    const path = pathOf(resource)
    const answer = await this.#api.send({ method: 'POST', path, body: grant, signal })
    if (answer.status === 409) return 'exists'
    this.#found(`create ${resource.resource}`, answer)
    return 'created'
  }

  usedOn(on: UsedObject): readonly JsonObject[] {
    const { isServed, isSynced } = this.#watch.state()
    if (!isSynced && isServed !== false) this.#onUnknownUses()
    return this.#index.usedOn(on)
  }

  async read(name: string, signal: AbortSignal): Promise<JsonObject | undefined> {
    if (!isObjectName(name)) return undefined
    const answer = await this.#api.send({ method: 'GET', path: pathOf(resource, name), signal })
    if (answer.status === 404) return undefined
    const grant = this.#found(`get ${resource.resource} ${name}`, answer)
    this.#turns.read(name, grant)
    return grant
  }

  /** A PUT, since a PATCH that meets another version is tried again by the API server, five times. */
  async record(
    name: string,
    next: { readonly resourceVersion: string; readonly status: JsonObject },
    signal: AbortSignal,
  ): Promise<Recorded> {
    // An empty one would be no precondition at all.
    if (!/^\d{1,40}$/.test(next.resourceVersion)) return { kind: 'conflict' }
    const { resourceVersion, status } = next
    try {
      const request = {
        method: 'PUT',
        path: `${pathOf(resource, name)}/status`,
        body: { ...toHead(name, resourceVersion), status },
        signal,
      } as const
      const answer = await this.#turns.write(name, () => this.#api.send(request))
      if (answer.status === 409) return { kind: 'conflict' }
      if (answer.status === 404) return { kind: 'gone' }
      this.#found(`update ${resource.resource}/status ${name}`, answer)
      return { kind: 'stored' }
    } catch (error) {
      return { kind: 'failed', why: error instanceof GuardError ? error.message : 'it failed' }
    }
  }

  async clearToken(name: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#api.send({
      method: 'PATCH',
      path: pathOf(resource, name),
      headers: patchType.merge,
      body: { spec: { token: null } },
      signal,
    })
    if (answer.status !== 404) this.#found(`patch ${resource.resource} ${name}`, answer)
  }

  pause(signal: AbortSignal): Promise<void> {
    return this.#turns.pause(signal)
  }

  rest(name: string): Promise<void> {
    return this.#turns.rest(name)
  }

  /**
   * Those whose status is not filled first: one that is filled in between is among the others, which
   * are read afterwards.
   */
  async #readAll(username: string): Promise<readonly JsonObject[]> {
    const limit = AbortSignal.timeout(fiveSeconds)
    const signal = AbortSignal.any([this.#stopping.signal, limit])
    const unfilled = await this.#select('', signal)
    const filled = await this.#select(username, signal)
    const names = new Set(filled.map(nameOf))
    return [...unfilled.filter((one) => !names.has(nameOf(one))), ...filled]
  }

  async #select(username: string, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const fieldSelector = `status.subject.username=${escaped(username)}`
    const path = `${pathOf(resource)}?${new URLSearchParams({ fieldSelector }).toString()}`
    const answer = await this.#api.send({ method: 'GET', path, signal })
    // Nobody has installed the kind: there are none.
    if (answer.status === 404) return []
    const items = at(answer.body, 'items')
    if (!isGood(answer) || !Array.isArray(items)) {
      throw unexpected(`list ${resource.resource}`, answer)
    }
    const grants = (items as readonly Json[]).filter(isJsonObject)
    for (const grant of grants) this.#watch.found(grant)
    return grants
  }

  #found(what: string, answer: ApiAnswer): JsonObject {
    const { body } = answer
    if (!isGood(answer) || !isJsonObject(body)) throw unexpected(what, answer)
    this.#watch.found(body)
    return body
  }

  #tell(grant: JsonObject, log: Log): void {
    for (const listener of this.#listeners) {
      try {
        listener(grant)
      } catch (error) {
        log.error('grant_not_followed', { err: error as Error })
      }
    }
  }
}

function toHead(name: string, resourceVersion: string): JsonObject {
  return {
    apiVersion: `${group}/${version}`,
    kind: grantKind.kind,
    metadata: { name, resourceVersion },
  }
}

/** Of a field selector; names of users may hold anything. */
function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, String.raw`\$&`)
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}

function withoutManagers(grant: JsonObject): JsonObject {
  const metadata = at(grant, 'metadata')
  if (!isJsonObject(metadata)) return grant
  const { managedFields: _managers, ...kept } = metadata
  return { ...grant, metadata: kept }
}
