import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import type { HelmOptions, Plan } from '../../plans/plan.ts'
import { releaseOf } from '../../policy/helm-release.ts'
import type { Found } from '../engine.ts'
import {
  findChart,
  readChartReference,
  readWantedChart,
  type Chart,
  type ChartReference,
} from './helm-chart.ts'
import { readValues } from './helm-values.ts'
import { helmGroup } from './kinds.ts'
import { unknownField } from './known-fields.ts'
import { flagAt, identityOf, isObjectName, isSet, listAt, textAt } from './object-fields.ts'
import { known, none, refused, type Obstacle, type Outcome } from './outcome.ts'
import type { Draft } from './pinned.ts'
import { readSource, type Source } from './source.ts'
import { isWithin } from './tree-path.ts'

export interface HelmDraft extends Draft {
  readonly chart: Chart
  readonly reference: ChartReference
}

/** What a HelmRelease installs, whether it is suspended or being deleted. */
export function draftHelmRelease(object: JsonObject, found: Found): Outcome<HelmDraft> {
  const identity = identityOf(object)
  if (identity.kind !== 'known') return identity
  const obstacle = whyNone(at(object, 'spec'))
  if (obstacle !== undefined) return obstacle
  const reference = readChartReference(at(object, 'spec'), identity.value)
  if (reference.kind !== 'known') return reference
  const chart = readWantedChart(reference.value, found)
  if (chart.kind !== 'known') return chart
  const source = readChartSource(chart.value, found)
  if (source.kind !== 'known') return source
  const packing = readPacking(chart.value, reference.value, found)
  if (packing.kind !== 'known') return packing
  const release = readRelease(object, found)
  if (release.kind !== 'known') return release
  const plan: Plan = {
    path: chart.value.path,
    renderer: 'helm',
    branch: source.value.branch,
    ...release.value,
    helm: { ...release.value.helm, ...packing.value },
    engine: { group: helmGroup, kind: 'HelmRelease', ...identity.value },
  }
  return known({ source: source.value, plan, chart: chart.value, reference: reference.value })
}

function whyNone(spec: Json | undefined): Obstacle | undefined {
  if (!isJsonObject(spec)) return refused('it has no spec')
  const unknown =
    unknownField('HelmRelease', spec) ??
    unknownField('install', spec['install'] ?? undefined) ??
    unknownField('upgrade', spec['upgrade'] ?? undefined)
  if (unknown !== undefined) return unknown
  if (isSet(spec['kubeConfig'])) return none('spec.kubeConfig: it is for another cluster')
  const mixing = unfollowed.find(([isAsked]) => isAsked(spec))
  return mixing === undefined ? undefined : refused(mixing[1])
}

const unfollowed: readonly (readonly [(spec: JsonObject) => boolean, string])[] = [
  [
    (spec) => listAt(spec, 'postRenderers')?.length !== 0,
    'spec.postRenderers is not followed: change the chart or its values',
  ],
  [
    (spec) => isSet(spec['commonMetadata']),
    'spec.commonMetadata of a HelmRelease is not followed: use values of the chart',
  ],
  [
    (spec) => flagAt(spec, 'upgrade', 'preserveValues') !== false,
    'spec.upgrade.preserveValues mixes in values that are not in Git',
  ],
]

function readChartSource({ source, path, valuesFiles }: Chart, found: Found): Outcome<Source> {
  const read = readSource(source, found)
  if (read.kind !== 'known') return read
  const { folders } = read.value
  const isThere = (one: string) => folders?.some((folder) => isWithin(one, folder)) ?? true
  return [path, ...valuesFiles].every(isThere)
    ? read
    : refused('spec.sparseCheckout of its GitRepository leaves out the chart, or values of it')
}

type Packing = Pick<
  HelmOptions,
  'defaultValuesFiles' | 'ignoresMissingValuesFiles' | 'versionMetadata'
>

/** source-controller marks the version of what it packs, which charts put into labels. */
function readPacking(chart: Chart, reference: ChartReference, found: Found): Outcome<Packing> {
  const { valuesFiles, mayLackFiles, isPerCommit } = chart
  if (valuesFiles.length === 0) return known(isPerCommit ? { versionMetadata: '{commit}' } : {})
  const object = findChart(reference, found)
  if (object.kind !== 'known') return object
  const generation = at(object.value, 'metadata', 'generation')
  if (typeof generation !== 'number') return none('its HelmChart has no generation')
  return known({
    defaultValuesFiles: valuesFiles,
    ...(mayLackFiles && { ignoresMissingValuesFiles: true }),
    versionMetadata: isPerCommit ? `{commit}.${generation}` : String(generation),
  })
}

interface Release extends Pick<Plan, 'namespace' | 'creates'> {
  readonly helm: HelmOptions
}

function readRelease(object: JsonObject, found: Found): Outcome<Release> {
  const spec = at(object, 'spec')
  const release = releaseOf(helmGroup, object)
  const isText = ['releaseName', 'targetNamespace'].every((key) => textAt(spec, key) !== undefined)
  if (!isText || release === undefined || !isReleaseName(release.name)) {
    return refused('its release has no valid name')
  }
  if (!isObjectName(release.target)) return refused('spec.targetNamespace is no namespace')
  const values = readValues(object, found)
  if (values.kind !== 'known') return values
  const includeCRDs = readCrds(spec)
  if (includeCRDs.kind !== 'known') return includeCRDs
  const helm: HelmOptions = {
    engine: 'flux',
    releaseName: release.name,
    valuesFiles: [],
    ...(Object.keys(values.value).length > 0 && { values: values.value }),
    includeCRDs: includeCRDs.value,
    apiVersions: [],
    usesClusterVersions: true,
  }
  return known({ namespace: release.target, ...createdBy(spec, release.target), helm })
}

/** It becomes an argument of helm. */
function isReleaseName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?$/.test(name)
}

/** As Helm makes it, without the marks of the release, and only for a namespace that is set. */
function createdBy(spec: Json | undefined, namespace: string): Pick<Plan, 'creates'> {
  const isAsked = at(spec, 'install', 'createNamespace') === true
  if (!isAsked || textAt(spec, 'targetNamespace') === '') return {}
  const metadata = { name: namespace, labels: { name: namespace } }
  return { creates: [{ apiVersion: 'v1', kind: 'Namespace', metadata }] }
}

/** Without a policy both create what is missing, whatever the reference says of upgrades. */
function readCrds(spec: Json | undefined): Outcome<boolean> {
  const policies = ['install', 'upgrade'].map((action) => textAt(spec, action, 'crds'))
  const isKnown = policies.every(
    (policy) => policy !== undefined && ['', 'Skip', 'Create', 'CreateReplace'].includes(policy),
  )
  if (!isKnown) return refused('crds is neither Skip nor Create nor CreateReplace')
  return known(policies.some((policy) => policy !== 'Skip'))
}
