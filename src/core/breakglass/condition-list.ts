import { stringAt, type Json } from '../manifest/json.ts'
import { momentText } from './moment.ts'

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** With this one in place of the old one of its type; those of others stay. */
export function withCondition(
  all: readonly Json[],
  condition: Condition,
  now: number,
): readonly Json[] {
  const old = all.find((one) => stringAt(one, 'type') === condition.type)
  const isSame = stringAt(old, 'status') === condition.status
  const since = isSame ? stringAt(old, 'lastTransitionTime') : undefined
  const own = { ...condition, lastTransitionTime: since ?? momentText(now) }
  // In its place: two who each put theirs last would write for ever.
  return old === undefined ? [...all, own] : all.map((one) => (one === old ? own : one))
}
