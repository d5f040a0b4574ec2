import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { dueDates } from '../due-dates.ts'
import { holderOf } from '../holder.ts'
import { postMortemName } from '../life-cycle.ts'
import { momentText } from '../moment.ts'
import { bypassActor } from '../post-mortem-bypass.ts'
import { writesOf } from './bypass-events.ts'
import type { OutboxEvent, Told } from './event.ts'
import type { EventType } from './event-types.ts'
import { approverPart } from './grant-events.ts'
import { useData, type UseState } from './use-data.ts'

/**
 * What an event says, made of what is named here and nothing else: neither the token nor values of
 * objects are among it. The same however often it is derived.
 */
export function dataOf(event: OutboxEvent, told: Told, cluster: string): JsonObject {
  const { grant } = told
  const name = stringAt(grant, 'metadata', 'name') ?? ''
  const actor = bypassActor(grant)
  if (actor !== undefined) {
    const about = { cluster, postMortem: name, who: { username: actor } }
    return { ...about, bypass: windowOf(grant), ...more[event.type](event, told) }
  }
  return {
    cluster,
    grant: name,
    postMortem: postMortemName(name),
    who: { username: holderOf(grant) ?? '' },
    why: present(at(grant, 'status'), ['incident', 'reason']),
    ...more[event.type](event, told),
  }
}

type More = (event: OutboxEvent, told: Told) => JsonObject

const counted: More = (_event, { grant }) => ({
  used: usesOf(grant).length,
  ...present(at(grant, 'status'), ['maxUses', 'expiresAt']),
})
const ofUse = (state: UseState): More => {
  return ({ part }, { grant }) => ({ use: useData(numbered(grant, part), state) })
}
const ofHold: More = ({ part }, { grant }) => ({
  hold: present(
    listAt(grant, 'holds').find((one) => at(one, 'use') === Number(part)),
    ['use', 'at', 'by', 'commit', 'until'],
  ),
  use: useData(numbered(grant, part), 'Committed'),
})
/** How many were written past us may still grow, which no event does. */
const allUses: More = (_event, { grant }) =>
  bypassActor(grant) === undefined ? { uses: usesOf(grant).map((use) => useData(use)) } : {}
const ofWrite: More = ({ part }, { grant }) => ({
  write: writesOf(grant).find((write) => at(write, 'n') === Number(part)) ?? {},
})
/** From the grant where there is one: its PostMortem is there before its status says so. */
const due: More = (_event, { grant, postMortem }) => {
  const ofGrant = dueDates(grant)
  return ofGrant === undefined ? present(at(postMortem, 'status'), ['due']) : { due: ofGrant }
}

const more: Readonly<Record<EventType, More>> = {
  'breakglass.requested': (_event, { grant }) => present(at(grant, 'status'), ['approvalsWanted']),
  'breakglass.approved': ({ part }, { grant }) => ({ approval: approvalOf(grant, part) }),
  'breakglass.denied': (_event, { grant }) =>
    present(at(grant, 'status'), ['approvalsWanted', 'approvals']),
  'breakglass.activated': (_event, { grant }) =>
    present(at(grant, 'status'), [
      'activatedAt',
      'expiresAt',
      'maxUses',
      'approvals',
      'scope',
      'narrowedBy',
      'skippedApprovers',
    ]),
  'breakglass.use.admitted': ofUse('Admitted'),
  'breakglass.use.committed': ofUse('Committed'),
  'breakglass.use.notcommitted': ofUse('NotCommitted'),
  'breakglass.held': ofHold,
  'breakglass.hold.expired': ofHold,
  'breakglass.exhausted': counted,
  'breakglass.expired': counted,
  'breakglass.ended': counted,
  'breakglass.revoked': (_event, { grant }) => ({
    ...present(at(grant, 'spec'), ['revoked']),
    used: usesOf(grant).length,
  }),
  'postmortem.opened': due,
  'postmortem.acknowledged': (_event, { postMortem }) => ({
    review: present(at(postMortem, 'spec', 'review'), ['by', 'at']),
  }),
  'postmortem.overdue': ({ part, time }) => ({ late: part, due: momentText(time) }),
  'postmortem.resolved': allUses,
  'postmortem.closed': allUses,
  'bypass.detected': ofWrite,
}

/** Those of the members that are there. */
function present(object: Json | undefined, keys: readonly string[]): JsonObject {
  if (!isJsonObject(object)) return {}
  return Object.fromEntries(
    keys.flatMap((key): [string, Json][] => {
      const value = at(object, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function windowOf(postMortem: JsonObject): JsonObject {
  return present(at(postMortem, 'spec', 'bypass'), ['from', 'to'])
}

function usesOf(grant: JsonObject): readonly Json[] {
  return listAt(grant, 'uses')
}

function numbered(grant: JsonObject, n: string): Json {
  return usesOf(grant).find((use) => at(use, 'n') === Number(n)) ?? {}
}

/** Of the approver that an event is about. */
export function approvalOf(grant: JsonObject, part: string): JsonObject {
  const approval = listAt(grant, 'approvals').find(
    (one) => approverPart(stringAt(one, 'by') ?? '') === part,
  )
  return present(approval, ['by', 'group', 'at'])
}

function listAt(grant: JsonObject, key: string): readonly Json[] {
  const list = at(grant, 'status', key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
