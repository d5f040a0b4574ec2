import path from 'node:path'
import { policyFile, type PolicySource } from '../../config/policy-file.ts'
import { digest } from '../../core/manifest/canonical.ts'
import type { Json } from '../../core/manifest/json.ts'
import type { Journal } from '../../journal/options.ts'
import { openLauncher } from '../../processes/launcher.ts'
import {
  createAdmissionServer,
  type AdmissionServer,
  type CallerAuthentication,
} from '../../server/admission.ts'
import { createHealthServer, type Readiness } from '../../server/health.ts'
import { createLog, type ProcessLog } from '../../telemetry/log.ts'
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts'
import type { CertificateSource } from '../../certs/source.ts'
import { connect } from '../../kubernetes/api.ts'
import { createVersions } from '../../kubernetes/versions.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { openEngines, type Engines } from '../estate/engines.ts'
import { Estate, makeMirrorDir } from '../estate/estate.ts'
import { fetchAhead } from '../estate/fetch-ahead.ts'
import { keepPlans } from '../estate/keep-plans.ts'
import type { PlanKeeper } from '../estate/plans.ts'
import { followPolicy } from '../estate/policy.ts'
import { exit } from '../exit.ts'
import { openRenderers, searchPathOf } from '../renderers.ts'
import { Running } from '../running.ts'
import { firstCertificate, openCertificate } from '../serve/certificate.ts'
import { followClientCa, readCallers } from '../serve/client-ca.ts'
import { watchConfiguration } from '../serve/configuration.ts'
import { compareVersions } from '../serve/defaults.ts'
import { createGate } from '../serve/gate.ts'
import { openBreakGlass, type ServedBreakGlass } from '../serve/grants.ts'
import { startHooks } from '../serve/hooks.ts'
import { digestKeyOf, lookAround } from '../serve/identity.ts'
import { readinessOf } from '../serve/readiness.ts'
import { openRecords, readSigner, type CheckpointKey } from '../serve/records.ts'
import {
  declareServeOptions,
  toSettings,
  type ServeOptions,
  type ServeSettings,
} from '../serve/settings.ts'

export const declare: Declare = (command, run) => {
  declareServeOptions(command)
  command.action((options: ServeOptions) => run((env) => serve(toSettings(options, env), env)))
}

interface Parts {
  readonly settings: ServeSettings
  readonly env: Env
  readonly log: ProcessLog
  readonly metrics: Metrics
  readonly policy: PolicySource
  readonly estate: Estate
  readonly certificate: CertificateSource
  readonly callerAuth: CallerAuthentication
  readonly signer: CheckpointKey | undefined
  readonly running: Running
}

/** Answers AdmissionReviews until the signal; resolves when everything is answered and written. */
export async function serve(settings: ServeSettings, env: Env): Promise<number> {
  const { now, signal, usage } = env
  const log = createLog({ level: settings.logLevel, descriptor: 1, now })
  const metrics = createMetrics({ usage })
  const running = new Running()
  running.add(() => log.flush())
  try {
    const parts = await prepare({ settings, env, log, metrics, running })
    await open(parts)
    log.info('serving')
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return exit.done
  } catch (error) {
    if (!signal.aborted) throw error
    return exit.done
  } finally {
    await running.end()
  }
}

/** What needs no cluster. A policy that is not good ends us here, with everything that is wrong. */
async function prepare(
  given: Omit<Parts, 'policy' | 'estate' | 'certificate' | 'callerAuth' | 'signer'>,
): Promise<Parts> {
  const { settings, env, log, metrics, running } = given
  const { now } = env
  const policy = policyFile({ file: settings.policy, now })
  await policy.start()
  running.add(() => policy.stop())
  const callerAuth = await readCallers(settings.callers)
  const signer = await readSigner(settings, { env, log })
  await makeMirrorDir(settings.mirrorDir)
  const launcher = openLauncher()
  running.add(() => launcher.stop())
  const estate = new Estate({
    mirrorDir: settings.mirrorDir,
    overrides: settings.overrides,
    searchPath: searchPathOf(env),
    start: launcher.start,
    tools: openRenderers(settings, env, launcher.start),
    now,
    log,
  })
  running.add(() => estate.stop())
  metrics.setMirrorSource(() => estate.freshness())
  const certificate = openCertificate({ ...settings, now, log, metrics })
  await certificate.start()
  running.add(() => certificate.stop())
  return { ...given, policy, estate, certificate, callerAuth, signer }
}

