import path from 'node:path'
import type { Command } from 'commander'
import type { Address } from '../../server/listener.ts'
import { UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { address, type CallerSettings } from '../serve/settings.ts'

/** Options as commander gives them. */
export interface AuditOptions {
  readonly auditListen?: Address
  readonly auditCertFile?: string
  readonly auditKeyFile?: string
  readonly auditCallerAuth?: string
  readonly auditClientCaFile?: string
  readonly auditClientName?: readonly string[]
}

export interface AuditSettings {
  readonly listen: Address
  readonly certFile: string
  readonly keyFile: string
  readonly callers: CallerSettings
}

export function declareAuditOptions(command: Command): void {
  command
    .option(
      '--audit-listen <host:port>',
      'where the audit webhook of the API server sends its events, POST /audit over HTTPS',
      address,
    )
    .option('--audit-cert-file <file>', 'certificate for that (default: that of --certs-dir)')
    .option('--audit-key-file <file>', 'its private key')
    .option('--audit-caller-auth <mode>', 'mtls (default): callers show a certificate; none')
    .option('--audit-client-ca-file <file>', 'authority of these callers')
    .option('--audit-client-name <cn>', 'common name of them; may be repeated', collect)
}

/** Undefined: nobody sends events. Throws UsageError for what does not fit together. */
export function toAuditSettings(
  options: AuditOptions & { readonly certsDir?: string },
  absolute: (file: string) => string,
): AuditSettings | undefined {
  const { auditListen: listen, certsDir } = options
  if (listen === undefined) {
    const unused = Object.keys(options).find((key) => /^audit[A-Z]/.test(key))
    if (unused === undefined) return undefined
    throw new UsageError(`${flagOf(unused)} is of no use without --audit-listen`)
  }
  const { auditCertFile: certFile, auditKeyFile: keyFile } = options
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('--audit-cert-file and --audit-key-file go together')
  }
  const files =
    certFile !== undefined && keyFile !== undefined
      ? { certFile, keyFile }
      : certsDir === undefined
        ? undefined
        : { certFile: path.join(certsDir, 'tls.crt'), keyFile: path.join(certsDir, 'tls.key') }
  if (files === undefined) {
    throw new UsageError('--audit-listen needs --audit-cert-file and --audit-key-file')
  }
  return {
    listen,
    certFile: absolute(files.certFile),
    keyFile: absolute(files.keyFile),
    callers: callersOf(options, absolute),
  }
}

function callersOf(options: AuditOptions, absolute: (file: string) => string): CallerSettings {
  const { auditCallerAuth: mode = 'mtls', auditClientCaFile, auditClientName = [] } = options
  if (mode === 'none') {
    if (auditClientCaFile === undefined && auditClientName.length === 0) return { kind: 'none' }
    throw new UsageError(
      '--audit-client-ca-file and --audit-client-name are of no use with --audit-caller-auth none',
    )
  }
  if (mode !== 'mtls') throw new UsageError('--audit-caller-auth is mtls or none')
  if (auditClientCaFile === undefined || auditClientName.length === 0) {
    throw new UsageError(
      '--audit-listen needs --audit-client-ca-file and --audit-client-name, or --audit-caller-auth none',
    )
  }
  return { kind: 'mtls', clientCaFile: absolute(auditClientCaFile), names: auditClientName }
}

/** `auditCertFile`: `--audit-cert-file`. */
function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
