import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { momentOf } from '../moment.ts'
import { when, type OutboxEvent } from './event.ts'

/** Of the PostMortem of a grant. Moments decide, not the phase: it may have passed more than one. */
export function postMortemEvents(postMortem: JsonObject | undefined): readonly OutboxEvent[] {
  const openedAt = momentAt(postMortem, 'metadata', 'creationTimestamp')
  if (openedAt === undefined) return []
  const phase = stringAt(postMortem, 'status', 'phase') ?? ''
  const resolvedAt = momentAt(postMortem, 'status', 'resolvedAt')
  const closedAt = momentAt(postMortem, 'status', 'closedAt')
  const reviewedAt = momentAt(postMortem, 'spec', 'review', 'at') ?? openedAt
  const isReviewed = stringAt(postMortem, 'spec', 'review', 'by') !== undefined
  const isResolved = resolvedAt !== undefined || phase === 'Resolved'
  return [
    ...when(true, 'postmortem.opened', openedAt),
    ...lateParts(postMortem).map((part) => overdue(postMortem, part, openedAt)),
    ...when(isReviewed, 'postmortem.acknowledged', Math.max(reviewedAt, openedAt)),
    ...when(isResolved, 'postmortem.resolved', resolvedAt ?? openedAt),
    ...when(phase === 'Closed', 'postmortem.closed', closedAt ?? resolvedAt ?? openedAt),
  ]
}

const dueParts = ['draft', 'review'] as const

function lateParts(postMortem: JsonObject | undefined): readonly string[] {
  const late = at(postMortem, 'status', 'overdue')
  if (!Array.isArray(late)) return []
  return dueParts.filter((part) => (late as readonly Json[]).includes(part))
}

function overdue(postMortem: JsonObject | undefined, part: string, openedAt: number): OutboxEvent {
  const time = momentAt(postMortem, 'status', 'due', part) ?? openedAt
  return { type: 'postmortem.overdue', part, time }
}

function momentAt(object: Json | undefined, ...keys: readonly string[]): number | undefined {
  return momentOf(stringAt(object, ...keys))
}
