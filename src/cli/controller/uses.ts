import type { GrantStore } from '../../core/breakglass/grant-store.ts'
import { holdTold } from '../../core/breakglass/held-status.ts'
import type { LiveTarget } from '../../core/breakglass/live-target.ts'
import { trackedUses, type TrackedUse } from '../../core/breakglass/tracked-use.ts'
import { holdsToldBy } from '../../core/breakglass/told-holds.ts'
import { statusWithOutcomes, type UseOutcome } from '../../core/breakglass/use-outcome.ts'
import { kustomization } from '../../core/engines/flux/kustomization.ts'
import { GuardError } from '../../core/errors.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { ClusterGrants } from '../../kubernetes/grants.ts'
import { readTarget } from '../../kubernetes/live-targets.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Log } from '../../telemetry/log.ts'
import { FollowedGrant, isBurst, openUsesOf } from './followed-grant.ts'
import type { GitSide } from './git-side.ts'
import { lookAfter, type UseNews, type UseRound } from './use-round.ts'

export interface UseKeeperOptions {
  readonly api: Api
  readonly grants: ClusterGrants
  readonly store: GrantStore
  readonly git: GitSide
  readonly now: () => number
  readonly log: Log
}

const everySecond = 1_000
/** Of one grant, with all that is asked of the cluster and of Git. */
const longestLook = 60_000
const nothing: ReadonlyMap<number, string> = new Map()

/**
 * Follows every use until it is resolved: whether it was stored, and what has become of it in the cluster
 * and in Git. Nothing waits for it.
 */
export class UseKeeper {
  readonly #options: UseKeeperOptions
  /** By grant. */
  readonly #followed = new Map<string, FollowedGrant>()
  readonly #complaints = new Map<string, string>()
  /** Told of grants of which something new is known. */
  onNews: (grant: string) => void = () => undefined
  #wake = new AbortController()

  constructor(options: UseKeeperOptions) {
    this.#options = options
  }

  /** Why the uses of a grant are open, as far as somebody has looked. */
  whyOpen(grant: string): ReadonlyMap<number, string> {
    return this.#followed.get(grant)?.why ?? nothing
  }

  async run(signal: AbortSignal): Promise<void> {
    const { grants, git } = this.#options
    const unfollow = grants.onChange((grant) => {
      this.#changed(stringAt(grant, 'metadata', 'name') ?? '')
    })
    git.onMove = () => {
      for (const followed of this.#followed.values()) followed.hurry()
      this.#wake.abort()
    }
    while (!signal.aborted) {
      this.#wake = new AbortController()
      await this.#attendAll(signal)
      await pause(everySecond, AbortSignal.any([signal, this.#wake.signal]))
    }
    unfollow()
  }

  #changed(name: string): void {
    const now = this.#options.now()
    const followed = this.#followed.get(name) ?? new FollowedGrant()
    this.#followed.set(name, followed)
    followed.changed(now)
    if (followed.isDue(now)) this.#wake.abort()
  }

  async #attendAll(signal: AbortSignal): Promise<void> {
    // What is known of some grants only says nothing of the others.
    const { isSynced, blindSince } = this.#options.grants.state()
    if (!isSynced || blindSince !== undefined) return
    const now = this.#options.now()
    const due = [...this.#followed].filter(([, followed]) => followed.isDue(now))
    for (const [name, followed] of due) {
      if (!signal.aborted) await this.#attend(name, followed, signal)
    }
  }

  async #attend(name: string, followed: FollowedGrant, signal: AbortSignal): Promise<void> {
    const grant = this.#options.grants.get(name)
    const open = grant === undefined ? [] : openUsesOf(grant)
    if (open.length === 0) {
      this.#followed.delete(name)
      this.#complaints.delete(name)
      return
    }
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(longestLook)])
      const outcomes = await this.#look(name, { open, followed, signal: limit })
      if (!isBurst(open, this.#options.now())) {
        await this.#write(name, outcomes, limit)
        await this.#tellHolds(name, open, limit)
      }
      this.#complaints.delete(name)
    } catch (error) {
      if (!signal.aborted) this.#complain(name, error as Error)
    }
  }

  async #look(name: string, { open, followed, signal }: Look): Promise<readonly UseOutcome[]> {
    const { git, now, grants } = this.#options
    const at = now()
    const read = this.#reader(signal)
    const others = () => grants.all().flatMap(trackedUses)
    const round: UseRound = { read, ground: git.ground(signal), others, now: at }
    const before = JSON.stringify([...followed.why])
    const news: UseNews[] = []
    for (const use of followed.begin(open, at)) news.push(await lookOrTell(use, round, signal))
    const outcomes = followed.take(news, at)
    if (JSON.stringify([...followed.why]) !== before) this.onNews(name)
    return outcomes
  }

  async #write(name: string, outcomes: readonly UseOutcome[], signal: AbortSignal): Promise<void> {
    const { store, grants } = this.#options
    const known = grants.get(name)
    if (known === undefined || statusWithOutcomes(known, outcomes).kind === 'leave') return
    const change = (grant: JsonObject) => Promise.resolve(statusWithOutcomes(grant, outcomes))
    const amended = await store.amend(name, change, signal)
    if (amended.kind === 'failed') throw new GuardError('ClusterUnreachable', amended.why)
  }

  async #tellHolds(name: string, open: readonly TrackedUse[], signal: AbortSignal): Promise<void> {
    const { git, grants, store } = this.#options
    const ground = git.ground(signal)
    const known = grants.get(name)
    if (typeof ground === 'string' || known === undefined) return
    const told = ground.engineObjects.list(kustomization).flatMap(holdsToldBy)
    const ours = told.filter(({ grant, use }) => grant === name && open.some(({ n }) => n === use))
    for (const held of ours) {
      if (holdTold(known, held).kind === 'leave') continue
      const change = (grant: JsonObject) => Promise.resolve(holdTold(grant, held))
      const amended = await store.amend(name, change, signal)
      if (amended.kind === 'failed') throw new GuardError('ClusterUnreachable', amended.why)
    }
  }

  /** A drain writes many objects, and a person one object many times: each is read once. */
  #reader(signal: AbortSignal): UseRound['read'] {
    const reads = new Map<string, Promise<LiveTarget>>()
    return ({ target }) => {
      const { kind: _kind, uid: _uid, ...place } = target
      const key = JSON.stringify(place)
      const reading = reads.get(key) ?? readTarget(this.#options.api, target, signal)
      reads.set(key, reading)
      return reading
    }
  }

  /** Once for each trouble, not for each attempt. */
  #complain(name: string, error: Error): void {
    if (this.#complaints.get(name) === error.message) return
    this.#complaints.set(name, error.message)
    this.#options.log.warn('uses_not_followed', { grant: name, err: error })
  }
}

/** What cannot be found out about one does not keep the others waiting. */
async function lookOrTell(use: TrackedUse, round: UseRound, signal: AbortSignal): Promise<UseNews> {
  try {
    return await lookAfter(use, round)
  } catch (error) {
    if (signal.aborted || !(error instanceof GuardError)) throw error
    return { n: use.n, state: use.state, why: error.message }
  }
}

interface Look {
  readonly open: readonly TrackedUse[]
  readonly followed: FollowedGrant
  readonly signal: AbortSignal
}
