import { randomBytes } from 'node:crypto'
import type { PolicySource } from '../../config/policy-file.ts'
import { createFileSource } from '../../certs/file-source.ts'
import type { CertificateSource } from '../../certs/source.ts'
import type { MirrorFacts } from '../../core/console/repositories-page.ts'
import type { Drift } from '../../core/console/drift-page.ts'
import type { Api } from '../../kubernetes/api.ts'
import { clusterUid } from '../../kubernetes/cluster.ts'
import { reviewViewer } from '../../kubernetes/viewer-review.ts'
import { pause } from '../../kubernetes/wait.ts'
import { createConsoleServer, type ConsoleServerOptions } from '../../server/console.ts'
import type { Log } from '../../telemetry/log.ts'
import { createClusterLists } from '../console/cluster-lists.ts'
import { RecordIndex } from '../console/record-index.ts'
import { RecordSearch } from '../console/record-search.ts'
import { createConsolePages } from '../console/site.ts'
import type { GateState } from '../console/sources.ts'
import type { Estate } from '../estate/estate.ts'
import { firstCertificate } from '../serve/certificate.ts'
import type { ConsoleSettings } from './console-settings.ts'

export interface ConsoleParts {
  readonly settings: ConsoleSettings
  readonly api: Api
  readonly namespace: string
  readonly policy: PolicySource
  readonly gate: () => GateState
  /** Of the active controller. */
  readonly estate: () => Estate | undefined
  readonly drift: (signal: AbortSignal) => Promise<Drift>
  readonly now: () => number
  readonly log: Log
}

/** Serves the pages until the signal, in every replica: what only the active one knows, it says. */
export async function serveConsole(parts: ConsoleParts, signal: AbortSignal): Promise<void> {
  const { settings, log } = parts
  const certificate = certificateOf(parts)
  await certificate?.start()
  try {
    const first = certificate && (await firstCertificate(certificate, signal))
    const name = nameOfCluster(parts, signal)
    const server = createConsoleServer(optionsOf(parts, name, first))
    certificate?.onChange((next) => {
      server.setCertificate(next)
    })
    const { port } = await server.start()
    const { host } = settings.listen
    log.info('console_started', { host, port, auth: settings.auth, tls: first !== undefined })
    await ended(signal)
    await server.stop()
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await certificate?.stop()
  }
}

function optionsOf(
  parts: ConsoleParts,
  cluster: () => string,
  tls: ConsoleServerOptions['tls'],
): ConsoleServerOptions {
  const { settings, api, namespace, policy, gate, estate, drift, now, log } = parts
  const { records: places, listen, auth } = settings
  const records =
    places.length === 0
      ? undefined
      : { index: new RecordIndex({ places, now }), search: new RecordSearch(places) }
  const lists = createClusterLists({ api, namespace, now })
  const mirrors = () => mirrorsOf(estate())
  const sources = { policy, lists, records, gate, mirrors, drift, cluster, now }
  return {
    listen,
    tls,
    review: auth === 'none' ? 'none' : (token, signal) => reviewViewer(api, token, signal),
    pages: createConsolePages(sources),
    now,
    newSecret: () => randomBytes(32).toString('base64url'),
    log,
  }
}

function mirrorsOf(estate: Estate | undefined): ReadonlyMap<string, MirrorFacts> | undefined {
  if (estate === undefined) return undefined
  const problems = new Map(estate.problems().map((one) => [one.repository, one.problem]))
  return new Map(
    estate.freshness().map(({ repository, ageSeconds, isStale, unread }) => [
      repository,
      {
        ageSeconds,
        isStale,
        unread,
        problem: problems.get(repository),
        tips: estate.repositories.get(repository)?.tips() ?? [],
      },
    ]),
  )
}

function certificateOf({ settings, now, log }: ConsoleParts): CertificateSource | undefined {
  if (settings.tls === undefined) return undefined
  const { certFile, keyFile } = settings.tls
  return createFileSource({
    certificateFile: certFile,
    keyFile,
    now,
    onFailure: (error) => {
      log.error('console_certificate_refused', { err: error })
    },
  })
}

const tenSeconds = 10_000

/** Its uid, as soon as that is known, where nobody has given it a name. */
function nameOfCluster({ settings, api, log }: ConsoleParts, signal: AbortSignal): () => string {
  let name = settings.cluster ?? ''
  const ask = async () => {
    while (name === '' && !signal.aborted) {
      try {
        name = await clusterUid(api, signal)
      } catch (error) {
        if (!signal.aborted) log.warn('console_cluster_unknown', { err: error as Error })
        await pause(tenSeconds, signal)
      }
    }
  }
  void ask()
  return () => name
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
