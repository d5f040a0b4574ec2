import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineObjects } from '../../core/engines/engine-objects.ts'
import type { Policy } from '../../core/policy/schema.ts'
import { findPlans, type PlansInForce } from '../../core/provenance/plans-in-force.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Estate } from './estate.ts'

export interface PlanKeeperOptions extends Pick<Ground, 'cluster' | 'now'> {
  readonly policy: () => Policy
  readonly estate: Estate
  readonly objects: EngineObjects
  readonly log: Log
}

/** Changes come in bursts: a commit moves a branch, and then one engine object after the other. */
const burstMs = 20
const longestMs = 60_000
/** After a failure, or while a repository is not fetched. */
const againMs = 2_000

/**
 * Keeps what the engines' objects declare in the index. What they say is followed in the background:
 * when a mirror moves, when one of them changes, when the policy does.
 */
export class PlanKeeper {
  readonly #options: PlanKeeperOptions
  readonly #stopping = new AbortController()
  #plans: PlansInForce['plans'] = new Map()
  #told: ReadonlyMap<string, string> = new Map()
  #running: Promise<void> | undefined
  #isDue = false

  constructor(options: PlanKeeperOptions) {
    this.#options = options
  }

  /** Something may have changed. */
  follow(): void {
    this.#isDue = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Waits until everything that is known by now is followed; false if it was already. */
  async settled(signal: AbortSignal): Promise<boolean> {
    const running = this.#running
    if (running === undefined || signal.aborted) return false
    const { promise, resolve } = Promise.withResolvers<void>()
    const onAbort = () => {
      resolve()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    await Promise.race([running, promise])
    signal.removeEventListener('abort', onAbort)
    return !signal.aborted
  }

  async stop(): Promise<void> {
    this.#isDue = false
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#isDue && !signal.aborted) {
      await sleep(burstMs, undefined, { signal }).catch(() => undefined)
      this.#isDue = false
      try {
        await this.#find()
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.warn('plans_not_followed', { err: error as Error })
        setTimeout(() => {
          if (!signal.aborted) this.follow()
        }, againMs).unref()
      }
    }
  }

  async #find(): Promise<void> {
    const { policy, estate, objects, cluster, now } = this.#options
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(longestMs)])
    const before = this.#plans
    const ground: Ground = {
      policy: policy(),
      repositories: estate.repositories,
      declarations: estate.declarations,
      cluster,
      engineObjects: objects,
      now,
      signal,
    }
    const found = await findPlans(objects, ground, (plans) => estate.setPlans(both(before, plans)))
    this.#plans = found.plans
    await estate.setPlans(found.plans)
    this.#tell(found)
  }

  #tell({ plans, refused }: PlansInForce): void {
    const { log } = this.#options
    for (const [object, why] of refused) {
      if (this.#told.get(object) !== why) log.warn('plan_not_in_force', { object, why })
    }
    this.#told = refused
    const count = [...plans.values()].reduce((sum, each) => sum + each.length, 0)
    log.debug('plans_in_force', { plans: count, refused: refused.size })
  }
}

/** While it is looked for what counts, what counted still does. */
function both(before: PlansInForce['plans'], next: PlansInForce['plans']): PlansInForce['plans'] {
  const names = new Set([...before.keys(), ...next.keys()])
  return new Map(
    [...names].map((name) => [name, [...(next.get(name) ?? []), ...(before.get(name) ?? [])]]),
  )
}
