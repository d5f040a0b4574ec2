import { isJsonObject, stringAt, at, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { Log } from '../telemetry/log.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'
import { pause } from './wait.ts'

export interface LeaseOptions {
  readonly api: Api
  readonly namespace: string
  readonly name: string
  /** Another one for each process, also for each start of it. */
  readonly identity: string
  /**
   * Epoch ms. Times of others are never compared with it: a Lease counts as held until it has not
   * changed for its duration by this clock, so that clocks may differ, if not in speed.
   */
  readonly now: () => number
  readonly log: Log
  /** How long others wait for a holder that has fallen silent. */
  readonly durationMs?: number
  /** A holder that could not renew for so long stops by itself: before anybody takes over. */
  readonly renewDeadlineMs?: number
  readonly retryMs?: number
}

/** The active one's work: ends soon after its signal is aborted. */
export type Work = (signal: AbortSignal) => Promise<void>

/**
 * Waits for the Lease, works while it is held, stops when it is lost, and so on until `signal`; then
 * hands the Lease over. Work that ends by itself, or throws, ends this too.
 */
export async function whileHolding(
  options: LeaseOptions,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  const lease = new Lease(options)
  while (!signal.aborted) {
    await lease.acquire(signal)
    if (signal.aborted) return
    await holdWhile(lease, work, signal)
    if (!lease.wasLost) return
  }
}

async function holdWhile(lease: Lease, work: Work, signal: AbortSignal): Promise<void> {
  const ending = new AbortController()
  const finished = new AbortController()
  const renewing = lease.renewUntilLost(finished.signal).finally(() => {
    ending.abort()
  })
  try {
    await work(AbortSignal.any([signal, ending.signal]))
  } catch (error) {
    // What was interrupted may say so in any way.
    if (!signal.aborted && !ending.signal.aborted) throw error
  } finally {
    finished.abort()
    await renewing
    await lease.release()
  }
}

/** `conflict`: somebody wrote it at the same moment; the next look shows who. */
type Taking = 'ours' | 'theirs' | 'conflict'

interface Seen {
  readonly version: string
  readonly at: number
}

class Lease {
  readonly #options: LeaseOptions
  readonly #durationMs: number
  readonly #renewDeadlineMs: number
  readonly #retryMs: number
  /** The last change by anybody, and when we noticed it. */
  #seen: Seen | undefined
  wasLost = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#durationMs = options.durationMs ?? 15_000
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000
    this.#retryMs = options.retryMs ?? 2_000
  }

  /** Returns when it is ours, or when nobody wants it any more. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { log, identity } = this.#options
    let complaint = ''
    while (!signal.aborted) {
      try {
        if ((await this.#take(this.#renewDeadlineMs / 2)) === 'ours') {
          this.wasLost = false
          log.info('lease_acquired', { holder: identity })
          return
        }
        complaint = ''
      } catch (error) {
        const { message } = error as Error
        if (message !== complaint) log.warn('lease_unavailable', { err: error as Error })
        complaint = message
      }
      await pause(this.#retryMs, signal)
    }
  }

  /** Resolves when it is lost, or after `signal`. */
  async renewUntilLost(signal: AbortSignal): Promise<void> {
    const { now, log, identity } = this.#options
    // Counted from before the request: from then on others count too.
    let renewedAt = this.#seen?.at ?? now()
    while (!signal.aborted) {
      await pause(Math.min(this.#retryMs, this.#timeLeft(renewedAt)), signal)
      if (signal.aborted) return
      const startedAt = now()
      const outcome = await this.#renew(this.#timeLeft(renewedAt))
      if (outcome === 'ours') renewedAt = startedAt
      if (outcome === 'theirs' || this.#timeLeft(renewedAt) <= 0) break
    }
    if (signal.aborted) return
    this.wasLost = true
    log.warn('lease_lost', { holder: identity })
  }

  /** So that the next one need not wait. Whoever cannot say goodbye is waited for. */
  async release(): Promise<void> {
    if (this.wasLost) return
    try {
      const lease = await this.#read(this.#retryMs)
      if (holderOf(lease) !== this.#options.identity) return
      await this.#write(lease, { holder: '', timeoutMs: this.#retryMs })
    } catch (error) {
      this.#options.log.warn('lease_not_released', { err: error as Error })
    }
  }

  #timeLeft(renewedAt: number): number {
    const elapsed = this.#options.now() - renewedAt
    // A clock that was set back says nothing about how long it has been.
    return elapsed < 0 ? 0 : this.#renewDeadlineMs - elapsed
  }

  async #renew(timeLeft: number): Promise<Taking | 'failed'> {
    // A process that was stopped for long wakes up here: the Lease may be another's already.
    if (timeLeft <= 0) return 'failed'
    try {
      return await this.#take(Math.min(timeLeft, this.#renewDeadlineMs / 2))
    } catch {
      return 'failed'
    }
  }

  /** Takes it, or keeps it, if it may. */
  async #take(timeoutMs: number): Promise<Taking> {
    const { identity, now } = this.#options
    const startedAt = now()
    const lease = await this.#read(timeoutMs)
    this.#notice(lease, startedAt)
    const holder = holderOf(lease)
    if (holder !== '' && holder !== identity && !this.#hasExpired(lease)) return 'theirs'
    const written = await this.#write(lease, { holder: identity, timeoutMs })
    if (written === undefined) return 'conflict'
    this.#seen = { version: versionOf(written), at: startedAt }
    return 'ours'
  }

  #notice(lease: JsonObject | undefined, at: number): void {
    const version = versionOf(lease)
    if (this.#seen?.version !== version) this.#seen = { version, at }
  }

  /** By the duration that its holder promised, as one of another release may have another. */
  #hasExpired(lease: JsonObject | undefined): boolean {
    const seconds = at(lease, 'spec', 'leaseDurationSeconds')
    const duration = typeof seconds === 'number' ? seconds * 1000 : this.#durationMs
    return this.#options.now() >= (this.#seen?.at ?? 0) + duration
  }

  async #read(timeoutMs: number): Promise<JsonObject | undefined> {
    const { api, name } = this.#options
    const path = pathOf(this.#collection, name)
    const answer = await api.send({ method: 'GET', path, timeoutMs })
    if (answer.status === 404) return undefined
    if (!isGood(answer) || !isJsonObject(answer.body))
      throw unexpected(`get leases ${name}`, answer)
    return answer.body
  }

  /** Compare and set: undefined when somebody else was faster. */
  async #write(
    lease: JsonObject | undefined,
    { holder, timeoutMs }: { readonly holder: string; readonly timeoutMs: number },
  ): Promise<JsonObject | undefined> {
    const { api, name } = this.#options
    const body = this.#next(lease, holder)
    const answer = await (lease === undefined
      ? api.send({ method: 'POST', path: pathOf(this.#collection), body, timeoutMs })
      : api.send({ method: 'PUT', path: pathOf(this.#collection, name), body, timeoutMs }))
    if (answer.status === 409) return undefined
    // It was removed meanwhile; for a new one, its namespace is not there.
    if (answer.status === 404 && lease !== undefined) return undefined
    if (!isGood(answer) || !isJsonObject(answer.body)) {
      throw unexpected(`write leases ${name}`, answer)
    }
    return answer.body
  }

  #next(lease: JsonObject | undefined, holder: string): JsonObject {
    const { name, namespace, now } = this.#options
    const time = microTime(now())
    const isChange = holderOf(lease) !== holder && holder !== ''
    const transitions = at(lease, 'spec', 'leaseTransitions')
    const count = typeof transitions === 'number' ? transitions : 0
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      // With its resourceVersion, which is the comparison.
      metadata: lease?.['metadata'] ?? { name, namespace },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
        acquireTime: isChange ? time : (at(lease, 'spec', 'acquireTime') ?? time),
        renewTime: time,
        leaseTransitions: lease !== undefined && isChange ? count + 1 : count,
      },
    }
  }

  get #collection() {
    const { namespace } = this.#options
    return { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace }
  }
}

function holderOf(lease: JsonObject | undefined): string {
  return stringAt(lease, 'spec', 'holderIdentity') ?? ''
}

function versionOf(lease: Json | undefined): string {
  return stringAt(lease, 'metadata', 'resourceVersion') ?? ''
}

/** MicroTime: exactly six digits of a second. */
function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}
