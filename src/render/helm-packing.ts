import type { JsonObject } from '../core/manifest/json.ts'
import { copyOf, emptyMap, merged } from '../core/engines/flux/value-map.ts'
import type { HelmOptions } from '../core/plans/plan.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import { join } from './commit-tree.ts'
import { chartFile, openFile, readObject, type Search } from './helm-files.ts'
import { findLocalCharts } from './helm-local-charts.ts'
import { jsonAsYaml } from './json-as-yaml.ts'
import { treePath } from './source-index.ts'

/** What a chart becomes before it is rendered. Read from source-controller 1.9.4. */
export async function packChart(
  search: Search,
  options: HelmOptions,
  files: readonly TreeFile[],
): Promise<void> {
  const { defaultValuesFiles = [], versionMetadata = '', engine } = options
  if (defaultValuesFiles.length > 0) await replaceValues(search, options, files)
  if (versionMetadata === '' && engine === undefined) return
  const folder = treePath(search.at.source.path)
  const main = files.find(({ path }) => path === chartFile(folder))
  const chart = main === undefined ? undefined : await readObject(search, main)
  if (chart === undefined) return
  if (versionMetadata !== '') markVersion(search, chart, versionMetadata)
  if (engine === 'flux') await findLocalCharts(search, { folder, chart, files })
}

/** The merge of the files in place of the chart's own values.yaml, which has to be there. */
async function replaceValues(
  search: Search,
  { defaultValuesFiles = [], ignoresMissingValuesFiles }: HelmOptions,
  files: readonly TreeFile[],
): Promise<void> {
  const mayBeMissing = ignoresMissingValuesFiles === true
  const folder = treePath(search.at.source.path)
  const own = join(folder, 'values.yaml')
  let values = emptyMap()
  for (const path of defaultValuesFiles) {
    const file = await openFile(search, { path, mayBeMissing })
    const layer = file === undefined ? undefined : await readObject(search, file)
    if (layer !== undefined) values = merged(values, copyOf(layer))
  }
  if (files.some(({ path }) => path === own)) {
    search.found.write({ in: 'tree', path: own, text: jsonAsYaml(values) })
  } else {
    const message = 'the chart has no values.yaml, which valuesFiles stand in for'
    search.found.report({ file: chartFile(folder), line: 1 }, message)
  }
}

/** Charts put their version into labels. */
function markVersion({ at, found }: Search, chart: JsonObject, metadata: string): void {
  const file = chartFile(treePath(at.source.path))
  const { version } = chart
  const marked = metadata.replace('{commit}', at.commit.slice(0, 12))
  const text = typeof version === 'string' ? withMetadata(version, marked) : undefined
  if (text === undefined) {
    found.report({ file, line: 1 }, 'version is no semantic version, written as text')
  } else found.write({ in: 'tree', path: file, text: jsonAsYaml({ ...chart, version: text }) })
}

const form = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(-[\da-z.-]+)?(?:\+[\da-z.-]+)?$/i

/** As github.com/Masterminds/semver writes what it has read: whole, and without a `v`. */
function withMetadata(version: string, metadata: string): string | undefined {
  const found = form.exec(version)
  if (found === null) return undefined
  const [, major = '0', minor = '0', patch = '0', before = ''] = found
  return `${[major, minor, patch].map(Number).join('.')}${before}+${metadata}`
}
