import { createHash } from 'node:crypto'
import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { momentOf, momentText } from './moment.ts'
import { mostCounted, mostListed } from './objects/bypass-schema.ts'
import type { UnseenWrite } from './post-mortem-bypass.ts'
import { hasJudgement } from './review.ts'

const mostIps = 5

export type WritesAdded =
  | { readonly kind: 'add'; readonly status: JsonObject; readonly added: readonly UnseenWrite[] }
  /** It has all of them. */
  | { readonly kind: 'known' }
  /** Somebody has judged it: what it does not have goes to the next one. */
  | { readonly kind: 'judged'; readonly left: readonly UnseenWrite[] }

/**
 * What the status of the PostMortem of a bypass becomes by these writes. It is a set that only grows,
 * by the ids of the API server: told twice is told once, whoever tells it.
 */
export function withWrites(postMortem: JsonObject, writes: readonly UnseenWrite[]): WritesAdded {
  const status = at(postMortem, 'status') ?? {}
  const [listed, more] = [listAt(status, 'writes'), listAt(status, 'moreWrites')]
  const known = new Set([...listed.map((one) => digestOf(stringAt(one, 'auditId') ?? '')), ...more])
  const left = writes.filter(({ auditId }) => !known.has(digestOf(auditId)))
  if (left.length === 0) return { kind: 'known' }
  if (hasJudgement(postMortem)) return { kind: 'judged', left }
  const added = left.slice(0, Math.max(mostCounted - listed.length - more.length, 0))
  // What is full cannot tell what it had and does not list from what is new.
  if (added.length === 0 && at(status, 'truncated') === true) return { kind: 'known' }
  const isCut = added.length < left.length
  const next = { ...withAdded({ listed, more, added }), ...(isCut && { truncated: true }) }
  const old = isJsonObject(status) ? status : {}
  return { kind: 'add', added, status: { phase: 'Open', ...old, ...next, ...spanOf(old, added) } }
}

interface Growing {
  readonly listed: readonly Json[]
  readonly more: readonly Json[]
  readonly added: readonly UnseenWrite[]
}

function withAdded({ listed, more, added }: Growing): JsonObject {
  const inFull = added.slice(0, Math.max(mostListed - listed.length, 0))
  const counted = added.slice(inFull.length).map(({ auditId }) => digestOf(auditId))
  return {
    writes: [...listed, ...inFull.map((one, i) => toWrite(one, listed.length + i + 1))],
    ...(counted.length > 0 && { moreWrites: [...more, ...counted] }),
    count: listed.length + more.length + added.length,
  }
}

function spanOf(status: JsonObject, added: readonly UnseenWrite[]): JsonObject {
  const known = ['firstAt', 'lastAt'].flatMap((key) => momentOf(stringAt(status, key)) ?? [])
  const times = [...known, ...added.map(({ time }) => time)]
  return { firstAt: momentText(Math.min(...times)), lastAt: momentText(Math.max(...times)) }
}

/** Why a status may not follow another: what was found is not forgotten. Undefined if it may. */
export function whyNotNextWrites(
  before: Json | undefined,
  after: Json | undefined,
): string | undefined {
  const isKept = ['writes', 'moreWrites'].every((key) => {
    const [old, next] = [listAt(before, key), listAt(after, key)]
    return old.every((one, i) => canonicalJson(one) === canonicalJson(next[i] ?? null))
  })
  return isKept ? undefined : 'no write of it is forgotten'
}

function toWrite(write: UnseenWrite, n: number): JsonObject {
  const { auditId, time, verb, resource, namespace, name, as, code, why, sourceIps } = write
  return {
    n,
    auditId,
    time: momentText(time),
    verb,
    resource,
    namespace,
    name,
    ...(as !== undefined && { as }),
    code,
    why,
    sourceIps: sourceIps.slice(0, mostIps),
  }
}

function digestOf(auditId: string): string {
  return createHash('sha256').update(auditId, 'utf8').digest('hex').slice(0, 12)
}

function listAt(value: Json | undefined, key: string): readonly Json[] {
  const list = at(value, key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
