import { readFile } from 'node:fs/promises'
import { readCertificates } from '../../certs/pem.ts'
import { GuardError } from '../../core/errors.ts'
import type { Log } from '../../telemetry/log.ts'
import type { CallerAuthentication } from '../../server/admission.ts'
import type { CallerSettings } from './settings.ts'

const everyTenSeconds = 10_000

/** Throws SettingsInvalid, naming the file: at a start there is no last good one. */
export async function readCallers(settings: CallerSettings): Promise<CallerAuthentication> {
  if (settings.kind === 'none') return settings
  const clientCaPem = await readClientCa(settings.clientCaFile).catch((cause: unknown) => {
    throw new GuardError('SettingsInvalid', messageOf(cause), { cause })
  })
  return { kind: 'mtls', clientCaPem, names: settings.names }
}

interface Following {
  readonly settings: CallerSettings
  /** What is in force. The file may have changed between that look and the first one here. */
  readonly known: CallerAuthentication
  readonly log: Log
  readonly onChange: (clientCaPem: string) => void
}

/** Authorities of callers rotate: new connections are held to what the file says now. */
export function followClientCa({ settings, known, log, onChange }: Following): () => void {
  if (settings.kind === 'none' || known.kind === 'none') return () => undefined
  let inForce = known.clientCaPem
  let refused = ''
  const look = async () => {
    try {
      const pem = await readClientCa(settings.clientCaFile)
      refused = ''
      if (pem === inForce) return
      onChange(pem)
      inForce = pem
      log.info('client_ca_loaded', { file: settings.clientCaFile })
    } catch (error) {
      // Once for each trouble, not for each look.
      if (messageOf(error) !== refused) log.error('client_ca_refused', { err: error as Error })
      refused = messageOf(error)
    }
  }
  // One look after the other: a slow disk must not let two of them tell the same thing.
  let turn = Promise.resolve()
  const next = () => {
    turn = turn.then(look)
  }
  next()
  const timer = setInterval(next, everyTenSeconds).unref()
  return () => {
    clearInterval(timer)
  }
}

async function readClientCa(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new GuardError('CertificateUnreadable', `cannot read ${file}: ${messageOf(cause)}`, {
      cause,
    })
  })
  if (!hasAuthority(pem, file)) {
    throw new GuardError('CertificateInvalid', `${file} holds no authority`)
  }
  return pem
}

function hasAuthority(pem: string, file: string): boolean {
  try {
    return readCertificates(pem).some(({ ca }) => ca)
  } catch (cause) {
    throw new GuardError('CertificateInvalid', `${file}: ${messageOf(cause)}`, { cause })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason'
}
