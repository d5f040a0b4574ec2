import type { CertificateSource } from '../../certs/source.ts'
import type { PolicySource } from '../../config/policy-file.ts'
import type { ToolState } from '../../render/tools.ts'
import type { Check, Readiness } from '../../server/health.ts'
import type { Estate } from '../estate/estate.ts'

interface Watched {
  readonly policy: PolicySource
  readonly certificate: CertificateSource
  readonly estate: Estate
  /** Why the gate itself is not open. */
  readonly gate: readonly Check[]
  /** What is told, and does not make us unready. */
  readonly others: readonly Check[]
}

/**
 * Ready with a policy, a certificate and an open gate. A mirror that is missing or stale shows, and
 * denies its own claims only: a Git outage during a rollout must not take the whole gate down.
 */
export function readinessOf({ policy, certificate, estate, gate, others }: Watched): Readiness {
  const current = certificate.current()
  const hasCertificate = current !== undefined && current.notAfter > Date.now()
  const checks: Check[] = [
    { name: 'policy', ok: policy.lastError() === undefined, detail: policyDetail(policy) },
    {
      name: 'certificate',
      ok: hasCertificate && certificate.failure() === undefined,
      detail: certificate.failure()?.message ?? describeEnd(current?.notAfter),
    },
    ...gate,
    ...estate.freshness().map(({ repository, ageSeconds, isStale }) => ({
      name: `mirror ${repository}`,
      ok: !isStale,
      detail:
        ageSeconds === undefined ? 'was never fetched' : `fetched ${ageSeconds.toFixed(0)} s ago`,
    })),
    ...estate.renderers().map(({ renderer, state }) => ({
      name: `renderer ${renderer}`,
      ok: state?.kind === 'ready',
      detail: rendererDetail(state),
    })),
    ...estate.problems().map(({ repository, problem }) => ({
      name: `git ${repository}`,
      ok: false,
      detail: problem,
    })),
    ...others,
  ]
  return { ready: hasCertificate && gate.every(({ ok }) => ok), checks }
}

function policyDetail(policy: PolicySource): string {
  const error = policy.lastError()
  return error === undefined
    ? policy.current().hash
    : `the last good one is in force: ${error.code}`
}

/** Without it, its own sources declare nothing; the others are as they are. */
function rendererDetail(state: ToolState | undefined): string {
  if (state === undefined) return 'is being looked for'
  return state.kind === 'ready' ? `${state.program} ${state.version}` : state.why
}

function describeEnd(notAfter: number | undefined): string {
  return notAfter === undefined ? 'there is none yet' : `until ${new Date(notAfter).toISOString()}`
}
