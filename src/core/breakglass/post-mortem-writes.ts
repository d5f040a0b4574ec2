import { createHash } from 'node:crypto'
import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { momentOf, momentText } from './moment.ts'
import { longest, mostCounted, mostListed } from './objects/bypass-schema.ts'
import { cut, type UnseenWrite } from './post-mortem-bypass.ts'
import { hasJudgement } from './review.ts'

export type WritesAdded =
  | { readonly kind: 'add'; readonly status: JsonObject; readonly added: readonly UnseenWrite[] }
  /** It has all of them. */
  | { readonly kind: 'known' }
  /** Somebody has judged it: what it does not have goes to the next one. */
  | { readonly kind: 'judged'; readonly left: readonly UnseenWrite[] }

/**
 * What the status of the PostMortem of a bypass becomes by these writes. It is a set that only grows:
 * told twice is told once, whoever tells it. Ids alone are no key, since clients choose them.
 */
export function withWrites(postMortem: JsonObject, writes: readonly UnseenWrite[]): WritesAdded {
  const status = at(postMortem, 'status') ?? {}
  const [listed, more] = [listAt(status, 'writes'), listAt(status, 'moreWrites')]
  const inFull = new Set(listed.map(keyOf))
  const counted = new Set(more)
  const left = writes.filter((one) => {
    const key = keyOf(toWrite(one))
    return !inFull.has(key) && !counted.has(digestOf(key))
  })
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
  const counted = added.slice(inFull.length).map((one) => digestOf(keyOf(toWrite(one))))
  return {
    writes: [...listed, ...inFull.map((one, i) => ({ n: listed.length + i + 1, ...toWrite(one) }))],
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

function toWrite(write: UnseenWrite): JsonObject {
  const { auditId, time, verb, resource, namespace, name, as, code, why, sourceIps } = write
  return {
    auditId: cut(auditId, longest.id),
    time: momentText(time),
    verb: cut(verb, longest.word),
    resource: cut(resource, longest.resource),
    namespace: cut(namespace, longest.name),
    name: cut(name, longest.name),
    ...(as !== undefined && { as: cut(as, longest.who) }),
    code,
    why,
    sourceIps: sourceIps.map((one) => cut(one, longest.address)),
  }
}

/** Of a write as it is stored. */
function keyOf(write: Json): string {
  const keys = ['auditId', 'time', 'verb', 'resource', 'namespace', 'name']
  return JSON.stringify(keys.map((key) => stringAt(write, key) ?? ''))
}

function digestOf(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 12)
}

function listAt(value: Json | undefined, key: string): readonly Json[] {
  const list = at(value, key)
  return Array.isArray(list) ? (list as readonly Json[]) : []
}
