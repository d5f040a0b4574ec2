import type { PolicySource } from '../../config/policy-file.ts'
import type { GrantStore } from '../../core/breakglass/grant-store.ts'
import { nextStatus } from '../../core/breakglass/life-cycle.ts'
import { fillStatus, type Activation } from '../../core/breakglass/next-status.ts'
import { queueing } from '../../core/breakglass/queue.ts'
import type { BreakGlass } from '../../core/decision/case.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import type { BreakGlassIssuer, Policy } from '../../core/policy/schema.ts'
import type { Api } from '../../kubernetes/api.ts'
import { openGrants } from '../../kubernetes/grants.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { WatchState } from '../../kubernetes/watch-state.ts'
import type { Check } from '../../server/health.ts'
import type { BreakGlassMetrics } from '../../telemetry/break-glass-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { openIssuers } from '../issuers.ts'
import { keysPlaceOf } from '../keys-source.ts'
import { HoldNotes } from './holds.ts'

export interface BreakGlassOptions {
  readonly api: Api
  readonly policy: PolicySource
  /** For keys that were fetched. */
  readonly keysDir: string
  readonly metrics: BreakGlassMetrics
  readonly now: () => number
  readonly log: Log
}

/** What decisions know of break-glass: the grants of the cluster, and whose tokens count. */
export interface ServedBreakGlass {
  /** Of one review, under the policy that it is judged by. */
  of(policy: Policy): BreakGlass
  checks(): readonly Check[]
  /** Resolves when nothing of it is going on any more. */
  stop(): Promise<void>
}

/** Resolves when the keys of issuers were looked for once. */
export async function openBreakGlass(options: BreakGlassOptions): Promise<ServedBreakGlass> {
  const { api, policy, keysDir, metrics, now, log } = options
  const placeOf = (issuer: BreakGlassIssuer) => keysPlaceOf(issuer, keysDir)
  const issuers = openIssuers({ policy, log, placeOf })
  await issuers.start()
  const onUnknownUses = () => {
    metrics.holdsUnknown()
  }
  const grants = openGrants({ api, now, log, onUnknownUses })
  const store = queueing(grants)
  const filling = new Filling({ store, now, log })
  const holds = new HoldNotes(store, log)
  return {
    of: (current) => ({
      grants: store,
      issuers: issuers.trusted(current),
      freshIssuers: () => issuers.fresh(current),
      onActivation: (activation) => {
        filling.begin(activation)
      },
      onHeld: (held) => {
        holds.note(held)
      },
    }),
    checks: () => [...issuers.checks(), toCheck(grants.state())],
    stop: async () => {
      await Promise.all([filling.stop(), holds.stop(), issuers.stop()])
      await grants.stop()
    },
  }
}

interface FillingOptions {
  readonly store: GrantStore
  readonly now: () => number
  readonly log: Log
}

/** The API server stores what was admitted within this time, or never. */
const longestWait = 35_000
const shortestPause = 20
const longestPause = 500

/**
 * Fills the status of grants that were admitted here, as soon as they are stored: only that request
 * showed the groups and the credential of the holder. What becomes of nothing is left to the first use.
 */
class Filling {
  readonly #options: FillingOptions
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: FillingOptions) {
    this.#options = options
  }

  begin(activation: Activation): void {
    const running = this.#fill(activation).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #fill(activation: Activation): Promise<void> {
    const { store, log } = this.#options
    const { grant } = activation.token
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(longestWait)])
    let why = 'it was not stored'
    for (let wait = shortestPause; !signal.aborted; wait = Math.min(wait * 2, longestPause)) {
      const change = (object: JsonObject) => Promise.resolve(this.#filled(activation, object))
      const amended = await store.amend(grant, change, signal)
      if (amended.kind === 'done') {
        log.info('grant_activated', { grant, issuer: activation.token.issuer })
        return
      }
      if (amended.kind === 'failed') why = amended.why
      await pause(wait, signal)
    }
    if (!this.#stopping.signal.aborted) log.warn('grant_not_filled', { grant, why })
  }

  #filled(activation: Activation, object: JsonObject) {
    const filled = fillStatus(activation, object)
    if (filled.kind === 'leave') return filled
    const { status } = filled
    const next = nextStatus({ ...object, status }, this.#options.now())
    return { ...filled, status: next ?? status }
  }
}

function toCheck({ isServed, isSynced, objects, blindSince, problem }: WatchState): Check {
  const name = 'grants'
  if (isServed === false) return { name, ok: false, detail: 'BreakGlassGrant is not installed' }
  const why = problem === undefined ? '' : `: ${problem}`
  const detail = isSynced ? `${objects} known${why}` : `were never listed${why}`
  return { name, ok: isSynced && blindSince === undefined, detail }
}
