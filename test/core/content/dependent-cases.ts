import { isJsonObject, type Json } from '../../../src/core/manifest/json.ts'
import type { DependentCase } from './cases/case.ts'
import { deviceCases } from './cases/devices.ts'
import { limitRangeCases } from './cases/limit-ranges.ts'
import { otherCases } from './cases/others.ts'
import { podCases } from './cases/pods.ts'
import { requestCases } from './cases/requests.ts'
import { serviceCases } from './cases/services.ts'
import { workloadCases } from './cases/workloads.ts'

export const dependentCases: readonly DependentCase[] = [
  ...podCases,
  ...requestCases,
  ...workloadCases,
  ...serviceCases,
  ...limitRangeCases,
  ...deviceCases(),
  ...otherCases,
]

/** What stands at the end of a path of keys and positions. */
export function valueAt(object: Json, path: DependentCase['path']): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (typeof step === 'number')
      return Array.isArray(value) ? (value as readonly Json[])[step] : undefined
    return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }, object)
}
