import { GuardError } from '../core/errors.ts'
import type { PolicyRepository } from '../core/policy/schema.ts'
import type {
  CommitRange,
  CommitStatus,
  PreviousTip,
  Repository,
  TagStatus,
  Tip,
  TreeFile,
  Trees,
} from '../core/provenance/repository.ts'
import { startHere } from '../processes/here.ts'
import type { Start } from '../processes/order.ts'
import { toRemote } from './connection.ts'
import { defaultLimits, type GitLimits } from './fetch.ts'
import type { MirrorEvent } from './mirror-event.ts'
import { MirrorKeeper, type KeeperOptions } from './mirror-keeper.ts'
import type { OpenRepository } from './open-repository.ts'
import { Schedule } from './schedule.ts'

/** One repository with its life cycle. */
export interface GitRepository extends Repository, Trees {
  /**
   * Reads what is on disk; everything that needs the remote happens later, in the background. Rejects
   * when the directory cannot be used; that too is tried again in the background.
   */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface MirrorOptions {
  /** The mirror is `<mirrorDir>/<name>.git`; one process owns it. */
  readonly mirrorDir: string
  /** A local directory that is fetched instead of the repository's URL. */
  readonly override?: string
  /** `PATH` for git and ssh. */
  readonly searchPath: string
  /** By default from this process. */
  readonly start?: Start
  readonly now: () => number
  readonly events?: (event: MirrorEvent) => void
  readonly limits?: Partial<GitLimits>
}

/** The mirror of a repository of the policy. Nothing happens before `start`. */
export function openMirror(repository: PolicyRepository, options: MirrorOptions): Mirror {
  const { name, branches, poll } = repository
  const { mirrorDir, override, searchPath, start = startHere, now, events } = options
  const remote = toRemote(repository, override)
  const limits = { ...defaultLimits, ...options.limits }
  const program = { searchPath, start }
  const keeping = { name, remote, branches, mirrorDir, program, limits, now }
  return new Mirror({ ...keeping, events: events ?? (() => undefined) }, poll)
}

/** A local bare mirror of one repository, kept fresh in the background. */
export class Mirror implements GitRepository {
  readonly name: string
  readonly #keeper: MirrorKeeper
  readonly #schedule: Schedule

  constructor(options: KeeperOptions, everyMs: number) {
    this.name = options.name
    this.#keeper = new MirrorKeeper(options)
    const job = (signal: AbortSignal): Promise<void> => this.#keeper.visit(signal)
    this.#schedule = new Schedule({ job, everyMs, leastMs: options.limits.pauseMs })
  }

  async start(): Promise<void> {
    try {
      await this.#keeper.open()
    } finally {
      this.#schedule.hurry()
    }
  }

  async stop(): Promise<void> {
    await this.#schedule.stop()
    await this.#keeper.close()
  }

  async commit(oid: string): Promise<CommitStatus> {
    const wasAhead = this.#keeper.isAhead
    const status = (await this.#keeper.current?.commit(oid)) ?? { kind: 'unknown' }
    // Objects come before the branch that brings them: nobody can say yet where they belong.
    const isOpen = status.kind === 'unreachable' && (wasAhead || this.#keeper.isAhead)
    if (status.kind === 'unknown' && this.#keeper.otherHeads.has(oid))
      return { kind: 'unreachable' }
    return isOpen ? { kind: 'unknown' } : status
  }

  tips(): readonly Tip[] {
    return this.#keeper.current?.knowledge.view.tips ?? []
  }

  tag(name: string): TagStatus {
    return this.#keeper.tags?.find(name) ?? { kind: 'unasked' }
  }

  tipUntil(branch: string, oid: string): number | undefined {
    return this.#keeper.current?.tipUntil(branch, oid)
  }

  previousTips(branch: string): readonly PreviousTip[] {
    return this.#keeper.current?.previousTips(branch) ?? []
  }

  async trailers(key: string, range: CommitRange): Promise<readonly string[]> {
    return (await this.#keeper.current?.trailers(key, range)) ?? []
  }

  async firstParents(commit: string, most: number): Promise<readonly string[]> {
    return (await this.#keeper.current?.firstParents(commit, most)) ?? []
  }

  fetchedAt(): number | undefined {
    return this.#keeper.fetchedAt
  }

  refresh(signal: AbortSignal): Promise<void> {
    return this.#schedule.request(signal)
  }

  problem(): string | undefined {
    return this.#keeper.problem()
  }

  list(commit: string, path: string): Promise<readonly TreeFile[]> {
    return this.#read((open) => open.list(commit, path))
  }

  treeAt(commit: string, path: string): Promise<string | undefined> {
    return this.#read((open) => open.treeAt(commit, path))
  }

  blob(oid: string, limit: number): Promise<Uint8Array> {
    return this.#read((open) => open.blob(oid, limit))
  }

  /** Once more if a new mirror was put in place meanwhile; damage leads to one. */
  async #read<T>(job: (open: OpenRepository) => Promise<T>): Promise<T> {
    const open = this.#current()
    try {
      return await job(open)
    } catch (error) {
      if (this.#keeper.current !== open) return job(this.#current())
      if (error instanceof GuardError && error.code === 'MirrorCorrupt') {
        this.#keeper.suspect(error)
        this.#schedule.hurry()
      }
      throw error
    }
  }

  #current(): OpenRepository {
    const { current } = this.#keeper
    if (current !== undefined) return current
    throw new GuardError('GitFailed', `repository ${this.name} has no mirror yet`)
  }
}
