import type { Json, JsonObject } from '../manifest/json.ts'
import { limitRangeRules } from './dependent/limit-ranges.ts'
import { otherRules } from './dependent/others.ts'
import { podRules } from './dependent/pods.ts'
import type { DependentDefault } from './dependent/rule.ts'
import { serviceRules } from './dependent/services.ts'
import { workloadRules } from './dependent/workloads.ts'

/** Where one applies, the catalogue has no default: it was measured with nothing beside the field. */
export const dependentDefaults: readonly DependentDefault[] = [
  ...podRules,
  ...workloadRules,
  ...serviceRules,
  ...limitRangeRules,
  ...otherRules,
]

const byField = new Map(dependentDefaults.map((rule) => [nameOf(rule.type, rule.field), rule]))

export function dependentDefault(
  type: string,
  field: string,
  parent: JsonObject,
  root: JsonObject,
): Json | undefined {
  return ruleOf(type, field)?.value(parent, root, field)
}

/** Whether what stands beside a field decides about its default. */
export function isDependent(type: string, field: string): boolean {
  return ruleOf(type, field) !== undefined
}

function ruleOf(type: string, field: string): DependentDefault | undefined {
  return byField.get(nameOf(type, field)) ?? byField.get(nameOf(type, '*'))
}

function nameOf(type: string, field: string): string {
  return `${type}\n${field}`
}
