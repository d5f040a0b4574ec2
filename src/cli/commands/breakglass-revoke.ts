import { momentText } from '../../core/breakglass/moment.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { viewOf } from '../breakglass/grant-view.ts'
import { changeGrant } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { counted, print, printable, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of the grant, whoever holds it')
    .requiredOption('--reason <text>', 'why, for those who read it afterwards')
    .addHelpText('after', explanation)
    .action((name: string, options: Omit<BreakglassRevokeOptions, 'name' | 'output'>) =>
      run((env, output) => breakglassRevoke({ ...options, name, output }, env)),
    )
}

const explanation = `
From the next request on nothing is admitted under it, and there is no way back.`

export interface BreakglassRevokeOptions extends ClusterOptions {
  readonly name: string
  readonly reason: string
  readonly output: OutputFormat
}

export async function breakglassRevoke(
  { name, reason, output, ...cluster }: BreakglassRevokeOptions,
  env: Env,
): Promise<number> {
  if (reason.trim() === '') throw new UsageError('--reason says why')
  return withSession(cluster, env, async (session) => {
    const revoked = { by: session.me.username, at: momentText(session.now()), reason }
    const grant = viewOf(await changeGrant(name, { revoked }, session), session.now())
    if (output === 'json') await printJson(env, grant)
    else
      await print(
        env,
        `${printable(`${name} is revoked, after ${counted(grant.uses.length, 'uses')}`)}\n`,
      )
    return exit.done
  })
}
