import { approvedStatus } from '../../core/breakglass/approved-status.ts'
import { nextStatus, postMortemName } from '../../core/breakglass/life-cycle.ts'
import { toPostMortem } from '../../core/breakglass/post-mortem.ts'
import { toldPostMortem } from '../../core/breakglass/post-mortem-phase.ts'
import type { Changed, GrantStore } from '../../core/breakglass/grant-store.ts'
import { queueing } from '../../core/breakglass/queue.ts'
import { tokenDigest } from '../../core/breakglass/token-digest.ts'
import { GuardError } from '../../core/errors.ts'
import { digest } from '../../core/manifest/canonical.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { openGrants, type ClusterGrants } from '../../kubernetes/grants.ts'
import { listApprovals } from '../../kubernetes/grants-approvals.ts'
import { keepPostMortem } from '../../kubernetes/post-mortems.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Log } from '../../telemetry/log.ts'
import { together } from '../together.ts'
import { openGitSide, type GitSide, type GitSideOptions } from './git-side.ts'
import { UseKeeper } from './uses.ts'

export interface GrantKeeperOptions {
  readonly api: Api
  readonly git: GitSideOptions
  /** Told of what is known of Git once it is open. */
  readonly onGit?: (git: GitSide) => void
  readonly now: () => number
  readonly log: Log
}

/** Clocks and failures are looked at so often; what changes, at once. */
const everySecond = 1_000
/** What people write in a PostMortem, and what is due, is looked at so often. */
const everyFifteenSeconds = 15_000
const openPhases: readonly (string | undefined)[] = ['Pending', 'Active', 'Exhausted']

/**
 * The active controller's work on grants, until the signal: what a decision can do without, and
 * people cannot. Tokens are cleared, post-mortems opened and kept, phases and conditions told, uses
 * followed until Git has caught up with them.
 */
export async function keepGrants(options: GrantKeeperOptions, signal: AbortSignal): Promise<void> {
  const git = await openGitSide(options.git)
  options.onGit?.(git)
  const grants = openGrants(options)
  const store = queueing(grants)
  try {
    const uses = new UseKeeper({ ...options, grants, store, git })
    const keeper = new GrantKeeper(options, { grants, store, uses })
    await together(signal, [(ending) => keeper.run(ending), (ending) => uses.run(ending)])
  } finally {
    await Promise.all([grants.stop(), git.stop()])
  }
}

interface Kept {
  readonly grants: ClusterGrants
  readonly store: GrantStore
  readonly uses: UseKeeper
}

class GrantKeeper {
  readonly #options: GrantKeeperOptions
  readonly #grants: ClusterGrants
  readonly #store: GrantStore
  readonly #uses: UseKeeper
  /** Names of those that changed, or could not be looked after. */
  readonly #waiting = new Set<string>()
  /** Names of those that the clock will change. */
  readonly #open = new Set<string>()
  /** What stands in each PostMortem, as far as we wrote it. */
  readonly #told = new Map<string, string>()
  /** When that was: epoch ms. */
  readonly #toldAt = new Map<string, number>()
  /** When to look at each PostMortem again, until it is closed: epoch ms. */
  readonly #followed = new Map<string, number>()
  readonly #complaints = new Map<string, string>()
  #wake = new AbortController()

