import { createHash } from 'node:crypto'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import { momentText } from './moment.ts'
import { longest, type bypassReasons } from './objects/bypass-schema.ts'

type BypassReason = (typeof bypassReasons)[number]

/** A write that is stored, or a connection that was made, past us. */
export interface UnseenWrite {
  /** What the request was called: clients may choose that, and give it to many. */
  readonly auditId: string
  /** When the API server received it: epoch ms. */
  readonly time: number
  /** Who it really was. */
  readonly actor: string
  /** On whose behalf, where the actor impersonated somebody. */
  readonly as?: string
  readonly verb: string
  /** `deployments.apps/scale`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** Of the answer. */
  readonly code: number
  readonly why: BypassReason
  readonly sourceIps: readonly string[]
}

/** What one actor did in one window: one PostMortem. Times are epoch ms. */
export interface Bypass {
  readonly actor: string
  readonly from: number
  readonly to: number
  /** Each once, in order. */
  readonly writes: readonly UnseenWrite[]
}

const window = 3_600_000

/**
 * Unseen writes as PostMortems without a grant. Windows are hours of the clock, and names are made of
 * window and actor: whoever finds the same writes, makes the same PostMortems.
 */
export function bypassesOf(writes: readonly UnseenWrite[]): readonly Bypass[] {
  const groups = Map.groupBy(inOrder(distinct(writes)), ({ actor, time }) =>
    JSON.stringify([begin(time), actor]),
  )
  return Array.from(groups.values(), (own) => {
    const [first] = own
    const from = begin(first?.time ?? 0)
    return { actor: first?.actor ?? '', from, to: from + window, writes: own }
  })
}

/** `part`: from 1; the next one is begun once somebody has judged the one before. */
export function bypassName({ actor, from }: Pick<Bypass, 'actor' | 'from'>, part: number): string {
  const hour = momentText(from).slice(0, 13).replaceAll('-', '').toLowerCase()
  const who = createHash('sha256').update(actor, 'utf8').digest('hex').slice(0, 12)
  return `pm-bypass-${hour}-${who}${part === 1 ? '' : `-${part}`}`
}

export function bypassSpec({ actor, from, to }: Bypass): JsonObject {
  return { bypass: { actor: cut(actor, longest.who), from: momentText(from), to: momentText(to) } }
}

/** Who wrote past us, of a PostMortem that is about that; undefined for that of a grant. */
export function bypassActor(postMortem: JsonObject | undefined): string | undefined {
  return stringAt(postMortem, 'spec', 'bypass', 'actor')
}

/** Whether `username` is who wrote: long names are stored shortened. */
export function isActor(actor: string | undefined, username: string): boolean {
  return actor === cut(username, longest.who)
}

/** As it is stored: half a character would come back as another one. */
export function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed()
}

function begin(time: number): number {
  return Math.floor(time / window) * window
}

/** A long request has two events. */
function distinct(writes: readonly UnseenWrite[]): readonly UnseenWrite[] {
  const known = new Map<string, UnseenWrite>()
  for (const one of writes) {
    const { auditId, time, verb, resource, namespace, name } = one
    const key = JSON.stringify([auditId, time, verb, resource, namespace, name])
    if (!known.has(key)) known.set(key, one)
  }
  return [...known.values()]
}

function inOrder(writes: readonly UnseenWrite[]): readonly UnseenWrite[] {
  return writes.toSorted((a, b) => a.time - b.time || (a.auditId < b.auditId ? -1 : 1))
}
