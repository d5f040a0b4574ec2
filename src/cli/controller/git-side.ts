import type { PolicySource } from '../../config/policy-file.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import type { Listings } from '../../core/scan/scene.ts'
import type { Api } from '../../kubernetes/api.ts'
import { createCluster } from '../../kubernetes/cluster.ts'
import { createVersions } from '../../kubernetes/versions.ts'
import type { Tools } from '../../render/tools.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { openEngines } from '../estate/engines.ts'
import { Estate, makeMirrorDir } from '../estate/estate.ts'
import { keepPlans } from '../estate/keep-plans.ts'
import { usualTiming } from '../estate/plans.ts'
import { followMirrors } from '../estate/policy.ts'
import { Running } from '../running.ts'

/** What the controller knows of Git. */
export interface GitSide {
  /** What can be asked now, or why nothing can be. */
  ground(signal: AbortSignal): Ground | string
  /** All that is declared; undefined where there are no mirrors. */
  listings(): Listings | undefined
  /** Told whenever a branch or a plan of an engine may say something else. */
  onMove: () => void
  /** Resolves when nothing of it is going on any more. */
  stop(): Promise<void>
}

export interface GitSideOptions {
  /** Undefined: no mirrors are kept. */
  readonly mirrorDir: string | undefined
  readonly overrides: ReadonlyMap<string, string>
  readonly tools: Tools
  /** `PATH` for git and ssh. */
  readonly searchPath: string
  readonly api: Api
  readonly policy: PolicySource
  readonly metrics: Metrics
  readonly now: () => number
  readonly log: Log
  /** Told of the mirrors when they are opened, and of nothing when they end. */
  readonly onEstate?: (estate: Estate | undefined) => void
}

/** Nobody waits for us, and a replica that somebody waits for may be on the same machine. */
const everySecond = 1_000

/** Opens the same mirrors and renderers as `serve` does. */
export async function openGitSide(options: GitSideOptions): Promise<GitSide> {
  const { mirrorDir, log } = options
  if (mirrorDir !== undefined) return openMirrors(options, mirrorDir)
  log.warn('no_mirrors', { effect: 'no use is resolved', remedy: '--mirror-dir' })
  return {
    ground: () => 'the controller keeps no mirrors: start it with --mirror-dir',
    listings: () => undefined,
    onMove: () => undefined,
    stop: () => Promise.resolve(),
  }
}

async function openMirrors(options: GitSideOptions, mirrorDir: string): Promise<GitSide> {
  const { overrides, tools, searchPath, api, policy, metrics, now, log } = options
  const { onEstate = () => undefined } = options
  const running = new Running()
  await makeMirrorDir(mirrorDir)
  const estate = new Estate({ mirrorDir, overrides, searchPath, tools, now, log })
  running.add(() => estate.stop())
  running.add(() => {
    onEstate(undefined)
    return Promise.resolve()
  })
  onEstate(estate)
  metrics.setMirrorSource(() => estate.freshness())
  estate.versions = createVersions(api, now)
  running.add(followMirrors({ policy, estate, log }))
  const engines = openEngines({ api, policy, metrics, now, log })
  running.add(() => engines.stop())
  const cluster = createCluster(api)
  const timing = { ...usualTiming, burstMs: everySecond }
  const plans = keepPlans({ policy, estate, engines, cluster, now, log, running, timing })
  const side: GitSide = {
    ground: (signal) => ({
      policy: policy.current().policy,
      repositories: estate.repositories,
      declarations: estate.declarations,
      cluster,
      engineObjects: engines.objects,
      plansSettled: (waiting) => plans.settled(waiting),
      arePlansKnown: () => plans.isKnown(),
      now,
      signal,
    }),
    listings: () => estate.declarations,
    onMove: () => undefined,
    stop: () => running.end(),
  }
  const follow = estate.onMove
  estate.onMove = () => {
    follow()
    side.onMove()
  }
  return side
}
