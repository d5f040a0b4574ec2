import path from 'node:path'
import { Option, type Command } from 'commander'
import type { Address } from '../../server/listener.ts'
import type { LogLevel } from '../../telemetry/log.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { declareRendererOptions, type RendererOptions } from '../renderers.ts'
import { address, logLevel, overrideOf } from '../serve/settings.ts'
import {
  declareAuditOptions,
  toAuditSettings,
  type AuditOptions,
  type AuditSettings,
} from './audit-settings.ts'
import {
  declareCheckpointOptions,
  toCheckpointSettings,
  type CheckpointOptions,
  type CheckpointSettings,
} from './checkpoint-settings.ts'
import {
  declareScanOptions,
  toScanSettings,
  type ScanOptionsGiven,
  type ScanSettings,
} from './scan-settings.ts'
import {
  declareConsoleOptions,
  toConsoleSettings,
  type ConsoleOptions,
  type ConsoleSettings,
} from './console-settings.ts'

/** Options as commander gives them. */
export interface ControllerOptions
  extends RendererOptions, AuditOptions, CheckpointOptions, ConsoleOptions, ScanOptionsGiven {
  readonly kubeconfig?: string
  readonly policy: string
  readonly healthListen: Address
  readonly namespace: string
  readonly webhookConfiguration: string
  readonly webhookManifest?: string
  readonly certsSecret?: string
  readonly certsDir?: string
  readonly service: string
  readonly dns?: readonly string[]
  readonly mirrorDir?: string
  readonly repo?: readonly string[]
  readonly logLevel: LogLevel
}

/** Where the bundle that the API server has to trust comes from. */
export type CertificateSettings =
  /** Ours to make, renew and rotate. */
  | { readonly kind: 'secret'; readonly name: string; readonly dnsNames: readonly string[] }
  /** Somebody else's. */
  | { readonly kind: 'directory'; readonly dir: string }
  /** Nothing is written: the configuration is only watched. */
  | { readonly kind: 'none' }

export interface ControllerSettings extends Omit<
  ControllerOptions,
  | 'certsSecret'
  | 'certsDir'
  | 'service'
  | 'dns'
  | 'mirrorDir'
  | 'repo'
  | keyof AuditOptions
  | keyof CheckpointOptions
  | keyof ConsoleOptions
  | keyof ScanOptionsGiven
> {
  readonly certificates: CertificateSettings
  /** Undefined: no mirrors are kept, and no use is ever resolved. */
  readonly mirrorDir: string | undefined
  /** NAME -> directory to fetch from instead of the policy's URL. */
  readonly overrides: ReadonlyMap<string, string>
  /** Undefined: the API server sends no events. */
  readonly audit: AuditSettings | undefined
  /** Undefined: the newest checkpoints are in the cluster only. */
  readonly checkpoints: CheckpointSettings | undefined
  /** Undefined: the cluster is not compared with Git. */
  readonly scan: ScanSettings | undefined
  /** Undefined: there are no pages. */
  readonly console: ConsoleSettings | undefined
}

export function declareControllerOptions(command: Command): void {
  command
    .option('--kubeconfig <file>', 'how to reach the API server (default: as a Pod)')
    .requiredOption('--policy <file>', 'the policy file')
    .option('--health-listen <host:port>', '/livez /readyz /metrics', address, {
      host: '0.0.0.0',
      port: 8080,
    })
    .option('--namespace <name>', 'where solewriter is installed', 'solewriter-system')
    .option('--webhook-configuration <name>', 'our own one', 'solewriter')
    .option('--webhook-manifest <file>', 'as it was applied: changes to it are reported')
    .addOption(
      new Option('--certs-secret <name>', 'keep the certificates in this Secret').conflicts(
        'certsDir',
      ),
    )
    .option('--certs-dir <dir>', 'the certificates are here, and somebody else renews them')
    .option('--service <name>', "the webhook's Service, for --certs-secret", 'solewriter')
    .option('--dns <name>', 'a further name of the webhook; may be repeated', collect)
    .option('--mirror-dir <dir>', 'where the Git mirrors are: post-mortems are resolved by them')
    .option('--repo <name=dir>', 'fetch a repository from a directory; may be repeated', collect)
    .option('--log-level <level>', 'debug, info, warn, error', logLevel, 'info')
    .addHelpText('after', explanation)
  declareScanOptions(command)
  declareAuditOptions(command)
  declareCheckpointOptions(command)
  declareConsoleOptions(command)
  declareRendererOptions(command)
}

const explanation = `
Without --mirror-dir nobody looks at Git, and no post-mortem with a use is ever resolved.
Without --certs-secret and --certs-dir the caBundle of the webhook configuration is left alone.`

export function toControllerSettings(options: ControllerOptions, env: Env): ControllerSettings {
  const { certsSecret: _secret, certsDir: _dir, service: _service, dns: _dns, ...rest } = options
  const { webhookManifest, mirrorDir, repo = [] } = options
  const absolute = (file: string) => path.resolve(env.cwd, file)
  if (mirrorDir === undefined && repo.length > 0) {
    throw new UsageError('--repo is of no use without --mirror-dir')
  }
  return {
    ...rest,
    policy: absolute(options.policy),
    ...(webhookManifest === undefined ? {} : { webhookManifest: absolute(webhookManifest) }),
    certificates: certificatesOf(options, env),
    mirrorDir: mirrorDir === undefined ? undefined : absolute(mirrorDir),
    overrides: new Map(repo.map((pair) => overrideOf(pair, absolute))),
    scan: toScanSettings(options, { mirrorDir, absolute }),
    audit: toAuditSettings(options, absolute),
    checkpoints: toCheckpointSettings(options, absolute),
    console: toConsoleSettings(options, absolute),
  }
}

function certificatesOf(options: ControllerOptions, env: Env): CertificateSettings {
  const { certsSecret, certsDir, service, namespace, dns = [] } = options
  if (certsSecret !== undefined) {
    const dnsNames = [`${service}.${namespace}.svc`, ...dns]
    return { kind: 'secret', name: certsSecret, dnsNames }
  }
  if (dns.length > 0) throw new UsageError('--dns is of no use without --certs-secret')
  if (certsDir === undefined) return { kind: 'none' }
  return { kind: 'directory', dir: path.resolve(env.cwd, certsDir) }
}
