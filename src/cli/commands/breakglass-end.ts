import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { viewOf } from '../breakglass/grant-view.ts'
import { changeGrant } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { counted, print, printable, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of your grant')
    .addHelpText('after', explanation)
    .action((name: string, options: ClusterOptions) =>
      run((env, output) => breakglassEnd({ ...options, name, output }, env)),
    )
}

const explanation = `
From the next request on nothing is admitted under it, and there is no way back. What was done
under it stays, and so does its post-mortem. Somebody else's grant: "revoke".`

export interface BreakglassEndOptions extends ClusterOptions {
  readonly name: string
  readonly output: OutputFormat
}

export async function breakglassEnd(
  { name, output, ...cluster }: BreakglassEndOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const grant = viewOf(await changeGrant(name, { ended: true }, session), session.now())
    if (output === 'json') await printJson(env, grant)
    else
      await print(
        env,
        `${printable(`${name} is ended, after ${counted(grant.uses.length, 'uses')}`)}\n`,
      )
    return exit.done
  })
}
