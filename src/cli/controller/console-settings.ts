import { isIP } from 'node:net'
import type { Command } from 'commander'
import type { Address } from '../../server/listener.ts'
import { UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { address } from '../serve/settings.ts'

/** Options as commander gives them. */
export interface ConsoleOptions {
  readonly consoleListen?: Address
  readonly consoleAuth?: string
  readonly consoleRecords?: readonly string[]
  readonly consoleCertFile?: string
  readonly consoleKeyFile?: string
  readonly consoleCluster?: string
}

export interface ConsoleSettings {
  readonly listen: Address
  readonly auth: 'token' | 'none'
  /** Directories. */
  readonly records: readonly string[]
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  /** What people call the cluster; undefined: its uid. */
  readonly cluster: string | undefined
}

export function declareConsoleOptions(command: Command): void {
  command
    .option('--console-listen <host:port>', 'read-only pages for people', address)
    .option('--console-auth <mode>', 'token: whom the cluster lets look; none, on loopback only')
    .option('--console-records <dir>', 'records of the replicas, again for more', collect)
    .option('--console-cert-file <file>', 'certificate of the console')
    .option('--console-key-file <file>', 'private key of the console')
    .option('--console-cluster <name>', 'what people call the cluster (default: its uid)')
}

/** Throws UsageError for what does not fit together. */
export function toConsoleSettings(
  options: ConsoleOptions,
  absolute: (file: string) => string,
): ConsoleSettings | undefined {
  const { consoleListen: listen, consoleAuth = 'token', consoleRecords = [] } = options
  if (listen === undefined) return withoutConsole(options)
  if (consoleAuth !== 'token' && consoleAuth !== 'none') {
    throw new UsageError('--console-auth is token or none')
  }
  const tls = tlsOf(options, absolute)
  const isLocal = isLoopback(listen.host)
  if (consoleAuth === 'none' && !isLocal) {
    throw new UsageError('--console-auth none is for loopback addresses only, such as 127.0.0.1')
  }
  if (tls === undefined && !isLocal) {
    throw new UsageError(
      `--console-listen ${listen.host}: tokens would travel in the clear: give --console-cert-file and --console-key-file, or listen on 127.0.0.1`,
    )
  }
  return {
    listen,
    auth: consoleAuth,
    records: consoleRecords.map(absolute),
    tls,
    cluster: options.consoleCluster,
  }
}

function withoutConsole(options: ConsoleOptions): undefined {
  const { consoleAuth, consoleRecords, consoleCertFile, consoleKeyFile, consoleCluster } = options
  const others = [consoleAuth, consoleRecords, consoleCertFile, consoleKeyFile, consoleCluster]
  if (others.some((one) => one !== undefined)) {
    throw new UsageError('the other --console options are of no use without --console-listen')
  }
  return undefined
}

function tlsOf(
  { consoleCertFile: certFile, consoleKeyFile: keyFile }: ConsoleOptions,
  absolute: (file: string) => string,
): ConsoleSettings['tls'] {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError('--console-cert-file and --console-key-file come together')
  }
  return { certFile: absolute(certFile), keyFile: absolute(keyFile) }
}

/** A name may lead anywhere, but for this one. */
function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1'
}
