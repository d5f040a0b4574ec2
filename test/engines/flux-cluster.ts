import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { pathOf, type ObjectPath } from './flux-paths.ts'

const fixtures = path.join(import.meta.dirname, 'flux-fixtures')
const inVainAfterMs = Number(process.env['INVAIN'] ?? 90_000)

export type Changes = Parameters<Fleet['commit']>[0]

/** Stock Flux in front of which our webhook enforces; it applies the repository `fleet`. */
export interface FluxCluster {
  readonly cluster: Cluster
  readonly fleet: Fleet
  /** The URL under which Flux finds the repository. */
  readonly url: string
  /** By the names of the kubeconfigs of the cluster. */
  as(user: string): Requester
  read(object: ObjectPath): Promise<JsonObject | undefined>
  list(collection: Omit<ObjectPath, 'name'>): Promise<readonly JsonObject[]>
  /** Commits, and waits until every Kustomization that follows the branch has applied that commit. */
  land(changes: Changes): Promise<string>
  applied(commit: string): Promise<void>
  /** As `flux reconcile` does. */
  reconcile(object: ObjectPath): Promise<void>
  /** Waits until it holds; tells how the Kustomizations stand if it never does. */
  until(what: string, holds: () => Promise<boolean> | boolean): Promise<void>
  /** What was refused to Flux, by its own accounts and those that it impersonates. */
  denied(): readonly ChainedRecord[]
  end(): Promise<void>
}

interface Options extends Pick<ClusterOptions, 'cli' | 'name' | 'replicas'> {
  /** A file of flux-fixtures/. */
  readonly policyFile?: string
}

export async function startFlux(files: Changes, options: Options = {}): Promise<FluxCluster> {
  const { policyFile = 'policy.yaml', ...rest } = options
  const fleet = await makeFleet(files)
  const cluster = await startCluster({
    with: ['webhook', 'flux'],
    policy: path.join(fixtures, policyFile),
    repositories: { fleet: fleet.directory },
    ...rest,
    setup: [path.join(fixtures, 'bootstrap.yaml')],
  })
  return fluxIn(cluster, fleet)
}

export function fluxIn(cluster: Cluster, fleet: Fleet): FluxCluster {
  const requesters = new Map<string, Requester>()
  const as: FluxCluster['as'] = (user) => {
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
  const list: FluxCluster['list'] = async (collection) => {
    const items = at(await get(pathOf(collection)), 'items')
    return Array.isArray(items) ? (items as readonly Json[]).filter(isJsonObject) : []
  }
  const until: FluxCluster['until'] = async (what, holds) => {
    const deadline = Date.now() + inVainAfterMs
    while (!(await holds())) {
      if (Date.now() > deadline) assert.fail(`in vain: ${what}\n${await standing(list)}`)
      await sleep(200)
    }
  }
  const flux: FluxCluster = {
    cluster,
    fleet,
    url: cluster.git['fleet'] ?? '',
    as,
    read: (object) => get(pathOf(object)),
    list,
    until,
    async land(changes) {
      const commit = await fleet.commit(changes)
      await flux.applied(commit)
      return commit
    },
    applied: (commit) =>
      until(`${commit} is applied`, async () => {
        const all = await list({ kind: 'Kustomization' })
        return all.every((one) => !isFollowing(one) || hasApplied(one, commit))
      }),
    async reconcile(object) {
      const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() }
      const { status, text } = await as('alice')({
        method: 'PATCH',
        path: pathOf(object),
        type: 'application/merge-patch+json',
        body: { metadata: { annotations } },
      })
      assert.equal(status, 200, text)
    },
    denied: () => readRecords(cluster).filter(isDenialOfFlux),
    async end() {
      for (const requester of requesters.values()) requester.close()
      await cluster.stop()
      fleet.remove()
      assert.equal(existsSync(cluster.dir), false)
      assert.deepEqual(await processesOf(cluster.dir), [])
    },
  }
  return flux
}

/** Suspended ones stay where they are, and so do those whose source is another one. */
function isFollowing(kustomization: JsonObject): boolean {
  const isSuspended = at(kustomization, 'spec', 'suspend') === true
  return !isSuspended && stringAt(kustomization, 'spec', 'sourceRef', 'name') === 'fleet'
}

function hasApplied(kustomization: JsonObject, commit: string): boolean {
  const revision = stringAt(kustomization, 'status', 'lastAppliedRevision') ?? ''
  const generation = at(kustomization, 'metadata', 'generation')
  const isObserved = at(kustomization, 'status', 'observedGeneration') === generation
  const isLeaving = at(kustomization, 'metadata', 'deletionTimestamp') !== undefined
  return isObserved && !isLeaving && revision.endsWith(`:${commit}`)
}

async function standing(list: FluxCluster['list']): Promise<string> {
  const kinds = ['GitRepository', 'Kustomization', 'HelmRelease']
  const all = (await Promise.all(kinds.map((kind) => list({ kind })))).flat()
  return all.map(stand).join('\n')
}

function stand(object: JsonObject): string {
  const conditions = at(object, 'status', 'conditions')
  const ready = Array.isArray(conditions)
    ? (conditions as readonly Json[]).find((one) => stringAt(one, 'type') === 'Ready')
    : undefined
  const words = [
    stringAt(object, 'kind') ?? '',
    stringAt(object, 'metadata', 'name') ?? '',
    stringAt(object, 'status', 'lastAppliedRevision') ?? '',
    stringAt(ready, 'reason') ?? '',
    stringAt(ready, 'message') ?? '',
  ]
  return words.join(' ')
}

const accounts =
  /^system:serviceaccount:(?:flux-system:(?:source|kustomize|helm)-controller|tenant:applier)$/

function isDenialOfFlux({ decision, user }: ChainedRecord): boolean {
  return decision === 'deny' && accounts.test(user)
}

/** What a person needs in order to see why. */
export function told(record: ChainedRecord): string {
  const { time, user, op, gvr, sub, ns, name, reason, rule, paths, dryRun } = record
  const who = user.split(':').at(-1)
  return [
    time,
    who,
    op,
    gvr,
    sub,
    `${ns}/${name}`,
    reason,
    rule,
    dryRun ? 'dry' : '',
    paths.join(','),
  ].join(' ')
}
