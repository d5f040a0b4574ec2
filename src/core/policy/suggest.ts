import { parseFieldPattern, type FieldPattern } from '../manifest/field-path.ts'
import { stringAt, type Json } from '../manifest/json.ts'
import { whyNotResource } from './core-resources.ts'
import { changesFields, toDenial, type Denial } from './denial.ts'
import { rowCovers } from './explain.ts'
import type { ExceptionRow, Policy } from './schema.ts'
import { scopeFor } from './scope.ts'
import { subjectMatches } from './subject.ts'

/** Re-runs by the API server follow each other closely. */
const rememberedDecisions = 100_000

/** Denials, answered or only recorded, that one exception row would have prevented. */
export interface SuggestedRow {
  /** `namespace/name`. */
  readonly serviceAccount: string
  readonly resource: string
  readonly operation: string
  readonly fields: readonly string[]
  /** Whether the records may have left fields out. */
  readonly isCut: boolean
  /** Empty for cluster-scoped objects. */
  readonly namespaces: readonly string[]
  readonly count: number
}

/** Denials that no exception should prevent. */
interface ApartRow {
  /** `human`: not a service account. `writer`: its evidence is what is wrong. `rule`: no exception reaches it. */
  readonly kind: 'human' | 'writer' | 'rule'
  readonly user: string
  readonly reason: string
  readonly resource: string
  readonly operation: string
  readonly count: number
}

export interface Suggestions {
  /** Most frequent first. */
  readonly rows: readonly SuggestedRow[]
  readonly apart: readonly ApartRow[]
  /** Denials looked at, each decision once. */
  readonly denials: number
  /** Denials that the policy, as it is now, would not give any more. */
  readonly settled: number
}

export interface Suggester {
  /** One record as it stands in a file; what is no denial is passed over. */
  add(record: Json): void
  result(): Suggestions
}

export function suggest(records: Iterable<Json>, policy: Policy): Suggestions {
  const fold = suggester(policy)
  for (const record of records) fold.add(record)
  return fold.result()
}

/** Folds records one by one: files of records are larger than memory. */
export function suggester(policy: Policy): Suggester {
  const isRepeated = repeatedIds()
  const rows = new Map<string, SuggestedRow>()
  const apart = new Map<string, ApartRow>()
  let denials = 0
  let settled = 0
  return {
    add: (record) => {
      const denial = toDenial(record)
      if (denial === undefined || isRepeated(stringAt(record, 'decisionId'))) return
      denials += 1
      if (isSettled(denial, policy)) {
        settled += 1
        return
      }
      const place = placeOf(denial, policy)
      if (place.kind === 'row') countRow(rows, place.serviceAccount, denial)
      else countApart(apart, place.kind, denial)
    },
    result: () => ({
      rows: byCount(rows.values()),
      apart: byCount(apart.values()),
      denials,
      settled,
    }),
  }
}

function byCount<T extends { readonly count: number }>(all: Iterable<T>): readonly T[] {
  return [...all].sort((a, b) => b.count - a.count)
}

function repeatedIds(): (id: string | undefined) => boolean {
  const seen = new Set<string>()
  return (id) => {
    if (id === undefined) return false
    if (seen.has(id)) return true
    seen.add(id)
    const [oldest] = seen
    if (seen.size > rememberedDecisions && oldest !== undefined) seen.delete(oldest)
    return false
  }
}

function countRow(rows: Map<string, SuggestedRow>, serviceAccount: string, denial: Denial): void {
  const { resource, operation, fields, namespace } = denial
  const isClusterScoped = namespace === ''
  const key = JSON.stringify([serviceAccount, resource, operation, fields, isClusterScoped])
  const row = rows.get(key)
  const known = row?.namespaces ?? []
  const isKnown = isClusterScoped || known.includes(namespace)
  rows.set(key, {
    serviceAccount,
    resource,
    operation,
    fields,
    isCut: denial.isCut || row?.isCut === true,
    namespaces: isKnown ? known : [...known, namespace].toSorted(),
    count: (row?.count ?? 0) + 1,
  })
}

function countApart(apart: Map<string, ApartRow>, kind: ApartRow['kind'], denial: Denial): void {
  const { user, reason, resource, operation } = denial
  const key = JSON.stringify([kind, user, reason, resource, operation])
  const count = (apart.get(key)?.count ?? 0) + 1
  apart.set(key, { kind, user, reason, resource, operation, count })
}

function isSettled(denial: Denial, policy: Policy): boolean {
  if (scopeFor(policy, denial).mode === 'off') return true
  const who = { username: denial.user, groups: denial.groups }
  return policy.spec.exceptions
    .filter(({ subject }) => subjectMatches(subject, who))
    .some(({ allow }) => allow.some((row) => rowCovers(row, denial) && rowAllows(row, denial)))
}

/** Whatever else a row of a preset asks for: what that alone refuses is no exception to suggest. */
function rowAllows(row: ExceptionRow, denial: Denial): boolean {
  if (!(row.operations as readonly string[]).includes(denial.operation)) return false
  if (!changesFields(denial.operation)) return true
  const allowed = (row.fields ?? []).map(parseFieldPattern)
  return denial.fields.every((field) => {
    const wanted = parseFieldPattern(field)
    return allowed.some((pattern) => includesPattern(pattern, wanted))
  })
}

function includesPattern(outer: FieldPattern, inner: FieldPattern): boolean {
  return outer.every((step, i) => {
    const other = inner[i]
    if (step.kind === 'any') return other?.kind === 'any' || other?.kind === 'item'
    return JSON.stringify(step) === JSON.stringify(other)
  })
}

type Place =
  { readonly kind: 'row'; readonly serviceAccount: string } | { readonly kind: ApartRow['kind'] }

function placeOf(denial: Denial, policy: Policy): Place {
  const who = { username: denial.user, groups: denial.groups }
  if (policy.spec.writers.some(({ subject }) => subjectMatches(subject, who))) {
    return { kind: 'writer' }
  }
  const serviceAccount = accountOf(denial.user)
  if (serviceAccount === undefined) return { kind: 'human' }
  const isHelped = denial.reason === 'HumanWrite' && whyNotResource(denial.resource) === undefined
  return isHelped ? { kind: 'row', serviceAccount } : { kind: 'rule' }
}

function accountOf(user: string): string | undefined {
  const [, namespace, name] =
    /^system:serviceaccount:([a-z0-9-]+):([a-z0-9][a-z0-9.-]*)$/.exec(user) ?? []
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`
}
