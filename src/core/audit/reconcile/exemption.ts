import type { JsonObject } from '../../manifest/json.ts'
import type { ApiEvent } from './api-event.ts'
import { parseCondition } from './condition-syntax.ts'
import { evaluate, unknown } from './condition-value.ts'
import { shippedConditions } from './shipped-conditions.ts'

export interface Exemption {
  /** Name of the matchCondition that leaves the write out. */
  readonly condition: string
  /** False when that also depends on the object, which no event shows at this level. */
  readonly isSure: boolean
}

const conditions = Array.from(shippedConditions, ([name, text]) => ({
  name,
  expression: parseCondition(text),
}))

/** The condition by which the API server does not ask us about such a write; undefined: it does. */
export function exemptionOf(event: ApiEvent, operation: string): Exemption | undefined {
  const variables = { request: requestOf(event, operation) }
  let perhaps: string | undefined
  for (const { name, expression } of conditions) {
    const value = evaluate(expression, variables)
    if (value === false) return { condition: name, isSure: true }
    if (value === unknown) perhaps ??= name
  }
  return perhaps === undefined ? undefined : { condition: perhaps, isSure: false }
}

/** As a condition sees it: what is empty is not there. */
function requestOf({ target, user }: ApiEvent, operation: string): JsonObject {
  const { group, resource, subresource, namespace, name } = target
  const { username, uid, groups, extra } = user
  return {
    operation,
    resource: { group, resource },
    ...(subresource === '' ? {} : { subResource: subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    userInfo: {
      username,
      ...(uid === '' ? {} : { uid }),
      ...(groups.length === 0 ? {} : { groups }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    },
  }
}
