import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { startCluster, type Cluster, type ClusterOptions } from '../cluster/cluster.ts'
import { processesOf } from '../cluster/process-table.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'
import { readRecords, type ChainedRecord } from '../e2e/records.ts'
import { requesterOf, type Requester } from '../e2e/requester.ts'
import {
  at,
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../src/core/manifest/json.ts'
import { fleetUrl } from './argo-manifests.ts'
import { pathOf, type ObjectPath } from './flux-paths.ts'

const fixtures = path.join(import.meta.dirname, 'argo-fixtures')
const inVainAfterMs = 90_000
const refreshEveryMs = 2000

export type Changes = Parameters<Fleet['commit']>[0]

/** Stock Argo CD in front of which our webhook enforces; its root Application follows `apps/` of `fleet`. */
export interface ArgoCluster {
  readonly cluster: Cluster
  readonly fleet: Fleet
  /** The URL under which Argo CD finds the repository. */
  readonly url: string
  /** By the names of the kubeconfigs of the cluster, or by the path of one. */
  as(user: string): Requester
  read(object: ObjectPath): Promise<JsonObject | undefined>
  list(collection: Omit<ObjectPath, 'name'>): Promise<readonly JsonObject[]>
  commit(changes: Changes, branch?: string): Promise<string>
  /** Commits, and waits until every Application is in sync with that commit. */
  land(changes: Changes): Promise<string>
  settled(commit: string): Promise<void>
  /** As the webhook of a Git host does, by way of a person who may. */
  refresh(application: JsonObject): Promise<void>
  /** Waits until it holds; tells how the Applications stand if it never does. */
  until(what: string, holds: () => Promise<boolean> | boolean): Promise<void>
  /** What was refused to Argo CD. */
  denied(): readonly ChainedRecord[]
  end(): Promise<void>
}

interface Options extends Pick<ClusterOptions, 'name' | 'replicas' | 'with' | 'repositories'> {
  /** Files of argo-fixtures/. */
  readonly policyFile?: string
  readonly bootstrapFile?: string
}

export async function startArgo(files: Changes, options: Options = {}): Promise<ArgoCluster> {
  const { policyFile = 'policy.yaml', bootstrapFile = 'bootstrap.yaml', ...rest } = options
  const fleet = await makeFleet()
  const cluster = await startCluster({
    with: ['webhook', 'argo-cd', 'argocd-applicationset-controller'],
    policy: path.join(fixtures, policyFile),
    ...rest,
    repositories: { fleet: fleet.directory, ...rest.repositories },
    setup: [path.join(fixtures, bootstrapFile)],
  })
  const argo = argoIn(cluster, fleet)
  await argo.land(files)
  return argo
}

function argoIn(cluster: Cluster, fleet: Fleet): ArgoCluster {
  const requesters = new Map<string, Requester>()
  const url = cluster.git['fleet'] ?? ''
  const as: ArgoCluster['as'] = (user) => {
    const known = requesters.get(user) ?? requesterOf(cluster.kubeconfigs[user] ?? user)
    requesters.set(user, known)
    return known
  }
  const get = async (where: string) => {
    const { status, json, text } = await as('admin')({ method: 'GET', path: where })
    if (status === 404) return undefined
    assert.equal(status, 200, text)
    return json as JsonObject
  }
  const list: ArgoCluster['list'] = async (collection) => {
    const items = at(await get(pathOf(collection)), 'items')
    return Array.isArray(items) ? (items as readonly Json[]).filter(isJsonObject) : []
  }
  const until: ArgoCluster['until'] = async (what, holds) => {
    const deadline = Date.now() + inVainAfterMs
    while (!(await holds())) {
      if (Date.now() > deadline) assert.fail(`in vain: ${what}\n${await standing(argo)}`)
      await sleep(200)
    }
  }
  const argo: ArgoCluster = {
    cluster,
    fleet,
    url,
    as,
    read: (object) => get(pathOf(object)),
    list,
    until,
    commit: (changes, branch) => fleet.commit(filled(changes, url), branch),
    async land(changes) {
      const commit = await argo.commit(changes)
      await argo.settled(commit)
      return commit
    },
    async settled(commit) {
      const asked = new Map<string, number>()
      await until(`all is in sync with ${commit}`, async () => {
        const all = await list({ kind: 'Application' })
        const late = all.filter((one) => !isSettled(one, commit))
        for (const one of late) await refreshOnceInAWhile(argo, one, asked)
        return all.length > 0 && late.length === 0
      })
    },
    async refresh(application) {
      const { status, text } = await as('alice')({
        method: 'PATCH',
        path: pathOf(placeOf(application)),
        type: 'application/merge-patch+json',
        body: { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } },
      })
      assert.ok(status === 200 || status === 404, text)
    },
    denied: () => readRecords(cluster).filter(isDenialOfArgo),
    async end() {
      for (const requester of requesters.values()) requester.close()
      await cluster.stop()
      fleet.remove()
      assert.equal(existsSync(cluster.dir), false)
      assert.deepEqual(await processesOf(cluster.dir), [])
    },
  }
  return argo
}

