import { narrativeOf } from '../../core/breakglass/narrative.ts'
import { postMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { findGrant } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { alsoPrints } from '../output-formats.ts'
import { print, printJson } from '../output.ts'
import { getPostMortem } from '../postmortem/objects.ts'
import { postMortemText } from '../postmortem/text.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of the post-mortem, or of its grant')
    .addHelpText('after', explanation)
    .action((name: string, options: ClusterOptions) =>
      run((env, output) => postmortemShow({ ...options, name, output }, env)),
    )
  alsoPrints(command, 'markdown')
}

const explanation = `
With -o markdown it is the page for the repository: the facts filled in, roles in place of names, and
headings for what only people know.`

export interface PostmortemShowOptions extends ClusterOptions {
  readonly name: string
  /** `text`, `json` or `markdown`. */
  readonly output: string
}

export async function postmortemShow(
  { name, output, ...cluster }: PostmortemShowOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const postMortem = await getPostMortem(name, session)
    const first = postMortemFacts(postMortem, undefined)
    const grant = first.bypass === null ? await findGrant(first.grant, session) : undefined
    const facts = postMortemFacts(postMortem, grant)
    if (output === 'json') await printJson(env, facts)
    else if (output === 'markdown') await print(env, narrativeOf(facts))
    else await print(env, postMortemText(facts, env))
    return exit.done
  })
}
