import { isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import { join, pathFrom } from './commit-tree.ts'
import { chartFile, openChart, readObject, type Search } from './helm-files.ts'
import type { Place } from './source-index.ts'

interface Chart {
  readonly folder: string
  /** What its Chart.yaml says. */
  readonly chart: JsonObject
  readonly files: readonly TreeFile[]
}

interface Dependency {
  readonly name: string
  readonly alias: string
  readonly repository: string
}

/**
 * The charts that source-controller puts into a chart when it packs it: those that it depends on by
 * `file://`, and that are not in charts/. It counts first: as many there as dependencies is enough.
 */
export async function findLocalCharts(search: Search, parent: Chart): Promise<void> {
  const { folder, chart, files } = parent
  const place = { file: chartFile(folder), line: 1 }
  const helm2 = files.find(({ path }) => /^requirements\.(?:yaml|lock)$/.test(below(folder, path)))
  if (helm2 !== undefined) {
    const message = 'a file of Helm 2 is not followed: put dependencies into Chart.yaml'
    return search.found.report({ file: helm2.path, line: 1 }, message)
  }
  const declared = readDependencies(search, chart, place)
  const wanted = (await readLock(search, parent)) ?? declared
  const present = await namesInside(search, parent)
  if (present.length === wanted.length) return
  const missing = wanted.filter((one) => !present.includes(one.alias === '' ? one.name : one.alias))
  for (const one of missing) {
    const isTwice = present.includes(one.name) || missing.some((other) => isOther(one, other))
    if (isTwice) search.found.report(place, `${one.name} would be packed more than once`)
    else await findLocalChart(search, { folder, dependency: one, declared, place })
  }
}

/** Of two with one name, only the same folder can be packed. */
function isOther(one: Dependency, other: Dependency): boolean {
  return one.name === other.name && one.repository !== other.repository
}

interface Wanted {
  readonly folder: string
  readonly dependency: Dependency
  readonly declared: readonly Dependency[]
  readonly place: Place
}

async function findLocalChart(
  search: Search,
  { folder: parent, dependency, declared, place }: Wanted,
): Promise<void> {
  const { name, repository } = dependency
  const [, path] = /^file:\/\/([\w./-]+)$/.exec(repository) ?? []
  const folder = path === undefined ? undefined : pathFrom(parent, path)
  if (folder === undefined) {
    const message = `${name} is neither in charts/ nor by file:// in this repository, and nothing is fetched`
    return search.found.report(place, message)
  }
  const files = await openChart(search, folder, place)
  const main = files?.find((file) => file.path === chartFile(folder))
  const chart = main === undefined ? undefined : await readObject(search, main)
  if (chart === undefined) return
  if (chart['name'] !== name) {
    return search.found.report(place, `the chart at ${folder} is not called ${name}`)
  }
  const aliases = declared.flatMap((one) =>
    one.name === name && one.alias !== '' ? [one.alias] : [],
  )
  search.found.pack({ folder, names: [name, ...aliases] })
}

/** Chart.lock stands in for the dependencies of Chart.yaml, wherever it comes from. */
async function readLock(
  search: Search,
  { folder, files }: Chart,
): Promise<readonly Dependency[] | undefined> {
  const path = join(folder, 'Chart.lock')
  const file = files.find((one) => one.path === path)
  const lock = file === undefined ? undefined : await readObject(search, file)
  return lock === undefined ? undefined : readDependencies(search, lock, { file: path, line: 1 })
}

function readDependencies(
  { found }: Search,
  object: JsonObject,
  place: Place,
): readonly Dependency[] {
  const list = object['dependencies'] ?? []
  const read = Array.isArray(list) ? (list as readonly Json[]).map(readDependency) : [undefined]
  if (read.includes(undefined)) found.report(place, 'dependencies hold what is not known here')
  return read.filter((one) => one !== undefined)
}

function readDependency(value: Json): Dependency | undefined {
  if (!isJsonObject(value)) return undefined
  const [name, alias, repository] = ['name', 'alias', 'repository'].map((key) => {
    const text = value[key] ?? ''
    return typeof text === 'string' ? text : undefined
  })
  if (name === undefined || alias === undefined || repository === undefined) return undefined
  return name === '' ? undefined : { name, alias, repository }
}

/** The names of the charts in charts/, as far as Helm takes them for charts. */
async function namesInside(search: Search, { folder, files }: Chart): Promise<readonly string[]> {
  const names: string[] = []
  for (const file of files) {
    const [, inside] = /^charts\/([^_./][^/]*)\/Chart\.yaml$/.exec(below(folder, file.path)) ?? []
    if (inside === undefined) continue
    const name = (await readObject(search, file))?.['name']
    names.push(typeof name === 'string' ? name : inside)
  }
  return names
}

function below(folder: string, path: string): string {
  return folder === '' ? path : path.slice(folder.length + 1)
}