function filled(changes: Changes, url: string): Changes {
  const entries = Object.entries(changes).map(([file, content]) => [
    file,
    typeof content === 'string' ? content.replaceAll(fleetUrl, url) : content,
  ])
  return Object.fromEntries(entries) as Changes
}

export function placeOf(object: JsonObject): ObjectPath {
  return {
    kind: stringAt(object, 'kind') ?? 'Application',
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}

async function refreshOnceInAWhile(
  argo: ArgoCluster,
  application: JsonObject,
  asked: Map<string, number>,
): Promise<void> {
  const name = JSON.stringify(placeOf(application))
  const isBusy =
    at(application, 'operation') !== undefined ||
    at(application, 'metadata', 'deletionTimestamp') !== undefined
  if (isBusy || Date.now() - (asked.get(name) ?? 0) < refreshEveryMs) return
  asked.set(name, Date.now())
  await argo.refresh(application)
}

/** It has applied what it says, at that commit if it follows `main`, and does nothing. */
function isSettled(application: JsonObject, commit: string): boolean {
  const isLeaving = at(application, 'metadata', 'deletionTimestamp') !== undefined
  const phase = stringAt(application, 'status', 'operationState', 'phase')
  const isBusy = at(application, 'operation') !== undefined || phase === 'Running'
  if (isLeaving || isBusy || stringAt(application, 'status', 'sync', 'status') !== 'Synced')
    return false
  const compared = at(application, 'status', 'sync', 'comparedTo') ?? {}
  const field = at(application, 'spec', 'sources') === undefined ? 'source' : 'sources'
  const isOfSpec = isDeepStrictEqual(at(compared, field), at(application, 'spec', field))
  return isOfSpec && isAtCommit(application, commit)
}

function isAtCommit(application: JsonObject, commit: string): boolean {
  const { sources, source } = (at(application, 'spec') ?? {}) as JsonObject
  const all = Array.isArray(sources) ? (sources as readonly Json[]) : [source ?? null]
  const { revisions, revision } = (at(application, 'status', 'sync') ?? {}) as JsonObject
  const found = Array.isArray(revisions) ? (revisions as readonly Json[]) : [revision ?? null]
  return all.every((one, i) => {
    const isFollowing = ['main', 'HEAD'].includes(stringAt(one, 'targetRevision') ?? 'HEAD')
    return !isFollowing || found[i] === commit
  })
}

async function standing(argo: ArgoCluster): Promise<string> {
  const all = await argo.list({ kind: 'Application' })
  const last = argo.denied().slice(-10)
  return [...all.map(stand), 'refused of late:', ...last.map(told)].join('\n')
}

function stand(application: JsonObject): string {
  const status = at(application, 'status') ?? null
  const words = [
    stringAt(application, 'metadata', 'name'),
    stringAt(status, 'sync', 'status'),
    stringAt(status, 'sync', 'revision'),
    stringAt(status, 'health', 'status'),
    stringAt(status, 'operationState', 'phase'),
    stringAt(status, 'operationState', 'message'),
    JSON.stringify(at(status, 'conditions') ?? []),
  ]
  return words.map((word = '') => word.slice(0, 600)).join(' ')
}

function isDenialOfArgo({ decision, user }: ChainedRecord): boolean {
  return decision === 'deny' && user.startsWith('system:serviceaccount:argocd:')
}

/** What a person needs in order to see why. */
export function told(record: ChainedRecord): string {
  const { time, user, op, gvr, sub, ns, name, reason, rule, paths, dryRun } = record
  const who = user.split(':').at(-1)
  const what = [op, gvr, sub, `${ns}/${name}`, reason, rule, dryRun ? 'dry' : '', paths.join(',')]
  return [time, who, ...what].join(' ')
}
