import type { Json, JsonObject } from '../manifest/json.ts'
import { limitRangeRules } from './dependent/limit-ranges.ts'
import { otherRules } from './dependent/others.ts'
import { podRequestRules } from './dependent/pod-requests.ts'
import { podRules } from './dependent/pods.ts'
import type { DependentDefault } from './dependent/rule.ts'
import { serviceRules } from './dependent/services.ts'
import { workloadRules } from './dependent/workloads.ts'

/** Where one applies, the catalogue has no default: it was measured with nothing beside the field. */
export const dependentDefaults: readonly DependentDefault[] = [
  ...podRules,
  ...podRequestRules,
  ...workloadRules,
  ...serviceRules,
  ...limitRangeRules,
  ...otherRules,
]

const byType = new Map(
  [...Map.groupBy(dependentDefaults, ({ type }) => type)].map(([type, rules]) => [
    type,
    new Map(rules.map((rule) => [rule.field, rule])),
  ]),
)

const fieldsByType = Map.groupBy(
  dependentDefaults.filter(({ field }) => field !== '*'),
  ({ type }) => type,
)

export function dependentDefault(
  type: string,
  field: string,
  parent: JsonObject,
  root: JsonObject,
): Json | undefined {
  return ruleOf(type, field)?.value(parent, root, field)
}

/** Fields of a type of which a rule decides; none of a map, whose keys have no end. */
export function dependentFields(type: string): readonly string[] {
  return (fieldsByType.get(type) ?? []).map(({ field }) => field)
}

/** Whether what stands beside a field decides about its default. */
export function isDependent(type: string, field: string): boolean {
  return ruleOf(type, field) !== undefined
}

function ruleOf(type: string, field: string): DependentDefault | undefined {
  const rules = byType.get(type)
  return rules?.get(field) ?? rules?.get('*')
}
