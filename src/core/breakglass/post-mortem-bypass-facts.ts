import { targetName } from '../admission/target.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { listAt, textsAt } from './narrative-uses.ts'
import { bypassActor } from './post-mortem-bypass.ts'

/** What the PostMortem of a bypass says, for people and scripts: every key, whatever stands there. */
export interface BypassFacts {
  readonly actor: string
  readonly from: string
  readonly to: string
  /** How many were found; `writes` are the first of them. */
  readonly count: number
  /** There were more than are counted. */
  readonly truncated: boolean
  readonly firstAt: string | null
  readonly lastAt: string | null
  readonly writes: readonly WriteFacts[]
}

export interface WriteFacts {
  readonly n: number
  readonly auditId: string
  readonly time: string
  readonly verb: string
  readonly target: string
  /** Whom the actor impersonated. */
  readonly as: string | null
  readonly code: number
  readonly why: string
  readonly sourceIps: readonly string[]
}

/** Null for a PostMortem that is about a grant. */
export function bypassFactsIn(postMortem: JsonObject): BypassFacts | null {
  const actor = bypassActor(postMortem)
  if (actor === undefined) return null
  const status = at(postMortem, 'status')
  const window = at(postMortem, 'spec', 'bypass')
  return {
    actor,
    from: stringAt(window, 'from') ?? '',
    to: stringAt(window, 'to') ?? '',
    count: numberAt(status, 'count'),
    truncated: at(status, 'truncated') === true,
    firstAt: stringAt(status, 'firstAt') ?? null,
    lastAt: stringAt(status, 'lastAt') ?? null,
    writes: listAt(status, 'writes').map(toWriteFacts),
  }
}

function toWriteFacts(write: JsonObject): WriteFacts {
  const text = (key: string) => stringAt(write, key) ?? ''
  return {
    n: numberAt(write, 'n'),
    auditId: text('auditId'),
    time: text('time'),
    verb: text('verb'),
    target: targetName(text('resource'), text('namespace'), text('name')),
    as: stringAt(write, 'as') ?? null,
    code: numberAt(write, 'code'),
    why: text('why'),
    sourceIps: textsAt(write, 'sourceIps'),
  }
}

const words: Readonly<Record<string, string>> = {
  NotAsked: 'the API server did not ask',
  FailedOpen: 'no answer from us, and the webhook configuration let it pass',
  Denied: 'stored although it was denied',
  Impersonated: 'under the name of somebody who may write',
}

export function whyText({ why, as }: Pick<WriteFacts, 'why' | 'as'>): string {
  const word = Object.hasOwn(words, why) ? (words[why] ?? why) : why
  return as === null ? word : `${word}; as ${as}`
}

export function countText({ count, truncated }: Pick<BypassFacts, 'count' | 'truncated'>): string {
  return truncated ? `more than ${count}` : String(count)
}

function numberAt(value: Json | undefined, key: string): number {
  const found = at(value, key)
  return typeof found === 'number' ? found : 0
}
