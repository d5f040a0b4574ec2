import { readFile } from 'node:fs/promises'
import { readCertificates } from '../../certs/pem.ts'
import { GuardError } from '../../core/errors.ts'
import type { Log } from '../../telemetry/log.ts'
import type { CallerAuthentication } from '../../server/admission.ts'
import type { CallerSettings } from './settings.ts'

const everyTenSeconds = 10_000

/** Throws CertificateUnreadable or CertificateInvalid, naming the file. */
export async function readCallers(settings: CallerSettings): Promise<CallerAuthentication> {
  if (settings.kind === 'none') return settings
  const clientCaPem = await readClientCa(settings.clientCaFile)
  return { kind: 'mtls', clientCaPem, names: settings.names }
}

/** Authorities of callers rotate: new connections are held to what the file says now. */
export function followClientCa(
  settings: CallerSettings,
  log: Log,
  onChange: (clientCaPem: string) => void,
): () => void {
  if (settings.kind === 'none') return () => undefined
  let known = ''
  const look = async () => {
    try {
      const pem = await readClientCa(settings.clientCaFile)
      if (pem !== known && known !== '') {
        onChange(pem)
        log.info('client_ca_loaded', { file: settings.clientCaFile })
      }
      known = pem
    } catch (error) {
      log.error('client_ca_refused', { err: error as Error })
    }
  }
  void look()
  const timer = setInterval(() => void look(), everyTenSeconds).unref()
  return () => {
    clearInterval(timer)
  }
}

async function readClientCa(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new GuardError('CertificateUnreadable', `cannot read ${file}`, { cause })
  })
  const isUsable = readCertificates(pem).some(({ ca }) => ca)
  if (!isUsable) throw new GuardError('CertificateInvalid', `${file} holds no authority`)
  return pem
}
