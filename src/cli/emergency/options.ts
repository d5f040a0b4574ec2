import type { Command } from 'commander'
import { connect, type Api } from '../../kubernetes/api.ts'
import { operatorSource } from '../cluster-source.ts'
import type { Env } from '../env.ts'
import type { OutputFormat } from '../output.ts'

export interface EmergencyOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace: string
  readonly webhookConfiguration: string
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly output: OutputFormat
}

export function declareEmergencyOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'default: KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'default: the current one')
    .option('--namespace <name>', 'where solewriter is installed', 'solewriter-system')
    .option('--webhook-configuration <name>', 'our own one', 'solewriter')
    .option('--dry-run', 'say what would be done')
    .option('-y, --yes', 'do not ask')
}

/** One connection for the work, ended with it. */
export async function withCluster<T>(
  options: EmergencyOptions,
  env: Env,
  work: (api: Api) => Promise<T>,
): Promise<T> {
  const api = connect(operatorSource(options, env))
  try {
    return await work(api)
  } finally {
    api.close()
  }
}
