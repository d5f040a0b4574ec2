import { patternsOf } from '../manifest/field-patterns.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { formatFieldPattern, meetFields, meetTexts } from './pattern-meet.ts'
import type { GrantScope } from './scope.ts'

export interface NarrowedScope {
  /** Covers a write exactly if both scopes do, list items named by two different keys apart. */
  readonly scope: GrantScope
  /** What was asked for and is not there, a sentence each. */
  readonly narrowedBy: readonly string[]
}

/** The part of `asked` that is in `most`. */
export function meetScopes(asked: GrantScope, most: GrantScope): NarrowedScope {
  const parts = asked.map((row) => most.flatMap((limit) => meetRows(row, limit) ?? []))
  return {
    scope: parts.flat(),
    narrowedBy: asked.flatMap((row, i) => losses(row, parts[i] ?? [], `scope[${i}]`)),
  }
}

function meetRows(a: ScopeRow, b: ScopeRow): ScopeRow | undefined {
  const objects = meetObjects(a, b)
  const fields = meetFieldLists(a.fields ?? [], b.fields ?? [])
  const operations = a.operations.filter(
    (one) => b.operations.includes(one) && (fields.length > 0 || !isChange(one)),
  )
  if (objects === undefined || operations.length === 0) return undefined
  return { ...objects, operations, ...(operations.some(isChange) && { fields }) }
}

function meetObjects(a: ScopeRow, b: ScopeRow): Omit<ScopeRow, 'operations'> | undefined {
  const resources = meetResources(a.resources, b.resources)
  const namespaces = meetPlaces(a.namespaces, b.namespaces)
  const names = meetOptional(a.names, b.names)
  const labels = meetLabels(a.labels ?? [], b.labels ?? [])
  if (namespaces === undefined || labels === undefined) return undefined
  if (resources.length === 0 || names?.length === 0) return undefined
  return {
    resources,
    namespaces,
    ...(names !== undefined && { names }),
    ...(labels.length > 0 && { labels }),
  }
}

function isChange(operation: string): boolean {
  return operation === 'CREATE' || operation === 'UPDATE'
}

function meetResources(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.includes('*')) return b
  return b.includes('*') ? a : a.filter((one) => b.includes(one))
}

/** No namespaces are cluster-scoped objects. */
function meetPlaces(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  if (a.length === 0 && b.length === 0) return []
  const met = meetLists(a, b)
  return met.length === 0 ? undefined : met
}

function meetOptional(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  return a === undefined || b === undefined ? (a ?? b) : meetLists(a, b)
}

function meetLists(a: readonly string[], b: readonly string[]): readonly string[] {
  return distinct(a.flatMap((one) => b.flatMap((other) => meetTexts(one, other) ?? [])))
}

/** All of both have to hold; undefined when they never can. */
function meetLabels(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  const all = distinct([...a, ...b])
  const keys = all.map((label) => label.slice(0, label.indexOf('=')))
  return new Set(keys).size === all.length ? all : undefined
}

function meetFieldLists(a: readonly string[], b: readonly string[]): readonly string[] {
  const met = patternsOf(a).flatMap((one) =>
    patternsOf(b).flatMap((other) => {
      const both = meetFields(one, other)
      return both === undefined ? [] : [formatFieldPattern(both)]
    }),
  )
  return distinct(met)
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

const parts = ['resources', 'operations', 'namespaces', 'names', 'fields'] as const

function losses(row: ScopeRow, met: readonly ScopeRow[], place: string): readonly string[] {
  if (met.some((one) => isWhole(row, one))) return []
  if (met.length === 0) return [`${place} is outside of maxScope`]
  const found = parts.flatMap((part) => {
    const kept = new Set(met.flatMap((one) => one[part] ?? []))
    const lost = (row[part] ?? []).filter((text) => !kept.has(normal(part, text)))
    return lost.length === 0 ? [] : [`${place}.${part} loses ${lost.join(', ')}: not in maxScope`]
  })
  const says = met.map(describe).join('; or ')
  return [...found, `${place} is only ${says}`]
}

function isWhole(row: ScopeRow, met: ScopeRow): boolean {
  return (
    (row.names === undefined) === (met.names === undefined) &&
    (row.labels ?? []).length === (met.labels ?? []).length &&
    parts.every((part) => {
      const kept = new Set<string>(met[part] ?? [])
      return (row[part] ?? []).every((text) => kept.has(normal(part, text)))
    })
  )
}

/** Fields are written anew when they meet. */
function normal(part: (typeof parts)[number], text: string): string {
  return part === 'fields' ? (patternsOf([text]).map(formatFieldPattern)[0] ?? text) : text
}

function describe({ operations, resources, fields, namespaces, names, labels }: ScopeRow): string {
  const what = `${operations.join(', ')} ${resources.join(', ')}`
  const limits = [
    fields === undefined ? '' : ` (${fields.join(', ')})`,
    namespaces.length === 0 ? '' : ` in ${namespaces.join(', ')}`,
    names === undefined ? '' : ` called ${names.join(', ')}`,
    labels === undefined ? '' : ` with ${labels.join(', ')}`,
  ]
  return `${what}${limits.join('')}`
}
