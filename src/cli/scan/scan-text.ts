import type {
  DeclaredPlace,
  DeniedCount,
  Finding,
  ScannedObject,
  ScanSummary,
  Unknown,
} from '../../core/scan/result.ts'
import { counted, header, table, type Cell, type Paint } from '../output.ts'

const mostPaths = 3

/** Findings by namespace, those of the cluster first. */
export function findingsText(findings: readonly Finding[], paint: Paint): string {
  const groups = [...Map.groupBy(findings, ({ object }) => object.namespace)].toSorted(
    ([one], [other]) => (one < other ? -1 : 1),
  )
  return groups
    .map(([namespace, each]) => {
      const title = namespace === '' ? 'cluster-scoped' : `namespace ${namespace}`
      const rows = each.map((one) => cellsOf(one).slice(1))
      return `${paint('bold', title)}\n${table([titles.slice(1), ...rows], paint)}\n`
    })
    .join('')
}

const titles = header('NAMESPACE', 'FINDING', 'OBJECT', 'FIELDS', 'GIT', 'LAST WRITER (A HINT)')

/** One row for each, for `grep`. */
export function findingsTable(findings: readonly Finding[], paint: Paint): string {
  return table([titles, ...findings.map(cellsOf)], paint)
}

function cellsOf(finding: Finding): readonly Cell[] {
  const { kind, object, note } = finding
  return [
    object.namespace === '' ? '-' : object.namespace,
    { text: kind, style: kind === 'missing' ? 'yellow' : 'red' },
    nameOf(object),
    fieldsOf(finding) || (note ?? '-'),
    gitOf(finding),
    writerOf(finding),
  ]
}

function nameOf({ group, kind, name }: ScannedObject): string {
  return `${kind}${group === '' ? '' : `.${group}`}/${name}`
}

function fieldsOf({ paths, morePaths }: Finding): string {
  const more = paths.length - mostPaths + morePaths
  const shown = paths.slice(0, mostPaths).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

function gitOf({ declared, former }: Finding): string {
  const now = declared === undefined ? '' : placeText(declared)
  if (former === undefined) return now || '-'
  const word = declared === undefined ? 'until after' : 'as of'
  const before = declared === undefined ? placeText(former) : ''
  return [now, `(${word} ${former.commit.slice(0, 12)})`, before].filter(Boolean).join(' ')
}

function placeText({ repository, file, line }: DeclaredPlace): string {
  return `${repository}:${file}:${line}`
}

function writerOf({ who }: Finding): string {
  if (who === undefined) return '-'
  return [who.manager, who.operation, who.time].filter(Boolean).join(' ')
}

/** What the scan comes to: by rule what would have been denied, what was ignored, what nobody knows. */
export function summaryText(
  summary: ScanSummary,
  unknown: readonly Unknown[],
  paint: Paint,
): string {
  const { findings, wouldDeny, notSeen } = summary
  const total = Object.values(findings).reduce((sum, count) => sum + count, 0)
  const parts = Object.entries(findings).map(([kind, count]) => `${count} ${kind}`)
  return [
    ...(wouldDeny.length === 0 ? [] : [deniedText(wouldDeny, paint), '\n']),
    ...(unknown.length === 0 ? [] : [unknownText(unknown, paint), '\n']),
    ...(notSeen.length === 0
      ? []
      : [`not looked at, since other API servers serve them: ${notSeen.join(', ')}\n`]),
    `${counted(summary.objects, 'objects')} of ${counted(summary.kinds, 'kinds')}: `,
    `${summary.asDeclared} as declared, ${ignoredText(summary)}\n`,
    paint(verdictStyles[summary.verdict], verdictText(summary, total)),
    ` (${parts.join(', ')})\n`,
  ].join('')
}

const verdictStyles = { clean: 'green', drift: 'red', unknown: 'yellow' } as const

function verdictText({ verdict, omitted }: ScanSummary, total: number): string {
  if (verdict === 'drift') {
    return `drift: ${counted(total, 'findings')}${omitted > 0 ? `, ${omitted} of them not listed` : ''}`
  }
  return verdict === 'clean' ? 'clean' : 'not known: nothing was found, and not all could be read'
}

/** For whoever takes a cluster over: what the gate will say once it enforces. */
function deniedText(denied: readonly DeniedCount[], paint: Paint): string {
  const rows = denied.map(({ as, reason, row, rule, count }) => [
    as === 'human' ? 'a person' : 'a writer',
    reason,
    `${row}: ${rule}`,
    String(count),
  ])
  const title = 'what would have been denied, and by which rule'
  return `${paint('bold', title)}\n${table([header('TO', 'REASON', 'ROW', 'OBJECTS'), ...rows], paint)}`
}

function unknownText(unknown: readonly Unknown[], paint: Paint): string {
  const rows = unknown.map(({ what, why, objects }) => [
    what,
    objects === 0 ? '-' : String(objects),
    why,
  ])
  return `${paint('bold', 'what could not be found out')}\n${table([header('WHAT', 'OBJECTS', 'WHY'), ...rows], paint)}`
}

function ignoredText({ ignored }: ScanSummary): string {
  const parts = Object.entries(ignored).filter(([, count]) => count > 0)
  const total = parts.reduce((sum, [, count]) => sum + count, 0)
  const shown = parts.map(([why, count]) => `${why} ${count}`).join(', ')
  return `${total} explained otherwise${shown === '' ? '' : ` (${shown})`}`
}
