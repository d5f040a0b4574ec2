import { createHash } from 'node:crypto'
import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { readGrant } from '../grant.ts'
import { momentOf } from '../moment.ts'
import { when, type OutboxEvent } from './event.ts'
import type { EventType } from './event-types.ts'

/** Of a grant and its uses. A state that was passed between two looks is told all the same. */
export function grantEvents(object: JsonObject): readonly OutboxEvent[] {
  const grant = readGrant(object)
  if (grant === undefined) return []
  const { createdAt, status } = grant
  const activatedAt = status?.activatedAt
  const uses = listAt(object, 'uses')
  const isUsedUp = status !== undefined && uses.length >= status.maxUses
  return [
    ...when(true, 'breakglass.requested', createdAt),
    ...listAt(object, 'approvals').map((one) => approved(one, createdAt)),
    ...when(activatedAt !== undefined, 'breakglass.activated', activatedAt ?? createdAt),
    ...uses.flatMap(useEvents),
    ...when(isUsedUp, 'breakglass.exhausted', lastTime(object, createdAt)),
    ...ended(object, createdAt),
  ]
}

/** Approvals are stored in the order of their times, which a late one may change. */
function approved(approval: Json, createdAt: number): OutboxEvent {
  const part = approverPart(stringAt(approval, 'by') ?? '')
  return { type: 'breakglass.approved', part, time: timeAt(approval, 'at') ?? createdAt }
}

/** Which event is about this approver. */
export function approverPart(by: string): string {
  return createHash('sha256').update(by, 'utf8').digest('hex').slice(0, 12)
}

const confirmations: Readonly<Record<string, EventType>> = {
  Committed: 'breakglass.use.committed',
  NotCommitted: 'breakglass.use.notcommitted',
}

function useEvents(use: Json): readonly OutboxEvent[] {
  const part = String(Number(at(use, 'n')))
  const time = timeAt(use, 'time') ?? 0
  const state = stringAt(use, 'state') ?? ''
  const confirmation = Object.hasOwn(confirmations, state) ? confirmations[state] : undefined
  const confirmedAt = Math.max(timeAt(use, 'confirmedAt') ?? time, time)
  return [
    { type: 'breakglass.use.admitted', part, time },
    ...(confirmation === undefined ? [] : [{ type: confirmation, part, time: confirmedAt }]),
  ]
}

const endings: Readonly<Record<string, EventType>> = {
  Expired: 'breakglass.expired',
  Ended: 'breakglass.ended',
  Revoked: 'breakglass.revoked',
  ApprovalTimeout: 'breakglass.denied',
}

/** However it ended: it does so once. */
function ended(object: JsonObject, createdAt: number): readonly OutboxEvent[] {
  const phase = stringAt(object, 'status', 'phase') ?? ''
  const type = Object.hasOwn(endings, phase) ? endings[phase] : undefined
  if (type === undefined) return []
  const known =
    phase === 'Expired'
      ? timeAt(object, 'status', 'expiresAt')
      : phase === 'ApprovalTimeout'
        ? timeAt(object, 'status', 'approvalsWanted', 'until')
        : inactiveSince(object)
  // What was used up before has been inactive for longer.
  return when(true, type, Math.max(known ?? createdAt, lastTime(object, createdAt)))
}

function inactiveSince(object: JsonObject): number | undefined {
  const active = listAt(object, 'conditions').find((one) => stringAt(one, 'type') === 'Active')
  return timeAt(active, 'lastTransitionTime')
}

function lastTime(object: JsonObject, createdAt: number): number {
  return Math.max(createdAt, ...listAt(object, 'uses').map((use) => timeAt(use, 'time') ?? 0))
}

function timeAt(value: Json | undefined, ...keys: readonly string[]): number | undefined {
  return momentOf(stringAt(value, ...keys))
}

function listAt(object: JsonObject, key: string): readonly Json[] {
  const list = at(object, 'status', key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
