import { parseDuration } from '../../core/policy/duration.ts'
import { activate } from '../breakglass/activation.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { declareTimeout } from '../breakglass/timeout.ts'
import { declareTokenFile, readTokenText } from '../breakglass/token-input.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import type { OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareTimeout(declareCluster(declareTokenFile(command)))
    .addHelpText('after', explanation)
    .action((options: Omit<BreakglassActivateOptions, 'output'>) =>
      run((env, output) => breakglassActivate({ ...options, output }, env)),
    )
}

const explanation = `
Creates the grant and waits until it is active. What can be found out beforehand is: whether the
token is for you and this cluster and still good, and what RBAC would refuse anyway. A token is good
for one attempt that gets that far. From then on your ordinary kubectl commands are let through, as
far as the scope goes; "end" ends it early.`

export interface BreakglassActivateOptions extends ClusterOptions {
  readonly file: string
  readonly timeout?: string
  readonly output: OutputFormat
}

export async function breakglassActivate(
  { file, timeout, output, ...cluster }: BreakglassActivateOptions,
  env: Env,
): Promise<number> {
  const token = await readTokenText(file, env)
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout)
  return withSession(cluster, env, (session) => activate(token, session, { timeoutMs, output }))
}
