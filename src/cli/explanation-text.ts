import type { ExplainedRow, ExplainQuery, Explanation } from '../core/policy/explain.ts'
import type { Mode, Writer } from '../core/policy/schema.ts'
import { header, table, type Cell, type Paint } from './output.ts'

export function explanationText(
  query: ExplainQuery,
  explanation: Explanation,
  paint: Paint,
): string {
  const { scope, exceptions } = explanation
  const place = scope.index === undefined ? 'spec.mode' : `spec.scopes[${scope.index}]`
  const facts: (readonly Cell[])[] = [
    ['object', objectOf(query)],
    ['identity', identityOf(query, explanation.writer)],
    ['mode', `${scope.mode} (${place})`],
    ...sentences(query, explanation).map((sentence, i) => [i === 0 ? 'writes' : '', sentence]),
  ]
  const rows = exceptions.length === 0 ? [] : [header(...titles), ...exceptions.map(toCells)]
  return [table(facts, paint), ...(rows.length === 0 ? [] : [table(rows, paint)])].join('\n')
}

const titles = ['ORIGIN', 'EXCEPTION', 'OPERATIONS', 'FIELDS', 'NAMES', 'NOTE'] as const

function toCells(row: ExplainedRow): readonly Cell[] {
  const { origin, name, operations, fields, names, note } = row
  return [origin, name, operations.join(','), listOr(fields, '-'), listOr(names, 'any'), note]
}

function listOr(list: readonly string[], none: string): string {
  return list.length === 0 ? none : list.join(', ')
}

function objectOf({ resource, namespace, name }: ExplainQuery): string {
  const where = namespace === '' ? 'cluster-scoped, as no namespace is given' : `in ${namespace}`
  return `${resource} ${name === '' ? '(any name)' : name}, ${where}`
}

function identityOf({ username, groups }: ExplainQuery, writer: Writer | undefined): string {
  const who = groups.length === 0 ? username : `${username} (${groups.join(', ')})`
  if (writer === undefined) return `${who}: no writer, so a human unless an exception covers it`
  return `${who}: writer ${writer.name}${writer.podBound ? ', with a token bound to a Pod' : ''}`
}

/** In the order in which the rules are asked. */
function sentences(query: ExplainQuery, explanation: Explanation): readonly string[] {
  const { scope, writer, exceptions } = explanation
  if (scope.mode === 'off') return ['are not judged; only protected objects are guarded']
  if (scope.mode === 'sealed') return ['are refused unless a built-in exception covers them']
  const ways = [
    ...(exceptions.length === 0 ? [] : [byRows]),
    ...(writer === undefined ? [] : [proofOf(query, writer, explanation.writerCovers)]),
  ]
  return [...ways, `are ${ways.length === 0 ? '' : 'otherwise '}${consequences[scope.mode]}`]
}

const byRows = 'need no commit where a row below covers every field that changes'

const consequences = {
  audit: 'admitted, and recorded as would-be denials',
  warn: 'admitted with a warning, and recorded as would-be denials',
  enforce: 'denied',
} as const satisfies Record<Exclude<Mode, 'off' | 'sealed'>, string>

function proofOf({ resource }: ExplainQuery, writer: Writer, isCovered: boolean): string {
  const { evidence, repositories, verify, namespaces } = writer
  if (!isCovered) return `are outside its namespaces (${namespaces.join(', ')})`
  const [, subresource = 'scale'] = resource.split('/')
  if (subresource !== 'scale') return 'on this subresource cannot be declared in Git'
  return `need evidence (${evidence.join(', ')}) of ${repositories.join(' or ')}, verified: ${verify}`
}
