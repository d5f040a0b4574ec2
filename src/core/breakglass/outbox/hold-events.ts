import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { momentOf } from '../moment.ts'
import { when, type OutboxEvent } from './event.ts'

/** Of writes of engines that were kept from undoing uses. `now` in epoch ms. */
export function holdEvents(grant: JsonObject, now: number): readonly OutboxEvent[] {
  return holdsOf(grant).flatMap((hold) => {
    const part = String(Number(at(hold, 'use')))
    const time = momentOf(stringAt(hold, 'at')) ?? 0
    const until = endOf(grant, hold)
    const isExpired = until !== undefined && until <= now
    return [
      ...when(true, 'breakglass.held', time, part),
      ...when(isExpired, 'breakglass.hold.expired', until ?? time, part),
    ]
  })
}

/** Whether the clock will tell of one. */
export function isHolding(grant: JsonObject, now: number): boolean {
  return holdsOf(grant).some((hold) => (endOf(grant, hold) ?? 0) > now)
}

/** Undefined for one that ended before its time, since Git caught up. */
function endOf(grant: JsonObject, hold: Json): number | undefined {
  const until = momentOf(stringAt(hold, 'until'))
  const use = listAt(grant, 'uses').find((one) => at(one, 'n') === at(hold, 'use'))
  const resolvedAt = momentOf(stringAt(use, 'resolution', 'at')) ?? Infinity
  return until !== undefined && until < resolvedAt ? until : undefined
}

function holdsOf(grant: JsonObject): readonly Json[] {
  return listAt(grant, 'holds')
}

function listAt(grant: JsonObject, key: string): readonly Json[] {
  const list = at(grant, 'status', key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
