import { GuardError } from '../core/errors.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { reportName } from '../core/decision/own-object.ts'
import type { Report } from '../core/scan/reports.ts'
import { isGood, unexpected, type Api } from './api.ts'
import type { Discovery, ServedResource } from './discovery.ts'
import { pathOf } from './paths.ts'

interface Format {
  readonly group: string
  readonly version: string
  /** For objects in namespaces, and for those in none. */
  readonly kinds: readonly [string, string]
}

/** The newer first. */
const formats: readonly Format[] = [
  { group: 'openreports.io', version: 'v1alpha1', kinds: ['Report', 'ClusterReport'] },
  {
    group: 'wgpolicyk8s.io',
    version: 'v1alpha2',
    kinds: ['PolicyReport', 'ClusterPolicyReport'],
  },
]

interface Served {
  readonly format: Format
  readonly namespaced: ServedResource
  readonly cluster: ServedResource
}

export interface Published {
  /** Undefined where neither format is served. */
  readonly format: string | undefined
  readonly written: number
  readonly removed: number
}

interface Publishing {
  readonly api: Api
  readonly discovery: Discovery
  /** False: something was not looked at, so that a namespace without findings need not be clean. */
  readonly isWhole: boolean
  readonly signal: AbortSignal
}

/**
 * Reports of the last scan in place of those before: at most one in each namespace and one of the
 * cluster, in one format. Those of namespaces that are clean again are removed. One that cannot be
 * written keeps none of the others from it; then it rejects with ClusterUnreachable at the end.
 */
export async function publishReports(
  reports: readonly Report[],
  publishing: Publishing,
): Promise<Published> {
  const [served, ...before] = await findFormats(publishing)
  if (served === undefined) return { format: undefined, written: 0, removed: 0 }
  const failures: Failures = []
  let [written, removed] = [0, 0]
  for (const report of reports) {
    written += await attempt(() => write(report, served, publishing), failures, publishing)
  }
  if (publishing.isWhole) {
    const wanted = new Set(reports.map(({ namespace }) => namespace))
    removed += await removeOthers(wanted, served, { publishing, failures })
    const none = new Set<string>()
    for (const one of before) removed += await removeOthers(none, one, { publishing, failures })
  }
  if (failures.length > 0) throw failed(failures)
  const { group, version } = served.format
  return { format: `${group}/${version}`, written, removed }
}

type Failures = unknown[]

/** Done, as a number. */
async function attempt(
  action: () => Promise<void>,
  failures: Failures,
  { signal }: Publishing,
): Promise<number> {
  try {
    await action()
    return 1
  } catch (error) {
    if (signal.aborted) throw error
    failures.push(error)
    return 0
  }
}

function failed(failures: Failures): GuardError {
  const [cause] = failures
  const why = cause instanceof GuardError ? cause.message : 'it failed'
  const message = `${failures.length} reports, the first: ${why}`
  return new GuardError('ClusterUnreachable', message, { cause })
}

async function removeOthers(
  wanted: ReadonlySet<string>,
  served: Served,
  { publishing, failures }: { readonly publishing: Publishing; readonly failures: Failures },
): Promise<number> {
  let [places, removed]: [readonly string[], number] = [[], 0]
  const look = async () => {
    places = await placesOfReports(served, publishing)
  }
  await attempt(look, failures, publishing)
  for (const namespace of places) {
    if (wanted.has(namespace)) continue
    removed += await attempt(() => remove(namespace, served, publishing), failures, publishing)
  }
  return removed
}

/** Those that are served, in order. */
async function findFormats({ discovery, signal }: Publishing): Promise<readonly Served[]> {
  const found: Served[] = []
  for (const format of formats) {
    const { group, version, kinds } = format
    const [namespaced, cluster] = await Promise.all(
      kinds.map((kind) => discovery.find({ group, version, kind }, signal)),
    )
    const isThere = namespaced?.version === version && cluster?.version === version
    if (isThere) found.push({ format, namespaced, cluster })
  }
  return found
}

function resourceFor(namespace: string, { namespaced, cluster }: Served): ServedResource {
  return namespace === '' ? cluster : namespaced
}

const apply = { 'content-type': 'application/apply-patch+yaml' } as const

/** A namespace that is being deleted takes no new objects, and one that is gone has no place for them. */
const inVain: readonly number[] = [404, 403]

async function write(report: Report, served: Served, { api, signal }: Publishing): Promise<void> {
  const { namespace } = report
  const path = pathOf({ ...resourceFor(namespace, served), namespace }, reportName)
  const answer = await api.send({
    method: 'PATCH',
    path: `${path}?fieldManager=solewriter-controller&force=true`,
    headers: apply,
    body: toObject(report, served.format),
    signal,
  })
  const isEnding = namespace !== '' && inVain.includes(answer.status) && isOfNamespace(answer.body)
  if (!isGood(answer) && !isEnding) throw unexpected(`apply ${reportName}`, answer)
}

function isOfNamespace(body: Json | undefined): boolean {
  const causes = at(body, 'details', 'causes')
  const isEnding =
    Array.isArray(causes) &&
    (causes as readonly Json[]).some((one) => stringAt(one, 'reason') === 'NamespaceTerminating')
  return isEnding || stringAt(body, 'details', 'kind') === 'namespaces'
}

function toObject({ namespace, results, summary }: Report, format: Format): JsonObject {
  const { group, version, kinds } = format
  return {
    apiVersion: `${group}/${version}`,
    kind: kinds[namespace === '' ? 1 : 0],
    metadata: {
      name: reportName,
      ...(namespace === '' ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'solewriter' },
    },
    summary: { ...summary },
    results,
  }
}

/** Namespaces with a report, and the empty one if the cluster has one. */
async function placesOfReports(
  { namespaced, cluster }: Served,
  publishing: Publishing,
): Promise<readonly string[]> {
  const lists = await Promise.all([namespaced, cluster].map((one) => listReports(one, publishing)))
  return lists.flat().map((one) => stringAt(one, 'metadata', 'namespace') ?? '')
}

async function listReports(
  resource: ServedResource,
  { api, signal }: Publishing,
): Promise<readonly JsonObject[]> {
  const selector = new URLSearchParams({ fieldSelector: `metadata.name=${reportName}` })
  const path = `${pathOf({ ...resource, namespace: '' })}?${selector.toString()}`
  const headers = {
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  }
  const answer = await api.send({ method: 'GET', path, headers, signal })
  // The API server writes an empty list of metadata as null.
  const items = at(answer.body, 'items') ?? []
  if (!isGood(answer) || !Array.isArray(items)) throw unexpected(`list ${reportName}`, answer)
  return (items as readonly Json[]).filter(isJsonObject)
}

async function remove(namespace: string, served: Served, { api, signal }: Publishing) {
  const path = pathOf({ ...resourceFor(namespace, served), namespace }, reportName)
  const answer = await api.send({ method: 'DELETE', path, signal })
  if (!isGood(answer) && answer.status !== 404) throw unexpected(`delete ${reportName}`, answer)
}
