import type { PolicySource } from '../../config/policy-file.ts'
import type { CheckOutcome } from '../../core/lint/check.ts'
import { lint } from '../../core/lint/lint.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { lookAt } from '../doctor/facts.ts'
import { certificatesOf, isMeasured } from '../doctor/ground.ts'

const everyTenMinutes = 600_000

export interface LintOptions {
  readonly api: Api
  readonly namespace: string
  readonly configurationName: string
  readonly policy: PolicySource
  readonly shipped: JsonObject | undefined
  readonly metrics: ControllerMetrics
  readonly now: () => number
  readonly log: Log
  readonly everyMs?: number
}

/** Looks at the cluster around us as `doctor` does, until the signal. */
export async function keepLinting(options: LintOptions, signal: AbortSignal): Promise<void> {
  const said = new Set<string>()
  try {
    while (!signal.aborted) {
      await lookOnce(options, said, signal)
      await pause(options.everyMs ?? everyTenMinutes, signal)
    }
  } finally {
    options.metrics.setLintFindings([])
  }
}

async function lookOnce(
  options: LintOptions,
  said: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { api, namespace, configurationName, policy, shipped, metrics, now, log } = options
  try {
    const facts = await lookAt({ api, namespace, configurationName, signal })
    const outcomes = lint(facts, {
      namespace,
      configurationName,
      policy: policy.current().policy,
      shipped,
      now: now(),
      certificatesOf,
      isMeasured,
    })
    metrics.setLintFindings(outcomes.flatMap(countsOf))
    sayNews(outcomes, said, log)
  } catch (error) {
    if (signal.aborted) return
    log.warn('lint_failed', { err: error as Error })
  }
}

function countsOf({ check, findings, unknown }: CheckOutcome) {
  const of = (severity: string) => findings.filter((one) => one.severity === severity).length
  return [
    ...['problem', 'warning'].map((severity) => ({ check, severity, count: of(severity) })),
    { check, severity: 'unknown', count: unknown.length },
  ]
}

/** Each once, and again when it comes back. */
function sayNews(outcomes: readonly CheckOutcome[], said: Set<string>, log: Log): void {
  const now = new Map(outcomes.flatMap(problemsOf))
  for (const [what, say] of now) {
    if (!said.has(what)) log.warn('lint_finding', say)
  }
  said.clear()
  for (const what of now.keys()) said.add(what)
}

type Saying = Readonly<Record<'check' | 'severity' | 'kind' | 'what', string>>

function problemsOf({ check, findings, unknown }: CheckOutcome): readonly [string, Saying][] {
  const told = findings.filter(({ severity }) => severity !== 'note')
  return [
    ...told.map(({ severity, kind, what }) => ({ check, severity, kind, what })),
    ...unknown.map(({ what, why }) => ({ check, severity: 'unknown', kind: why, what })),
  ].map((one) => [`${one.what} ${one.kind}`, one])
}
