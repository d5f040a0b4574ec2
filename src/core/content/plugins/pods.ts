import { limitRangerRows } from './limit-ranger.ts'
import type { PluginRow } from './plugin.ts'
import { priorityRows } from './priority.ts'
import { runtimeClassRows } from './runtime-class.ts'
import { serviceAccountRows } from './service-account.ts'
import { tolerationRows } from './tolerations.ts'

export const podRows: readonly PluginRow[] = [
  ...serviceAccountRows,
  ...priorityRows,
  ...tolerationRows,
  ...limitRangerRows,
  ...runtimeClassRows,
]
