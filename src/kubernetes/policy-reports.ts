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
  readonly signal: AbortSignal
}

/**
 * Reports of the last scan in place of those before: at most one in each namespace and one of the
 * cluster. Those of namespaces without findings are removed. Rejects with ClusterUnreachable.
 */
export async function publishReports(
  reports: readonly Report[],
  publishing: Publishing,
): Promise<Published> {
  const served = await findFormat(publishing)
  if (served === undefined) return { format: undefined, written: 0, removed: 0 }
  let [written, removed] = [0, 0]
  for (const report of reports) {
    await write(report, served, publishing)
    written += 1
  }
  const wanted = new Set(reports.map(({ namespace }) => namespace))
  for (const namespace of await namespacesWithReports(served, publishing)) {
    if (wanted.has(namespace)) continue
    await remove(namespace, served, publishing)
    removed += 1
  }
  const { group, version } = served.format
  return { format: `${group}/${version}`, written, removed }
}

async function findFormat({ discovery, signal }: Publishing): Promise<Served | undefined> {
  for (const format of formats) {
    const { group, version, kinds } = format
    const [namespaced, cluster] = await Promise.all(
      kinds.map((kind) => discovery.find({ group, version, kind }, signal)),
    )
    const isThere = namespaced?.version === version && cluster?.version === version
    if (isThere) return { format, namespaced, cluster }
  }
  return undefined
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

async function namespacesWithReports(
  { namespaced }: Served,
  { api, signal }: Publishing,
): Promise<readonly string[]> {
  const selector = new URLSearchParams({ fieldSelector: `metadata.name=${reportName}` })
  const path = `${pathOf({ ...namespaced, namespace: '' })}?${selector.toString()}`
  const headers = {
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  }
  const answer = await api.send({ method: 'GET', path, headers, signal })
  // The API server writes an empty list of metadata as null.
  const items = at(answer.body, 'items') ?? []
  if (!isGood(answer) || !Array.isArray(items)) throw unexpected(`list ${reportName}`, answer)
  return (items as readonly Json[])
    .filter(isJsonObject)
    .map((one) => stringAt(one, 'metadata', 'namespace') ?? '')
}

async function remove(namespace: string, served: Served, { api, signal }: Publishing) {
  const path = pathOf({ ...resourceFor(namespace, served), namespace }, reportName)
  const answer = await api.send({ method: 'DELETE', path, signal })
  if (!isGood(answer) && answer.status !== 404) throw unexpected(`delete ${reportName}`, answer)
}
