import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { referenceKey, type Found, type Need } from '../engine.ts'
import { sourceGroup } from './kinds.ts'
import { unknownField } from './known-fields.ts'
import {
  flagAt,
  isObjectName,
  isSet,
  isText,
  listAt,
  textAt,
  type Identity,
} from './object-fields.ts'
import { known, none, refused, shown, type Outcome } from './outcome.ts'
import { readSourceReference, type SourceReference } from './source.ts'
import { treePath } from './tree-path.ts'

/** The HelmChart that source-controller packs for a HelmRelease. */
export interface ChartReference extends Identity {
  /** What helm-controller makes it of; absent if the HelmRelease names one that somebody else made. */
  readonly template?: Json
}

/** Where a chart is, and how it is packed. */
export interface Chart {
  readonly source: SourceReference
  readonly path: string
  /** In place of its own values.yaml; empty for that one. */
  readonly valuesFiles: readonly string[]
  readonly mayLackFiles: boolean
  /** Packed anew for each commit, not only for each version of the chart. */
  readonly isPerCommit: boolean
}

export function readChartReference(
  spec: Json | undefined,
  { namespace, name }: Identity,
): Outcome<ChartReference> {
  const template = at(spec, 'chart')
  const reference = at(spec, 'chartRef')
  if (isSet(template) === isSet(reference)) return refused('it has not one chart')
  if (isSet(reference)) return readNamedChart(reference, namespace)
  const own = textAt(template, 'spec', 'sourceRef', 'namespace')
  const place = own === '' ? namespace : own
  const chart = `${namespace}-${name}`
  if (!isObjectName(place) || !isObjectName(chart)) return refused('spec.chart has no valid name')
  return known({ namespace: place, name: chart, template: at(template, 'spec') ?? {} })
}

function readNamedChart(reference: Json, fallback: string): Outcome<ChartReference> {
  const kind = textAt(reference, 'kind') ?? ''
  if (kind !== 'HelmChart') return refused(notInGit(kind))
  const name = textAt(reference, 'name')
  const own = textAt(reference, 'namespace')
  const namespace = own === '' ? fallback : own
  if (!isObjectName(name) || !isObjectName(namespace)) {
    return refused('spec.chartRef has no valid name')
  }
  return known({ namespace, name })
}

function notInGit(kind: string): string {
  return `a chart of the kind ${shown(kind)} is not in Git: keep the chart in a repository`
}

/** Only who names a HelmChart of its own has it in Git; the other is made from what is there. */
export function chartNeed({ namespace, name, template }: ChartReference): Need {
  const isGoverned = template === undefined
  const isOptional = !isGoverned
  return { group: sourceGroup, kind: 'HelmChart', namespace, name, isGoverned, isOptional }
}

export function findChart({ namespace, name }: ChartReference, found: Found): Outcome<JsonObject> {
  const key = referenceKey({ group: sourceGroup, kind: 'HelmChart', namespace, name })
  const object = found.get(key)
  return object === undefined
    ? none(`HelmChart ${namespace}/${name} does not exist`)
    : known(object)
}

/** What the chart shall be, as the HelmRelease or the HelmChart that it names says. */
export function readWantedChart(reference: ChartReference, found: Found): Outcome<Chart> {
  const { template, namespace } = reference
  if (template !== undefined) return readChart(template, namespace)
  const object = findChart(reference, found)
  return object.kind === 'known' ? readChart(at(object.value, 'spec'), namespace) : object
}

/** A source beside it: the `sourceRef` of a template says in which namespace that is. */
export function readChart(spec: Json | undefined, namespace: string): Outcome<Chart> {
  const unknown = unknownField('HelmChart', spec)
  if (unknown !== undefined) return unknown
  const source = readSourceReference(at(spec, 'sourceRef'), namespace)
  if (source.kind !== 'known') return source
  if (source.value.kind !== 'GitRepository') return refused(notInGit(source.value.kind))
  const path = readChartPath(spec)
  if (path.kind !== 'known') return path
  const valuesFiles = readValuesFiles(spec)
  if (valuesFiles.kind !== 'known') return valuesFiles
  const mayLackFiles = flagAt(spec, 'ignoreMissingValuesFiles')
  if (mayLackFiles === undefined)
    return refused('ignoreMissingValuesFiles is neither true nor false')
  const strategy = textAt(spec, 'reconcileStrategy')
  if (strategy === undefined || !['', 'ChartVersion', 'Revision'].includes(strategy)) {
    return refused('reconcileStrategy is neither ChartVersion nor Revision')
  }
  return known({
    source: source.value,
    path: path.value,
    valuesFiles: valuesFiles.value,
    mayLackFiles,
    isPerCommit: strategy === 'Revision',
  })
}

function readChartPath(spec: Json | undefined): Outcome<string> {
  const chart = textAt(spec, 'chart') ?? ''
  if (chart === '' || chart.startsWith('/')) return refused('its chart is at no relative path')
  return treePath(chart)
}

/** From the root of the repository, whatever folder the chart is in. */
function readValuesFiles(spec: Json | undefined): Outcome<readonly string[]> {
  const files = listAt(spec, 'valuesFiles')
  if (files?.every(isText) !== true) return refused('valuesFiles is no list of files')
  const paths: string[] = []
  for (const file of files) {
    const path = treePath(file)
    if (path.kind !== 'known') return path
    paths.push(path.value)
  }
  return known(paths.length === 1 && paths[0] === 'values.yaml' ? [] : paths)
}
