import type { PolicySource } from '../../config/policy-file.ts'
import type { Circumstances } from '../../core/decision/case.ts'
import { momentOf } from '../../core/breakglass/moment.ts'
import { GuardError } from '../../core/errors.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import { reporting, type Report } from '../../core/scan/reports.ts'
import type { ScanTrigger } from '../../core/scan/result.ts'
import type { Api } from '../../kubernetes/api.ts'
import { clusterUid } from '../../kubernetes/cluster.ts'
import { createDiscovery, type Discovery } from '../../kubernetes/discovery.ts'
import { publishReports } from '../../kubernetes/policy-reports.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { identityOf } from '../scan/circumstances.ts'
import { scan, type Scanned } from '../scan/scan.ts'
import type { GitSide } from './git-side.ts'
import { draftResults, readResults, type ScanResults } from './scan-results.ts'
import type { ScanSettings } from './scan-settings.ts'

export interface ScanKeeperOptions {
  /** Undefined: nothing is scanned. */
  readonly settings: ScanSettings | undefined
  readonly api: Api
  readonly policy: PolicySource
  readonly namespace: string
  readonly metrics: ControllerMetrics
  readonly now: () => number
  readonly log: Log
}

const aMinute = 60_000
/** Mirrors and plans are read for the first time. */
const longestWait = 5 * aMinute
const everySecond = 1_000
const longestScan = 60 * aMinute

/** The active controller's scans: soon after it starts, by the clock, and when a gap has ended. */
export class ScanKeeper {
  readonly #options: ScanKeeperOptions
  readonly #discovery: Discovery
  #git: GitSide | undefined
  /** Why the next one is due before its time. */
  #early: ScanTrigger | undefined = 'start'
  #lastStart = -Infinity
  #wake = new AbortController()

  constructor(options: ScanKeeperOptions) {
    this.#options = options
    this.#discovery = createDiscovery(options.api)
  }

  /** What the mirrors of the one that leads know of Git. */
  useGit(git: GitSide): void {
    this.#git = git
  }

  /** Somebody may have written what nobody was asked about. */
  gapEnded(): void {
    this.#early = 'gap'
    this.#wake.abort()
  }

  /** What is known of the last scan. */
  latest(): Promise<ScanResults> {
    const { settings } = this.#options
    if (settings !== undefined) return readResults(settings.resultsFile)
    return Promise.resolve({ kind: 'unknown', why: 'Nothing is scanned: --scan-every is off.' })
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings } = this.#options
    this.#early = 'start'
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const trigger = settings === undefined ? undefined : this.#due(settings)
      if (settings === undefined || trigger === undefined) {
        await pause(settings === undefined ? aMinute : this.#waitMs(settings), this.#waking(signal))
        continue
      }
      this.#early = undefined
      this.#lastStart = this.#options.now()
      await this.#scanOnce(trigger, settings, signal)
    }
    this.#options.metrics.setScan(undefined)
  }

  #waking(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#wake.signal])
  }

  #due({ everyMs }: ScanSettings): ScanTrigger | undefined {
    const since = this.#options.now() - this.#lastStart
    if (this.#early !== undefined && since >= aMinute) return this.#early
    return since >= everyMs ? 'schedule' : undefined
  }

  #waitMs({ everyMs }: ScanSettings): number {
    const since = this.#options.now() - this.#lastStart
    const next = this.#early === undefined ? everyMs : aMinute
    return Math.min(Math.max(next - since, everySecond), aMinute)
  }

  async #scanOnce(
    trigger: ScanTrigger,
    settings: ScanSettings,
    stopping: AbortSignal,
  ): Promise<void> {
    const { log, metrics } = this.#options
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(longestScan)])
    const startedAt = this.#options.now()
    try {
      const { summary, isWhole } = await this.#scan(trigger, settings, signal)
      const seconds = (this.#options.now() - startedAt) / 1000
      metrics.setScan({ ...summary, seconds, endedAt: momentOf(summary.endedAt) ?? 0, isWhole })
      const { verdict, objects, findings, unknown } = summary
      log.info('scan_done', { trigger, verdict, objects, seconds, unknown, isWhole, ...findings })
    } catch (error) {
      if (stopping.aborted) return
      metrics.scanFailed()
      log.error('scan_failed', { trigger, err: error as Error })
      // Again in a minute, and not only at its time.
      this.#early ??= trigger
    }
  }

  async #scan(
    trigger: ScanTrigger,
    settings: ScanSettings,
    signal: AbortSignal,
  ): Promise<Pick<Scanned, 'summary' | 'isWhole'>> {
    const { api, log } = this.#options
    const git = await this.#knownGit(signal)
    const circumstances = await this.#circumstances(git.ground, signal)
    const draft = await draftResults(settings.resultsFile)
    const reports = reporting()
    try {
      const { summary, unknown, isWhole } = await scan({
        api,
        circumstances,
        listings: git.listings,
        trigger,
        namespaces: [],
        readsSecrets: settings.readsSecrets,
        onFinding: async (finding) => {
          reports.add(finding)
          await draft.add(finding)
        },
      })
      for (const { what, why } of unknown) log.warn('scan_unknown', { what, why })
      const whole = await draft.finish(summary, unknown)
      await this.#publish(reports.reports(whole), isWhole, signal)
      return { summary: whole, isWhole }
    } catch (error) {
      await draft.discard()
      throw error
    }
  }

  /** Reports are for others; what cannot be reported was found all the same. */
  async #publish(reports: readonly Report[], isWhole: boolean, signal: AbortSignal): Promise<void> {
    const { api, log } = this.#options
    const discovery = this.#discovery
    try {
      const published = await publishReports(reports, { api, discovery, isWhole, signal })
      log.debug('scan_reported', { ...published })
    } catch (error) {
      if (signal.aborted) throw error
      log.warn('scan_not_reported', { err: error as Error })
    }
  }

  async #circumstances(ground: Ground, signal: AbortSignal): Promise<Circumstances> {
    const { api, policy, namespace } = this.#options
    const { hash: policyHash } = policy.current()
    return {
      ...ground,
      ...identityOf(namespace),
      policyHash,
      clusterUid: await clusterUid(api, signal),
    }
  }

  /** Heads that nobody has fetched yet would make everything unknown. */
  async #knownGit(signal: AbortSignal) {
    const { now, policy } = this.#options
    const until = now() + longestWait
    for (;;) {
      signal.throwIfAborted()
      const known = this.#groundNow(signal)
      const isKnown = known !== undefined && isWhole(known.ground, policy.current().policy)
      if (known !== undefined && (isKnown || now() >= until)) return known
      if (now() >= until) throw new GuardError('GitFailed', 'there are no mirrors to compare with')
      await pause(everySecond, signal)
    }
  }

  #groundNow(signal: AbortSignal) {
    const ground = this.#git?.ground(signal)
    const listings = this.#git?.listings()
    if (ground === undefined || typeof ground === 'string' || listings === undefined) return
    return { ground, listings }
  }
}

function isWhole({ repositories, arePlansKnown }: Ground, { spec }: Ground['policy']): boolean {
  const isFetched = spec.repositories.every(
    ({ name }) => (repositories.get(name)?.tips().length ?? 0) > 0,
  )
  return isFetched && arePlansKnown?.() !== false
}
