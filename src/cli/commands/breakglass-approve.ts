import { approvalName, scopeDigest, whyNotFor } from '../../core/breakglass/approval.ts'
import { at, type Json, type JsonObject } from '../../core/manifest/json.ts'
import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import { grantText } from '../breakglass/grant-text.ts'
import { viewOf } from '../breakglass/grant-view.ts'
import { createApproval, getGrant } from '../breakglass/grants.ts'
import { Refused } from '../breakglass/refused.ts'
import type { Declare } from '../command-table.ts'
import { confirm } from '../emergency/confirm.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { print, printable, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of the grant')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', explanation)
    .action((name: string, options: Omit<BreakglassApproveOptions, 'name' | 'output'>) =>
      run((env, output) => breakglassApprove({ ...options, name, output }, env)),
    )
}

const explanation = `
Shows what the grant is for, and approves exactly that scope. The policy says whose approvals count;
nobody approves for themselves, and nobody twice.`

export interface BreakglassApproveOptions extends ClusterOptions {
  readonly name: string
  readonly yes?: boolean
  readonly output: OutputFormat
}

export async function breakglassApprove(
  options: BreakglassApproveOptions,
  env: Env,
): Promise<number> {
  return withSession(options, env, async (session) => {
    const grant = await getGrant(options.name, session)
    const spec = approvalOf(grant, options.name, session)
    env.stderr.write(grantText(viewOf(grant, session.now()), { ...env, stdout: env.stderr }))
    if (options.yes !== true && !(await isSure(options.name, env))) return exit.no
    const name = approvalName(options.name, session.me.username)
    const isNew = await createApproval(name, spec, session)
    const shown = { approval: name, ...spec, isNew }
    if (options.output === 'json') await printJson(env, shown)
    else {
      const text = isNew ? `${options.name} is approved` : `you approved ${options.name} already`
      await print(env, `${printable(text)}\n`)
    }
    return exit.done
  })
}

async function isSure(name: string, env: Env): Promise<boolean> {
  if (env.stdin.isTTY !== true) throw new UsageError('nobody can be asked here: say --yes')
  return confirm(`Approve ${name}?`, env)
}

/** For the first of the groups asked for that this user is in. */
function approvalOf(grant: JsonObject, name: string, { me, now }: Session): JsonObject {
  const { phase } = viewOf(grant, now())
  if (phase !== 'Pending') throw new Refused(`${name} waits for no approval: it is ${phase}`)
  const wanted = at(grant, 'status', 'approvalsWanted', 'groups')
  const groups = Array.isArray(wanted) ? (wanted as readonly Json[]) : []
  const group = me.groups.find((one) => groups.includes(one)) ?? ''
  const spec = { grant: name, by: me.username, group, scope: scopeDigest(grant) }
  const why = whyNotFor(grant, { spec }, me)
  if (why !== undefined) throw new Refused(`${name}: ${why}`)
  return spec
}
