import type { Plan } from '../../plans/plan.ts'
import type { Applied, Attestation, PlansAnswer, Revision } from '../engine.ts'
import { known, none, type Obstacle, type Outcome } from './outcome.ts'
import type { Source } from './source.ts'

/** A plan before anybody knows at which commit it is pinned. */
export interface Draft {
  readonly source: Source
  readonly plan: Plan
}

export function plansOf({ source, plan }: Draft): PlansAnswer {
  const { url, isPinned } = source
  if (!isPinned) return { kind: 'plans', plans: [{ url, plan }] }
  const commit = pinnedCommit(source)
  if (commit.kind !== 'known') return commit
  return { kind: 'plans', plans: [{ url, plan: { ...plan, pin: commit.value } }] }
}

/** Which version a range stands for is known once it was fetched. */
function pinnedCommit({ commit, revision, commitOf }: Source): Outcome<string> {
  if (commit !== undefined) return known(commit)
  return revision === '' ? none('its source has fetched nothing yet') : commitOf(revision)
}

/** Whether that is the commit that the plan is pinned to, who judges it sees. */
export function appliedAt(draft: Draft, revision: Revision): Outcome<readonly Applied[]> {
  const answer = plansOf(draft)
  if (answer.kind !== 'plans') return answer
  return known(answer.plans.map((one) => ({ ...one, revision })))
}

/** What is missing may be on its way to a copy that is behind. */
export function asAttestation({ kind, why }: Obstacle): Attestation {
  return { kind: kind === 'none' ? 'idle' : 'refused', why }
}
