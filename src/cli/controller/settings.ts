import path from 'node:path'
import { Option, type Command } from 'commander'
import type { Address } from '../../server/listener.ts'
import type { LogLevel } from '../../telemetry/log.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { address, logLevel } from '../serve/settings.ts'

/** Options as commander gives them. */
export interface ControllerOptions {
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
  'certsSecret' | 'certsDir' | 'service' | 'dns'
> {
  readonly certificates: CertificateSettings
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
    .option('--log-level <level>', 'debug, info, warn, error', logLevel, 'info')
    .addHelpText('after', explanation)
}

const explanation = `
Without --certs-secret and --certs-dir the caBundle of the webhook configuration is left alone.`

export function toControllerSettings(options: ControllerOptions, env: Env): ControllerSettings {
  const { certsSecret: _secret, certsDir: _dir, service: _service, dns: _dns, ...rest } = options
  const { webhookManifest } = options
  return {
    ...rest,
    policy: path.resolve(env.cwd, options.policy),
    ...(webhookManifest === undefined
      ? {}
      : { webhookManifest: path.resolve(env.cwd, webhookManifest) }),
    certificates: certificatesOf(options, env),
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
