import type { PolicySource } from '../../config/policy-file.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import { enforcesAnywhere } from '../../core/policy/scope.ts'
import type { Api } from '../../kubernetes/api.ts'
import { writeCaBundle } from '../../kubernetes/ca-bundle.ts'
import {
  configurationFaults,
  findFaults,
  type FoundFault,
} from '../../kubernetes/configuration-faults.ts'
import { readMarker } from '../../kubernetes/emergency.ts'
import { pause } from '../../kubernetes/wait.ts'
import { readConfiguration } from '../../kubernetes/webhook-configuration.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Authority } from './authority.ts'

const everyTenSeconds = 10_000

export interface WatchOptions {
  readonly api: Api
  readonly name: string
  readonly namespace: string
  readonly shipped: JsonObject | undefined
  readonly policy: PolicySource
  readonly authority: Authority
  readonly metrics: ControllerMetrics
  readonly log: Log
}

/** What the last round found, for /readyz. */
export interface Watched {
  /** Whether the API server ever answered. */
  wasReached: boolean
  faults: readonly FoundFault[]
  isEmergency: boolean
  /** By step: why it could not be taken. */
  readonly failures: Map<string, Error>
}

/**
 * Looks at our own webhook configuration until the signal, in every replica and without the Lease:
 * it keeps the bundle, and says what is wrong. It never creates or removes a configuration, so an
 * emergency stays one until an operator ends it.
 */
export async function watchConfiguration(
  options: WatchOptions,
  watched: Watched,
  signal: AbortSignal,
): Promise<void> {
  const said = new Map<string, string>()
  const round = { ...options, watched, signal, said }
  while (!signal.aborted) {
    for (const [name, step] of steps) await take(round, name, step)
    await pause(everyTenSeconds, signal)
  }
}

interface Round extends WatchOptions {
  readonly watched: Watched
  readonly signal: AbortSignal
  /** What was said last of each subject: each thing is said once. */
  readonly said: Map<string, string>
}

const steps: readonly (readonly [string, (round: Round) => Promise<void>])[] = [
  ['bundle', keepBundle],
  ['emergency', lookForEmergency],
  ['configuration', lookForFaults],
]

async function take(
  round: Round,
  name: string,
  step: (round: Round) => Promise<void>,
): Promise<void> {
  const { watched, signal, log } = round
  try {
    await step(round)
    watched.failures.delete(name)
    isNews(round, name, '')
  } catch (error) {
    if (signal.aborted) return
    const failure = error as Error
    watched.failures.set(name, failure)
    if (isNews(round, name, failure.message)) log.warn('watch_failed', { step: name, err: failure })
  }
}

async function keepBundle({ authority, api, name, signal, log }: Round): Promise<void> {
  const caBundlePem = await authority.bundle()
  // Before there is an authority, or while its Secret is not filled yet.
  if (caBundlePem === undefined || caBundlePem === '') return
  const outcome = await writeCaBundle({ api, name, caBundlePem, signal })
  if (outcome === 'written') log.info('ca_bundle_written', { name })
}

async function lookForEmergency(round: Round): Promise<void> {
  const { api, namespace, watched, metrics, log } = round
  const marker = await readMarker(api, namespace)
  watched.isEmergency = marker !== undefined
  metrics.setEmergency(watched.isEmergency)
  if (!isNews(round, 'marker', JSON.stringify([marker?.by, marker?.at]))) return
  if (marker === undefined) return
  log.error('emergency_in_force', { by: marker.by, since: marker.at, reason: marker.reason })
}

async function lookForFaults(round: Round): Promise<void> {
  const { api, name, watched, metrics, log, policy, shipped, signal } = round
  const live = await readConfiguration(api, name, signal)
  watched.wasReached = true
  const found = findFaults(live, {
    isEnforcing: enforcesAnywhere(policy.current().policy),
    ...(shipped === undefined ? {} : { shipped }),
  })
  watched.faults = found
  metrics.setConfigurationFaults(
    new Map(configurationFaults.map((fault) => [fault, countOf(found, fault)])),
  )
  if (!isNews(round, 'faults', JSON.stringify(found))) return
  if (found.length === 0) log.info('configuration_good', { name })
  for (const { fault, detail } of found) log.error('configuration_fault', { name, fault, detail })
}

function countOf(found: readonly FoundFault[], fault: string): number {
  return found.filter((one) => one.fault === fault).length
}

function isNews({ said }: Round, subject: string, text: string): boolean {
  if (said.get(subject) === text) return false
  said.set(subject, text)
  return true
}
