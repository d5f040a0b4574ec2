import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { withCondition, type Condition } from '../condition-list.ts'
import { hasCondition } from '../conditions.ts'
import { deliveryTo, pendingFor, withDelivery, type Wanted } from './deliveries.ts'
import type { Told } from './event.ts'
import { eventsOf, isTelling } from './events.ts'
import { nextDelivery, type Report } from './next-delivery.ts'

/** The status of a grant after a round with a sink. */
export function statusAfter(told: Told, report: Report, sinks: readonly Wanted[]): JsonObject {
  const { grant } = told
  const sink = sinks.find(({ name }) => name === report.sink)
  const before = deliveryTo(report.sink, grant)
  const taken = nextDelivery(before, report, true)
  const isAll = sink === undefined || pendingFor(eventsOf(told), sink, taken).length === 0
  const deliveries = withDelivery(grant, nextDelivery(before, report, isAll))
  const status = { ...statusOf(grant), deliveries }
  const next = { ...told, grant: { ...grant, status } }
  return outboxStatus(next, sinks) ?? status
}

/**
 * The status with the conditions that say how deliveries stand, and whether all is told for good;
 * undefined while nothing of it would change.
 */
export function outboxStatus(told: Told, sinks: readonly Wanted[]): JsonObject | undefined {
  const { grant, now } = told
  if (!isTelling(told)) return undefined
  const status = statusOf(grant)
  const wanted = [...deliveryConditions(told, sinks), ...archivedCondition(told, sinks)]
  const conditions = wanted.reduce((all, one) => withCondition(all, one, now), conditionsOf(status))
  const next = { ...status, conditions }
  return canonicalJson(next) === canonicalJson({ conditions: [], ...status }) ? undefined : next
}

const open: readonly string[] = ['Pending', 'Active', 'Exhausted']

/**
 * Whether a grant may be deleted: it is over, its post-mortem is closed, and whoever must know does.
 * It stays so.
 */
function archivedCondition(told: Told, sinks: readonly Wanted[]): readonly Condition[] {
  const { grant, postMortem } = told
  if (hasCondition(grant, 'Archived')) return []
  const phase = stringAt(grant, 'status', 'phase')
  // One that was never filled is over when its post-mortem says so.
  const isOver = phase === undefined || !open.includes(phase)
  const isClosed = stringAt(postMortem, 'status', 'phase') === 'Closed'
  if (!isOver || !isClosed) return []
  const events = eventsOf(told)
  const isTold = sinks.every(
    (sink) =>
      !sink.isMandatory || pendingFor(events, sink, deliveryTo(sink.name, grant)).length === 0,
  )
  if (!isTold) return []
  const message = 'Its post-mortem is closed, and every mandatory sink has all events.'
  return [{ type: 'Archived', status: 'True', reason: 'Told', message }]
}

function deliveryConditions(told: Told, sinks: readonly Wanted[]): readonly Condition[] {
  const { grant } = told
  const isSaid = conditionsOf(statusOf(grant)).some((one) => stringAt(one, 'type') === 'Delivered')
  if (sinks.length === 0 && !isSaid) return []
  const events = eventsOf(told)
  const standing = sinks.map((sink) => {
    const delivery = deliveryTo(sink.name, grant)
    const isPending = pendingFor(events, sink, delivery).length > 0
    return {
      name: sink.name,
      isPending,
      isFailed: isPending && delivery?.state === 'Failed',
      delivery,
    }
  })
  const pending = standing.filter(({ isPending }) => isPending).map(({ name }) => name)
  const failed = standing.filter(({ isFailed }) => isFailed)
  return [
    pending.length === 0
      ? { type: 'Delivered', status: 'True', reason: 'Told', message: 'Every sink has all events.' }
      : {
          type: 'Delivered',
          status: 'False',
          reason: 'Pending',
          message: `Not yet: ${pending.join(', ')}.`,
        },
    failed.length === 0
      ? {
          type: 'DeliveryFailed',
          status: 'False',
          reason: 'None',
          message: 'No sink refuses events.',
        }
      : {
          type: 'DeliveryFailed',
          status: 'True',
          reason: 'Refused',
          message: failed
            .map(({ name, delivery }) => `${name}: ${delivery?.lastError ?? ''}.`)
            .join(' '),
        },
  ]
}

function conditionsOf(status: JsonObject): readonly Json[] {
  const list = status['conditions']
  return Array.isArray(list) ? (list as readonly Json[]) : []
}

function statusOf(grant: JsonObject): JsonObject {
  const status = at(grant, 'status')
  return isJsonObject(status) ? status : {}
}
