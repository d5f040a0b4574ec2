import path from 'node:path'
import { momentOf } from '../../core/breakglass/moment.ts'
import type { Reconciliation } from '../../core/audit/reconcile/result.ts'
import {
  reconciler,
  type Reconciler,
  type ReconcilerOptions,
} from '../../core/audit/reconcile/reconcile.ts'
import { stringAt, type Json } from '../../core/manifest/json.ts'
import type { Routed } from '../../core/audit/reconcile/routing.ts'
import { DamagedFile } from '../../journal/record-bytes.ts'
import { eventsOf, logFilesAt, type LogFile } from '../audit/apiserver-log.ts'
import { Partitions } from '../audit/partitions.ts'
import { leftOut, raise, raisedText } from '../audit/raise.ts'
import { reconciliationText } from '../audit/reconciliation-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import {
  painter,
  print,
  printable,
  printJson,
  progress,
  type OutputFormat,
  type Progress,
} from '../output.ts'
import { readPolicy } from '../policy.ts'
import { filesAt, linesOf, standardInput } from '../records.ts'

export interface AuditReconcileOptions {
  readonly places: readonly string[]
  readonly apiserverLog: readonly string[]
  readonly policy?: string
  readonly from?: string
  readonly to?: string
  readonly raise?: boolean
  readonly kubeconfig?: string
  readonly output: OutputFormat
}

type Given = Omit<AuditReconcileOptions, 'places' | 'output'>

export const declare: Declare = (command, run) => {
  command
    .argument('<RECORDS...>', 'files of records, directories of them, or - for standard input')
    .requiredOption(
      '--apiserver-log <file>',
      'audit log of an API server, or a directory of its files; may be repeated',
      collect,
    )
    .option('--policy <file>', 'the policy file, for the identities that it names')
    .option(
      '--from <time>',
      'compare from here, RFC 3339 or a day; by default from the first event',
    )
    .option('--to <time>', 'compare up to here; by default to the last event')
    .option('--raise', 'make a PostMortem for each actor and hour of unseen writes')
    .option('--kubeconfig <file>', 'for --raise: how to reach the cluster (default: as a Pod)')
    .addHelpText('after', explanation)
    .action((places: readonly string[], given: Given) =>
      run((env, output) => auditReconcile({ ...given, places, output }, env)),
    )
}

const explanation = `
Every write that the API server stored needs one decision of ours. Writes that matchConditions leave
out are counted apart; all others without a decision are unseen. Each API server has a directory of
its own: then a silence of one shows. Exits with 1 when something is unexplained, with 3 when nothing
is and yet not everything could be compared. docs/audit-reconcile.md has the audit policy it needs.
--raise makes what the controller makes of the same writes, once: only accounts of solewriter may.`

export async function auditReconcile(options: AuditReconcileOptions, env: Env): Promise<number> {
  if (options.kubeconfig !== undefined && options.raise !== true) {
    throw new UsageError('--kubeconfig is of no use without --raise')
  }
  const found = await reconcile(options, env)
  const raised = options.raise === true ? await raise(found, options.kubeconfig, env) : null
  if (options.output === 'json') {
    await printJson(env, { ok: found.verdict === 'explained', ...found, raised })
  } else {
    const paint = painter(env.stdout, env.vars)
    const more = raised === null ? '' : raisedText(raised, paint)
    await print(env, reconciliationText(found, paint) + more)
  }
  const left = raised === null ? 0 : leftOut(found)
  if (left > 0)
    env.stderr.write(`${left} more are not listed, and so not raised: give --from and --to\n`)
  return exitOf[found.verdict]
}

const exitOf = {
  explained: exit.done,
  unexplained: exit.no,
  'not-provable': exit.unknown,
} as const

