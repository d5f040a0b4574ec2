import type { Circumstances } from '../../core/decision/case.ts'
import type { EngineObjects } from '../../core/engines/engine-objects.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import { findPlans } from '../../core/provenance/plans-in-force.ts'
import type { Policy } from '../../core/policy/schema.ts'
import { clusterUid, createCluster } from '../../kubernetes/cluster.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { Tools } from '../../render/tools.ts'
import type { Env } from '../env.ts'
import { openLibrary, type Library } from '../library.ts'
import { readEngineObjects } from '../live-engine-objects.ts'
import { memoryGrants } from '../memory-grants.ts'
import { engineObjectsOf } from '../state-engine-objects.ts'

export interface OpenedGit extends AsyncDisposable {
  readonly circumstances: Circumstances
  readonly listings: Library['declarations']
  /** What we may not read of engines, or what they say that nobody knows yet. */
  readonly unknown: readonly string[]
}

export interface Opening {
  readonly api: Api
  readonly policy: Policy
  readonly policyHash: string
  /** The namespace of solewriter. */
  readonly namespace: string
  readonly directories: ReadonlyMap<string, string>
  readonly tools: Tools
}

/** What Git declares by directories, and what engines make of it. */
export async function openGit(opening: Opening, env: Env): Promise<OpenedGit> {
  const { api, policy, policyHash, namespace, directories, tools } = opening
  const library = await openLibrary(policy, { directories, tools }, env)
  try {
    const cluster = createCluster(api)
    const engines = await readEngineObjects(policy, cluster, env.signal)
    const { now, signal } = env
    const { repositories, declarations } = library
    const engineObjects = engines?.objects ?? noObjects
    const ground = { policy, repositories, declarations, cluster, engineObjects, now, signal }
    const open = engines === undefined ? [] : await followEngines(library, ground)
    return {
      circumstances: {
        ...ground,
        ...identityOf(namespace),
        arePlansKnown: () => engines === undefined || engines.unreadable.length === 0,
        policyHash,
        clusterUid: await clusterUid(api, signal),
      },
      listings: declarations,
      unknown: [...(engines?.unreadable ?? []).map((one) => `our account may not ${one}`), ...open],
      [Symbol.asyncDispose]: () => library[Symbol.asyncDispose](),
    }
  } catch (error) {
    await library[Symbol.asyncDispose]()
    throw error
  }
}

const noObjects: EngineObjects = engineObjectsOf({ ofKind: () => [], find: () => undefined })

/** Plans of engine objects count from now on; answers of which objects nobody knows. */
async function followEngines(library: Library, ground: Ground): Promise<readonly string[]> {
  const offer = (plans: Awaited<ReturnType<typeof findPlans>>['plans']) => {
    for (const name of library.repositories.keys()) {
      library.declarations.setPlans(name, plans.get(name) ?? [])
    }
    return Promise.resolve()
  }
  const { plans, unknown } = await findPlans(ground.engineObjects, ground, { offer })
  await offer(plans)
  return unknown.map(
    ({ kind, namespace, name }) => `nobody knows what ${kind} ${namespace}/${name} applies`,
  )
}

/** Who solewriter is in the cluster. No grant counts here: what was done under one is drift, too. */
export function identityOf(
  namespace: string,
): Pick<Circumstances, 'own' | 'breakGlass' | 'digestKey'> {
  const names = ['solewriter', 'solewriter-controller']
  const accounts = names.map((name) => `system:serviceaccount:${namespace}:${name}`)
  return {
    own: { namespace, accounts: new Set(accounts) },
    breakGlass: {
      grants: memoryGrants([], { approvals: [], now: () => 0 }).store,
      issuers: new Map(),
    },
    digestKey: new Uint8Array(),
  }
}
