import { parseFieldPattern } from '../../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { isSameJson } from '../json-equality.ts'
import type { PluginRow, PluginScene } from './plugin.ts'

const plugin = { plugin: 'RuntimeClass', kind: 'v1 Pod', needs: ['runtimeClasses'] } as const

export const runtimeClassRows: readonly PluginRow[] = [
  {
    ...plugin,
    field: parseFieldPattern('spec.overhead'),
    isRight: (live, scene) => isSameJson(live, at(classOf(scene), 'overhead', 'podFixed')),
  },
  {
    ...plugin,
    field: parseFieldPattern('spec.nodeSelector'),
    isRight: (live, scene) => isSameJson(live, at(classOf(scene), 'scheduling', 'nodeSelector')),
  },
  {
    ...plugin,
    field: parseFieldPattern('spec.nodeSelector'),
    isMap: true,
    isRight: (live, scene, key) => live === at(classOf(scene), 'scheduling', 'nodeSelector', key),
  },
  {
    ...plugin,
    field: parseFieldPattern('spec.tolerations[*]'),
    isRight: isClassToleration,
  },
]

function classOf({ declared, facts }: PluginScene): JsonObject | undefined {
  const name = stringAt(declared, 'spec', 'runtimeClassName')
  if (name === undefined) return undefined
  return facts.runtimeClasses.find((one) => stringAt(one, 'metadata', 'name') === name)
}

/** Whether the declared class has it. */
export function isClassToleration(live: Json, scene: PluginScene): boolean {
  return tolerationsOf(scene).some((one) => isSameJson(one, live))
}

function tolerationsOf(scene: PluginScene): readonly Json[] {
  const found = at(classOf(scene), 'scheduling', 'tolerations')
  return Array.isArray(found) ? (found as readonly Json[]) : []
}
