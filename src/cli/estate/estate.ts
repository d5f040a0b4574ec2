import { mkdir } from 'node:fs/promises'
import { GuardError } from '../../core/errors.ts'
import type { Policy, PolicyRepository } from '../../core/policy/schema.ts'
import type { ReadClusterVersions } from '../../core/plans/cluster-versions.ts'
import type { Plan } from '../../core/plans/plan.ts'
import type { Repositories } from '../../core/provenance/repository.ts'
import { openMirror, type GitRepository } from '../../git/mirror.ts'
import type { MirrorEvent } from '../../git/mirror-event.ts'
import type { Start } from '../../processes/order.ts'
import { createIndex, type DeclaredIndex } from '../../render/declared-index.ts'
import { noTools, type ToolName, type Tools, type ToolState } from '../../render/tools.ts'
import type { IndexEvent } from '../../render/tree-indexes.ts'
import type { Log } from '../../telemetry/log.ts'
import type { MirrorFreshness } from '../../telemetry/metrics.ts'
import { renderersOf } from '../renderers.ts'
import { logMirrorEvent } from './mirror-log.ts'

export interface EstateOptions {
  readonly mirrorDir: string
  readonly overrides: ReadonlyMap<string, string>
  /** `PATH` for git and ssh. */
  readonly searchPath: string
  /** How git is started; by default from this process. */
  readonly start?: Start
  /** What renders sources that are not plain; by default nothing. */
  readonly tools?: Tools
  /** Entry point of the parsing thread, when it is not a source file. */
  readonly worker?: URL
  readonly now: () => number
  readonly log: Log
}

interface Kept {
  readonly settings: PolicyRepository
  readonly mirror: GitRepository
}

/** Throws SettingsInvalid: without the directory no claim could ever be proved, and only a log would say so. */
export async function makeMirrorDir(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown reason'
    throw new GuardError('SettingsInvalid', `no mirrors can be kept in ${directory}: ${why}`, {
      cause,
    })
  }
}

/** The mirrors of the policy's repositories and the index of what they declare. */
export class Estate {
  /** Told whenever a mirror has new heads, or is another one. */
  onMove: () => void = () => undefined
  /** What charts can ask of the cluster. */
  versions: ReadClusterVersions = () => Promise.resolve(undefined)
  readonly #options: EstateOptions
  readonly #tools: Tools
  #kept: ReadonlyMap<string, Kept> = new Map()
  #repositories: Repositories = new Map()
  #declarations: DeclaredIndex
  /** The one in force. */
  #policy: Policy | undefined
  /** Of engine objects. */
  #plans: ReadonlyMap<string, readonly Plan[]> = new Map()

  constructor(options: EstateOptions) {
    this.#options = options
    this.#tools = options.tools ?? noTools
    this.#declarations = this.#index(new Map())
  }

  get repositories(): Repositories {
    return this.#repositories
  }

  get declarations(): DeclaredIndex {
    return this.#declarations
  }

  /**
   * From now on only mirrors count that are as the policy wants them: nothing may be proved from a
   * repository or a branch that a new policy has dropped, not even until `follow` is through.
   */
  adopt(policy: Policy): void {
    this.#policy = policy
    this.#offer()
  }

  /**
   * Keeps mirrors whose settings did not change; the others begin or end in the background. A policy
   * that another one has overtaken is left out.
   */
  async follow(policy: Policy): Promise<void> {
    this.#policy ??= policy
    if (policy !== this.#policy) return
    void this.#lookForTools(policy)
    const before = this.#kept
    const wanted = policy.spec.repositories
    const stays = (one: PolicyRepository) => isSame(before.get(one.name)?.settings, one)
    if (wanted.length === before.size && wanted.every(stays)) return
    const isKept = new Set(wanted.filter(stays).map(({ name }) => name))
    const ending = [...before].filter(([name]) => !isKept.has(name))
    // Two processes of git must not fetch into one mirror.
    await Promise.all(ending.map(([, { mirror }]) => mirror.stop()))
    const kept = new Map(
      wanted.map((settings) => {
        const old = isKept.has(settings.name) ? before.get(settings.name) : undefined
        return [settings.name, old ?? { settings, mirror: this.#open(settings) }]
      }),
    )
    const old = this.#declarations
    this.#kept = kept
    this.#offer()
    const next = this.#index(kept)
    // Until they are followed anew: what engines declare must not seem to be nobody's.
    this.#setPlansOf(next)
    this.#declarations = next
    await old.stop()
    for (const [name, { mirror }] of kept) {
      if (!isKept.has(name)) await this.#start(name, mirror)
      this.#prepare(name)
    }
  }

  #offer(): void {
    const wanted = this.#policy?.spec.repositories ?? []
    this.#repositories = new Map(
      wanted.flatMap((settings) => {
        const kept = this.#kept.get(settings.name)
        return kept !== undefined && provesTheSame(kept.settings, settings)
          ? [[settings.name, kept.mirror]]
          : []
      }),
    )
  }

  /** One that cannot start denies its own claims; the others go on. */
  async #start(repository: string, mirror: GitRepository): Promise<void> {
    try {
      await mirror.start()
    } catch (error) {
      this.#options.log.error('mirror_not_started', { repository, err: error as Error })
    }
  }

