import { suggester, type Suggestions } from '../../core/policy/suggest.ts'
import { suggestedYaml } from '../../core/policy/suggested-yaml.ts'
import type { Policy } from '../../core/policy/schema.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import {
  counted,
  header,
  painter,
  print,
  printable,
  printJson,
  progress,
  table,
  type OutputFormat,
} from '../output.ts'
import { readPolicy } from '../policy.ts'
import { readRecords } from '../records.ts'

export const declare: Declare = (command, run) => {
  command
    .argument('<RECORDS...>', 'files of records, directories of *.jsonl, or - for standard input')
    .requiredOption('--policy <file>', 'the policy file, for what it allows already')
    .addHelpText('after', explanation)
    .action((paths: readonly string[], options: { readonly policy: string }) =>
      run((env, output) => policySuggest({ ...options, paths, output }, env)),
    )
}

const explanation = `
Standard output holds exceptions to paste under spec; say in each why it has to be. What no
exception should allow stands apart, on standard error: people, writers whose evidence is wrong,
and rules that no exception reaches.`

export interface PolicySuggestOptions {
  readonly paths: readonly string[]
  readonly policy: string
  readonly output: OutputFormat
}

export async function policySuggest(options: PolicySuggestOptions, env: Env): Promise<number> {
  const { policy } = await readPolicy(options.policy, env)
  const folded = await fold(options.paths, policy, env)
  const { records, unreadable, suggestions } = folded
  const yaml = suggestedYaml(suggestions.rows, policy)
  if (options.output === 'json') {
    await printJson(env, { records, unreadable, ...suggestions, yaml })
  } else {
    await print(env, yaml)
    env.stderr.write(summary(folded, env))
  }
  return records === 0 && unreadable > 0 ? exit.unknown : exit.done
}

interface Folded {
  readonly records: number
  /** Lines that are no JSON. */
  readonly unreadable: number
  readonly suggestions: Suggestions
}

const mostNoted = 5

async function fold(paths: readonly string[], policy: Policy, env: Env): Promise<Folded> {
  using shown = progress(env, 'reading records')
  const suggestions = suggester(policy)
  let records = 0
  let unreadable = 0
  for await (const { file, line, record } of readRecords(paths, env)) {
    if (record === undefined) {
      unreadable += 1
      if (unreadable <= mostNoted) {
        env.stderr.write(`${printable(`${file}:${line}`)}: is no record: skipped\n`)
      }
      continue
    }
    records += 1
    suggestions.add(record)
    shown.update(`reading records: ${records}`)
  }
  return { records, unreadable, suggestions: suggestions.result() }
}

function summary({ records, unreadable, suggestions }: Folded, env: Env): string {
  const { rows, apart, denials, settled } = suggestions
  const [suggested, other] = [rows, apart].map(total)
  const parts = [
    `${counted(denials, 'denials')} in ${counted(records, 'records')}`,
    `${suggested} for ${counted(rows.length, 'suggested rows')}`,
    `${other} apart`,
    `${settled} settled by the policy as it is now`,
    ...(unreadable === 0 ? [] : [`${counted(unreadable, 'lines')} skipped`]),
  ]
  const list = [
    header('APART', 'USER', 'REASON', 'OPERATION', 'RESOURCE', 'COUNT'),
    ...apart.map((row) => [
      row.kind,
      row.user,
      row.reason,
      row.operation,
      row.resource,
      String(row.count),
    ]),
  ]
  const below = apart.length === 0 ? '' : `\n${table(list, painter(env.stderr, env.vars))}`
  return `${parts.join('; ')}\n${below}`
}

function total(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0)
}
