import { listAt, toUseFacts, type UseFacts } from '../../core/breakglass/narrative-uses.ts'
import { at, type JsonObject } from '../../core/manifest/json.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { viewOf } from '../breakglass/grant-view.ts'
import { getGrant } from '../breakglass/grants.ts'
import { Refused } from '../breakglass/refused.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { checked } from '../option-values.ts'
import { counted, painter, print, printable, printJson, type OutputFormat } from '../output.ts'
import { nowOfUses, type NowView } from '../postmortem/live.ts'
import { useText } from '../postmortem/use-text.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of the grant')
    .option('--use <n>', 'only this one', checked(whyNotNumber))
    .addHelpText('after', explanation)
    .action((name: string, { use, ...cluster }: ClusterOptions & { readonly use?: string }) =>
      run((env, output) => {
        const only = use === undefined ? {} : { use: Number(use) }
        return breakglassDiff({ ...cluster, ...only, name, output }, env)
      }),
    )
}

function whyNotNumber(text: string): string | undefined {
  return /^[1-9]\d{0,2}$/.test(text) ? undefined : 'must be the number of a use'
}

const explanation = `
Each use field by field, as it was admitted, and what stands there now, as far as you may read it.
Values that could be secret are not kept: of Secrets none, of programs neither arguments nor
environment, and none that is called like a secret or looks like one (confidential). Nor are those
that are longer than a line (document).`

export interface BreakglassDiffOptions extends ClusterOptions {
  readonly name: string
  readonly use?: number
  readonly output: OutputFormat
}

export async function breakglassDiff(
  { name, use, output, ...cluster }: BreakglassDiffOptions,
  env: Env,
): Promise<number> {
  return withSession(cluster, env, async (session) => {
    const grant = await getGrant(name, session)
    const stored = usesOf(grant, use)
    if (use !== undefined && stored.length === 0) throw new Refused(`${name} has no use ${use}`)
    const now = await nowOfUses(stored, session)
    const uses = stored.map((one, i) => ({ use: toUseFacts(one), now: now[i] ?? unknown }))
    if (output === 'json') await printJson(env, { grant: name, uses: uses.map(toJson) })
    else {
      const { holder, incident, reason } = viewOf(grant, session.now())
      const title = `${name}: ${counted(uses.length, 'uses')} by ${holder ?? 'unknown'} (${incident ?? ''}: ${reason ?? ''})`
      const texts = uses.map((one) => textOf(one, env))
      await print(env, [`${printable(title)}\n`, ...texts].join('\n'))
    }
    return exit.done
  })
}

interface Shown {
  readonly use: UseFacts
  readonly now: NowView
}

const unknown: NowView = { kind: 'Unknown', text: '', values: undefined }

function usesOf(grant: JsonObject, n: number | undefined): readonly JsonObject[] {
  const uses = listAt(at(grant, 'status'), 'uses')
  return n === undefined ? uses : uses.filter((use) => use['n'] === n)
}

function toJson({ use, now }: Shown) {
  const { kind, text, values } = now
  const diff = use.diff.map((row, i) => ({ ...row, now: values?.[i] ?? null }))
  return { ...use, diff, now: { kind, text } }
}

function textOf({ use, now }: Shown, env: Env): string {
  return useText(use, [['now', now.text]], painter(env.stdout, env.vars), now.values)
}
