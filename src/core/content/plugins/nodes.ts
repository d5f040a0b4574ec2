import { parseFieldPattern } from '../../manifest/field-path.ts'
import { isSameJson } from '../json-equality.ts'
import type { PluginRow } from './plugin.ts'

const row = { plugin: 'TaintNodesByCondition', kind: 'v1 Node', needs: [] } as const
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

export const nodeRows: readonly PluginRow[] = [
  {
    ...row,
    field: parseFieldPattern('spec.taints[*]'),
    isRight: (live) => isSameJson(live, notReady),
  },
  {
    ...row,
    // Where none is declared, the list as a whole is new.
    field: parseFieldPattern('spec.taints'),
    isRight: (live) => isSameJson(live, [notReady]),
  },
]
