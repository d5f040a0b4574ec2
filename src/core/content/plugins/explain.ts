import { covers, keyAt } from '../../manifest/field-path.ts'
import type { Difference } from '../difference.ts'
import type { FactName, PluginRow, PluginScene } from './plugin.ts'
import { nodeRows } from './nodes.ts'
import { podRows } from './pods.ts'
import { storageRows } from './storage.ts'
import { ingressRows } from './ingresses.ts'

const rows: readonly PluginRow[] = [...podRows, ...storageRows, ...ingressRows, ...nodeRows]

/** What has to be known of the cluster to judge these differences of a new object. */
export function neededFacts(kind: string, differences: readonly Difference[]): readonly FactName[] {
  return [
    ...new Set(differences.flatMap((one) => rowsFor(kind, one).flatMap(({ needs }) => needs))),
  ]
}

/** What is left when the plugins have been asked. */
export function withoutPlugins(
  kind: string,
  differences: readonly Difference[],
  scene: PluginScene,
): readonly Difference[] {
  return differences.filter(
    (one) =>
      one.live === undefined ||
      !rowsFor(kind, one).some(({ isRight }) => isRight(one.live ?? null, scene, lastKey(one))),
  )
}

function rowsFor(kind: string, { kind: what, path }: Difference): readonly PluginRow[] {
  if (what !== 'added') return []
  return rows.filter((row) => {
    const length = row.field.length + (row.isMap === true ? 1 : 0)
    return row.kind === kind && path.length === length && covers(row.field, path)
  })
}

function lastKey({ path }: Difference): string {
  return keyAt(path, path.length - 1) ?? ''
}
