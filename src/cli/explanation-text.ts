import type { DeclaredPlaces } from './declared-places.ts'
import type { ExplainedRow, ExplainQuery, Explanation } from '../core/policy/explain.ts'
import type { Mode, Writer } from '../core/policy/schema.ts'
import { header, table, type Cell, type Paint } from './output.ts'

interface Explained {
  readonly query: ExplainQuery
  readonly explanation: Explanation
  /** Where somebody asked what Git declares. */
  readonly git: DeclaredPlaces | undefined
}

export function explanationText({ query, explanation, git }: Explained, paint: Paint): string {
  const { mode, index } = explanation.scope
  const place = index === undefined ? 'spec.mode' : `spec.scopes[${index}]`
  const rows = explanation.exceptions.filter(({ origin }) => counts(origin, mode))
  const sentences = sentencesFor(query, { ...explanation, exceptions: rows })
  const facts: (readonly Cell[])[] = [
    ['object', objectOf(query)],
    ['identity', identityOf(query, explanation.writer)],
    ['mode', `${mode} (${place})`],
    ...sentences.map((sentence, i) => [i === 0 ? 'writes' : '', sentence]),
    ...(git === undefined ? [] : placesIn(git)).map((place, i) => [i === 0 ? 'git' : '', place]),
  ]
  if (rows.length === 0) return table(facts, paint)
  return [table(facts, paint), table([header(...titles), ...rows.map(toCells)], paint)].join('\n')
}

const mostPlaces = 20

function placesIn({ places, isWhole }: DeclaredPlaces): readonly string[] {
  const shown = places.slice(0, mostPlaces).map(({ name, repository, file, line, branch }) => {
    return `${name || '(generated name)'} is declared in ${repository}:${file}:${line} (${branch})`
  })
  const more = places.length > mostPlaces ? [`and ${places.length - mostPlaces} more`] : []
  const none = places.length === 0 ? ['does not declare it'] : []
  return [...shown, ...more, ...none, ...(isWhole ? [] : ['something could not be read there'])]
}

/** A row that does not count in the mode would only mislead. */
function counts(origin: ExplainedRow['origin'], mode: Mode): boolean {
  if (mode === 'off') return false
  return mode !== 'sealed' || origin === 'built-in'
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
  const how = writer.impersonated ? ', only as its engine impersonates it' : ''
  return `${who}: writer ${writer.name}${writer.podBound ? ', with a token bound to a Pod' : how}`
}

/** In the order in which the rules are asked. */
function sentencesFor(query: ExplainQuery, explanation: Explanation): readonly string[] {
  const { scope, writer, exceptions } = explanation
  if (scope.mode === 'off') return ['are not judged; only protected objects are guarded']
  const isProvable = writer !== undefined && scope.mode !== 'sealed'
  const ways = [
    ...(exceptions.length === 0 ? [] : [byRows]),
    ...(isProvable ? [proofOf(query, writer, explanation.writerCovers)] : []),
  ]
  return [...ways, `are ${ways.length === 0 ? '' : 'otherwise '}${consequences[scope.mode]}`]
}

const byRows = 'need no commit where a row below covers every field that changes'

const consequences = {
  audit: 'admitted, and recorded as would-be denials',
  warn: 'admitted with a warning, and recorded as would-be denials',
  enforce: 'denied',
  sealed: 'refused, whoever writes',
} as const satisfies Record<Exclude<Mode, 'off'>, string>

function proofOf({ resource }: ExplainQuery, writer: Writer, isCovered: boolean): string {
  const { evidence, repositories, verify, namespaces } = writer
  if (!isCovered) return `are outside its namespaces (${namespaces.join(', ')})`
  const [, subresource = 'scale'] = resource.split('/')
  if (subresource !== 'scale') return 'on this subresource cannot be declared in Git'
  return `need evidence (${evidence.join(', ')}) of ${repositories.join(' or ')}, verified: ${verify}`
}
