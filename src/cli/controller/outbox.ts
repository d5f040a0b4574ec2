import type { PolicySource } from '../../config/policy-file.ts'
import { hasCondition } from '../../core/breakglass/conditions.ts'
import { readGrant } from '../../core/breakglass/grant.ts'
import type { Changed, GrantStore } from '../../core/breakglass/grant-store.ts'
import { postMortemName } from '../../core/breakglass/life-cycle.ts'
import { deliveryTo, pendingFor } from '../../core/breakglass/outbox/deliveries.ts'
import type { Told } from '../../core/breakglass/outbox/event.ts'
import { eventsOf } from '../../core/breakglass/outbox/events.ts'
import { isHolding } from '../../core/breakglass/outbox/hold-events.ts'
import { outboxStatus } from '../../core/breakglass/outbox/outbox-status.ts'
import type { Sink } from '../../core/breakglass/outbox/sink.ts'
import { bypassActor } from '../../core/breakglass/post-mortem-bypass.ts'
import { amending, queueing } from '../../core/breakglass/queue.ts'
import { GuardError } from '../../core/errors.ts'
import { at, stringAt, type JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { postMortemStatuses } from '../../kubernetes/bypass-post-mortems.ts'
import { clusterUid } from '../../kubernetes/cluster.ts'
import { openGrants, type ClusterGrants } from '../../kubernetes/grants.ts'
import { hasFinalizer, putFinalizer } from '../../kubernetes/grants-finalizer.ts'
import { openPostMortems, type PostMortems } from '../../kubernetes/post-mortem-watch.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { isBurst, openUsesOf } from './followed-grant.ts'
import { Backlog } from './outbox-backlog.ts'
import { OutboxRounds, type Due, type Look } from './outbox-rounds.ts'
import { outboxSinks, type ReachedSink } from './outbox-sinks.ts'

export interface OutboxOptions {
  readonly api: Api
  readonly policy: PolicySource
  readonly metrics: ControllerMetrics
  /** Which of us it is. */
  readonly instance: string
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
}

/** Clocks, failures and the files of sinks are looked at so often; what changes, at once. */
const everySecond = 1_000
/** Until then its status is about to be filled, and says more. */
const fillingTime = 60_000

/**
 * The active controller's outbox, until the signal: every sink is told every event that the state of
 * a grant, or of a PostMortem without one, implies, at least once and in order, and the state says who
 * was told what. A grant is kept until it is archived.
 */
export async function keepOutbox(options: OutboxOptions, signal: AbortSignal): Promise<void> {
  const uid = await untilKnown(options, signal)
  if (uid === undefined) return
  await new OutboxKeeper(options, uid).run(signal)
}

async function untilKnown({ api, log }: OutboxOptions, signal: AbortSignal) {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await clusterUid(api, signal)
    } catch (error) {
      if (attempt === 1 && !signal.aborted) log.warn('outbox_waits', { err: error as Error })
      await pause(everySecond, signal)
    }
  }
  return undefined
}

class OutboxKeeper {
  readonly #options: OutboxOptions
  readonly #grants: ClusterGrants
  readonly #postMortems: PostMortems
  readonly #store: Pick<GrantStore, 'amend'>
  readonly #rounds: OutboxRounds
  readonly #reach: () => Promise<readonly ReachedSink[]>
  readonly #backlog = new Backlog()
  /** Names of all grants, and of all PostMortems without one. */
  readonly #known = new Set<string>()
  /** Names of those that changed, or could not be looked after. */
  readonly #waiting = new Set<string>()
  readonly #complaints = new Map<string, string>()
  #sinks: readonly ReachedSink[] = []
  #wake = new AbortController()

