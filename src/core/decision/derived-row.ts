import { coversPath } from '../exceptions/coverage.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import { derivedRowsFor, parentsOf } from '../policy/derived.ts'
import { engineKindOf } from '../policy/engine-kinds.ts'
import { isParent, type ParentReference } from '../policy/parent-reference.ts'
import { undeclared } from '../provenance/governed.ts'
import type { Ground } from '../provenance/proof.ts'
import type { Case } from './case.ts'
import { allow, type Row } from './row.ts'

/** A derived object may be the parent of derived objects. */
const mostLevels = 4

/** What an operator makes of an object that Git declares, while that object is as Git declares it. */
export const derived: Row = async ({ policy, request, changes, ground }: Case) => {
  if (policy.spec.derived.length === 0) return undefined
  for (const { name, fields, parent } of derivedRowsFor(policy, request)) {
    if (!changes.all().every((path) => coversPath({ fields }, path))) continue
    if (await isGoverned(parent, ground, mostLevels)) return allow('Exception', name)
  }
  return undefined
}

async function isGoverned(
  parent: ParentReference,
  ground: Ground,
  levels: number,
): Promise<boolean> {
  const live = levels === 0 ? undefined : await findParent(parent, ground)
  if (live === undefined) return false
  const { group, kind } = parent
  const reference = {
    group,
    kind,
    namespace: stringAt(live, 'metadata', 'namespace') ?? '',
    name: stringAt(live, 'metadata', 'name') ?? '',
  }
  const against = await undeclared(reference, live, { ground, counts: () => true })
  if (against === undefined) return true
  const resource = engineKindOf(group, kind)?.resource
  const parents = resource === undefined ? [] : parentsOf(ground.policy, resource, live)
  for (const one of parents) if (await isGoverned(one, ground, levels - 1)) return true
  return false
}

/** Only one may be meant. */
async function findParent(
  parent: ParentReference,
  { cluster, signal }: Ground,
): Promise<JsonObject | undefined> {
  const { group, kind, namespace } = parent
  if (parent.by === 'name') {
    const named = { group, version: '', kind, namespace, name: parent.name }
    const live = await cluster.read(named, signal)
    return live.kind === 'found' && isParent(parent, live.object) ? live.object : undefined
  }
  const all = await cluster.list({ group, version: '', kind, namespace: '' }, signal)
  const found = all.kind === 'found' ? all.objects.filter((one) => isParent(parent, one)) : []
  return found.length === 1 ? found[0] : undefined
}
