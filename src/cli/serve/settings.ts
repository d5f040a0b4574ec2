import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import path from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseDuration } from '../../core/policy/duration.ts'
import type { LogLevel } from '../../telemetry/log.ts'
import { logLevels } from '../../telemetry/log.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { byteCount, keepFor } from '../records-options.ts'
import { declareRendererOptions, type RendererOptions } from '../renderers.ts'
import { targetsOf, type TargetSetting } from './shipping-targets.ts'

/** An address to listen on. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Options as commander gives them. */
export interface ServeOptions extends RendererOptions {
  readonly listen: Address
  readonly healthListen: Address
  readonly hooksListen?: Address
  readonly policy: string
  readonly certFile: string
  readonly keyFile: string
  readonly callerAuth: string
  readonly clientCaFile?: string
  readonly clientName?: readonly string[]
  readonly mirrorDir: string
  readonly recordsDir: string
  readonly recordsKeep?: number
  readonly recordsSize?: number
  readonly to?: readonly string[]
  readonly toTokenFile?: string
  readonly toCaFile?: string
  readonly checkpointKeyFile?: string
  readonly writerName?: string
  readonly kubeconfig?: string
  readonly repo?: readonly string[]
  readonly namespace: string
  readonly webhookConfiguration: string
  readonly drainDelay: number
  readonly logLevel: LogLevel
}

export type CallerSettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'mtls'; readonly clientCaFile: string; readonly names: readonly string[] }

/** The same, checked against each other, with absolute paths. */
export interface ServeSettings extends Omit<
  ServeOptions,
  'callerAuth' | 'repo' | 'to' | 'writerName'
> {
  readonly callers: CallerSettings
  /** NAME -> directory to fetch from instead of the policy's URL. */
  readonly overrides: ReadonlyMap<string, string>
  readonly writerName: string
  /** Where the records are copied to. */
  readonly to: readonly TargetSetting[]
}

export function declareServeOptions(command: Command): void {
  command
    .addOption(listenOption('--listen', 'where the API server calls', 9443))
    .addOption(listenOption('--health-listen', '/livez /readyz /metrics', 8080))
    .option('--hooks-listen <host:port>', 'push notifications, POST /hooks/<repository>', address)
    .requiredOption('--policy <file>', 'the policy file')
    .requiredOption('--cert-file <file>', 'certificate to serve; read again when it changes')
    .requiredOption('--key-file <file>', 'its private key')
    .option('--caller-auth <mode>', 'mtls: callers show a certificate; none', 'mtls')
    .option('--client-ca-file <file>', 'authority of callers, for mtls')
    .option('--client-name <cn>', 'common name of callers, for mtls; may be repeated', collect)
    .requiredOption('--mirror-dir <dir>', 'where the Git mirrors are')
    .requiredOption('--records-dir <dir>', 'where the records are')
    .option('--records-keep <duration>', 'how long records are kept, at least 1d', keepFor)
    .option('--records-size <bytes>', 'how large all records may get, such as 20Gi', byteCount)
    .option('--to <place>', 'copy records to file:DIR, a URL or stdout; may be repeated', collect)
    .option('--to-token-file <file>', 'bearer token for --to https://')
    .option('--to-ca-file <file>', 'further authorities of --to https://')
    .option('--checkpoint-key-file <file>', 'private key that signs checkpoints of the records')
    .option('--writer-name <name>', 'name of this replica in records (default: the host name)')
    .option('--kubeconfig <file>', 'how to reach the API server (default: as a Pod)')
    .option('--repo <name=dir>', 'fetch a repository from a directory; may be repeated', collect)
    .option('--namespace <name>', 'where solewriter is installed', 'solewriter-system')
    .option('--webhook-configuration <name>', 'our configuration, to compare with', 'solewriter')
    .addOption(
      new Option('--drain-delay <duration>', 'time for load balancers to notice an end')
        .argParser(duration)
        .default(15_000, '15s'),
    )
    .option('--log-level <level>', logLevels.join(', '), logLevel, 'info')
  declareRendererOptions(command)
}

/** Throws UsageError for what does not fit together. */
export function toSettings(options: ServeOptions, env: Env): ServeSettings {
  const { callerAuth: _callerAuth, repo = [], to = [], writerName, ...rest } = options
  const absolute = (file: string) => path.resolve(env.cwd, file)
  const optional = (file: string | undefined) => (file === undefined ? undefined : absolute(file))
  const recordsDir = absolute(options.recordsDir)
  const files = defined({
    kubeconfig: optional(options.kubeconfig),
    checkpointKeyFile: optional(options.checkpointKeyFile),
    toTokenFile: optional(options.toTokenFile),
    toCaFile: optional(options.toCaFile),
  })
  return {
    ...rest,
    ...files,
    to: targetsOf(to, files, { absolute, recordsDir }),
    policy: absolute(options.policy),
    certFile: absolute(options.certFile),
    keyFile: absolute(options.keyFile),
    mirrorDir: absolute(options.mirrorDir),
    recordsDir,
    callers: callersOf(options, absolute),
    overrides: new Map(repo.map((pair) => overrideOf(pair, absolute))),
    // Replicas that share a directory and a host still need names of their own.
    writerName:
      writerName ??
      `${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}-${randomBytes(3).toString('hex')}`,
  }
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as Defined<T>
}

function callersOf(options: ServeOptions, absolute: (file: string) => string): CallerSettings {
  const { callerAuth, clientCaFile, clientName = [] } = options
  if (callerAuth === 'none') {
    if (clientCaFile === undefined && clientName.length === 0) return { kind: 'none' }
    throw new UsageError('--client-ca-file and --client-name are of no use with --caller-auth none')
  }
  if (callerAuth !== 'mtls') throw new UsageError('--caller-auth is mtls or none')
  if (clientCaFile === undefined || clientName.length === 0) {
    throw new UsageError('--caller-auth mtls needs --client-ca-file and --client-name')
  }
  return { kind: 'mtls', clientCaFile: absolute(clientCaFile), names: clientName }
}

export function overrideOf(
  pair: string,
  absolute: (file: string) => string,
): readonly [string, string] {
  const cut = pair.indexOf('=')
  if (cut < 1 || cut === pair.length - 1) throw new UsageError(`--repo ${pair}: NAME=DIR`)
  return [pair.slice(0, cut), absolute(pair.slice(cut + 1))]
}

function listenOption(flag: string, description: string, port: number): Option {
  return new Option(`${flag} <host:port>`, description)
    .argParser(address)
    .default({ host: '0.0.0.0', port }, `0.0.0.0:${port}`)
}

export function address(text: string): Address {
  const match = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2] ?? -1)
  if (match === null || port > 65_535) throw new InvalidArgumentError('must be HOST:PORT')
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port }
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('must be a duration such as 15s')
  return ms
}

export function logLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level === undefined) throw new InvalidArgumentError(`must be one of ${logLevels.join(', ')}`)
  return level
}
