import { parseCondition, type Expression } from '../../audit/reconcile/condition-syntax.ts'
import { evaluate, unknown } from '../../audit/reconcile/condition-value.ts'
import { labelsOf, listAt } from '../../exceptions/conditions/metadata.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { operationsOf, servedName, type Operation, type ServedResource } from '../served.ts'
import { isShippedCondition } from './own-configuration.ts'
import { isAdmissionItself, isOpen, rulesMatch, selectorMatches, type Asked } from './matching.ts'

const whysUnseen = [
  /** There is no webhook configuration of ours. */
  'no-configuration',
  'no-rule',
  /** A condition that leaves it out whoever writes it. */
  'condition',
  /** Labels of Namespaces, or of objects, leave it out. */
  'namespace-selector',
  'object-selector',
  /** Another API server keeps it, and asks us about nothing. */
  'aggregated',
  /** No webhook is ever asked about admission itself. */
  'admission',
  /** Nothing of it can be written. */
  'read-only',
  /** A condition leaves it out for some identities, names or namespaces. */
  'condition-for-some',
] as const
export type WhyUnseen = (typeof whysUnseen)[number]

export interface CoverageRow {
  readonly why: WhyUnseen
  /** Names of conditions or namespaces; empty for most. */
  readonly detail: string
  /** `pods/exec CONNECT`; without an operation where none is possible. */
  readonly resources: readonly string[]
}

export interface Coverage {
  /** Pairs of a resource and an operation that can be written, and how many of them always reach us. */
  readonly writable: number
  readonly reached: number
  readonly rows: readonly CoverageRow[]
}

export interface CoverageOptions {
  readonly served: readonly ServedResource[]
  /** APIServices that another server answers, as `version.group`. */
  readonly aggregated: ReadonlySet<string>
  readonly configuration: JsonObject | undefined
  /** Where we are installed. */
  readonly namespace: string
  readonly namespaces: readonly JsonObject[]
}

/** Which served resources do not always reach us, and why. */
export function coverageOf(options: CoverageOptions): Coverage {
  const webhooks = listAt(options.configuration, 'webhooks')
    .filter(isJsonObject)
    .map((one) => toEntry(one, options.namespace))
  const rows = new Map<string, { why: WhyUnseen; detail: string; resources: Set<string> }>()
  const add = (why: WhyUnseen, detail: string, resource: string) => {
    const key = `${why} ${detail}`
    const row = rows.get(key) ?? { why, detail, resources: new Set<string>() }
    row.resources.add(resource)
    rows.set(key, row)
  }
  let writable = 0
  let reached = 0
  for (const one of together(options.served)) {
    const name = servedName(one)
    const operations = operationsOf(one)
    if (operations.length === 0) add('read-only', '', name)
    for (const operation of operations) {
      writable += 1
      const whys = whyUnseen({ ...one, operation }, webhooks, options)
      if (whys.length === 0) reached += 1
      for (const { why, detail } of whys) add(why, detail, `${name} ${operation}`)
    }
  }
  return { writable, reached, rows: [...rows.values()].map(toRow).toSorted(byWhy) }
}

function toRow({
  why,
  detail,
  resources,
}: {
  why: WhyUnseen
  detail: string
  resources: Set<string>
}) {
  return { why, detail, resources: [...resources].toSorted() }
}

function byWhy(a: CoverageRow, b: CoverageRow): number {
  return whysUnseen.indexOf(a.why) - whysUnseen.indexOf(b.why)
}

/** One of all versions: the API server stores them as one. */
function together(served: readonly ServedResource[]) {
  const byName = new Map<string, ServedResource & { readonly versions: readonly string[] }>()
  for (const one of served) {
    const known = byName.get(servedName(one))
    byName.set(servedName(one), {
      ...one,
      versions: [...(known?.versions ?? []), one.version],
      verbs: [...new Set([...(known?.verbs ?? []), ...one.verbs])],
    })
  }
  return [...byName.values()]
}

interface Entry {
  readonly rules: readonly Json[]
  readonly namespaceSelector: Json | undefined
  readonly objectSelector: Json | undefined
  readonly conditions: readonly Condition[]
}

