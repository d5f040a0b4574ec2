import { formatIssue, type Issue } from '../../core/policy/issue.ts'
import { presetUses } from '../../core/policy/preset-use.ts'
import { breakGlassFacts, breakGlassLines } from '../break-glass-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { counted, painter, print, printable, printJson, type OutputFormat } from '../output.ts'
import { readAnyPolicy, type GoodPolicy } from '../policy.ts'
import { presetLines } from '../preset-text.ts'

export const declare: Declare = (command, run) => {
  command
    .argument('<POLICY.yaml>', 'the policy file')
    .action((file: string) => run((env, output) => policyCheck({ file, output }, env)))
}

export interface PolicyCheckOptions {
  readonly file: string
  readonly output: OutputFormat
}

/** Without a cluster. An invalid policy is an answer, a file that cannot be read is none. */
export async function policyCheck({ file, output }: PolicyCheckOptions, env: Env): Promise<number> {
  const parsed = await readAnyPolicy(file, env)
  const isOk = parsed.kind === 'ok'
  const issues = isOk ? [] : parsed.issues
  const warnings = isOk ? parsed.warnings : []
  if (output === 'json') {
    const facts = isOk
      ? {
          ...factsOf(parsed),
          counts: countsOf(parsed),
          presets: presetUses(parsed.policy),
          breakGlass: breakGlassFacts(parsed.policy),
        }
      : noFacts
    await printJson(env, { file, ok: isOk, ...facts, issues, warnings })
  } else {
    const paint = painter(env.stdout, env.vars)
    const lines = [
      ...issues.map((issue) => printable(formatIssue(issue))),
      ...warnings.map((issue) => warningLine(issue, paint('yellow', 'warning'))),
      ...(isOk ? presetUses(parsed.policy).flatMap(presetLines).map(printable) : []),
      ...(isOk ? breakGlassLines(parsed.policy).map(printable) : []),
      ...(isOk ? [okLine(file, parsed, paint('green', 'ok'))] : []),
    ]
    await print(env, `${lines.join('\n')}\n`)
  }
  return isOk ? exit.done : exit.no
}

/** The keys are the same whatever the answer is. */
const noFacts = {
  name: null,
  mode: null,
  hash: null,
  counts: null,
  presets: null,
  breakGlass: null,
}

function warningLine(issue: Issue, label: string): string {
  const { file, line, column, path, message } = issue
  return `${printable(`${file}:${line}:${column}: `)}${label}: ${printable(`${path}: ${message}`)}`
}

function okLine(file: string, parsed: GoodPolicy, label: string): string {
  const { name, mode, hash } = factsOf(parsed)
  const counts = Object.entries(countsOf(parsed))
    .filter(([, count]) => count > 0)
    .map(([what, count]) => (what === 'derived' ? `${count} derived` : counted(count, what)))
  return `${printable(file)}: ${label}: ${[`${name} in mode ${mode}`, ...counts, hash].join(', ')}`
}

function factsOf({ policy, hash }: GoodPolicy) {
  return { name: policy.metadata.name, mode: policy.spec.mode, hash }
}

function countsOf({ policy, warnings }: GoodPolicy) {
  const { scopes, repositories, writers, roots, exceptions, derived } = policy.spec
  return {
    scopes: scopes.length,
    repositories: repositories.length,
    writers: writers.length,
    roots: roots.length,
    exceptions: exceptions.length,
    derived: derived.length,
    warnings: warnings.length,
  }
}
