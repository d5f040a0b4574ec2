import type { SourcedPlan } from '../engines/engine.ts'
import { planName, type Plan } from '../plans/plan.ts'
import { quoted } from '../policy/issue.ts'
import { findCommit } from './find-commit.ts'
import { refuted, type Ground, type Refutation, type Sourced } from './proof.ts'
import { repositoryNamed, withoutCredentials } from './repository-claim.ts'

/** A plan whose repository and branch are known to the policy. */
export interface PlacedPlan extends Sourced {
  readonly kind: 'placed'
  readonly plan: Plan
}

interface Placing extends Pick<Ground, 'policy' | 'repositories'> {
  /** Of whoever may wait for a commit to be fetched. */
  readonly signal?: AbortSignal
}

/** The engine names a URL and whatever it calls a revision; only branches of the policy count. */
export async function placePlan(
  { url, plan }: SourcedPlan,
  { policy, repositories, signal }: Placing,
): Promise<PlacedPlan | Refutation> {
  const settings = repositoryNamed(policy.spec.repositories, url)
  const title = planName(plan)
  if (settings === undefined) {
    const why = `${title} applies ${quoted(withoutCredentials(url))}, which is no repository of the policy`
    return refuted('RepositoryNotAllowed', why)
  }
  const mirror = repositories.get(settings.name)
  if (mirror === undefined) {
    return refuted('MirrorStale', `repository ${settings.name} has no mirror yet. Try again`)
  }
  const branch = await branchOf(plan, { settings, mirror }, signal)
  if (branch !== undefined) return { kind: 'placed', settings, mirror, plan: { ...plan, branch } }
  const allowed = settings.branches.join(', ')
  const why = `${title} follows ${quoted(plan.pin ?? plan.branch)} of ${settings.name}; only ${allowed} count, or a commit on them by its full id`
  return refuted('CommitNotOnBranch', why)
}

async function branchOf(
  plan: Plan,
  { settings, mirror }: Sourced,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (plan.pin !== undefined) {
    const status = await (signal === undefined
      ? mirror.commit(plan.pin)
      : findCommit(plan.pin, mirror, signal))
    return status.kind === 'reachable' ? status.branches[0] : undefined
  }
  if (plan.branch === '') return settings.branches[0]
  return settings.branches.find((one) => one === plan.branch)
}