export async function reconcile(
  options: Omit<AuditReconcileOptions, 'output'>,
  env: Env,
): Promise<Reconciliation> {
  const { places, apiserverLog } = options
  if ([...places, ...apiserverLog].filter((place) => place === standardInput).length > 1) {
    throw new UsageError('only one thing can be read from standard input')
  }
  const logs = await logFilesAt(apiserverLog, env)
  using shown = progress(env, 'reading records')
  const cluster = await firstCluster(places, env)
  const given = await optionsOf(options, env)
  const joined = reconciler({ ...given, ...(cluster === undefined ? {} : { cluster }) })
  await using requests = new Partitions()
  await using kinds = new Partitions()
  const keep = async (routes: readonly Routed[]): Promise<void> => {
    await requests.add(routes.filter(({ round }) => round === 'requests'))
    await kinds.add(routes.filter(({ round }) => round === 'kinds'))
  }
  const reading = { joined, keep, shown }
  const steps = [() => readEvents(logs, reading, env), () => readRecords(places, reading, env)]
  // While both are being written, a record is there before the event that tells of it.
  for (const step of cluster === undefined ? steps.toReversed() : steps) await step()
  shown.update('comparing')
  for await (const group of requests.groups()) {
    env.signal.throwIfAborted()
    await kinds.add(joined.judge(group))
  }
  for await (const group of kinds.groups()) joined.judgeLeft(group)
  return joined.result()
}

interface Reading {
  readonly joined: Reconciler
  readonly keep: (routes: readonly Routed[]) => Promise<void>
  readonly shown: Progress
}

/** Undefined where the records can be read once only, or there are none. */
async function firstCluster(places: readonly string[], env: Env): Promise<string | undefined> {
  if (places.includes(standardInput)) return undefined
  for (const file of await filesAt(places, env)) {
    const cluster = await clusterIn(file, env)
    if (cluster !== undefined) return cluster
  }
  return undefined
}

async function clusterIn(file: string, env: Env): Promise<string | undefined> {
  try {
    for await (const lines of linesOf(file, env)) {
      const named = lines.map(({ text }) => stringAt(parse(text), 'cluster'))
      const cluster = named.find((one) => one !== undefined)
      if (cluster !== undefined) return cluster
    }
  } catch (error) {
    // Who reads it as a whole tells of it.
    if (!(error instanceof DamagedFile)) throw error
  }
  return undefined
}

async function readRecords(
  places: readonly string[],
  { joined, keep, shown }: Reading,
  env: Env,
): Promise<void> {
  let count = 0
  // A chain goes on in the file that sorts next, whatever the order of the arguments.
  const files = (await filesAt(places, env)).toSorted((a, b) =>
    path.basename(a) < path.basename(b) ? -1 : 1,
  )
  const readOne = async (file: string): Promise<void> => {
    for await (const lines of linesOf(file, env)) {
      // What has no end was never acknowledged.
      const whole = lines.filter(({ isWhole }) => isWhole)
      await keep(whole.flatMap(({ text }) => joined.addRecord(text, parse(text))))
      count += lines.length
      shown.update(`reading records: ${count}`)
    }
  }
  for (const file of files) {
    const isWhole = await upToDamage(file, () => readOne(file), env)
    if (!isWhole) joined.addRecord('', undefined)
  }
  const clusters = joined.clusters()
  if (clusters.length > 1) {
    throw new UsageError(`records of ${clusters.length} clusters: compare one at a time`)
  }
}

async function readEvents(
  logs: readonly LogFile[],
  { joined, keep, shown }: Reading,
  env: Env,
): Promise<void> {
  let count = 0
  const readOne = async (log: LogFile): Promise<void> => {
    for await (const events of eventsOf(log, env)) {
      await keep(events.flatMap((event) => joined.addEvent(event, log.place)))
      count += events.length
      shown.update(`reading events: ${count}`)
    }
  }
  for (const log of logs) {
    const isWhole = await upToDamage(log.file, () => readOne(log), env)
    if (!isWhole) joined.addEvent(undefined, log.place)
  }
}

/** False for a file that is damaged: what stands before the damage counts, and the rest is missed. */
async function upToDamage(file: string, read: () => Promise<void>, env: Env): Promise<boolean> {
  try {
    await read()
    return true
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error
    env.stderr.write(`${printable(file)}: ${error.message}: it was read up to there\n`)
    return false
  }
}

async function optionsOf(
  options: Omit<AuditReconcileOptions, 'output'>,
  env: Env,
): Promise<ReconcilerOptions> {
  const [from, to] = [timeOf('--from', options.from), timeOf('--to', options.to)]
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError('--from must be before --to')
  }
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy, env)
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(policy === undefined ? {} : { policy: policy.policy }),
  }
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = momentOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  if (time !== undefined) return time
  throw new UsageError(
    `${option} ${text}: must be RFC 3339, such as 2026-08-23T02:14:07Z, or a day`,
  )
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
