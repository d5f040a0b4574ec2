import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Changes, FluxCluster } from './flux-cluster.ts'
import type { ObjectPath } from './flux-paths.ts'

/** One commit, and what the cluster is to say once Flux has applied it. */
export interface Step {
  readonly title: string
  readonly before?: (flux: FluxCluster) => Promise<void>
  readonly files: Changes | ((flux: FluxCluster) => Changes)
  /** After the commit, while Flux is at it. */
  readonly meanwhile?: (flux: FluxCluster) => Promise<void>
  readonly holds?: (flux: FluxCluster) => Promise<void>
}

export async function take(step: Step, flux: FluxCluster): Promise<void> {
  await step.before?.(flux)
  const changes = typeof step.files === 'function' ? step.files(flux) : step.files
  const commit = await flux.fleet.commit(changes)
  await step.meanwhile?.(flux)
  await flux.applied(commit)
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
