import type { DerivedRow } from './entries.ts'
import { parentText } from './parent-rule.ts'
import { namesResource } from './resource-names.ts'
import { onlyWhere } from './row-condition.ts'
import {
  namespaceMatches,
  namespaceOf,
  scopeFor,
  type ScopeMatch,
  type ScopeTarget,
} from './scope.ts'
import type { Exception, ExceptionRow, Policy, Writer } from './schema.ts'
import { subjectMatches, type Identity } from './subject.ts'

export interface ExplainQuery extends ScopeTarget, Identity {}

/** A row that bears on the query. */
export interface ExplainedRow {
  /** `derived`: what an operator makes of an object that Git declares, by hand or by preset. */
  readonly origin: 'built-in' | 'policy' | 'preset' | 'derived'
  readonly name: string
  readonly operations: readonly string[]
  /** Fields that may change; empty where the operations change none. */
  readonly fields: readonly string[]
  /** Empty: every name. */
  readonly names: readonly string[]
  /** What else must hold, or why somebody wanted it. */
  readonly note: string
}

export interface Explanation {
  readonly scope: ScopeMatch
  /** The first writer that the identity is; everybody else is human. */
  readonly writer: Writer | undefined
  /** Whether the writer may write there at all. */
  readonly writerCovers: boolean
  readonly exceptions: readonly ExplainedRow[]
}

/** What the policy says about an identity and an object, whatever the write is. */
export function explain(
  policy: Policy,
  query: ExplainQuery,
  builtIn: (query: ExplainQuery) => readonly ExplainedRow[],
): Explanation {
  const who = withAccountGroups(query)
  const writer = policy.spec.writers.find(({ subject }) => subjectMatches(subject, who))
  return {
    scope: scopeFor(policy, query),
    writer,
    writerCovers: writer !== undefined && writerCovers(writer, query),
    exceptions: [...builtIn(who), ...policyRows(policy, who), ...derivedRows(policy, who)],
  }
}

/** Anything but `*` alone excludes cluster-scoped objects and Namespaces. */
export function writerCovers(writer: Writer, target: ScopeTarget): boolean {
  if (writer.namespaces.includes('*')) return true
  if (target.resource.split('/')[0] === 'namespaces') return false
  return namespaceMatches(writer.namespaces, target.namespace)
}

/** Whether the row is about this object. Operations and fields are another question. */
export function rowCovers(row: ExceptionRow, target: ScopeTarget): boolean {
  const namespace = namespaceOf(target)
  if (!namesResource(row.resources, target.resource)) return false
  if (row.names !== undefined && !row.names.includes(target.name)) return false
  if (namespace === '') return row.namespaces.length === 0
  return row.namespaces.includes(namespace) || row.namespaces.includes('*')
}

/** The same for what an operator makes of other objects. */
export function derivedRowCovers(row: DerivedRow, target: ScopeTarget): boolean {
  if (!namesResource(row.resources, target.resource)) return false
  if (row.names !== undefined && !row.names.includes(target.name)) return false
  return row.namespaces === undefined || row.namespaces.includes(namespaceOf(target))
}

function policyRows(policy: Policy, query: ExplainQuery): readonly ExplainedRow[] {
  return policy.spec.exceptions
    .filter(({ subject }) => subjectMatches(subject, query))
    .flatMap((exception) =>
      exception.allow
        .filter((row) => rowCovers(query.name === '' ? withoutNames(row) : row, query))
        .map((row) => toExplained(exception, row)),
    )
}

function toExplained({ name, reason, from }: Exception, row: ExceptionRow): ExplainedRow {
  return {
    origin: from === undefined ? 'policy' : 'preset',
    name,
    operations: row.operations,
    fields: row.fields ?? [],
    names: row.names ?? [],
    note: `${row.reason ?? reason}${onlyWhere(row.only)}`,
  }
}

function derivedRows(policy: Policy, query: ExplainQuery): readonly ExplainedRow[] {
  return policy.spec.derived
    .filter(({ subject }) => subjectMatches(subject, query))
    .flatMap(({ name, parent, allow, reason }) =>
      allow
        .filter((row) => derivedRowCovers(query.name === '' ? withoutNames(row) : row, query))
        .map(({ operations, fields = [], names = [] }) => ({
          origin: 'derived' as const,
          name,
          operations,
          fields,
          names,
          note: `${reason}; only while ${parentText(parent)} is as Git declares it`,
        })),
    )
}

/** A question about a kind of object is answered with the rows for single names too. */
function withoutNames<Row extends { readonly names?: readonly string[] }>(row: Row) {
  const { names: _names, ...rest } = row
  return rest
}

/** The groups that the API server gives every service account. */
function withAccountGroups(query: ExplainQuery): ExplainQuery {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(query.username) ?? []
  const own =
    namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return { ...query, groups: [...new Set([...query.groups, ...own, 'system:authenticated'])] }
}