  constructor(options: GrantKeeperOptions, { grants, store, uses }: Kept) {
    this.#options = options
    this.#grants = grants
    this.#store = store
    this.#uses = uses
    uses.onNews = (name) => {
      this.#followed.set(name, 0)
      this.#wake.abort()
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const unfollow = this.#grants.onChange((grant) => {
      this.#waiting.add(nameOf(grant))
      this.#wake.abort()
    })
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const names = new Set([...this.#waiting, ...this.#open, ...this.#dueNow()])
      this.#waiting.clear()
      for (const name of names) if (!signal.aborted) await this.#attend(name, signal)
      await pause(everySecond, AbortSignal.any([signal, this.#wake.signal]))
    }
    unfollow()
  }

  async #attend(name: string, signal: AbortSignal): Promise<void> {
    const grant = this.#grants.get(name)
    if (grant === undefined) {
      const maps = [this.#told, this.#toldAt, this.#followed, this.#complaints]
      for (const known of [this.#open, ...maps]) known.delete(name)
      return
    }
    if (openPhases.includes(stringAt(grant, 'status', 'phase'))) this.#open.add(name)
    else this.#open.delete(name)
    try {
      await this.#look(name, grant, signal)
      this.#complaints.delete(name)
    } catch (error) {
      if (signal.aborted) return
      this.#waiting.add(name)
      this.#complain(name, error)
    }
  }

  /** The token first: what stands in the status was read from it. */
  async #look(name: string, grant: JsonObject, signal: AbortSignal): Promise<void> {
    if (isSpent(grant)) await this.#grants.clearToken(name, signal)
    await this.#tell(name, grant, signal)
    const approvals = await this.#approvalsOf(name, grant, signal)
    if (this.#next(grant, approvals) === undefined) return
    const change = (now: JsonObject) => Promise.resolve(toChange(this.#next(now, approvals)))
    const amended = await this.#store.amend(name, change, signal)
    if (amended.kind === 'failed') throw new GuardError('ClusterUnreachable', amended.why)
  }

  async #approvalsOf(name: string, grant: JsonObject, signal: AbortSignal) {
    const isWaiting = stringAt(grant, 'status', 'phase') === 'Pending'
    return isWaiting ? listApprovals(this.#options.api, name, signal) : []
  }

  /** What was approved in time is not too late, however late we are. */
  #next(grant: JsonObject, approvals: readonly JsonObject[]): JsonObject | undefined {
    const approved = approvedStatus(grant, approvals)
    const object = approved === undefined ? grant : { ...grant, status: approved }
    return nextStatus(object, this.#options.now()) ?? approved
  }

  #dueNow(): readonly string[] {
    const now = this.#options.now()
    return [...this.#followed].filter(([, at]) => at <= now).map(([name]) => name)
  }

  async #tell(name: string, grant: JsonObject, signal: AbortSignal): Promise<void> {
    const { api, now } = this.#options
    const content = digest(toPostMortem(grant).status)
    const isDue = (this.#followed.get(name) ?? Infinity) <= now()
    if (this.#told.get(name) === content && !isDue) return
    // Uses come in bursts, and each time all of them are told.
    const next = (this.#toldAt.get(name) ?? -Infinity) + everySecond
    if (now() < next) {
      this.#followed.set(name, next)
      return
    }
    this.#toldAt.set(name, now())
    const why = this.#uses.whyOpen(name)
    const tell = (stored: JsonObject | undefined) =>
      toldPostMortem({ grant, stored, why, now: now() })
    const { isNew, status } = await keepPostMortem(api, postMortemName(name), tell, signal)
    this.#told.set(name, content)
    if (status['phase'] === 'Closed') this.#followed.delete(name)
    // One step may follow another.
    else this.#followed.set(name, now() + (isNew ? everySecond : everyFifteenSeconds))
  }

  /** Once for each trouble, not for each attempt. */
  #complain(name: string, error: unknown): void {
    const { message } = error as Error
    if (this.#complaints.get(name) === message) return
    this.#complaints.set(name, message)
    this.#options.log.warn('grant_not_kept', { grant: name, err: error as Error })
  }
}

function toChange(status: JsonObject | undefined): Changed<undefined> {
  return status === undefined
    ? { kind: 'leave', answer: undefined }
    : { kind: 'store', status, answer: undefined }
}

/** Its status was filled from the token that is still there. */
function isSpent(grant: JsonObject): boolean {
  const token = stringAt(grant, 'spec', 'token') ?? ''
  return token !== '' && stringAt(grant, 'status', 'tokenSHA256') === tokenDigest(token)
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}
