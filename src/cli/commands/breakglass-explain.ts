import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { declareCluster, withSession, type ClusterOptions } from '../breakglass/cluster.ts'
import { nameOf, useView, type UseView } from '../breakglass/grant-view.ts'
import { listGrants } from '../breakglass/grants.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { painter, print, printJson, progress, table, type OutputFormat } from '../output.ts'
import { readRecords } from '../records.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<DECISION>', 'the id at the end of a denial, or of a use')
    .option('--records <place>', 'directory or file of records, again for more', collect)
    .addHelpText('after', explanation)
    .action((decision: string, options: Omit<BreakglassExplainOptions, 'decision' | 'output'>) =>
      run((env, output) => breakglassExplain({ ...options, decision, output }, env)),
    )
}

const explanation = `
Looks in the records given, and where they do not have it in the uses of the grants of the cluster:
these know only what was admitted under a grant. Ends with 3 when nobody knows it.`

export interface BreakglassExplainOptions extends ClusterOptions {
  readonly decision: string
  readonly records?: readonly string[]
  readonly output: OutputFormat
}

interface Found {
  readonly decision: string
  readonly records: readonly JsonObject[]
  readonly uses: readonly (UseView & { readonly grant: string })[]
}

export async function breakglassExplain(
  { decision, records: places = [], output, ...cluster }: BreakglassExplainOptions,
  env: Env,
): Promise<number> {
  const id = decision.toUpperCase()
  if (!/^[0-9A-Z]{26}$/.test(id)) {
    throw new UsageError(`${decision} is no id of a decision: it has 26 letters and digits`)
  }
  const records = await recordsOf(id, places, env)
  if (records.length > 0) return report({ decision: id, records, uses: [] }, output, env)
  return withSession(cluster, env, async (session) => {
    const uses = (await listGrants(session)).flatMap((grant) => usesOf(grant, id))
    return report({ decision: id, records, uses }, output, env)
  })
}

async function recordsOf(
  id: string,
  places: readonly string[],
  env: Env,
): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  if (places.length === 0) return found
  using shown = progress(env, 'reading records')
  let count = 0
  for await (const { record } of readRecords(places, env)) {
    count += 1
    if (count % 1000 === 0) shown.update(`reading records: ${count}`)
    if (isJsonObject(record) && record['decisionId'] === id) found.push(record)
  }
  return found
}

function usesOf(grant: JsonObject, id: string): Found['uses'] {
  const uses = at(grant, 'status', 'uses')
  const all = Array.isArray(uses) ? (uses as readonly Json[]).filter(isJsonObject) : []
  return all
    .filter((use) => use['decisionId'] === id)
    .map((use) => ({ grant: nameOf(grant), ...useView(use) }))
}

async function report(found: Found, output: OutputFormat, env: Env): Promise<number> {
  const { records, uses, decision } = found
  if (output === 'json') await printJson(env, found)
  else if (records.length + uses.length === 0) {
    env.stderr.write(
      `nobody here knows decision ${decision}: give the records of all replicas with --records\n`,
    )
  } else {
    const paint = painter(env.stdout, env.vars)
    const tables = [...records.map(recordRows), ...uses.map(useRows)]
    await print(env, tables.map((rows) => table(rows, paint)).join('\n'))
  }
  return records.length + uses.length === 0 ? exit.unknown : exit.done
}

type Rows = readonly (readonly [string, string])[]

function recordRows(record: JsonObject): Rows {
  const word = (key: string) => stringAt(record, key) ?? ''
  const name = [word('ns'), word('name')].filter((part) => part !== '').join('/')
  const sub = word('sub') === '' ? '' : `/${word('sub')}`
  const paths = at(record, 'paths')
  return filled([
    ['decision', word('decisionId')],
    ['time', word('time')],
    ['answer', `${answerOf(record)}, ${word('reason')}: see docs/reasons.md`],
    ['who', `${word('user')} (${word('idClass')})`],
    [
      'what',
      `${word('op')} ${word('gvr')}${sub} ${name}${at(record, 'dryRun') === true ? ', dry run' : ''}`,
    ],
    ['changed', Array.isArray(paths) ? paths.join(' ') : ''],
    ['rule', word('rule')],
    ['git', gitText(at(record, 'git'))],
    ['policy', word('policy')],
  ])
}

function answerOf(record: JsonObject): string {
  const said = stringAt(record, 'decision') ?? ''
  const mode = stringAt(record, 'mode') ?? ''
  return at(record, 'wouldDeny') === true ? `${said}, which only mode ${mode} gave` : said
}

function gitText(git: Json | undefined): string {
  const word = (key: string) => stringAt(git, key) ?? ''
  if (!isJsonObject(git)) return ''
  const how = at(git, 'verified') === true ? 'verified' : 'claimed'
  return `${word('repo')}@${word('commit')} ${word('path')} (${word('evidence')}, ${how})`
}

function useRows(use: Found['uses'][number]): Rows {
  const { grant, n, time, operation, target, paths, state, resolution, decisionId } = use
  return filled([
    ['decision', decisionId],
    ['time', time],
    ['answer', 'allow, BreakGlass: see docs/reasons.md'],
    ['what', `${operation} ${target}`],
    ['changed', paths.join(' ')],
    ['grant', `${grant}, use ${n}`],
    ['state', resolution === null ? state : `${state}, ${resolution}`],
  ])
}

function filled(rows: Rows): Rows {
  return rows.filter(([, text]) => text !== '')
}
