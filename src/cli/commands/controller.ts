import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { policyFile, type PolicySource } from '../../config/policy-file.ts'
import { GuardError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import { connect, type Api } from '../../kubernetes/api.ts'
import { nameOf } from '../../kubernetes/webhook-configuration.ts'
import { whileHolding } from '../../kubernetes/lease.ts'
import { createHealthServer, type Readiness } from '../../server/health.ts'
import {
  createControllerMetrics,
  type ControllerMetrics,
} from '../../telemetry/controller-metrics.ts'
import { createLog, type Log } from '../../telemetry/log.ts'
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts'
import { serviceSource } from '../cluster-source.ts'
import type { Declare } from '../command-table.ts'
import { readConfigurationFile } from '../configuration-file.ts'
import { listenToAudit } from '../controller/audit-listener.ts'
import { createAuthorityKeeper, type Authority } from '../controller/authority.ts'
import { keepBypasses } from '../controller/bypasses.ts'
import { keepCheckpoints } from '../controller/checkpoints.ts'
import { serveConsole, type ConsoleParts } from '../controller/console.ts'
import type { GitSide, GitSideOptions } from '../controller/git-side.ts'
import { keepGrants } from '../controller/grants.ts'
import { keepOutbox } from '../controller/outbox.ts'
import { Gaps } from '../controller/scan-gaps.ts'
import { ScanKeeper, type ScanKeeperOptions } from '../controller/scan.ts'
import {
  declareControllerOptions,
  toControllerSettings,
  type ControllerOptions,
  type ControllerSettings,
} from '../controller/settings.ts'
import { keepLinting, type LintOptions } from '../controller/lint.ts'
import { watchConfiguration, type Watched } from '../controller/watch.ts'
import type { Env } from '../env.ts'
import type { Estate } from '../estate/estate.ts'
import { exit } from '../exit.ts'
import { openRenderers, searchPathOf } from '../renderers.ts'
import { keepHeapSmall } from '../scan/small-heap.ts'
import { together } from '../together.ts'

export const declare: Declare = (command, run) => {
  declareControllerOptions(command)
  command.action((options: ControllerOptions) =>
    run((env) => controller(toControllerSettings(options, env), env)),
  )
}

const leaseName = 'solewriter-controller'

/** Runs until the signal; hands the Lease over at its end. */
export async function controller(settings: ControllerSettings, env: Env): Promise<number> {
  const { now, signal } = env
  if (settings.scan !== undefined) keepHeapSmall()
  const log = createLog({ level: settings.logLevel, descriptor: 1, now })
  const shipped = await readShipped(settings)
  const api = connect(serviceSource(settings.kubeconfig, env))
  const policy = policyFile({ file: settings.policy, now })
  const metrics = createMetrics({ usage: env.usage })
  const authority = createAuthorityKeeper({ ...settings, api, now, log, metrics })
  try {
    await policy.start()
    await authority.start()
    await runUntil(signal, { settings, env, log, api, policy, metrics, authority, shipped })
    return exit.done
  } finally {
    await authority.stop()
    await policy.stop()
    api.close()
    await log.flush()
  }
}

interface Parts {
  readonly settings: ControllerSettings
  readonly env: Env
  readonly log: Log
  readonly api: Api
  readonly policy: PolicySource
  readonly metrics: Metrics
  readonly authority: Authority
  readonly shipped: JsonObject | undefined
}

async function runUntil(signal: AbortSignal, parts: Parts): Promise<void> {
  const { settings, env, log, api, metrics } = parts
  const ownMetrics = createControllerMetrics()
  const watched: Watched = {
    wasReached: false,
    faults: [],
    neighbours: [],
    isEmergency: false,
    failures: new Map(),
  }
  const scans = new ScanKeeper(scansOf(parts, ownMetrics))
  const latestScan = () => scans.latest()
  const state: State = { isLeading: false, estate: undefined, latestScan }
  const gaps = new Gaps(() => {
    scans.gapEnded()
  })
  const health = createHealthServer({
    listen: settings.healthListen,
    readiness: () => readinessOf(parts.policy, watched, state),
    metrics: { ...metrics, exposition: () => joined(metrics, ownMetrics) },
    log,
  })
  const unfollow = followPolicy(parts)
  await health.start()
  const { namespace, webhookConfiguration: name } = settings
  const lease = { api, namespace, name: leaseName, identity: identity(), now: env.now, log }
  const outbox = { api, policy: parts.policy, metrics: ownMetrics, now: env.now, log }
  const onGit = (git: GitSide) => {
    scans.useGit(git)
  }
  const lead = async (held: AbortSignal) => {
    state.isLeading = true
    ownMetrics.setLeading(true)
    await together(held, [
      (ending) => parts.authority.keepRenewed(ending),
      (ending) => keepGrants({ api, git: gitOf(parts, state), onGit, now: env.now, log }, ending),
      (ending) => scans.run(ending),
      (ending) => keepLinting(lintOf(parts, ownMetrics), ending),
      (ending) => keepOutbox({ ...outbox, instance: lease.identity }, ending),
      (ending) => keepBypasses({ api, now: env.now, log }, ending),
      ...checkpointParts(parts, ownMetrics),
    ])
    ownMetrics.setLeading(false)
    state.isLeading = false
  }
  log.info('controller_started', { holder: lease.identity })
  try {
    await together(signal, [
      (ending) =>
        watchConfiguration(
          { ...parts, name, namespace, metrics: ownMetrics, onLook: gaps.look },
          watched,
          ending,
        ),
      (ending) => whileHolding(lease, lead, ending),
      ...auditParts(parts, ownMetrics),
      ...consoleParts(parts, watched, state),
    ])
  } finally {
    unfollow()
    await health.stop()
  }
}

/** Not only of the active one: the API server does not know which that is. */
function auditParts(parts: Parts, ownMetrics: ControllerMetrics) {
  const { audit: settings, namespace } = parts.settings
  if (settings === undefined) return []
  const options = { ...parts, settings, namespace, ownMetrics, now: parts.env.now }
  return [(ending: AbortSignal) => listenToAudit(options, ending)]
}

/** Undefined settings: nobody asked for it. */
function checkpointParts({ settings, env, api, log }: Parts, metrics: ControllerMetrics) {
  const { checkpoints } = settings
  if (checkpoints === undefined) return []
  const searchPath = searchPathOf(env)
  const options = { settings: checkpoints, searchPath, api, metrics, now: env.now, log }
  return [(ending: AbortSignal) => keepCheckpoints(options, ending)]
}

function scansOf(parts: Parts, metrics: ControllerMetrics): ScanKeeperOptions {
  const { settings, env, api, policy, log } = parts
  const { scan, namespace } = settings
  return { settings: scan, namespace, api, policy, metrics, now: env.now, log }
}

function lintOf(parts: Parts, metrics: ControllerMetrics): LintOptions {
  const { settings, env, api, policy, shipped, log } = parts
  const { namespace, webhookConfiguration: configurationName } = settings
  return { namespace, configurationName, api, policy, shipped, metrics, now: env.now, log }
}

/** What this replica is, at this moment. */
interface State {
  isLeading: boolean
  /** Of the active one. */
  estate: Estate | undefined
  readonly latestScan: ScanKeeper['latest']
}

/** A standby shows what it knows, and says that it is one. */
function consoleParts(parts: Parts, watched: Watched, state: State) {
  const { console: settings, namespace } = parts.settings
  if (settings === undefined) return []
  const options: ConsoleParts = {
    ...parts,
    settings,
    namespace,
    gate: () => ({ ...watched, isLeading: state.isLeading }),
    estate: () => state.estate,
    drift: () => state.latestScan(),
    now: parts.env.now,
  }
  return [(ending: AbortSignal) => serveConsole(options, ending)]
}

function gitOf({ settings, env, api, policy, metrics, log }: Parts, state: State): GitSideOptions {
  const { mirrorDir, overrides } = settings
  const tools = openRenderers(settings, env)
  const searchPath = searchPathOf(env)
  const onEstate = (estate: Estate | undefined) => {
    state.estate = estate
  }
  const options = { mirrorDir, overrides, tools, searchPath, api, policy, metrics, log }
  return { ...options, now: env.now, onEstate }
}

/** Another one for each start: whoever comes back must not take itself for the one before. */
function identity(): string {
  return `${hostname()}_${randomUUID()}`
}

function readinessOf(
  policy: PolicySource,
  watched: Watched,
  { isLeading }: { readonly isLeading: boolean },
): Readiness {
  const problem = policy.lastError()
  return {
    // A standby is as ready as the active one; what is wrong outside does not make us unready.
    ready: watched.wasReached,
    checks: [
      { name: 'policy', ok: problem === undefined, detail: problem?.code ?? policy.current().hash },
      { name: 'lease', ok: true, detail: isLeading ? 'active' : 'standby' },
      { name: 'emergency', ok: !watched.isEmergency, detail: '' },
      ...watched.faults.map(({ fault, detail }) => ({ name: fault, ok: false, detail })),
      ...watched.neighbours.map(({ kind, what }) => ({ name: kind, ok: false, detail: what })),
      ...[...watched.failures].map(([name, { message }]) => ({ name, ok: false, detail: message })),
    ],
  }
}

function followPolicy({ policy, metrics, log }: Parts): () => void {
  const { hash, policy: first } = policy.current()
  metrics.setPolicy({ hash, mode: first.spec.mode })
  return policy.onChange((change) => {
    if (change.kind === 'failed') {
      metrics.policyRefused()
      log.error('policy_refused', { err: change.error })
      return
    }
    const { snapshot } = change
    metrics.setPolicy({ hash: snapshot.hash, mode: snapshot.policy.spec.mode })
  })
}

async function joined(...parts: readonly Pick<Metrics, 'exposition'>[]): Promise<string> {
  return (await Promise.all(parts.map((part) => part.exposition()))).join('\n')
}

/** The manifest as it was applied, which the live configuration is compared with. */
async function readShipped(settings: ControllerSettings): Promise<JsonObject | undefined> {
  const { webhookManifest: file, webhookConfiguration: name } = settings
  if (file === undefined) return undefined
  const found = (await readConfigurationFile(file)).find((one) => nameOf(one) === name)
  if (found !== undefined) return found
  throw new GuardError('SettingsInvalid', `${file}: holds no webhook configuration ${name}`)
}
