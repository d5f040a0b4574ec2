import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { OutboxEvent } from './event.ts'
import type { EventType } from './event-types.ts'

const longest = 300

/** What happened, for people, in one line; `data` is that of the event. */
export function headlineOf({ type }: Pick<OutboxEvent, 'type'>, data: JsonObject): string {
  const about = stringAt(data, 'grant') ?? stringAt(data, 'postMortem') ?? ''
  const sentence = at(data, 'bypass') === undefined ? sentences[type] : ofBypass(type)
  const line = `${sentence(data)} (${about})`.replaceAll(/\s+/g, ' ')
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`
}

type Sentence = (data: JsonObject) => string

const sentences: Readonly<Record<EventType, Sentence>> = {
  'breakglass.requested': (data) => `${who(data)} asks for break-glass: ${why(data)}`,
  'breakglass.approved': (data) =>
    `${word(data, 'approval', 'by')} approves break-glass of ${who(data)}: ${why(data)}`,
  'breakglass.denied': (data) => `nobody approved break-glass of ${who(data)} in time`,
  'breakglass.activated': (data) =>
    `BREAK-GLASS: ${who(data)} may write past Git until ${word(data, 'expiresAt')}: ${why(data)}`,
  'postmortem.opened': (data) => `a post-mortem is open about ${who(data)}: ${why(data)}`,
  'breakglass.use.admitted': (data) => `BREAK-GLASS: ${who(data)} writes ${use(data)}`,
  'breakglass.use.committed': (data) => `stored: ${use(data)} of ${who(data)}`,
  'breakglass.use.notcommitted': (data) => `not stored: ${use(data)} of ${who(data)}`,
  'breakglass.held': (data) =>
    `${word(data, 'hold', 'by')} is kept until ${word(data, 'hold', 'until')} from undoing ${use(data)}`,
  'breakglass.hold.expired': (data) =>
    `${word(data, 'hold', 'by')} may undo ${use(data)} of ${who(data)} from now on`,
  'breakglass.exhausted': (data) => `break-glass of ${who(data)} has no uses left`,
  'breakglass.expired': (data) => `break-glass of ${who(data)} is over, after ${used(data)}`,
  'breakglass.ended': (data) => `${who(data)} has ended break-glass, after ${used(data)}`,
  'breakglass.revoked': (data) =>
    `${word(data, 'revoked', 'by')} has revoked break-glass of ${who(data)}, after ${used(data)}`,
  'postmortem.acknowledged': (data) =>
    `${word(data, 'review', 'by')} reviews break-glass of ${who(data)}`,
  'postmortem.overdue': (data) =>
    `the ${word(data, 'late')} of the post-mortem about ${who(data)} was due ${word(data, 'due')}`,
  'postmortem.resolved': (data) => `Git has caught up with break-glass of ${who(data)}`,
  'postmortem.closed': (data) => `the post-mortem about ${who(data)} is closed`,
  'bypass.detected': (data) =>
    `PAST THE WEBHOOK: ${who(data)}: ${word(data, 'write', 'verb')} ${written(data)}`,
}

const ofPastWrites: Readonly<Partial<Record<EventType, Sentence>>> = {
  'postmortem.opened': (data) =>
    `a post-mortem is open about writes of ${who(data)} past the webhook`,
  'postmortem.acknowledged': (data) =>
    `${word(data, 'review', 'by')} reviews writes of ${who(data)} past the webhook`,
  'postmortem.resolved': (data) => `what ${who(data)} wrote past the webhook waits for a review`,
}

function ofBypass(type: EventType): Sentence {
  return ofPastWrites[type] ?? sentences[type]
}

function written(data: JsonObject): string {
  const part = (key: string) => stringAt(data, 'write', key) ?? ''
  const object = [part('namespace'), part('name')].filter((one) => one !== '').join('/')
  return object === '' ? part('resource') : `${part('resource')} ${object}`
}

function word(data: JsonObject, ...keys: readonly string[]): string {
  return stringAt(data, ...keys) ?? 'somebody'
}

function who(data: JsonObject): string {
  return word(data, 'who', 'username')
}

function why(data: JsonObject): string {
  const texts = ['incident', 'reason'].map((key) => stringAt(data, 'why', key) ?? '')
  return texts.filter((one) => one !== '').join(', ')
}

function use(data: JsonObject): string {
  const one = at(data, 'use')
  const paths = at(one, 'paths')
  const fields = Array.isArray(paths) ? (paths as readonly Json[]).slice(0, 3).map(String) : []
  const changed = fields.length === 0 ? '' : `: ${fields.join(', ')}`
  return `${stringAt(one, 'op') ?? ''} ${stringAt(one, 'target') ?? ''}${changed}`
}

function used(data: JsonObject): string {
  const count = Number(at(data, 'used') ?? 0)
  return count === 1 ? '1 use' : `${count} uses`
}
