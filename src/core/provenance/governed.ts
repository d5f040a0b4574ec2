import { stringAt, type JsonObject } from '../manifest/json.ts'
import { referenceKey } from '../engines/engine.ts'
import type { EngineReference } from '../plans/plan.ts'
import { parentsOf } from '../policy/derived.ts'
import { engineKindOf } from '../policy/engine-kinds.ts'
import { isParent, type ParentReference } from '../policy/parent-reference.ts'
import { isRoot } from '../policy/roots.ts'
import { askGit, type AskingGit } from './declared-now.ts'
import type { EngineState, Freshness } from './engine-state.ts'
import { refuted, type Ground, type Refutation } from './proof.ts'

/** How it is asked whether Git has the say about an object. */
export interface Asking extends AskingGit {
  /** Of the parents of derived objects. */
  readonly freshness: Freshness
}

/** A derived object may be the parent of derived objects. */
const mostLevels = 4

/**
 * Undefined when the engine object, and all that it reads from the cluster, is what Git declares now,
 * or a root of the policy. Else whoever edits it decides what the engine applies.
 */
export async function ungoverned(
  { reference, object, needs, found }: EngineState,
  asking: Asking,
): Promise<Refutation | undefined> {
  const parts: (readonly [EngineReference, JsonObject])[] = [[reference, object]]
  for (const need of needs) {
    const one = found.get(referenceKey(need))
    if (need.isGoverned && one !== undefined) parts.push([need, one])
  }
  for (const [one, live] of parts) {
    const against = await undeclared(one, live, { ...asking, levels: mostLevels })
    if (against !== undefined) return against
  }
  return undefined
}

/** Whether the parent of a derived object exists, and Git has the say about it. */
export function isGoverned(parent: ParentReference, asking: Asking): Promise<boolean> {
  return isGovernedParent(parent, { ...asking, levels: mostLevels })
}

interface Climbing extends Asking {
  readonly levels: number
}

/** The same of one object of any kind. What Git declares nowhere may be derived, as rows of the policy say. */
async function undeclared(
  reference: EngineReference,
  live: JsonObject,
  climbing: Climbing,
): Promise<Refutation | undefined> {
  const { policy } = climbing.ground
  if (isRoot(policy, reference, live)) return undefined
  const title = `${reference.kind} ${reference.namespace}/${reference.name}`
  const answer = await askGit({ reference, live, title }, climbing)
  if (answer === 'as declared') return undefined
  if (answer !== 'nowhere') return answer
  const resource = engineKindOf(reference.group, reference.kind)?.resource
  const parents = resource === undefined ? [] : parentsOf(policy, resource, live)
  for (const parent of parents) if (await isGovernedParent(parent, climbing)) return undefined
  const why = `${title}, which says what is applied, is declared nowhere: declare it in Git, or name it as a root of the policy`
  return refuted('EvidenceRefused', why)
}

async function isGovernedParent(parent: ParentReference, climbing: Climbing): Promise<boolean> {
  const { levels, ground, freshness } = climbing
  const live = levels === 0 ? undefined : await findParent(parent, ground, freshness)
  if (live === undefined) return false
  const { group, kind } = parent
  const reference = {
    group,
    kind,
    namespace: stringAt(live, 'metadata', 'namespace') ?? '',
    name: stringAt(live, 'metadata', 'name') ?? '',
  }
  const against = await undeclared(reference, live, { ...climbing, levels: levels - 1 })
  return against === undefined
}

/** Only one may be meant. */
async function findParent(
  parent: ParentReference,
  { cluster, engineObjects, signal }: Ground,
  freshness: Freshness,
): Promise<JsonObject | undefined> {
  const { group, kind, namespace } = parent
  if (parent.by === 'name') {
    const seen = freshness === 'seen' ? engineObjects.get(parent) : undefined
    if (seen !== undefined) return isParent(parent, seen) ? seen : undefined
    const named = { group, version: '', kind, namespace, name: parent.name }
    const live = await cluster.read(named, signal)
    return live.kind === 'found' && isParent(parent, live.object) ? live.object : undefined
  }
  const all = await cluster.list({ group, version: '', kind, namespace: '' }, signal)
  const found = all.kind === 'found' ? all.objects.filter((one) => isParent(parent, one)) : []
  return found.length === 1 ? found[0] : undefined
}