async function open(parts: Parts): Promise<void> {
  const { settings, env, log, running, policy, estate, metrics } = parts
  let gate: Readiness['checks'] = [{ name: 'gate', ok: false, detail: 'is starting' }]
  let others: () => Readiness['checks'] = () => []
  const health = createHealthServer({
    listen: settings.healthListen,
    readiness: () => readinessOf({ ...parts, gate, others: others() }),
    metrics,
    log,
  })
  await health.start()
  running.add(() => health.stop())
  running.add(followPolicy({ policy, estate, metrics, log }))
  const api = connect(sourceOf(settings))
  running.add(() => {
    api.close()
  })
  estate.versions = createVersions(api, env.now)
  const surroundings = await lookAround(api, settings.namespace, { log, signal: env.signal })
  compareVersions(surroundings.minor, metrics, log)
  running.add(watchConfiguration({ ...surroundings, settings, policy, log }))
  const engines = openEngines({ api, policy, metrics, now: env.now, log })
  running.add(() => engines.stop())
  const { cluster } = surroundings
  const plans = keepPlans({ policy, estate, engines, cluster, now: env.now, log, running })
  running.add(
    engines.objects.onChange(({ after }) => {
      const ahead = { policy: policy.current().policy, repositories: estate.repositories }
      if (after !== undefined) void fetchAhead(after, ahead)
    }),
  )
  // No repository can be called so.
  const keysDir = path.join(settings.mirrorDir, '.issuer-keys')
  const breakGlass = await openBreakGlass({ api, policy, keysDir, metrics, now: env.now, log })
  running.add(() => breakGlass.stop())
  const records = await openRecords({ ...parts, api })
  const { journal } = records
  others = () => [...engines.checks(), ...breakGlass.checks(), ...records.checks()]
  const server = await startServer(parts, {
    surroundings,
    journal,
    engines,
    plans,
    breakGlass,
  })
  gate = []
  records.storeEarlier()
  running.add(() => server.drain())
  running.add(await startHooks({ settings, policy, estate, metrics, log }))
  // Last, so that it happens first: nobody new is sent here while the rest goes on.
  running.add(() => {
    gate = [{ name: 'gate', ok: false, detail: 'is draining' }]
  })
}

interface Opened {
  readonly surroundings: Awaited<ReturnType<typeof lookAround>>
  readonly journal: Journal
  readonly engines: Engines
  readonly plans: PlanKeeper
  readonly breakGlass: ServedBreakGlass
}

async function startServer(
  { settings, env, log, metrics, policy, estate, certificate, callerAuth, running }: Parts,
  { surroundings, journal, engines, plans, breakGlass }: Opened,
): Promise<AdmissionServer> {
  const tls = await firstCertificate(certificate, env.signal)
  let digestKey = digestKeyOf(tls.keyPem)
  const server = createAdmissionServer({
    listen: settings.listen,
    tls,
    callerAuth,
    ...createGate({
      ...surroundings,
      policy: () => policy.current(),
      estate,
      engineObjects: engines.objects,
      plansSettled: (signal) => plans.settled(signal),
      arePlansKnown: () => plans.isKnown(),
      breakGlass: (current) => breakGlass.of(current),
      journal,
      digestKey: () => digestKey,
      config: digest(configOf(settings)),
      now: env.now,
      metrics,
      log,
    }),
    ownAccounts: (username) => surroundings.own.accounts.has(username),
    drain: { lameDuckMs: settings.drainDelay },
    metrics,
    log,
    now: () => performance.now(),
  })
  running.add(
    certificate.onChange((next) => {
      server.setCertificate(next)
      digestKey = digestKeyOf(next.keyPem)
    }),
  )
  running.add(
    followClientCa({
      settings: settings.callers,
      known: callerAuth,
      log,
      onChange: (pem) => {
        server.setClientCa(pem)
      },
    }),
  )
  await server.start()
  return server
}

function sourceOf({ kubeconfig }: ServeSettings) {
  return kubeconfig === undefined
    ? ({ kind: 'in-cluster' } as const)
    : ({ kind: 'kubeconfig', files: [kubeconfig] } as const)
}

/** What of the settings bears on decisions. */
function configOf({ callers, namespace, overrides }: ServeSettings): Json {
  return { callers: callers.kind, namespace, overrides: Object.fromEntries(overrides) }
}
