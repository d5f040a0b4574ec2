import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineObjects } from '../../core/engines/engine-objects.ts'
import { GuardError } from '../../core/errors.ts'
import { isOfOne, type Plan } from '../../core/plans/plan.ts'
import type { Policy } from '../../core/policy/schema.ts'
import { enginesOf } from '../../core/provenance/engine-state.ts'
import { findPlans, type PlansInForce } from '../../core/provenance/plans-in-force.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Estate } from './estate.ts'

export interface PlanKeeperOptions extends Pick<Ground, 'cluster' | 'now'> {
  readonly policy: () => Policy
  readonly estate: Pick<Estate, 'setPlans'> & Pick<Ground, 'repositories' | 'declarations'>
  readonly objects: EngineObjects
  /** Whether all engine objects were listed once: before, none is no answer. */
  readonly isSynced: () => boolean
  readonly log: Log
  readonly timing?: PlanTiming
}

export interface PlanTiming {
  /** Changes come in bursts: a commit moves a branch, and then one engine object after the other. */
  readonly burstMs: number
  readonly longestMs: number
  /** After a failure, or before all engine objects were listed. */
  readonly againMs: number
  /** While nobody knows of an engine object. */
  readonly unknownMs: number
}

export const usualTiming: PlanTiming = {
  burstMs: 20,
  longestMs: 60_000,
  againMs: 2_000,
  unknownMs: 30_000,
}

/**
 * Keeps what the engines' objects declare in the index. What they say is followed in the background:
 * when a mirror moves, when one of them changes, when the policy does.
 */
export class PlanKeeper {
  readonly #options: PlanKeeperOptions
  readonly #timing: PlanTiming
  readonly #stopping = new AbortController()
  #known = Promise.withResolvers<void>()
  #plans: PlansInForce['plans'] = new Map()
  #told: ReadonlyMap<string, string> = new Map()
  #running: Promise<void> | undefined
  #isDue = false
  #isKnown = false

  constructor(options: PlanKeeperOptions) {
    this.#options = options
    this.#timing = options.timing ?? usualTiming
  }

  /** Something may have changed. */
  follow(): void {
    this.#isDue = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Whether all engine objects were listed and followed once, where any count. */
  isKnown(): boolean {
    const { policy, isSynced } = this.#options
    return enginesOf(policy()).length === 0 || (this.#isKnown && isSynced())
  }

  /** Waits until everything that is known by now is followed; false if it was already. */
  async settled(signal: AbortSignal): Promise<boolean> {
    const waiting = this.isKnown() ? this.#running : this.#known.promise
    if (waiting === undefined || signal.aborted) return false
    await inTime(waiting, signal).catch(() => undefined)
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
      await sleep(this.#timing.burstMs, undefined, { signal }).catch(() => undefined)
      this.#isDue = false
      try {
        await this.#followAll()
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.warn('plans_not_followed', { err: error as Error })
        this.#followIn(this.#timing.againMs)
      }
    }
  }

  async #followAll(): Promise<void> {
    const wasSynced = this.#options.isSynced()
    const before = this.#plans
    const found = await this.#find()
    // What is not in force any more may have stood in the way of what declares the same by now.
    const isLess = flatten(before).some((one) => !isAmong(one, found.plans))
    const { refused, unknown } = isLess && found.refused.size > 0 ? await this.#find() : found
    this.#tell(refused)
    this.#setKnown(wasSynced)
    if (!wasSynced) this.#followIn(this.#timing.againMs)
    else if (unknown.length > 0) this.#followIn(this.#timing.unknownMs)
  }

  #setKnown(isKnown: boolean): void {
    if (isKnown) this.#known.resolve()
    else if (this.#isKnown) this.#known = Promise.withResolvers<void>()
    this.#isKnown = isKnown
  }

  async #find(): Promise<PlansInForce> {
    const { policy, estate, objects, cluster, now } = this.#options
    const limit = AbortSignal.timeout(this.#timing.longestMs)
    const signal = AbortSignal.any([this.#stopping.signal, limit])
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
    const set = (plans: PlansInForce['plans']) => inTime(estate.setPlans(plans), signal)
    const offer = (plans: PlansInForce['plans']) => set(both(before, plans))
    const found = await findPlans(objects, ground, { offer, before })
    this.#plans = found.plans
    await set(found.plans)
    return found
  }

  #followIn(milliseconds: number): void {
    const { signal } = this.#stopping
    setTimeout(() => {
      if (!signal.aborted) this.follow()
    }, milliseconds).unref()
  }

  #tell(refused: PlansInForce['refused']): void {
    const { log } = this.#options
    for (const [object, why] of refused) {
      if (this.#told.get(object) !== why) log.warn('plan_not_in_force', { object, why })
    }
    this.#told = refused
    log.debug('plans_in_force', { plans: flatten(this.#plans).length, refused: refused.size })
  }
}

/** The work itself goes on. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => {
      reject(new GuardError('DeadlineExceeded', 'the plans of engines could not be read in time'))
    }
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  })
}

type Placed = readonly [repository: string, plan: Plan]

function flatten(plans: PlansInForce['plans']): readonly Placed[] {
  return [...plans].flatMap(([name, each]) => each.map((plan): Placed => [name, plan]))
}

/** Of the same engine object. */
function isAmong([, { engine }]: Placed, plans: PlansInForce['plans']): boolean {
  return flatten(plans).some(([, plan]) => isOfOne(plan.engine, engine))
}

/** While it is looked for what counts, what counted still does; of each engine object, what it says now. */
function both(before: PlansInForce['plans'], next: PlansInForce['plans']): PlansInForce['plans'] {
  const kept = flatten(before).filter((one) => !isAmong(one, next))
  const all = [...flatten(next), ...kept]
  return new Map(
    [...Map.groupBy(all, ([name]) => name)].map(([name, each]) => [
      name,
      each.map(([, plan]) => plan),
    ]),
  )
}
