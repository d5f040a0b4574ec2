import { isNamed, usernameOf } from '../identity/built-in-subject.ts'
import type { BuiltInRow } from './row.ts'
import { apiServerRows } from './table/api-server.ts'
import { clusterControllers } from './table/cluster-controllers.ts'
import { controllerManager, kubeScheduler } from './table/components.ts'
import { networkControllers } from './table/network-controllers.ts'
import { kubelet, others } from './table/node.ts'
import { storageControllers } from './table/storage-controllers.ts'
import { workloadControllers } from './table/workload-controllers.ts'

/** The table, in the order of docs/exceptions.md. */
export const builtInGroups: ReadonlyMap<string, readonly BuiltInRow[]> = new Map([
  ['API server', apiServerRows],
  ['Controller manager', controllerManager],
  ['Scheduler', kubeScheduler],
  ['Kubelets', kubelet],
  ['Workload controllers', workloadControllers],
  ['Cluster controllers', clusterControllers],
  ['Network and node controllers', networkControllers],
  ['Storage controllers', storageControllers],
  ['Everybody with such a credential', others],
])

export const builtInRows: readonly BuiltInRow[] = [...builtInGroups.values()].flat()

const byUsername = Map.groupBy(
  builtInRows.filter(({ subject }) => usernameOf(subject) !== undefined),
  ({ subject }) => usernameOf(subject),
)
const byKind = builtInRows.filter(({ subject }) => usernameOf(subject) === undefined)

const named = new Map<string, readonly BuiltInRow[]>()
/** A cluster has as many accounts as it likes; the busy ones are few. */
const mostNamed = 1000

/** The rows about somebody of this name, whatever he shows for it. */
export function rowsNaming(username: string): readonly BuiltInRow[] {
  if (!username.startsWith('system:')) return []
  const known = named.get(username)
  if (known !== undefined) return known
  const own = byUsername.get(username) ?? []
  const rows = [...own, ...byKind.filter(({ subject }) => isNamed(subject, username))]
  if (named.size >= mostNamed) named.clear()
  named.set(username, rows)
  return rows
}
