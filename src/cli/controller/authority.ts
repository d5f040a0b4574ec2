import path from 'node:path'
import { createFileSource } from '../../certs/file-source.ts'
import { createLeafSource } from '../../certs/leaf-source.ts'
import type { CertificateSource } from '../../certs/source.ts'
import type { AuthorityStore } from '../../certs/store.ts'
import type { Api } from '../../kubernetes/api.ts'
import { createSecretStore } from '../../kubernetes/secret-store.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { CertificateSettings } from './settings.ts'

interface AuthorityOptions {
  readonly certificates: CertificateSettings
  readonly api: Api
  readonly namespace: string
  readonly now: () => number
  readonly log: Log
  readonly metrics: Metrics
}

export interface Authority {
  /**
   * What the API server has to trust now, as PEM. Asked by every replica: the bundle must be put
   * right even if nobody can hold the Lease, whose renewal may pass through the very webhook that
   * the API server no longer trusts.
   */
  bundle(): Promise<string | undefined>
  /** The active replica's work: makes, renews and rotates until the signal. */
  keepRenewed(signal: AbortSignal): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const nothing = () => Promise.resolve(undefined)

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
}

export function createAuthorityKeeper(options: AuthorityOptions): Authority {
  const { certificates } = options
  if (certificates.kind === 'secret') return inSecret(options, certificates)
  if (certificates.kind === 'directory') return inDirectory(options, certificates.dir)
  return { bundle: nothing, keepRenewed: aborted, start: nothing, stop: nothing }
}

function inSecret(
  options: AuthorityOptions,
  { name, dnsNames }: Extract<CertificateSettings, { kind: 'secret' }>,
): Authority {
  const { api, namespace, now, log } = options
  const store: AuthorityStore = createSecretStore({ api, namespace, name })
  return {
    bundle: async () => (await store.load())?.material.caBundlePem,
    async keepRenewed(signal) {
      // A source starts once, and the Lease may be held more than once.
      const source = createLeafSource({
        store,
        profile: { kind: 'server', dnsNames, ipAddresses: [] },
        now,
        onFailure: (error) => {
          log.error('certificates_not_kept', { err: error })
        },
        onRenewed: (changes) => {
          log.info('certificates_renewed', { changes })
        },
      })
      reportExpiry(source, options)
      await source.start()
      await aborted(signal)
      await source.stop()
    },
    start: nothing,
    stop: nothing,
  }
}

function inDirectory(options: AuthorityOptions, dir: string): Authority {
  const source = createFileSource({
    certificateFile: path.join(dir, 'tls.crt'),
    keyFile: path.join(dir, 'tls.key'),
    caFile: path.join(dir, 'ca.crt'),
    now: options.now,
    onFailure: (error) => {
      options.log.error('certificate_refused', { err: error })
    },
  })
  reportExpiry(source, options)
  return {
    bundle: () => Promise.resolve(source.current()?.caBundlePem),
    keepRenewed: aborted,
    start: () => source.start(),
    stop: () => source.stop(),
  }
}

function reportExpiry(source: CertificateSource, { metrics }: AuthorityOptions): void {
  source.onChange(({ notAfter }) => {
    metrics.setCertificateExpiry('serving', notAfter)
  })
}
