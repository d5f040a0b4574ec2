import type { Exemption } from './exemption.ts'
import type { Target } from './api-event.ts'
import type { Kind, Outcome } from './population.ts'

/** A write as the API server tells of it, on its way to be compared. */
export interface ToldWrite {
  readonly auditId: string
  /** `receivedAt` as the API server writes it, to the microsecond. */
  readonly received: string
  readonly receivedAt: number
  readonly endedAt: number
  readonly verb: string
  readonly kind: Exclude<Kind, 'read' | 'admission'>
  readonly operation: string
  readonly outcome: Outcome
  readonly code: number
  readonly username: string
  readonly impersonator?: string
  /** Whom the policy or the built-in table names by that name. */
  readonly named?: NamedAs
  readonly target: Target
  readonly decisionId?: string
  readonly decision?: string
  readonly recordHash?: string | undefined
  readonly hasFailedOpen: boolean
  /** Before admission: nothing of a collection is gone either. */
  readonly isForbidden: boolean
  readonly exemption?: Exemption
  /** Of a collection, where known. */
  readonly items?: number
  readonly sourceIps: readonly string[]
  /** What our own accounts do by themselves. */
  readonly isOwn?: true
  /** False for one beside the period, which may explain a record. */
  readonly isInside: boolean
}

export type NamedAs = 'writer' | 'exception' | 'control plane'

/** Why a write has no place in the result as it should. */
export type Why =
  /** We were asked and did not answer; the webhook configuration let it pass. */
  | 'failed-open'
  /** Nobody asked us, and no condition of the configuration says so. */
  | 'not-asked'
  /** Nobody asked us, about what we did ourselves. */
  | 'own-work'
  /** The answer does not tell whether it was stored. */
  | 'no-answer'
  /** A deletion of a collection, which may have been empty. */
  | 'perhaps-empty'
  /** The API server was told of a decision of which there is no record. */
  | 'no-record'
  /** No record has the hash that the API server was told. */
  | 'record-changed'
  /** Another write has the same decision. */
  | 'used-twice'
  /** Its decision is about something else. */
  | 'other-request'
  /** Its decision is a denial. */
  | 'denied'
  /** Its decision is about a dry run. */
  | 'dry-run'
  | 'refused-later'
  | 'partly'
  | 'impersonated'

export interface WriteFinding {
  /** RFC 3339. */
  readonly time: string
  readonly auditId: string
  readonly user: string
  readonly impersonator: string | null
  readonly verb: string
  /** `deployments.apps/scale`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly code: number
  readonly decisionId: string | null
  readonly why: Why
  readonly sourceIps: readonly string[]
}

export interface Listed<T> {
  readonly count: number
  /** The first ones. */
  readonly list: readonly T[]
}

/** What is counted by some of its facts. */
export type Grouped<T> = T & { readonly count: number }

const mostListed = 10_000
const mostGroups = 1000

export interface List<T> {
  add(item: T): void
  listed(): Listed<T>
}

export function listOf<T>(): List<T> {
  const list: T[] = []
  let count = 0
  return {
    add: (item) => {
      count += 1
      if (list.length < mostListed) list.push(item)
    },
    listed: () => ({ count, list }),
  }
}

export interface Groups<T> {
  add(item: T): void
  /** The largest first. What came when there were too many groups is in none. */
  grouped(): Listed<Grouped<T>>
}

export function groupsBy<T>(keyOf: (item: T) => string): Groups<T> {
  const groups = new Map<string, { readonly item: T; count: number }>()
  let total = 0
  return {
    add: (item) => {
      total += 1
      const key = keyOf(item)
      const group = groups.get(key)
      if (group !== undefined) group.count += 1
      else if (groups.size < mostGroups) groups.set(key, { item, count: 1 })
    },
    grouped: () => ({
      count: total,
      list: Array.from(groups.values(), ({ item, count }) => ({ ...item, count })).toSorted(
        (a, b) => b.count - a.count,
      ),
    }),
  }
}
