import type { Plan } from '../../plans/plan.ts'
import type { Applied, Attestation, PlansAnswer } from '../engine.ts'
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

/** What a tag stands for is known once it was fetched. */
function pinnedCommit({ commit, revision, commitOf }: Source): Outcome<string> {
  if (commit !== undefined) return known(commit)
  return revision === '' ? none('its source has fetched nothing yet') : commitOf(revision)
}

export function appliedAt({ source, plan }: Draft, id: string): Applied {
  const pinned = source.isPinned ? { ...plan, pin: id } : plan
  return { url: source.url, plan: pinned, revision: { kind: 'commit', id } }
}

/** What is missing may be on its way to a copy that is behind. */
export function asAttestation({ kind, why }: Obstacle): Attestation {
  return { kind: kind === 'none' ? 'idle' : 'refused', why }
}
