import { confirmedState, isUnconfirmed } from '../../core/breakglass/confirmation.ts'
import { declaredTheSame, gitSays } from '../../core/breakglass/git-says.ts'
import type { LiveTarget } from '../../core/breakglass/live-target.ts'
import { momentText } from '../../core/breakglass/moment.ts'
import { resolve, type Head } from '../../core/breakglass/resolution.ts'
import { comparisonOf, type TrackedUse } from '../../core/breakglass/tracked-use.ts'
import type { UseOutcome } from '../../core/breakglass/use-outcome.ts'
import { findWaiver } from '../../core/breakglass/waiver.ts'
import type { Ground } from '../../core/provenance/proof.ts'

/** What the clock, the cluster and Git have to say at a moment. */
export interface UseRound {
  readonly read: (use: TrackedUse) => Promise<LiveTarget>
  /** Why there is nothing to ask Git with, where there is not. */
  readonly ground: Ground | string
  /** Of all grants; asked after the object was read, since a use is stored before its write is. */
  readonly others: () => readonly TrackedUse[]
  /** Epoch ms. */
  readonly now: number
}

/** With why it is open, if it is. */
export interface UseNews extends UseOutcome {
  readonly why?: string
}

/** First whether it was stored, then what has become of it. */
export async function lookAfter(use: TrackedUse, round: UseRound): Promise<UseNews> {
  const { now } = round
  const live = await lookAt(use, round)
  const others = round.others()
  const state = confirmedState(use, { live, others, now })
  const confirmed = {
    n: use.n,
    state,
    ...(state !== use.state && { confirmedAt: momentText(now) }),
  }
  const known = { ...use, state }
  return { ...confirmed, ...(await whatBecameOf(known, live, round)) }
}

/** What only people can judge is not read at all. */
async function lookAt(use: TrackedUse, { read, now }: UseRound): Promise<LiveTarget> {
  const isRead = isUnconfirmed(use, now) || use.state === 'Committed'
  return isRead && comparisonOf(use) !== 'nothing'
    ? read(use)
    : { kind: 'unreadable', why: 'there is nothing to look at' }
}

async function whatBecameOf(
  use: TrackedUse,
  live: LiveTarget,
  round: UseRound,
): Promise<Pick<UseNews, 'resolution' | 'unnecessary' | 'why'>> {
  const { ground, now } = round
  const others = round.others()
  if (typeof ground === 'string') {
    const silent = { kind: 'unknown', why: ground } as const
    return told(resolve(use, { live, git: silent, others, waiver: undefined, now }))
  }
  const waiver = await waiverOf(use, ground)
  const git =
    use.state === 'Committed' && comparisonOf(use) !== 'nothing'
      ? await gitSays(use, live, ground)
      : ({ kind: 'unknown', why: 'nobody has asked Git' } as const)
  const news = told(resolve(use, { live, git, others, waiver, now }))
  const isThere = news.resolution?.kind === 'Promoted' && 'declared' in git
  if (!isThere || git.declared === undefined) return news
  const isUnnecessary = await declaredTheSame(git.declared, use, ground)
  return isUnnecessary ? { ...news, unnecessary: true } : news
}

function told(outcome: ReturnType<typeof resolve>): Pick<UseNews, 'resolution' | 'why'> {
  return outcome.kind === 'open' ? { why: outcome.why } : { resolution: outcome.resolution }
}

function waiverOf(use: TrackedUse, ground: Ground): Promise<Head | undefined> {
  return use.state === 'NotCommitted' ? Promise.resolve(undefined) : findWaiver(use, ground)
}
