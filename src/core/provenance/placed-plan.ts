import type { SourcedPlan } from '../engines/engine.ts'
import { planName, type Plan } from '../plans/plan.ts'
import { quoted } from '../policy/issue.ts'
import { findCommit } from './find-commit.ts'
import { refuted, type Ground, type Refutation, type Sourced } from './proof.ts'
import { repositoryNamed, withoutCredentials } from './repository-claim.ts'

/** A plan whose repository and branch are known to the policy. */
export interface PlacedPlan extends Sourced {
  readonly kind: 'placed'
  /** One that follows a tag is pinned to its commit. */
  readonly plan: Plan
  /** The id of the annotated tag that it follows: an engine may name that in place of the commit. */
  readonly tagObject?: string
}

interface Placing extends Pick<Ground, 'policy' | 'repositories'> {
  /** Of whoever may wait for a commit or a tag to be fetched. */
  readonly signal?: AbortSignal
}

/**
 * The engine names a URL and whatever it calls a revision; only branches of the policy count, and tags
 * and commits on them.
 */
export async function placePlan(
  { url, plan }: SourcedPlan,
  { policy, repositories, signal }: Placing,
): Promise<PlacedPlan | Refutation> {
  const settings = repositoryNamed(policy.spec.repositories, url)
  if (settings === undefined) {
    const why = `${planName(plan)} applies ${quoted(withoutCredentials(url))}, which is no repository of the policy`
    return refuted('RepositoryNotAllowed', why)
  }
  const mirror = repositories.get(settings.name)
  if (mirror === undefined) {
    return refuted('MirrorStale', `repository ${settings.name} has no mirror yet. Try again`)
  }
  const source = { settings, mirror }
  if (plan.pin !== undefined) return placePinned(plan, plan.pin, { source, signal })
  const branch = branchOf(plan, source)
  if (branch !== undefined) return { kind: 'placed', ...source, plan: { ...plan, branch } }
  const placed = await placeTagged(plan, source)
  if (placed.kind === 'placed' || signal === undefined) return placed
  await mirror.refresh(signal)
  return placeTagged(plan, source)
}

interface Waiting {
  readonly source: Sourced
  readonly signal: AbortSignal | undefined
}

async function placePinned(
  plan: Plan,
  pin: string,
  { source, signal }: Waiting,
): Promise<PlacedPlan | Refutation> {
  const { mirror } = source
  const status = await (signal === undefined ? mirror.commit(pin) : findCommit(pin, mirror, signal))
  const [branch] = status.kind === 'reachable' ? status.branches : []
  if (branch === undefined) return follows(pin, plan, source)
  return { kind: 'placed', ...source, plan: { ...plan, branch } }
}

function branchOf({ branch }: Plan, { settings: { branches } }: Sourced): string | undefined {
  return branch === '' ? branches[0] : branches.find((one) => one === branch)
}

/** What is the name of no branch that counts may be that of a tag. */
async function placeTagged(plan: Plan, source: Sourced): Promise<PlacedPlan | Refutation> {
  const { settings, mirror } = source
  const { name: repository, branches } = settings
  const tag = `${planName(plan)} follows the tag ${quoted(plan.branch)} of ${repository}`
  const found = mirror.tag(plan.branch)
  if (found.kind === 'absent') return follows(plan.branch, plan, source)
  if (found.kind === 'unasked') {
    const why = `${tag}, which has not said what its tags are yet. Try again`
    return refuted('MirrorStale', why)
  }
  if (found.kind === 'ambiguous') {
    const why = `${tag}, and the name is both a tag and a branch, which does not count. Rename one of them, or name the tag in full (refs/tags/...)`
    return refuted('CommitNotOnBranch', why)
  }
  const { commit: pin, object: tagObject } = found
  const status = await mirror.commit(pin)
  const [branch] = status.kind === 'reachable' ? status.branches : []
  if (branch === undefined) {
    const why = `${tag}, but ${pin.slice(0, 12)} is no commit of ${branches.join(', ')}. Merge it, or tag what is merged`
    return refuted('CommitNotOnBranch', why)
  }
  const placed = { kind: 'placed', ...source, plan: { ...plan, branch, pin } } as const
  return tagObject === undefined ? placed : { ...placed, tagObject }
}

function follows(what: string, plan: Plan, { settings }: Sourced): Refutation {
  const allowed = settings.branches.join(', ')
  const why = `${planName(plan)} follows ${quoted(what)} of ${settings.name}; only ${allowed} count, or a tag or the full id of a commit on them`
  return refuted('CommitNotOnBranch', why)
}
