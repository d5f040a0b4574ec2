import { Option } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { toCef } from '../../core/audit/export/cef.ts'
import { isMeant, type DecisionFilter } from '../../core/audit/export/decision-filter.ts'
import { toOcsf } from '../../core/audit/export/ocsf.ts'
import { readDecision, type RecordedDecision } from '../../core/audit/export/recorded-decision.ts'
import type { RecordLine } from '../../core/audit/verify.ts'
import { momentOf } from '../../core/breakglass/moment.ts'
import type { Json } from '../../core/manifest/json.ts'
import { DamagedFile } from '../../journal/record-bytes.ts'
import { decisionBlock, decisionLine } from '../audit/decision-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { counted, painter, print, printable, progress, type OutputFormat } from '../output.ts'
import { filesAt, linesOf } from '../records.ts'

const formats = ['jsonl', 'ocsf', 'cef'] as const
type ExportFormat = (typeof formats)[number]

export const declare: Declare = (command, run) => {
  command
    .argument('<PLACES...>', 'ids of decisions; files or directories of records, or - for stdin')
    .option('--user <name>', 'only what this identity asked for')
    .option('--resource <resource>', 'only these: deployments, deployments.apps, pods/exec')
    .option('--object <name>', 'only objects called NAME, or NAMESPACE/NAME')
    .option('--reason <reason>', 'only decisions with this reason, such as HumanWrite')
    .option('--commit <id>', 'only what this commit was claimed for; its beginning will do')
    .option('--grant <name>', 'only what was done under this grant, and to it')
    .option('--from <time>', 'from here, RFC 3339 or a day')
    .option('--to <time>', 'to before this, RFC 3339 or a day')
    .addOption(
      new Option(
        '--format <format>',
        'one line each, for other programs: records, OCSF, CEF',
      ).choices(formats),
    )
    .addHelpText('after', explanation)
    .action((places: readonly string[], options: Omit<AuditShowOptions, 'places' | 'output'>) =>
      run((env, output) => auditShow({ ...options, places, output }, env)),
    )
}

const explanation = `
  solewriter audit show RECORDS --user alice --from 2026-08-23
  solewriter audit show 01K3W7Q2000000000000000000 RECORDS
  solewriter audit show RECORDS --format ocsf
Records are shown as they stand; whether they are whole, audit verify says. Ends with 3 when a decision
that was named is not there, or a line is no record.`

export interface AuditShowOptions {
  readonly places: readonly string[]
  readonly user?: string
  readonly resource?: string
  readonly object?: string
  readonly reason?: string
  readonly commit?: string
  readonly grant?: string
  readonly from?: string
  readonly to?: string
  readonly format?: ExportFormat
  readonly output: OutputFormat
}

export async function auditShow(options: AuditShowOptions, env: Env): Promise<number> {
  const [ids, places] = partition(options.places)
  if (places.length === 0) throw new UsageError('name the files or directories of records too')
  if (options.format !== undefined && options.output === 'json') {
    throw new UsageError('--format and -o json are two ways to print: give one')
  }
  const filter = filterOf(options, ids)
  const tally: Tally = { missing: new Set(ids), count: 0, bad: 0 }
  await printFound({ places, filter, tally, shown: shownAs(options, ids.length > 0, env) }, env)
  const { missing, bad } = tally
  for (const id of missing) env.stderr.write(`${id}: no record here has it\n`)
  if (bad > 0) env.stderr.write(`${counted(bad, 'lines')} could not be read as records\n`)
  return missing.size > 0 || bad > 0 ? exit.unknown : exit.done
}

interface Tally {
  readonly missing: Set<string>
  count: number
  /** Lines that are none. */
  bad: number
}

interface Showing {
  readonly places: readonly string[]
  readonly filter: DecisionFilter
  readonly shown: Shown
  readonly tally: Tally
}

async function printFound({ places, filter, shown, tally }: Showing, env: Env): Promise<void> {
  using told = progress(env, 'reading records')
  await print(env, shown.begin)
  for await (const line of allLines(places, env)) {
    const record = line === undefined ? undefined : parse(line.text)
    if (record === undefined) tally.bad += 1
    const decision = readDecision(record)
    if (line === undefined || decision === undefined || !isMeant(decision, filter)) continue
    tally.missing.delete(decision.decisionId)
    tally.count += 1
    told.update(`reading records: ${tally.count} found`)
    await print(env, shown.each({ decision, text: line.text, isFirst: tally.count === 1 }))
  }
  await print(env, shown.end(tally.count))
}

/** Ids first or last: a file can be called ./01K3…, if it has to. */
function partition(all: readonly string[]): readonly [readonly string[], readonly string[]] {
  const isId = (text: string) => /^[0-9a-hjkmnp-tv-z]{26}$/i.test(text)
  return [all.filter(isId).map((id) => id.toUpperCase()), all.filter((place) => !isId(place))]
}

function filterOf(options: AuditShowOptions, ids: readonly string[]): DecisionFilter {
  const { user, resource, object, reason, commit, grant } = options
  const [from, to] = [timeOf('--from', options.from), timeOf('--to', options.to)]
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError('--from must be before --to')
  }
  return { ids, user, resource, object, reason, commit: commit?.toLowerCase(), grant, from, to }
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = momentOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  if (time !== undefined) return time
  throw new UsageError(
    `${option} ${text}: must be RFC 3339, such as 2026-08-23T02:14:07Z, or a day`,
  )
}

interface Found {
  readonly decision: RecordedDecision
  readonly text: string
  readonly isFirst: boolean
}

interface Shown {
  readonly begin: string
  each(found: Found): string
  end(count: number): string
}

/** Printed one by one: there may be more than fit into memory. */
function shownAs({ format, output }: AuditShowOptions, isNamed: boolean, env: Env): Shown {
  const product = { version: manifest.version }
  const lines = (each: Shown['each']): Shown => ({ begin: '', each, end: () => '' })
  if (format === 'jsonl') return lines(({ text }) => `${text}\n`)
  if (format === 'cef') return lines(({ decision }) => `${toCef(decision, product)}\n`)
  if (format === 'ocsf') {
    return lines(({ decision }) => `${JSON.stringify(toOcsf(decision, product))}\n`)
  }
  if (output === 'json') {
    return {
      begin: '{"records": [',
      each: ({ text, isFirst }) => `${isFirst ? '' : ','}\n${text}`,
      end: (count) => `\n], "count": ${count}}\n`,
    }
  }
  const paint = painter(env.stdout, env.vars)
  const one = isNamed ? decisionBlock : decisionLine
  return {
    begin: '',
    each: ({ decision }) => one(decision, paint),
    end: (count) => (count === 0 ? 'no record of such a decision\n' : ''),
  }
}

/** Undefined: damage. Half a line at the end is of a process that died, and nobody was answered. */
async function* allLines(
  places: readonly string[],
  env: Env,
): AsyncGenerator<RecordLine | undefined, void, undefined> {
  for (const file of await filesAt(places, env)) {
    try {
      for await (const lines of linesOf(file, env)) {
        yield* lines.filter(({ isWhole }) => isWhole)
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
      env.stderr.write(`${printable(file)}: ${error.message}\n`)
      yield undefined
    }
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
