import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { planName, type Plan } from '../../../src/core/plans/plan.ts'
import { findPlans, type PlansInForce } from '../../../src/core/provenance/plans-in-force.ts'
import { kustomization } from '../engines/flux/objects.ts'
import { groundOf, planOf, source, type Scene } from './engine-ground.ts'

export interface Found {
  /** Of the repository fleet. */
  readonly plans: readonly string[]
  readonly refused: Readonly<Record<string, string>>
  readonly all: PlansInForce
  /** What was offered, round by round. */
  readonly rounds: readonly (readonly string[])[]
}

export function names(plans: readonly Plan[] = []): readonly string[] {
  return plans.map(planName)
}

/** Whatever was in force before takes part until the end, as in a server that goes on. */
export async function find(scene: Scene = {}): Promise<Found> {
  const ground = groundOf(scene)
  const before = scene.fleet?.inForce ?? []
  const rounds: (readonly string[])[] = []
  const offer = (plans: PlansInForce['plans']) => {
    rounds.push(names(plans.get('fleet')))
    ground.setPlans(new Map([['fleet', [...(plans.get('fleet') ?? []), ...before]]]))
    return Promise.resolve()
  }
  const following = { offer, before: new Map([['fleet', before]]) }
  const all = await findPlans(ground.engineObjects, ground, following)
  return {
    plans: names(all.plans.get('fleet')),
    refused: Object.fromEntries(all.refused),
    all,
    rounds,
  }
}

/** A Kustomization of its own path. */
export function named(name: string, spec: JsonObject = {}): JsonObject {
  return kustomization({
    metadata: { name, namespace: 'flux-system' },
    spec: { path: `./${name}`, ...spec },
  })
}

export const [web, shop] = [named('web'), named('shop')]
export const [webPlan, shopPlan] = [planOf(web, source), planOf(shop, source)]
export const key = (name: string) => `Kustomization.kustomize.toolkit.fluxcd.io flux-system/${name}`
