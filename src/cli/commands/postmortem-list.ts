import { postMortemFacts, type PostMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { print, printJson, type OutputFormat } from '../output.ts'
import { listPostMortems } from '../postmortem/objects.ts'
import { postMortemsTable } from '../postmortem/text.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .option('--open', 'only those that are not closed')
    .action((options: Omit<PostmortemListOptions, 'output'>) =>
      run((env, output) => postmortemList({ ...options, output }, env)),
    )
}

export interface PostmortemListOptions extends ClusterOptions {
  readonly open?: boolean
  readonly output: OutputFormat
}

export async function postmortemList(
  { open, output, ...cluster }: PostmortemListOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const all = (await listPostMortems(session)).map((one) => postMortemFacts(one, undefined))
    const postMortems = all
      .filter(({ phase }) => open !== true || phase !== 'Closed')
      .toSorted(newestFirst)
    if (output === 'json') await printJson(env, { postMortems })
    else if (postMortems.length === 0) env.stderr.write('there are no post-mortems\n')
    else await print(env, postMortemsTable(postMortems, env))
    return exit.done
  })
}

function newestFirst(a: PostMortemFacts, b: PostMortemFacts): number {
  const [left, right] = [a, b].map(({ openedAt, name }) => `${openedAt ?? ''} ${name}`)
  return (left ?? '') < (right ?? '') ? 1 : -1
}
