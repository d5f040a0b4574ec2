import { parseFieldPattern } from '../../manifest/field-path.ts'
import { stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { PluginRow, PluginScene } from './plugin.ts'

function row(field: string, valueOf: (scene: PluginScene) => Json | undefined): PluginRow {
  return {
    plugin: 'Priority',
    kind: 'v1 Pod',
    field: parseFieldPattern(field),
    needs: ['priorityClasses'],
    isRight: (live, scene) => live === valueOf(scene),
  }
}

export const priorityRows: readonly PluginRow[] = [
  row('spec.priority', (scene) => classOf(scene)?.['value'] ?? 0),
  row(
    'spec.preemptionPolicy',
    (scene) => stringAt(classOf(scene), 'preemptionPolicy') ?? 'PreemptLowerPriority',
  ),
  row('spec.priorityClassName', ({ facts }) => nameOf(globalDefault(facts.priorityClasses))),
]

function classOf({ declared, facts }: PluginScene): JsonObject | undefined {
  const name = stringAt(declared, 'spec', 'priorityClassName') ?? ''
  if (name === '') return globalDefault(facts.priorityClasses)
  return facts.priorityClasses.find((one) => nameOf(one) === name)
}

/** Of several the one with the lowest value. */
function globalDefault(classes: readonly JsonObject[]): JsonObject | undefined {
  const [first] = classes
    .filter((one) => one['globalDefault'] === true)
    .toSorted((a, b) => Number(a['value']) - Number(b['value']))
  return first
}

function nameOf(object: JsonObject | undefined): string | undefined {
  return stringAt(object, 'metadata', 'name')
}
