import { GuardError } from '../core/errors.ts'
import { isOfOne, isSamePlan, planName, type Plan } from '../core/plans/plan.ts'
import type { SourceAt } from './source-index.ts'
import type { IndexedRepository } from './tree-indexes.ts'

/** Which plans are asked. */
export interface Asked {
  readonly repository: string
  readonly commit: string
  /** Only plans of these; all by default. */
  readonly branches?: readonly string[]
  /** One that counts although it may not be in force yet. */
  readonly plan?: Plan
}

/** What becomes objects: the policy's sources, and the engines' plans beside them. */
export class AskedPlans {
  readonly #repositories: ReadonlyMap<string, IndexedRepository>
  readonly #ofEngines = new Map<string, readonly Plan[]>()

  constructor(repositories: ReadonlyMap<string, IndexedRepository>) {
    this.#repositories = repositories
  }

  /** In place of the engine plans that the repository had. */
  set(repository: string, plans: readonly Plan[]): void {
    this.#ofEngines.set(repository, [...new Set(plans)])
  }

  /** The plan of the question comes first: what it says is what the question is about. */
  at({ repository, commit, branches, plan }: Asked): readonly SourceAt[] {
    return this.#plans(repository, plan)
      .filter(({ branch }) => branches === undefined || branches.includes(branch))
      .map((source) => ({ repository, source, commit: commitOf(source, commit) }))
  }

  #plans(repository: string, asked: Plan | undefined): readonly Plan[] {
    const found = this.#repositories.get(repository)
    if (found === undefined) {
      throw new GuardError('RenderFailed', `there is no repository ${repository}`)
    }
    const ofEngines = this.#ofEngines.get(repository) ?? []
    if (asked === undefined) return [...found.sources, ...ofEngines]
    return inFront(asked, found.sources, ofEngines)
  }
}

/**
 * A plan that is not in force takes the place of those that are and come from the same engine object:
 * they are what that object said before.
 */
function inFront(
  asked: Plan,
  sources: readonly Plan[],
  ofEngines: readonly Plan[],
): readonly Plan[] {
  const all = [...sources, ...ofEngines]
  const others = all.filter((plan) => !isSamePlan(plan, asked))
  const isInForce = others.length < all.length
  if (isInForce || asked.engine === undefined) return [asked, ...others]
  return [asked, ...others.filter(({ engine }) => !isOfOne(engine, asked.engine))]
}

/** A pinned plan says at every commit what it says at its own. */
function commitOf(plan: Plan, commit: string): string {
  const { pin = commit } = plan
  if (pin === commit || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(pin)) return pin
  throw new GuardError('RenderFailed', `${planName(plan)} is pinned to what is no full commit id`)
}
