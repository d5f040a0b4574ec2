import type { Command } from 'commander'
import { resolvesTrailer } from '../../core/breakglass/trailers.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { promotionMessage, type ToldUse } from '../../core/promote/commit-message.ts'
import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import { useView, viewOf } from '../breakglass/grant-view.ts'
import { getGrant } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import type { OutputFormat } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { wishesOf, type WishOptions } from '../promote/grant-wishes.ts'
import { declarePublishing } from '../promote/options.ts'
import { publish, type PublishOptions, type Result } from '../promote/publish.ts'
import { showResult, wordsOf } from '../promote/result-text.ts'
import type { Outcome } from '../promote/drafts.ts'

export const declare: Declare = (command: Command, run) => {
  declarePublishing(declareCluster(command).argument('<GRANT>', 'name of the grant'))
    .option('--use <n>', 'only this use; may be repeated', collect)
    .option('--live', 'take the values that the cluster has now, whatever the uses wrote')
    .addHelpText('after', explanation)
    .action((name: string, options: Omit<BreakglassPromoteOptions, 'name' | 'output'>) =>
      run((env, output) => breakglassPromote({ ...options, name, output }, env)),
    )
}

const explanation = `
Commits what was done under a grant to the branch break-glass/GRANT of the repository that declares
the objects, and pushes it as your own git pushes: with your name, your credentials, your signature.
No checkout of yours is touched. Each value goes into the file that declares it, where it stands;
what Git declares then is read again, and nothing is pushed unless it is exactly that. What no one
file says (kustomize, helm) is shown as the difference that is missing. Run it again for later uses.
Ends with 1, and pushes nothing, when some use cannot be written.`

export interface BreakglassPromoteOptions extends ClusterOptions, PublishOptions, WishOptions {
  readonly name: string
  readonly output: OutputFormat
}

export async function breakglassPromote(
  options: BreakglassPromoteOptions,
  env: Env,
): Promise<number> {
  const { policy } = await readPolicy(options.policy, env)
  if (options.use?.some((one) => !/^[1-9]\d{0,3}$/.test(one)) === true) {
    throw new UsageError('--use takes the number of a use, as "status" shows it')
  }
  return withSession(options, env, async (session) => {
    const grant = await getGrant(options.name, session)
    const { wishes, apart } = await wishesOf(grant, options, session)
    const isStopped = apart.some(({ kind }) => kind === 'blocked')
    const publication = {
      wishes,
      branch: `break-glass/${options.name}`,
      trailer: { key: resolvesTrailer, value: options.name },
      message: (written: readonly Outcome[]) => messageOf(grant, written, session),
      api: session.api,
    }
    const dryRun = options.dryRun === true || isStopped
    const result: Result =
      wishes.length === 0
        ? { outcomes: [], published: [], there: [] }
        : await publish(policy, publication, { ...options, dryRun }, env)
    const published = isStopped ? [] : result.published
    await showResult({ ...result, published, apart }, options, env)
    const isBlocked = isStopped || result.outcomes.some(({ kind }) => kind === 'blocked')
    return isBlocked ? exit.no : exit.done
  })
}

function messageOf(grant: JsonObject, written: readonly Outcome[], session: Session): string {
  const { name, holder, incident, reason } = viewOf(grant, session.now())
  const meant = new Set(written.flatMap(({ wanted }) => wanted.uses))
  const all = usesOf(grant)
  return promotionMessage({
    name,
    holder: holder ?? stringAt(grant, 'metadata', 'name') ?? '',
    incident: incident ?? '',
    reason: reason ?? '',
    uses: all.filter(({ n }) => meant.has(n)),
    isAll: all.every(({ n }) => meant.has(n)),
    objects: written.map(wordsOf),
  })
}

function usesOf(grant: JsonObject): readonly ToldUse[] {
  const uses = at(grant, 'status', 'uses')
  const all = Array.isArray(uses) ? (uses as readonly Json[]).filter(isJsonObject) : []
  return all.map(useView).map(({ operation, ...use }) => ({ ...use, op: operation }))
}
