import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { grantsTable } from '../breakglass/grant-text.ts'
import { viewOf, type GrantView } from '../breakglass/grant-view.ts'
import { listGrants } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { print, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .option('--active', 'only those that admit something now')
    .action((options: Omit<BreakglassListOptions, 'output'>) =>
      run((env, output) => breakglassList({ ...options, output }, env)),
    )
}

export interface BreakglassListOptions extends ClusterOptions {
  readonly active?: boolean
  readonly output: OutputFormat
}

export async function breakglassList(
  { active, output, ...cluster }: BreakglassListOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const all = (await listGrants(session)).map((object) => viewOf(object, session.now()))
    const grants = all.filter(({ isActive }) => active !== true || isActive).toSorted(newestFirst)
    if (output === 'json') await printJson(env, { grants })
    else if (grants.length === 0) env.stderr.write('there are no break-glass grants\n')
    else await print(env, grantsTable(grants, env))
    return exit.done
  })
}

function newestFirst(a: GrantView, b: GrantView): number {
  const [left, right] = [a, b].map(({ createdAt, name }) => `${createdAt ?? ''} ${name}`)
  return (left ?? '') < (right ?? '') ? 1 : -1
}
