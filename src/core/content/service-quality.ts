import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { parseQuantity } from './meaning/quantity.ts'

type Amounts = ReadonlyMap<string, bigint>

/** What the API server makes of the resources of a Pod, as `status.qosClass`, unless a request says it. */
export function serviceQuality({ spec }: JsonObject): string {
  const whole = at(spec, 'resources')
  const parts = isJsonObject(whole) ? [whole] : resourcesOf(spec)
  const limits = parts.map((part) => amountsOf(at(part, 'limits')))
  const [asked, most] = [sum(parts.map((part) => amountsOf(at(part, 'requests')))), sum(limits)]
  if (asked.size === 0 && most.size === 0) return 'BestEffort'
  const isLimited = limits.every((one) => one.has('cpu') && one.has('memory'))
  const isSame = asked.size === most.size && [...asked].every(([key, is]) => most.get(key) === is)
  return isLimited && isSame ? 'Guaranteed' : 'Burstable'
}

function resourcesOf(spec: Json | undefined): readonly (Json | undefined)[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const found = at(spec, list)
    const containers = Array.isArray(found) ? (found as readonly Json[]) : []
    return containers.map((container) => at(container, 'resources'))
  })
}

/** Of the two resources that count, if there is any of them. */
function amountsOf(list: Json | undefined): Amounts {
  const amounts = new Map<string, bigint>()
  for (const resource of ['cpu', 'memory']) {
    const text = at(list, resource)
    const amount = typeof text === 'object' ? undefined : parseQuantity(String(text ?? ''))
    if (amount !== undefined && amount > 0n) amounts.set(resource, amount)
  }
  return amounts
}

function sum(all: readonly Amounts[]): Amounts {
  const total = new Map<string, bigint>()
  for (const [resource, amount] of all.flatMap((one) => [...one])) {
    total.set(resource, (total.get(resource) ?? 0n) + amount)
  }
  return total
}
