import { isUnconfirmed } from '../../core/breakglass/confirmation.ts'
import { comparisonOf, trackedUses, type TrackedUse } from '../../core/breakglass/tracked-use.ts'
import type { UseOutcome } from '../../core/breakglass/use-outcome.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import type { UseNews } from './use-round.ts'

/** So often somebody looks whether a use was stored, and what has become of it. */
const everySecond = 1_000
const everyFifteenSeconds = 15_000
/**
 * Whoever stores a use competes with us for the grant and for the API server, and has somebody waiting: in
 * a burst we write nothing, and look only at what others may soon write over.
 */
const quiet = 2_000
/** But not for ever. */
const longestBurst = 20_000

/** What is known of the open uses of a grant, and is not stored yet. Moments are epoch ms. */
export class FollowedGrant {
  /** When to look again. */
  #dueAt = 0
  /** When to look at all of its uses again. */
  #allDueAt = 0
  #lookedAt = -Infinity
  /** By number: when it was found to be stored (RFC 3339). */
  readonly #confirmed = new Map<number, string>()
  /** By number: what seems to have become of it. */
  readonly #seen = new Map<number, string>()
  readonly #why = new Map<number, string>()

  /** Why its uses are open, by number. */
  get why(): ReadonlyMap<number, string> {
    return this.#why
  }

  isDue(now: number): boolean {
    return now >= this.#dueAt
  }

  /** It has changed: at once, but no more than once a second. */
  changed(now: number): void {
    this.#dueAt = Math.min(this.#dueAt, Math.max(now, this.#lookedAt + everySecond))
  }

  /** Git may say something else of all of them. */
  hurry(): void {
    this.#dueAt = 0
    this.#allDueAt = 0
  }

  /** Those to look at now: what is not settled within seconds waits for its turn. */
  begin(open: readonly TrackedUse[], now: number): readonly TrackedUse[] {
    const known = open.map((use) => (this.#confirmed.has(use.n) ? asStored(use) : use))
    const isHasty = (use: TrackedUse) => isUnconfirmed(use, now) || this.#seen.has(use.n)
    this.#lookedAt = now
    this.#dueAt = now + everySecond
    if (isBurst(open, now)) return known.filter((use) => isHasty(use) && isFleeting(use))
    const isAll = now >= this.#allDueAt
    if (isAll) this.#allDueAt = now + everyFifteenSeconds
    if (!known.some(isHasty)) this.#dueAt = this.#allDueAt
    return isAll ? known : known.filter(isHasty)
  }

  /** What is sure by now of the uses that were looked at, and of those before them. */
  take(news: readonly UseNews[], now: number): readonly UseOutcome[] {
    const sure = news.map((one) => this.#takeOne(one, now))
    const others = [...this.#confirmed].filter(([n]) => !news.some((one) => one.n === n))
    return [
      ...sure,
      ...others.map(([n, confirmedAt]) => ({ n, state: 'Committed' as const, confirmedAt })),
    ]
  }

  /**
   * What has become of a use is said once for good, so it has to be so at two looks: the uses of others
   * are known from a watch, which may be a moment behind the objects that they wrote.
   */
  #takeOne({ resolution, unnecessary, why, ...news }: UseNews, now: number): UseOutcome {
    const { n, state } = news
    if (state === 'Committed' && news.confirmedAt !== undefined) {
      this.#confirmed.set(n, news.confirmedAt)
    }
    const since = this.#confirmed.get(n)
    const outcome = { ...news, ...(since !== undefined && { confirmedAt: since }) }
    put(this.#why, n, why)
    const seen = resolution && `${resolution.kind} ${resolution.commit}`
    const isSure = this.#seen.get(n) === seen
    put(this.#seen, n, seen)
    if (resolution === undefined) return outcome
    if (isSure) return { ...outcome, resolution, ...(unnecessary && { unnecessary }) }
    this.#dueAt = now + everySecond
    return outcome
  }
}

export function openUsesOf(grant: JsonObject): readonly TrackedUse[] {
  return trackedUses(grant).filter((use) => !use.isResolved)
}

/** Whether more uses are about to come, so that everything else has time. */
export function isBurst(open: readonly TrackedUse[], now: number): boolean {
  const ages = open.map(({ time }) => now - time)
  const isMany = ages.filter((age) => age < quiet).length > 1
  return isMany && Math.max(...ages) < longestBurst
}

/** What is gone, or there, stays so. */
function isFleeting(use: TrackedUse): boolean {
  return comparisonOf(use) === 'fields'
}

function asStored(use: TrackedUse): TrackedUse {
  return { ...use, state: 'Committed' }
}

function put<T>(map: Map<number, T>, n: number, value: T | undefined): void {
  if (value === undefined) map.delete(n)
  else map.set(n, value)
}
