import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { ArgoCluster, Changes } from './argo-cluster.ts'
import type { ObjectPath } from './flux-paths.ts'

/** One commit, and what the cluster is to say once Argo CD has applied it. */
export interface Step {
  readonly title: string
  readonly files: Changes | ((argo: ArgoCluster) => Changes | Promise<Changes>)
  readonly holds?: (argo: ArgoCluster) => Promise<void>
}

export async function take({ files, holds }: Step, argo: ArgoCluster): Promise<void> {
  await argo.land(typeof files === 'function' ? await files(argo) : files)
  await holds?.(argo)
}

/** The object is there and says at least this. */
export async function shows(
  argo: ArgoCluster,
  object: ObjectPath,
  said: JsonObject = {},
): Promise<void> {
  const live = await argo.read(object)
  assert.ok(live !== undefined, `${object.kind} ${object.name} is not there`)
  assert.partialDeepStrictEqual(live, said)
}

export async function isGone(argo: ArgoCluster, object: ObjectPath): Promise<void> {
  await argo.until(
    `${object.kind} ${object.name} is gone`,
    async () => (await argo.read(object)) === undefined,
  )
}

/** A ConfigMap has exactly this data. */
export async function says(
  argo: ArgoCluster,
  place: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const [namespace = '', name = ''] = place.split('/')
  const live = await argo.read({ kind: 'ConfigMap', namespace, name })
  assert.deepEqual(live?.['data'], data, `ConfigMap ${place}`)
}
