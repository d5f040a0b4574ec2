import type { Plan } from '../core/plans/plan.ts'
import type { SourceListing } from '../render/listing.ts'
import { counted, header, table, type Cell, type Paint } from './output.ts'

export interface Listing {
  readonly repository: string
  readonly commit: string
  readonly sources: readonly SourceListing[]
}

/** As `-o json` prints it. */
export function listingJson({ repository, commit, sources }: Listing) {
  const duplicates = duplicatesIn(sources)
  return {
    repository,
    commit,
    sources: sources.map(({ source, entries, problems, failure }) => ({
      ...shown(source),
      path: source.path === '' ? '.' : source.path,
      failure: failure?.message ?? null,
      objects: entries.map((entry) => {
        const { id, apiVersion, generateName, file, line, digest } = entry
        const { kind, namespace, name } = id
        const isDuplicate = duplicates.has(entry)
        return { apiVersion, kind, namespace, name, generateName, file, line, digest, isDuplicate }
      }),
      problems: problems.map(({ file, line, message }) => ({ file, line, message })),
    })),
  }
}

/** Options of an engine object may hold values of Secrets. */
function shown(plan: Plan): Partial<Plan> {
  const { path, renderer, namespace, branch, engine } = plan
  return engine === undefined ? plan : { path, renderer, namespace, branch, engine }
}

export function listingText(listing: Listing, paint: Paint): string {
  const { sources } = listingJson(listing)
  return sources
    .map((source) => {
      const { path, renderer, branch, objects, problems, failure } = source
      const title = `${path} (${renderer}, ${branch}): ${counted(objects.length, 'objects')}`
      const faults = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
      const bad = [...(failure === null ? [] : [failure]), ...faults]
      return table(
        [
          [{ text: title, style: 'bold' }],
          ...(objects.length === 0 ? [] : [header(...titles), ...objects.map(toCells)]),
          ...bad.map((text): readonly Cell[] => [{ text, style: 'red' }]),
        ],
        paint,
      )
    })
    .join('\n')
}

const titles = ['KIND', 'NAMESPACE', 'NAME', 'PLACE', 'DIGEST'] as const

type Row = ReturnType<typeof listingJson>['sources'][number]['objects'][number]

function toCells(row: Row): readonly Cell[] {
  const { apiVersion, kind, namespace, name, generateName, file, line, digest, isDuplicate } = row
  const cut = apiVersion.indexOf('/')
  const group = cut === -1 ? '' : `.${apiVersion.slice(0, cut)}`
  const mark = isDuplicate ? ' declared more than once, so not at all' : ''
  const what = name === '' ? `${generateName}*` : name
  const sum = digest.slice('sha256:'.length, 'sha256:'.length + 12)
  return [`${kind}${group}`, namespace || '-', what, `${file}:${line}`, `${sum}${mark}`]
}

/** As the index judges it: twice in one source, or differently in two, and nobody says which counts. */
function duplicatesIn(sources: readonly SourceListing[]) {
  const all = sources.flatMap(({ source, entries }) => entries.map((entry) => ({ source, entry })))
  const groups = Map.groupBy(all, ({ entry: { id, generateName } }) =>
    JSON.stringify([id, id.name === '' ? generateName : '']),
  )
  const doubled = [...groups.values()].filter((group) => {
    const isTwiceInOne = new Set(group.map(({ source }) => source)).size < group.length
    return isTwiceInOne || new Set(group.map(({ entry }) => entry.digest)).size > 1
  })
  return new Set(doubled.flat().map(({ entry }) => entry))
}
