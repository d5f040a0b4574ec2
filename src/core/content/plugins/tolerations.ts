import { parseFieldPattern } from '../../manifest/field-path.ts'
import type { Json } from '../../manifest/json.ts'
import { isSameJson } from '../json-equality.ts'
import type { PluginRow } from './plugin.ts'
import { isClassToleration } from './runtime-class.ts'

const added: readonly Json[] = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

const row = { plugin: 'DefaultTolerationSeconds', kind: 'v1 Pod', needs: [] } as const

export const tolerationRows: readonly PluginRow[] = [
  { ...row, field: parseFieldPattern('spec.tolerations[*]'), isRight: isOneOfThem },
  {
    ...row,
    // Where none is declared, the list as a whole is new, whoever has added to it.
    field: parseFieldPattern('spec.tolerations'),
    needs: ['runtimeClasses'],
    isRight: (live, scene) =>
      Array.isArray(live) &&
      (live as readonly Json[]).every((one) => isOneOfThem(one) || isClassToleration(one, scene)),
  },
]

function isOneOfThem(live: Json): boolean {
  return added.some((one) => isSameJson(one, live))
}
