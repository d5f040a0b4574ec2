import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import { grantText } from '../breakglass/grant-text.ts'
import { viewOf, type GrantView } from '../breakglass/grant-view.ts'
import { getGrant, listGrants } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { print, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('[NAME]', 'of the grant; your own that are not over by default')
    .addHelpText('after', explanation)
    .action((name: string | undefined, options: ClusterOptions) =>
      run((env, output) =>
        breakglassStatus({ ...options, ...(name !== undefined && { name }), output }, env),
      ),
    )
}

const explanation = `
Scope, what the policy narrowed, the time left and every use. Ends with 0 when one of them is active,
and with 1 when none is.`

export interface BreakglassStatusOptions extends ClusterOptions {
  readonly name?: string
  readonly output: OutputFormat
}

export async function breakglassStatus(
  { name, output, ...cluster }: BreakglassStatusOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const grants = name === undefined ? await ownGrants(session) : [await oneGrant(name, session)]
    if (output === 'json') await printJson(env, { grants })
    else if (grants.length === 0) env.stderr.write('you have no break-glass grant\n')
    else await print(env, grants.map((grant) => grantText(grant, env)).join('\n'))
    return grants.some(isGood) ? exit.done : exit.no
  })
}

async function oneGrant(name: string, session: Session): Promise<GrantView> {
  return viewOf(await getGrant(name, session), session.now())
}

const open: ReadonlySet<string> = new Set(['Accepted', 'Pending', 'Active', 'Exhausted'])

async function ownGrants(session: Session): Promise<readonly GrantView[]> {
  const all = (await listGrants(session)).map((object) => viewOf(object, session.now()))
  return all.filter(({ holder, phase }) => holder === session.me.username && open.has(phase))
}

/** One without a filled status counts too. */
function isGood({ phase }: GrantView): boolean {
  return phase === 'Active' || phase === 'Accepted'
}
