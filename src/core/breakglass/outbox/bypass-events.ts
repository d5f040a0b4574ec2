import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { momentOf } from '../moment.ts'
import type { OutboxEvent } from './event.ts'

/** Of each write that the PostMortem of a bypass lists. */
export function bypassEvents(postMortem: JsonObject): readonly OutboxEvent[] {
  return writesOf(postMortem).map((write) => ({
    type: 'bypass.detected',
    part: String(Number(at(write, 'n'))),
    time: momentOf(stringAt(write, 'time')) ?? 0,
  }))
}

export function writesOf(postMortem: JsonObject): readonly Json[] {
  const list = at(postMortem, 'status', 'writes')
  return Array.isArray(list) ? (list as readonly Json[]) : []
}

/** Whether this is the event by which people hear of a bypass: the rest is for machines. */
export function isFirstOfBypass(part: string): boolean {
  return part === '1'
}
