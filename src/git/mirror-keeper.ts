import { GuardError } from '../core/errors.ts'
import { connect, type Remote } from './connection.ts'
import { fetchBranches, listHeads, type GitLimits, type Visit } from './fetch.ts'
import { loadKnowledge, updateKnowledge, type Knowledge } from './knowledge.ts'
import { gitOn } from './local-git.ts'
import { MirrorDirectory } from './mirror-directory.ts'
import type { BranchMove, MirrorEvent } from './mirror-event.ts'
import { OpenRepository } from './open-repository.ts'
import type { GitProgram } from './run.ts'
import type { Tags } from './tags.ts'
import { compareTips, headOf } from './view.ts'

export interface KeeperOptions {
  readonly name: string
  readonly remote: Remote
  readonly branches: readonly string[]
  readonly mirrorDir: string
  readonly program: GitProgram
  readonly limits: GitLimits
  readonly now: () => number
  readonly events: (event: MirrorEvent) => void
}

type Heads = ReadonlyMap<string, string>

/** When the remote answers but nothing can be fetched from it, our own store may be the reason. */
const refusalsBeforeRebuild = 3
const rebuildPause = 15 * 60_000
const mostPacks = 40
const repackMs = 10 * 60_000

/** Owns the directory of one mirror: opens it, brings it up to date, replaces it when it is damaged. */
export class MirrorKeeper {
  current: OpenRepository | undefined
  /** Heads of branches that do not count, as the remote last said. */
  otherHeads: ReadonlySet<string> = new Set()
  /** As the remote had them when the present heads were fetched; undefined until it was asked once. */
  tags: Tags | undefined
  fetchedAt: number | undefined
  /** The store may hold objects of a fetch whose heads are not known yet. */
  isAhead = false
  readonly #options: KeeperOptions
  readonly #directory: MirrorDirectory
  #isOpen = false
  #failure: GuardError | undefined
  #damage: GuardError | undefined
  #refusals = 0
  #isRebuilding = false
  #rebuiltAt = -Infinity

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#directory = new MirrorDirectory(options.mirrorDir, options.name)
  }

  /** Takes over what an earlier process left, without the network. */
  async open(): Promise<void> {
    const { program, branches, remote, now } = this.#options
    await this.#directory.prepare()
    this.#isOpen = true
    const stamp = await this.#directory.readStamp()
    // The policy may name another repository by the same name now.
    if (stamp?.url !== remote.url) return
    const gitDir = this.#directory.path
    try {
      const knowledge = await loadKnowledge(gitOn(program, gitDir), gitDir, branches)
      this.current = new OpenRepository(program, gitDir, knowledge)
      // A clock that was set back must not make old knowledge fresh.
      this.fetchedAt = stamp.fetchedAt <= now() ? stamp.fetchedAt : undefined
    } catch (error) {
      this.suspect(toGuardError(error))
    }
  }

  async close(): Promise<void> {
    await this.current?.close()
  }

  problem(): string | undefined {
    if (this.#damage !== undefined) {
      return `the mirror is damaged and will be replaced: ${this.#damage.message}`
    }
    if (this.#failure !== undefined) return `the last fetch failed: ${this.#failure.message}`
    return this.current === undefined ? 'the first fetch has not finished' : undefined
  }

  /** Somebody could not read what must be there. */
  suspect(error: GuardError): void {
    // While directories are exchanged, either may be missed.
    if (this.#isRebuilding || this.#damage !== undefined) return
    this.#damage = error
    this.#tell({ kind: 'corrupt', error })
  }

  /** Asks the remote once and brings what is new. Rejects when that failed. */
  async visit(signal: AbortSignal): Promise<void> {
    const { program, remote, limits, now } = this.#options
    const started = performance.now()
    const at = now()
    try {
      if (!this.#isOpen) await this.open()
      const connection = await connect(remote)
      await this.#bringUpToDate({ program, remote, connection, limits, signal, at })
    } catch (error) {
      this.#failure = toGuardError(error)
      if (signal.aborted) throw error
      await this.#directory.removeLeftovers()
      this.#tell({ kind: 'fetch-failed', error: this.#failure })
      throw error
    }
    this.#failure = undefined
    this.fetchedAt = at
    this.#tell({ kind: 'fetched', milliseconds: Math.round(performance.now() - started) })
    await this.#repack(signal)
  }

  async #bringUpToDate(visit: Visit): Promise<void> {
    const { heads, others, tags } = await listHeads(visit, this.#options.branches)
    this.otherHeads = others
    await this.#bringHeads(visit, heads)
    // Not before what they stand for can be here.
    this.#takeTags(tags)
  }

  async #bringHeads(visit: Visit, heads: Heads): Promise<void> {
    if (this.current === undefined) return this.#rebuild(visit, heads)
    if (this.#mustRebuild()) {
      this.#rebuiltAt = performance.now()
      return this.#rebuild(visit, heads)
    }
    try {
      await this.#update(visit, heads, this.current)
      this.#refusals = 0
    } catch (error) {
      if (error instanceof GuardError && error.code === 'GitFailed') this.#refusals += 1
      throw error
    }
  }

  #mustRebuild(): boolean {
    const isNeeded = this.#damage !== undefined || this.#refusals >= refusalsBeforeRebuild
    return isNeeded && performance.now() - this.#rebuiltAt > rebuildPause
  }

  async #update(visit: Visit, heads: Heads, open: OpenRepository): Promise<void> {
    const { program, branches, remote } = this.#options
    const { path } = this.#directory
    const { tips } = open.knowledge.view
    const gone = tips.filter(({ branch }) => !heads.has(branch))
    const changed = branches.filter((branch) => heads.get(branch) !== headOf(tips, branch))
    if (changed.length > 0) {
      const git = gitOn(program, path, visit.signal)
      this.isAhead = true
      try {
        for (const { branch } of gone) await git(['update-ref', '-d', `refs/heads/${branch}`])
        const wanted = changed.filter((branch) => heads.has(branch))
        if (wanted.length > 0) await fetchBranches(visit, path, wanted)
        const before = open.knowledge
        const after = await updateKnowledge(git, branches, { before, at: visit.at })
        open.knowledge = after.takeOver()
        this.#tellMoves(after.moves)
      } finally {
        this.isAhead = false
      }
    }
    await this.#directory.writeStamp({ url: remote.url, fetchedAt: visit.at })
  }

  /** A new clone beside the old mirror, which answers until the new one takes its place. */
  async #rebuild(visit: Visit, heads: Heads): Promise<void> {
    const { program, branches, remote } = this.#options
    this.#isRebuilding = true
    try {
      const next = await this.#directory.makeNext()
      const git = gitOn(program, next, visit.signal)
      await git(['init', '--quiet', '--bare', '--template=', formatOption(heads)])
      if (heads.size > 0) await fetchBranches(visit, next, [...heads.keys()])
      const knowledge = await loadKnowledge(git, next, branches)
      const before = this.current?.knowledge.view.tips ?? []
      const after = knowledge.view.tips
      const moved = await compareTips(git, branches, { before, after })
      await this.#directory.swapIn({ url: remote.url, fetchedAt: visit.at })
      await this.#replace(knowledge)
      this.#tellMoves(moved.map(({ move }) => move))
    } finally {
      this.#isRebuilding = false
    }
  }

  async #replace(knowledge: Knowledge): Promise<void> {
    const old = this.current
    this.current = new OpenRepository(this.#options.program, this.#directory.path, knowledge)
    const isFirst = old === undefined && this.#damage === undefined
    this.#damage = undefined
    this.#refusals = 0
    this.#tell({ kind: 'ready', isFirst })
    await old?.close()
    await this.#directory.removeOld()
  }

  /** Each fetch leaves a pack; joining them keeps every object, those that nothing names included. */
  async #repack(signal: AbortSignal): Promise<void> {
    const { packs } = await this.#directory.usage()
    if (packs <= mostPacks) return
    const git = gitOn(this.#options.program, this.#directory.path, signal)
    try {
      await git(['repack', '-d', '-q', '--geometric=2'], { milliseconds: repackMs })
      await this.current?.reopen()
    } catch (error) {
      if (!signal.aborted) this.#tell({ kind: 'repack-failed', error: toGuardError(error) })
    }
  }

  #takeTags(tags: Tags): void {
    const moves = tags.movesSince(this.tags)
    this.tags = tags
    if (moves.length > 0) this.#tell({ kind: 'tags-moved', moves })
  }

  #tellMoves(moves: readonly BranchMove[]): void {
    for (const move of moves) this.#tell({ kind: 'moved', ...move })
  }

  #tell(event: MirrorEvent): void {
    try {
      this.#options.events(event)
    } catch {
      // Whoever listens must not be able to stop the mirror.
    }
  }
}

function formatOption(heads: Heads): string {
  const [first = ''] = heads.values()
  return `--object-format=${first.length === 64 ? 'sha256' : 'sha1'}`
}

function toGuardError(error: unknown): GuardError {
  if (error instanceof GuardError) return error
  return new GuardError('GitFailed', 'the mirror could not be used', { cause: error })
}
