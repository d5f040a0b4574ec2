import { coversPath } from '../exceptions/coverage.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import type { JsonObject } from '../manifest/json.ts'
import { whoMay, type MayHave } from './candidates.ts'
import type { LiveObject } from './live-object.ts'
import type { Scene } from './scene.ts'

interface Change {
  readonly live: LiveObject
  readonly before: JsonObject
  /** Whose rows count. */
  readonly by?: readonly MayHave['origin'][]
}

const anybody: readonly MayHave['origin'][] = ['built-in', 'policy']

/**
 * Those of these fields that no row lets anybody write. `before` is the object without them: conditions
 * of rows are judged as if somebody wrote them now.
 */
export async function unexplainedFields(
  paths: readonly FieldPath[],
  { live, before, by = anybody }: Change,
  scene: Scene,
): Promise<readonly FieldPath[]> {
  if (paths.length === 0) return paths
  const left = paths.filter((path) => !isScheduled(live, path))
  const write = { operation: 'UPDATE', object: live.object, oldObject: before } as const
  let open = left
  for (const row of whoMay(live, write, scene.policy)) {
    if (open.length === 0) break
    if (!by.includes(row.origin)) continue
    const rest = open.filter((path) => !coversPath(row, path))
    if (rest.length < open.length && (await holds(row, scene))) open = rest
  }
  return open
}

/** A condition that cannot be asked does not hold: what is not known explains nothing. */
export async function holds({ condition, request }: MayHave, scene: Scene): Promise<boolean> {
  if (condition === undefined) return true
  const { cluster, signal } = scene
  return condition.holds({
    request,
    read: (reference) => cluster.read(reference, signal),
    list: (kind) => cluster.list(kind, signal),
  })
}

/** The scheduler writes it by a binding, which has fields of its own. */
function isScheduled({ served }: LiveObject, path: FieldPath): boolean {
  const isNode = keyAt(path, 0) === 'spec' && keyAt(path, 1) === 'nodeName'
  return served.group === '' && served.kind === 'Pod' && isNode
}
