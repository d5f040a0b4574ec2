import { Option } from 'commander'
import type { Reconciliation } from '../../core/audit/reconcile/result.ts'
import { grantsIn } from '../../core/report/break-glass.ts'
import { boundaryOf, type Period } from '../../core/report/period.ts'
import { toReport, type Inputs, type Report } from '../../core/report/report.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { print, printJson, progress, type OutputFormat, type Progress } from '../output.ts'
import { standardInput } from '../records.ts'
import { openAuthors } from '../report/authors.ts'
import { DecisionSorter } from '../report/decision-sorter.ts'
import { glassWords, readGlass, type GlassOptions } from '../report/glass-source.ts'
import { countDecisions } from '../report/making.ts'
import { readAll } from '../report/reading.ts'
import { resultText } from '../report/result-text.ts'
import { RowSpool } from '../report/row-spool.ts'
import { reportFormats, writeReport, type ReportFormat } from '../report/writing.ts'
import { reconcile } from './audit-reconcile.ts'
import { readKnown } from './audit-verify.ts'

export interface AuditReportOptions extends GlassOptions {
  readonly places: readonly string[]
  readonly from: string
  readonly to: string
  readonly format?: ReportFormat
  readonly out?: string
  readonly apiserverLog?: readonly string[]
  readonly jwks?: string
  readonly anchors?: readonly string[]
  readonly repo?: readonly string[]
  readonly policy?: string
  readonly output: OutputFormat
}

type Given = Omit<AuditReportOptions, 'places' | 'output'>

export const declare: Declare = (command, run) => {
  command
    .argument('<RECORDS...>', 'files of records, or directories of them')
    .requiredOption('--from <time>', 'the period begins here: RFC 3339, or a day in UTC')
    .requiredOption('--to <time>', 'and ends before: RFC 3339, or a day in UTC')
    .addOption(
      new Option('--format <format>', 'what to write (default: html)').choices(reportFormats),
    )
    .option('--out <path>', 'a file, or with csv a directory (default: standard output)')
    .option(
      '--apiserver-log <file>',
      'audit log of an API server, or a directory of its files; may be repeated',
      collect,
    )
    .option('--jwks <file>', 'public keys that checkpoints have to be signed with')
    .option('--anchors <file>', 'checkpoints kept elsewhere; may be repeated', collect)
    .option('--kubeconfig <file>', 'take grants and post-mortems from this cluster')
    .option('--context <name>', 'which context of it')
    .option('--state <dir>', 'or from exported objects: YAML or JSON')
    .option('--repo <name=dir>', 'a clone, for the authors of commits; may be repeated', collect)
    .option('--policy <file>', 'the policy file, for the identities that it names')
    .addHelpText('after', explanation)
    .action((places: readonly string[], given: Given) =>
      run((env, output) => auditReport({ ...given, places, output }, env)),
    )
}

const explanation = `
Who changed the cluster in a period, on what ground, and how complete that is. HTML is one file for
people, CSV a directory of files of which every number can be counted again, JSON is all of it.
What was not given is not guessed: without an audit log of the API server the population is not
provable, without a cluster or --state nothing is said of grants. Ends with 1 when chains or the log
contradict the records, with 3 when there are no records. docs/audit-report.md says how to redo it.`

export async function auditReport(options: AuditReportOptions, env: Env): Promise<number> {
  const period = periodOf(options)
  const format = formatOf(options)
  await using rows = await RowSpool.create()
  const report = await makeReport(options, { period, rows }, env)
  const files = await writeReport({ report, rows }, { format, out: options.out }, env)
  if (files.length > 0) await tellResult({ files, report }, options.output, env)
  if (report.completeness.standing === 'contradicted') return exit.no
  return report.integrity.records === 0 ? exit.unknown : exit.done
}

interface Making {
  readonly period: Period
  readonly rows: RowSpool
}

async function makeReport(
  options: AuditReportOptions,
  { period, rows }: Making,
  env: Env,
): Promise<Report> {
  using shown = progress(env, 'reading records')
  await using authors = await openAuthors(options.repo ?? [], env)
  const known = await readKnown(options, env)
  // As everywhere: the log before the records, in which a decision stands first.
  const reconciliation = await reconciled(options, period, { env, shown })
  await using sorter = new DecisionSorter()
  const read = await readAll(options.places, { period, known, sorter, shown }, env)
  if (read.coverage.clusters.length > 1) {
    throw new UsageError(`records of ${read.coverage.clusters.length} clusters: one at a time`)
  }
  const totals = await countDecisions({ period, sorter, authors, rows, shown }, env)
  shown.update('reading grants')
  const glass = await readGlass(options, env)
  const grants = glass === null ? null : grantsIn(glass, period, totals.underBreakGlass)
  return toReport({
    ...read,
    period,
    totals,
    grants,
    reconciliation,
    inputs: inputsOf(options),
    now: env.now(),
  })
}

async function reconciled(
  { places, apiserverLog = [], policy }: AuditReportOptions,
  { from, to }: Period,
  { env, shown }: { readonly env: Env; readonly shown: Progress },
): Promise<Reconciliation | null> {
  if (apiserverLog.length === 0) return null
  shown.update('comparing with the log of the API server')
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  return reconcile(
    { places, apiserverLog, ...range, ...(policy === undefined ? {} : { policy }) },
    env,
  )
}

function inputsOf(options: AuditReportOptions): Inputs {
  return {
    records: options.places,
    apiserverLog: options.apiserverLog ?? [],
    jwks: options.jwks ?? null,
    anchors: options.anchors ?? [],
    breakGlass: glassWords(options),
    repositories: options.repo ?? [],
    policy: options.policy ?? null,
  }
}

function periodOf({
  from,
  to,
  places,
  anchors = [],
  apiserverLog = [],
}: AuditReportOptions): Period {
  const [begin, end] = [boundary('--from', from), boundary('--to', to)]
  if (begin >= end) throw new UsageError('--from must be before --to')
  if ([...places, ...anchors, ...apiserverLog].includes(standardInput)) {
    throw new UsageError('records and logs are read more than once: give files')
  }
  return { from: begin, to: end }
}

function boundary(option: string, text: string): number {
  const time = boundaryOf(text)
  if (time !== undefined) return time
  throw new UsageError(
    `${option} ${text}: must be RFC 3339, such as 2026-08-23T02:14:07Z, or a day`,
  )
}

function formatOf({ format, output, out }: AuditReportOptions): ReportFormat {
  const wanted = format ?? (output === 'json' && out === undefined ? 'json' : 'html')
  if (wanted === 'csv' && out === undefined) {
    throw new UsageError('--format csv is several files: give --out DIR')
  }
  if (output === 'json' && wanted !== 'json' && out === undefined) {
    throw new UsageError(`-o json and --format ${wanted} are two things on one output: give --out`)
  }
  return wanted
}

async function tellResult(
  result: Parameters<typeof resultText>[0],
  output: OutputFormat,
  env: Env,
): Promise<void> {
  const { files, report } = result
  const { period, warnings, completeness, summary } = report
  if (output === 'json') await printJson(env, { files, period, warnings, completeness, summary })
  else await print(env, resultText(result, env))
}