  freshness(): readonly MirrorFreshness[] {
    const now = this.#options.now()
    return [...this.#kept].map(([repository, { settings, mirror }]) => {
      const fetchedAt = mirror.fetchedAt()
      const age = fetchedAt === undefined ? undefined : now - fetchedAt
      return {
        repository,
        ageSeconds: age === undefined ? undefined : age / 1000,
        isStale: age === undefined || age > settings.maxStaleness,
        unread: this.#unread(repository, mirror),
      }
    })
  }

  #unread(repository: string, mirror: GitRepository): number | undefined {
    const found = mirror
      .tips()
      .map(({ branch, commit }) => this.#declarations.problems(repository, commit, [branch]))
    const isRead = found.every((problems) => problems !== undefined)
    return isRead ? found.flat().length : undefined
  }

  /** Why a mirror is not as it should be, by repository. */
  problems(): readonly { readonly repository: string; readonly problem: string }[] {
    return [...this.#kept].flatMap(([repository, { mirror }]) => {
      const problem = mirror.problem()
      return problem === undefined ? [] : [{ repository, problem }]
    })
  }

  /** The renderers that the policy needs, as far as they were looked for. */
  renderers(): readonly { readonly renderer: ToolName; readonly state: ToolState | undefined }[] {
    const needed = this.#policy === undefined ? [] : renderersOf(this.#policy)
    return needed.map((renderer) => ({ renderer, state: this.#tools.known(renderer) }))
  }

  async #lookForTools(policy: Policy): Promise<void> {
    const { log } = this.#options
    for (const renderer of renderersOf(policy)) {
      const state = await this.#tools.find(renderer)
      if (state.kind === 'unusable') log.error('renderer_unusable', { renderer, why: state.why })
      else {
        const { program, version, isolation } = state
        log.info('renderer_found', { renderer, program, version, offline: isolation.length > 0 })
      }
    }
  }

  /** The plans of engine objects, in place of all before; resolves when what they declare can be found. */
  async setPlans(plans: ReadonlyMap<string, readonly Plan[]>): Promise<void> {
    this.#plans = plans
    this.#setPlansOf(this.#declarations)
    await Promise.all([...this.#kept.keys()].map((name) => this.#keep(name)))
  }

  #setPlansOf(declarations: DeclaredIndex): void {
    for (const name of this.#kept.keys()) declarations.setPlans(name, this.#plans.get(name) ?? [])
  }

  /** Fetches soon; for push notifications. */
  notify(repository: string): void {
    void this.#kept.get(repository)?.mirror.refresh(AbortSignal.timeout(60_000))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#kept.values()].map(({ mirror }) => mirror.stop()))
    await this.#declarations.stop()
  }

  #open(settings: PolicyRepository): GitRepository {
    const { mirrorDir, overrides, searchPath, start, now } = this.#options
    const override = overrides.get(settings.name)
    return openMirror(settings, {
      mirrorDir,
      searchPath,
      now,
      events: (event) => {
        this.#onMirrorEvent(settings.name, event)
      },
      ...(override === undefined ? {} : { override }),
      ...(start === undefined ? {} : { start }),
    })
  }

  #index(kept: ReadonlyMap<string, Kept>): DeclaredIndex {
    const { now, worker } = this.#options
    return createIndex({
      repositories: new Map(
        [...kept].map(([name, { settings, mirror }]) => [
          name,
          { trees: mirror, sources: settings.sources },
        ]),
      ),
      tools: this.#tools,
      versions: () => this.versions(),
      now,
      events: (event) => {
        this.#onIndexEvent(event)
      },
      ...(worker === undefined ? {} : { worker }),
    })
  }

  #onMirrorEvent(repository: string, event: MirrorEvent): void {
    logMirrorEvent(repository, event, this.#options.log)
    if (event.kind === 'moved' || event.kind === 'ready') this.#prepare(repository)
    // Heads are the same: only what follows a tag reads something else now.
    if (event.kind === 'tags-moved') this.onMove()
  }

  /** The heads are read before anybody asks. */
  #prepare(repository: string): void {
    void this.#keep(repository)
    this.onMove()
  }

  /** A failure is an event of the index already. */
  #keep(repository: string): Promise<void> {
    const tips = this.#kept.get(repository)?.mirror.tips() ?? []
    const commits = [...new Set(tips.map(({ commit }) => commit))]
    return this.#declarations.keep(repository, commits).catch(() => undefined)
  }

  #onIndexEvent(event: IndexEvent): void {
    const { log } = this.#options
    const { repository, commit, source } = event
    const place = { repository, commit, source }
    if (event.kind === 'index-failed') {
      log.error('source_not_indexed', { ...place, err: event.error })
      return
    }
    const { objects, problems, milliseconds } = event
    log.info('source_indexed', { ...place, objects, milliseconds, problems: problems.length })
    for (const { file, line, message } of problems.slice(0, 20)) {
      log.warn('manifest_not_read', { ...place, file, line, why: message })
    }
  }
}

/** How often and with which key it is fetched has no bearing on what is proved from it. */
function provesTheSame(one: PolicyRepository, other: PolicyRepository): boolean {
  const bearing = ({ url, branches, sources }: PolicyRepository) => [url, branches, sources]
  return isSame(bearing(one), bearing(other))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
