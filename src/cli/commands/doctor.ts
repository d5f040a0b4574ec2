import type { CheckOutcome } from '../../core/lint/check.ts'
import { lint, verdictOf } from '../../core/lint/lint.ts'
import { severities, type Severity } from '../../core/lint/finding.ts'
import { connect } from '../../kubernetes/api.ts'
import { operatorSource } from '../cluster-source.ts'
import type { Declare } from '../command-table.ts'
import { lookAt } from '../doctor/facts.ts'
import { groundFor } from '../doctor/ground.ts'
import { doctorText } from '../doctor/text.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { counted, painter, print, printJson, progress, type OutputFormat } from '../output.ts'

export interface DoctorOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly policy?: string
  readonly webhookManifest?: string
  readonly namespace: string
  readonly webhookConfiguration: string
  readonly all?: boolean
  readonly output: OutputFormat
}

export const declare: Declare = (command, run) => {
  command
    .option('--kubeconfig <file>', 'default: KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'default: the current one')
    .option('--policy <file>', 'the policy file (default: ConfigMap solewriter-policy)')
    .option('--webhook-manifest <file>', 'as applied (default: ConfigMap solewriter-webhook)')
    .option('--namespace <name>', 'where solewriter is installed', 'solewriter-system')
    .option('--webhook-configuration <name>', 'our own one', 'solewriter')
    .option('--all', 'every finding, and what is as it should be')
    .addHelpText('after', explanation)
    .action((options: Omit<DoctorOptions, 'output'>) =>
      run((env, output) => doctor({ ...options, output }, env)),
    )
}

const explanation = `
Reads, and changes nothing; the ClusterRole solewriter-doctor is enough for it. Exits with 1 when there
is a problem, with 3 when there is none and yet something could not be looked at; warnings are 0.
What an API server's flags and audit policy are, nobody can ask it: docs/doctor.md`

export async function doctor(options: DoctorOptions, env: Env): Promise<number> {
  const { namespace, webhookConfiguration: configurationName, output } = options
  const { policy, webhookManifest, all: isAll = false } = options
  const api = connect(operatorSource(options, env))
  try {
    using shown = progress(env, 'looking')
    const place = { namespace, configurationName }
    const files = {
      ...(policy === undefined ? {} : { policy }),
      ...(webhookManifest === undefined ? {} : { webhookManifest }),
    }
    const { ground, origins } = await groundFor({ ...place, ...files }, api, env)
    const onStep = (what: string) => {
      shown.update(what)
    }
    const facts = await lookAt({ ...place, api, signal: env.signal, onStep })
    const outcomes = lint(facts, ground)
    const verdict = verdictOf(outcomes)
    const counts = countsOf(outcomes)
    if (output === 'json') {
      const cluster = api.host
      await printJson(env, {
        ok: exitOf[verdict] === exit.done,
        verdict,
        cluster,
        origins,
        counts,
        checks: outcomes,
      })
    } else {
      const paint = painter(env.stdout, env.vars)
      const text = doctorText(outcomes, { isAll, paint })
      await print(env, `${text}${lastLine(outcomes, counts, origins)}\n`)
    }
    return exitOf[verdict]
  } finally {
    api.close()
  }
}

const exitOf = {
  ok: exit.done,
  warning: exit.done,
  problem: exit.no,
  unknown: exit.unknown,
} as const

type Counts = Readonly<Record<Severity, number>>

function countsOf(outcomes: readonly CheckOutcome[]): Counts {
  const all = outcomes.flatMap(({ findings }) => findings)
  const of = (severity: Severity) => all.filter((one) => one.severity === severity).length
  return Object.fromEntries(severities.map((severity) => [severity, of(severity)])) as Counts
}

function lastLine(
  outcomes: readonly CheckOutcome[],
  { problem, warning }: Counts,
  origins: { readonly policy: string; readonly manifest: string },
): string {
  const unknown = outcomes.flatMap((one) => one.unknown).length
  const parts = [counted(problem, 'problems'), counted(warning, 'warnings')]
  if (unknown > 0) parts.push(`${unknown} that could not be looked at`)
  return `${parts.join(', ')}; policy: ${origins.policy}; manifest: ${origins.manifest}`
}
