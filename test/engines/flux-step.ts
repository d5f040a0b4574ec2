import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Changes, FluxCluster } from './flux-cluster.ts'
import type { ObjectPath } from './flux-paths.ts'

/** One commit, and what the cluster is to say once Flux has applied it. */
export interface Step {
  readonly title: string
  readonly files: Changes | ((flux: FluxCluster) => Changes)
  readonly holds?: (flux: FluxCluster) => Promise<void>
}

export async function take(step: Step, flux: FluxCluster): Promise<void> {
  await flux.land(typeof step.files === 'function' ? step.files(flux) : step.files)
  await step.holds?.(flux)
}

/** The object is there and says at least this. */
export async function shows(
  flux: FluxCluster,
  object: ObjectPath,
  said: JsonObject = {},
): Promise<void> {
  const live = await flux.read(object)
  assert.ok(live !== undefined, `${object.kind} ${object.name} is not there`)
  assert.partialDeepStrictEqual(live, said)
}

export async function isGone(flux: FluxCluster, object: ObjectPath): Promise<void> {
  await flux.until(
    `${object.kind} ${object.name} is gone`,
    async () => (await flux.read(object)) === undefined,
  )
}

/** A ConfigMap has exactly this data. */
export async function says(
  flux: FluxCluster,
  name: string,
  data: Readonly<Record<string, string>>,
  namespace = 'shop',
): Promise<void> {
  const live = await flux.read({ kind: 'ConfigMap', namespace, name })
  assert.deepEqual(live?.['data'], data, `ConfigMap ${namespace}/${name}`)
}