  constructor(options: OutboxOptions, uid: string) {
    const lookAt = (grant: string) => {
      this.#lookAt(grant)
    }
    this.#options = options
    this.#grants = openGrants(options)
    this.#postMortems = openPostMortems({ ...options, onChange: lookAt, onBypass: lookAt })
    const [grants, bypasses] = [queueing(this.#grants), amending(postMortemStatuses(options.api))]
    this.#store = {
      amend: (name, change, signal) =>
        (this.#bypass(name) === undefined ? grants : bypasses).amend(name, change, signal),
    }
    this.#reach = outboxSinks(options)
    this.#rounds = new OutboxRounds({
      ...options,
      store: this.#store,
      teller: () => ({
        clusterUid: uid,
        cluster: options.policy.current().policy.metadata.name,
      }),
      sinks: () => this.#wanted(),
      toldOf: (name, grant) => this.#toldOf(name, grant),
      onEnd: lookAt,
      onTrouble: (grant, error) => {
        this.#complain(grant, error)
      },
    })
    this.#grants.onChange((grant) => {
      lookAt(stringAt(grant, 'metadata', 'name') ?? '')
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    const { policy, metrics } = this.#options
    const unfollow = policy.onChange(() => {
      for (const name of this.#known) this.#lookAt(name)
    })
    try {
      while (!signal.aborted) await this.#attendAll(signal)
    } finally {
      unfollow()
      await this.#rounds.ended()
      await Promise.all([this.#grants.stop(), this.#postMortems.stop()])
      metrics.setOutbox(new Map())
    }
  }

  async #attendAll(signal: AbortSignal): Promise<void> {
    const { metrics, now } = this.#options
    this.#wake = new AbortController()
    const names = new Set([...this.#waiting, ...this.#backlog.names()])
    this.#waiting.clear()
    this.#sinks = await this.#reach()
    for (const name of names) if (!signal.aborted) await this.#attend(name, signal)
    const sinks = this.#wanted().map(({ name }) => name)
    metrics.setOutbox(this.#backlog.bySink(sinks, now()))
    await pause(everySecond, AbortSignal.any([signal, this.#wake.signal]))
  }

  #lookAt(name: string): void {
    this.#known.add(name)
    this.#waiting.add(name)
    this.#wake.abort()
  }

  async #attend(name: string, signal: AbortSignal): Promise<void> {
    const grant = this.#bypass(name) ?? this.#grants.get(name)
    if (grant === undefined) {
      for (const known of [this.#known, this.#complaints]) known.delete(name)
      this.#backlog.settle(name)
      return
    }
    try {
      await this.#keep({ name, told: this.#toldOf(name, grant), signal })
      this.#complaints.delete(name)
    } catch (error) {
      if (signal.aborted) return
      this.#waiting.add(name)
      this.#complain(name, error as Error)
    }
  }

  async #keep(look: Look): Promise<void> {
    const { name, told } = look
    const isKept = await this.#keepFinalizer(look)
    if (this.#isFilling(told.grant)) {
      this.#backlog.put(name, new Map())
      return
    }
    const due = this.#dueOf(told)
    const isQuiet = due.length === 0 && isKept && !isHolding(told.grant, told.now)
    if (isQuiet) this.#backlog.settle(name)
    else this.#backlog.put(name, new Map(due.map(({ sink, pending }) => [sink.name, pending])))
    // Somebody waits for each use to be stored; whoever is told, is so a moment later.
    if (!isQuiet && isBurst(openUsesOf(told.grant), told.now)) return
    for (const one of due) this.#rounds.start(one, look)
    // A round says at its end how it stands.
    if (!this.#rounds.isBusy(name)) await this.#keepConditions(look)
  }

  /** What was archived goes when somebody wants it to; all else stays. Whether it is so. */
  async #keepFinalizer({ told: { grant }, signal }: Look): Promise<boolean> {
    // Nobody deletes a PostMortem.
    if (bypassActor(grant) !== undefined) return true
    const isKept = !hasCondition(grant, 'Archived')
    const isBeingDeleted = at(grant, 'metadata', 'deletionTimestamp') !== undefined
    if (hasFinalizer(grant) === isKept || (isKept && isBeingDeleted)) return true
    return (await putFinalizer(this.#options.api, { grant, isKept }, signal)) === 'done'
  }

  #isFilling(object: JsonObject): boolean {
    if (bypassActor(object) !== undefined) return false
    const grant = readGrant(object)
    if (grant === undefined) throw new GuardError('ManifestInvalid', 'the grant cannot be read')
    return grant.status === undefined && this.#options.now() < grant.createdAt + fillingTime
  }

  /** A sink that came after it was archived is told nothing of it. */
  #dueOf(told: Told): readonly Due[] {
    const { grant } = told
    const events = eventsOf(told)
    const isArchived = hasCondition(grant, 'Archived')
    return this.#sinks.flatMap((reached): readonly Due[] => {
      const delivery = deliveryTo(reached.sink.name, grant)
      const pending = pendingFor(events, reached.sink, delivery)
      const isDue = pending.length > 0 && !(isArchived && delivery === undefined)
      return isDue ? [{ ...reached, pending }] : []
    })
  }

  async #keepConditions({ name, told, signal }: Look): Promise<void> {
    const next = (grant: JsonObject) => outboxStatus(this.#toldOf(name, grant), this.#wanted())
    if (next(told.grant) === undefined) return
    const change = (grant: JsonObject): Promise<Changed<undefined>> => {
      const status = next(grant)
      return Promise.resolve(
        status === undefined
          ? { kind: 'leave', answer: undefined }
          : { kind: 'store', status, answer: undefined },
      )
    }
    const amended = await this.#store.amend(name, change, signal)
    if (amended.kind === 'failed') throw new GuardError('ClusterUnreachable', amended.why)
  }

  #toldOf(name: string, grant: JsonObject): Told {
    const now = this.#options.now()
    if (bypassActor(grant) !== undefined) return { grant, postMortem: grant, now }
    return { grant, postMortem: this.#postMortems.get(postMortemName(name)), now }
  }

  #bypass(name: string): JsonObject | undefined {
    const found = this.#postMortems.get(name)
    return bypassActor(found) === undefined ? undefined : found
  }

  #wanted(): readonly Sink[] {
    return this.#sinks.map(({ sink }) => sink)
  }

  /** Once for each trouble, not for each attempt. */
  #complain(grant: string, error: Error): void {
    if (this.#complaints.get(grant) === error.message) return
    this.#complaints.set(grant, error.message)
    this.#options.log.warn('outbox_not_kept', { grant, err: error })
  }
}