interface Condition {
  readonly name: string
  /** Undefined: CEL that we cannot read. */
  readonly expression: Expression | undefined
  /** Whose writes it could leave out; null: anybody's. */
  readonly usernames: readonly (string | null)[]
  readonly isForAll: boolean
}

function toEntry(webhook: JsonObject, namespace: string): Entry {
  return {
    rules: listAt(webhook, 'rules'),
    namespaceSelector: at(webhook, 'namespaceSelector'),
    objectSelector: at(webhook, 'objectSelector'),
    conditions: listAt(webhook, 'matchConditions').map((one) => toCondition(one, namespace)),
  }
}

function toCondition(condition: Json, namespace: string): Condition {
  const name = stringAt(condition, 'name') ?? ''
  const text = stringAt(condition, 'expression') ?? ''
  const named = isShippedCondition(name, text, namespace) ? usernamesIn(text) : []
  return {
    name,
    expression: readCondition(text),
    usernames: named.length === 0 ? [null] : named,
    isForAll: named.length === 0,
  }
}

/** Our own conditions name everybody whom they leave out, or how their names begin. */
function usernamesIn(text: string): readonly string[] {
  const found = text.matchAll(/'(system:[^' ]*)/g)
  return [...new Set(Array.from(found, ([, username = '']) => username))].filter(
    (username) => !['system:nodes', 'system:masters'].includes(username),
  )
}

function readCondition(text: string): Expression | undefined {
  try {
    return parseCondition(text)
  } catch {
    return undefined
  }
}

type Why = Pick<CoverageRow, 'why' | 'detail'>
type Write = Asked & { readonly operation: Operation }

/** Empty where some entry is always asked; else by the entry that is asked most. */
function whyUnseen(
  write: Write,
  entries: readonly Entry[],
  { aggregated, configuration, namespaces }: CoverageOptions,
): readonly Why[] {
  if (isAdmissionItself(write)) return [{ why: 'admission', detail: '' }]
  if (write.versions.every((version) => aggregated.has(`${version}.${write.group}`))) {
    return [{ why: 'aggregated', detail: write.group }]
  }
  if (configuration === undefined) return [{ why: 'no-configuration', detail: '' }]
  const asked = entries.filter(({ rules }) => rulesMatch(rules, write))
  if (asked.length === 0) return [{ why: 'no-rule', detail: '' }]
  const all = asked.map((entry) => [
    ...unselected(entry, write, namespaces),
    ...conditioned(entry, write),
  ])
  return all.toSorted((a, b) => a.length - b.length)[0] ?? []
}

function unselected(entry: Entry, write: Write, namespaces: readonly JsonObject[]): readonly Why[] {
  const whys: Why[] = []
  if (write.isNamespaced && !isOpen(entry.namespaceSelector)) {
    const left = namespaces.filter(
      (one) => !selectorMatches(entry.namespaceSelector, labelsOf(one)),
    )
    const names = left.map((one) => stringAt(one, 'metadata', 'name') ?? '').toSorted()
    whys.push({ why: 'namespace-selector', detail: names.join(', ') })
  }
  if (!isOpen(entry.objectSelector)) whys.push({ why: 'object-selector', detail: '' })
  return whys
}

/** Nothing is known of who writes, and of which object: what depends on that may be left out. */
function conditioned({ conditions }: Entry, write: Write): readonly Why[] {
  return conditions.flatMap((condition): readonly Why[] => {
    const values = condition.usernames.map((username) => valueFor(condition, write, username))
    if (values.every((value) => value === true)) return []
    const isAlways = values.every((value) => value === false)
    const why = isAlways && condition.isForAll ? 'condition' : 'condition-for-some'
    return [{ why, detail: condition.name }]
  })
}

/** What CEL calls by these words is no variable there. */
const literals = { true: true, false: false }

/** To `evaluate`, null is there and unknown. */
function valueFor({ expression }: Condition, write: Write, username: string | null) {
  const { group, resource, subresource, operation, isNamespaced } = write
  const request: JsonObject = {
    operation,
    resource: { group, resource },
    ...(subresource === '' ? {} : { subResource: subresource }),
    ...(isNamespaced || resource === 'namespaces' ? { namespace: null } : {}),
    name: null,
    userInfo: { username, uid: null, groups: null, extra: null },
  }
  return expression === undefined ? unknown : evaluate(expression, { request, ...literals })
}
