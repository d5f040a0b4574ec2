import { createFileSource } from '../../certs/file-source.ts'
import type { ServingCertificate } from '../../certs/serving.ts'
import type { CertificateSource } from '../../certs/source.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'

interface CertificateOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly now: () => number
  readonly log: Log
  readonly metrics: Metrics
}

/** The serving certificate from its files, watched and polled; the last good one stays in use. */
export function openCertificate(options: CertificateOptions): CertificateSource {
  const { log, metrics } = options
  const source = createFileSource({
    certificateFile: options.certFile,
    keyFile: options.keyFile,
    now: options.now,
    onFailure: (error) => {
      log.error('certificate_refused', { err: error })
    },
  })
  source.onChange((certificate) => {
    metrics.setCertificateExpiry('serving', certificate.notAfter)
    log.info('certificate_loaded', {
      serialNumber: certificate.serialNumber,
      fingerprint: certificate.fingerprint,
      notAfter: new Date(certificate.notAfter).toISOString(),
    })
  })
  return source
}

/** The first one: in a fresh installation the controller makes it after we have started. */
export function firstCertificate(
  source: CertificateSource,
  signal: AbortSignal,
): Promise<ServingCertificate> {
  const current = source.current()
  if (current !== undefined) return Promise.resolve(current)
  return new Promise((resolve, reject) => {
    const stop = source.onChange((certificate) => {
      stop()
      signal.removeEventListener('abort', end)
      resolve(certificate)
    })
    const end = () => {
      stop()
      reject(signal.reason as Error)
    }
    // The signal may have come while we were waiting for something else: then there is no event.
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
