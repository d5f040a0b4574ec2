import { argoCdIn } from '../engines/argo-cd/argo-cd.ts'
import type { EngineObjects } from '../engines/engine-objects.ts'
import {
  referenceKey,
  type Engine,
  type EngineKind,
  type Found,
  type Marks,
  type Need,
} from '../engines/engine.ts'
import { flux } from '../engines/flux/flux.ts'
import type { JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { EngineReference, Plan } from '../plans/plan.ts'
import type { Policy, Writer } from '../policy/schema.ts'

/** An engine object with everything that its plans and its commit are read from. */
export interface EngineState {
  readonly reference: EngineReference
  readonly engine: Engine
  readonly kind: EngineKind
  readonly object: JsonObject
  readonly needs: readonly Need[]
  readonly found: Found
}

/** `seen`: as the watch last saw them, which may be a moment ago. */
export type Freshness = 'seen' | 'live'

type EngineName = Engine['name']

const defaultArgoCd = argoCdIn('argocd')

/** The engines that attest for writers of a policy. */
export function enginesOf(policy: Policy): readonly Engine[] {
  const isUsed = (name: EngineName) =>
    policy.spec.writers.some(({ evidence }) => evidence.includes(name))
  return [...(isUsed('flux') ? [flux] : []), ...(isUsed('argo-cd') ? [argoCdOf(policy)] : [])]
}

export function engineNamed(name: string, policy: Policy): Engine | undefined {
  return enginesOf(policy).find((engine) => engine.name === name)
}

/** It reads Applications in its own namespace by their bare names. */
function argoCdOf({ spec: { writers } }: Policy): Engine {
  const own = writers.find(isOwnArgoCd)
  const install = own?.subject.kind === 'serviceAccount' ? own.subject.namespace : undefined
  return install === undefined ? defaultArgoCd : argoCdIn(install)
}

function isOwnArgoCd({ evidence, impersonated, subject }: Writer): boolean {
  return evidence.includes('argo-cd') && !impersonated && subject.kind === 'serviceAccount'
}

export function kindOf({ kinds }: Engine, reference: EngineReference): EngineKind | undefined {
  return kinds.find(({ group, kind }) => group === reference.group && kind === reference.kind)
}

/** What the engine of a plan puts on its objects by itself. */
export function marksOf(plan: Plan, id: ObjectId, policy: Policy): Marks {
  const { engine: reference } = plan
  const engine = reference && enginesOf(policy).find((one) => kindOf(one, reference) !== undefined)
  return engine?.marks(plan, id) ?? { labels: {}, annotations: {} }
}

export interface Reading {
  readonly objects: EngineObjects
  readonly freshness: Freshness
  readonly signal: AbortSignal
}

/** What one object needs may need something itself: a chart, and the repository that it is in. */
const mostSteps = 4

/** Undefined if there is no such object. Rejects with ClusterUnreachable. */
export async function readState(
  engine: Engine,
  reference: EngineReference,
  reading: Reading,
): Promise<EngineState | undefined> {
  if (kindOf(engine, reference) === undefined) return undefined
  const object = await look(reference, reading)
  return object === undefined ? undefined : readAround(engine, { reference, object }, reading)
}

/** The same of an object as it is given, whatever the cluster has. */
export async function readAround(
  engine: Engine,
  { reference, object }: Pick<EngineState, 'reference' | 'object'>,
  reading: Reading,
): Promise<EngineState | undefined> {
  const kind = kindOf(engine, reference)
  if (kind === undefined) return undefined
  const found = new Map<string, JsonObject>()
  const asked = new Set<string>()
  let needs = kind.needs(object)
  for (let step = 0; step < mostSteps; step += 1) {
    const open = needs.filter((need) => !asked.has(referenceKey(need)))
    if (open.length === 0) break
    for (const need of open) asked.add(referenceKey(need))
    const objects = await Promise.all(open.map((need) => look(need, reading)))
    for (const [i, need] of open.entries()) {
      const one = objects[i]
      if (one !== undefined) found.set(referenceKey(need), one)
    }
    needs = kind.needs(object, found)
  }
  return { reference, engine, kind, object, needs, found }
}

async function look(
  reference: EngineReference,
  { objects, freshness, signal }: Reading,
): Promise<JsonObject | undefined> {
  const seen = freshness === 'seen' ? objects.get(reference) : undefined
  return seen ?? objects.read(reference, signal)
}
