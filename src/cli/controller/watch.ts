import type { PolicySource } from '../../config/policy-file.ts'
import { GuardError } from '../../core/errors.ts'
import { labelsOf } from '../../core/exceptions/conditions/metadata.ts'
import type { Looked } from '../../core/lint/facts.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import { enforcesAnywhere } from '../../core/policy/scope.ts'
import type { Finding } from '../../core/lint/finding.ts'
import { findMutatorsOfOurs, findPoliciesOnOurs } from '../../core/lint/webhook/neighbours.ts'
import type { Api } from '../../kubernetes/api.ts'
import { writeCaBundle } from '../../kubernetes/ca-bundle.ts'
import {
  configurationFaults,
  findFaults,
  type FoundFault,
} from '../../core/lint/webhook/own-configuration.ts'
import { readMarker } from '../../kubernetes/emergency.ts'
import { pause } from '../../kubernetes/wait.ts'
import { readConfiguration } from '../../kubernetes/webhook-configuration.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { lookAtNamespace, lookAtNeighbours } from '../doctor/facts.ts'
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
  /** Told of each look at the configuration, and of its uid where there is one. */
  readonly onLook?: (faults: readonly FoundFault[], uid: string | undefined) => void
}

/** What the last round found, for /readyz. */
export interface Watched {
  /** Whether the API server ever answered. */
  wasReached: boolean
  faults: readonly FoundFault[]
  /** Who else in admission may change our own objects, or refuse them. */
  neighbours: readonly Finding[]
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
    if (!signal.aborted) options.metrics.setSelfcheck(isGood(watched))
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
  ['neighbours', lookForNeighbours],
]

/** Only what was looked at and found good is good. */
function isGood({ faults, neighbours, isEmergency, failures }: Watched): boolean {
  return faults.length + neighbours.length + failures.size === 0 && !isEmergency
}

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
  const { api, name, namespace, watched, metrics, log, policy, shipped, signal } = round
  const live = await readConfiguration(api, name, signal)
  watched.wasReached = true
  const found = findFaults(live, {
    isEnforcing: enforcesAnywhere(policy.current().policy),
    namespace,
    ...(shipped === undefined ? {} : { shipped }),
  })
  watched.faults = found
  round.onLook?.(found, stringAt(live, 'metadata', 'uid'))
  metrics.setConfigurationFaults(
    new Map(configurationFaults.map((fault) => [fault, countOf(found, fault)])),
  )
  if (!isNews(round, 'faults', JSON.stringify(found.map(({ detail, path }) => [detail, path]))))
    return
  if (found.length === 0) log.info('configuration_good', { name })
  for (const { fault, detail, path } of found) {
    log.error('configuration_fault', { name, fault, detail, path })
  }
}

async function lookForNeighbours(round: Round): Promise<void> {
  const { api, namespace, watched, log, signal } = round
  const looked = await lookAtNeighbours({ api, signal })
  const ours = valueOf(await lookAtNamespace({ api, signal }, namespace))
  const objects = {
    mutatingWebhooks: valueOf(looked.mutatingWebhooks),
    mutatingPolicies: valueOf(looked.mutatingPolicies),
    mutatingBindings: valueOf(looked.mutatingBindings),
    validatingPolicies: valueOf(looked.validatingPolicies),
    validatingBindings: valueOf(looked.validatingBindings),
  }
  const place = { namespace, labels: labelsOf(ours) }
  watched.neighbours = [
    ...findMutatorsOfOurs(objects, place),
    ...findPoliciesOnOurs(objects, place).filter(({ severity }) => severity === 'problem'),
  ]
  const texts = watched.neighbours.map(({ what }) => what)
  if (!isNews(round, 'found', JSON.stringify(texts))) return
  for (const what of texts) log.error('admission_of_ours', { what })
}

/** Throws ClusterUnreachable for what could not be read: then nobody knows. */
function valueOf<T>(looked: Looked<T>): T {
  if (looked.kind === 'found') return looked.value
  throw new GuardError('ClusterUnreachable', `${looked.what}: ${looked.why}`)
}

function countOf(found: readonly FoundFault[], fault: string): number {
  return found.filter((one) => one.fault === fault).length
}

function isNews({ said }: Round, subject: string, text: string): boolean {
  if (said.get(subject) === text) return false
  said.set(subject, text)
  return true
}
