import { objectKey, type ObjectId } from '../../core/manifest/object-id.ts'
import { planKey, type Plan } from '../../core/plans/plan.ts'
import type { Policy } from '../../core/policy/schema.ts'
import type { DeclaredObject } from '../../core/provenance/declarations.ts'
import { findPlans } from '../../core/provenance/plans-in-force.ts'
import { createCluster } from '../../kubernetes/cluster.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { SourceListing } from '../../render/listing.ts'
import type { Tools } from '../../render/tools.ts'
import type { Env } from '../env.ts'
import { openLibrary, type Library } from '../library.ts'
import { readEngineObjects } from '../live-engine-objects.ts'
import type { WorkRepository } from './repositories.ts'

/** What the copies declare, at the commits on which their branches stand. */
export interface WorkEstate {
  readonly policy: Policy
  readonly repositories: readonly WorkRepository[]
  readonly tools: Tools
  /** Of engines, by repository; the policy has the others. */
  readonly engines: EnginePlans
  readonly env: Env
}

export interface EnginePlans {
  readonly plans: ReadonlyMap<string, readonly Plan[]>
  /** Lacking where some of their objects could not be read: what nobody declares may be theirs. */
  readonly isWhole: boolean
}

export const noEngines: EnginePlans = { plans: new Map(), isWhole: true }

/** Where an object is declared. */
export type Place =
  | {
      readonly kind: 'declared'
      readonly repository: WorkRepository
      readonly branch: string
      readonly commit: string
      readonly object: DeclaredObject
    }
  | { readonly kind: 'absent'; readonly isWhole: boolean }
  | { readonly kind: 'duplicate'; readonly places: readonly string[] }

/** A moment of the estate: it sees no commit that is made later. */
export interface View extends AsyncDisposable {
  find(id: ObjectId): Promise<Place>
  head(repository: WorkRepository, branch: string): string
  listing(repository: WorkRepository, branch: string): Promise<readonly SourceListing[]>
}

export async function openView(estate: WorkEstate): Promise<View> {
  const library = await openEstateLibrary(estate)
  for (const [name, plans] of estate.engines.plans) library.declarations.setPlans(name, plans)
  const head = ({ name }: WorkRepository, branch: string): string =>
    library.repositories
      .get(name)
      ?.tips()
      .find((tip) => tip.branch === branch)?.commit ?? ''
  return {
    head,
    listing: async (repository, branch) => {
      const commit = head(repository, branch)
      const all = await library.declarations.list(repository.name, commit)
      return all.filter(({ source }) => source.branch === branch)
    },
    find: (id) => findIn(estate, library, { id, head }),
    [Symbol.asyncDispose]: () => library[Symbol.asyncDispose](),
  }
}

function openEstateLibrary({ policy, repositories, tools, env }: WorkEstate): Promise<Library> {
  const directories = new Map(repositories.map(({ name, work }) => [name, work.gitDir]))
  return openLibrary(policy, { directories, tools }, env)
}

interface Finding {
  readonly id: ObjectId
  readonly head: View['head']
}

/** In the order of the policy: the first that declares an object owns it. */
async function findIn(
  { repositories, engines, env }: WorkEstate,
  { declarations }: Library,
  { id, head }: Finding,
): Promise<Place> {
  let { isWhole } = engines
  for (const repository of repositories) {
    for (const branch of repository.branches) {
      const commit = head(repository, branch)
      const query = { repository: repository.name, commit, branches: [branch], id }
      const found = await declarations.find(query, env.signal)
      if (found.kind === 'declared') {
        return { kind: 'declared', repository, branch, commit, object: found.object }
      }
      if (found.kind === 'duplicate') return found
      isWhole &&= found.kind === 'absent' && found.problems.length === 0
    }
  }
  return { kind: 'absent', isWhole }
}

/** What the engines of a cluster make of the copies: their plans are objects of the cluster. */
export async function enginePlans(
  estate: Omit<WorkEstate, 'engines'>,
  api: Api,
): Promise<EnginePlans> {
  const { policy, env } = estate
  const cluster = createCluster(api)
  const now = await readEngineObjects(policy, cluster, env.signal)
  if (now === undefined) return noEngines
  const { objects, unreadable } = now
  if (unreadable.length > 0) {
    env.stderr.write(`what engines apply is not known: you may not ${unreadable.join(' nor ')}\n`)
  }
  await using library = await openEstateLibrary({ ...estate, engines: noEngines })
  const ground = {
    ...library,
    policy,
    cluster,
    engineObjects: objects,
    now: env.now,
    signal: env.signal,
  }
  const offer = (plans: EnginePlans['plans']) => {
    for (const name of library.repositories.keys()) {
      library.declarations.setPlans(name, plans.get(name) ?? [])
    }
    return Promise.resolve()
  }
  const { plans, unknown } = await findPlans(objects, ground, { offer })
  return { plans, isWhole: unreadable.length === 0 && unknown.length === 0 }
}

export interface DeclaredDigest {
  readonly id: ObjectId
  readonly digest: string
}

/** All that a listing declares, by plan and object. */
export function declaredDigests(
  listing: readonly SourceListing[],
): ReadonlyMap<string, DeclaredDigest> {
  return new Map(
    listing.flatMap(({ source, entries }) =>
      entries.map(({ id, generateName, digest }) => {
        const key = `${planKey(source)}\n${objectKey(id)}\n${id.name === '' ? generateName : ''}`
        return [key, { id, digest }] as const
      }),
    ),
  )
}
