import { setTimeout as sleep } from 'node:timers/promises'
import { engineKinds } from '../../src/core/policy/engine-kinds.ts'
import { specDigest } from '../../src/core/policy/roots.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { ApiClient, KubernetesObject } from './api-client.ts'
import { Failure } from './failure.ts'

/** /apis/GROUP/VERSION -> the plural names of what an engine's definitions serve there. */
export type EngineApis = Readonly<Record<string, readonly string[]>>

const servedWithinMs = 60_000

/** Whoever watches instances before their definition is served looks again much later. */
export async function waitUntilServed(api: ApiClient, apis: EngineApis): Promise<void> {
  const deadline = Date.now() + servedWithinMs
  for (const [groupVersion, plurals] of Object.entries(apis)) {
    while (!(await areServed(api, groupVersion, plurals))) {
      if (Date.now() > deadline) throw new Failure(3, `${groupVersion} is not served`)
      await sleep(100)
    }
  }
}

async function areServed(api: ApiClient, groupVersion: string, plurals: readonly string[]) {
  const found = await api.read(groupVersion)
  const served = (found?.['resources'] ?? []) as readonly { readonly name: string }[]
  return plurals.every((plural) => served.some(({ name }) => name === plural))
}

/** An entry of a policy's `roots`. */
export interface Root {
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly digest: string
}

/** All engine objects that are there, as they are now: no plan declares them yet. */
export async function rootsAmong(api: ApiClient, apis: EngineApis): Promise<Root[]> {
  const roots: Root[] = []
  for (const [groupVersion, plurals] of Object.entries(apis)) {
    const group = groupVersion.split('/')[2] ?? ''
    for (const plural of plurals) {
      const resource = `${plural}.${group}`
      if (!engineKinds.some((kind) => kind.resource === resource)) continue
      const list = await api.read(`${groupVersion}/${plural}`)
      const items = (list?.['items'] ?? []) as readonly KubernetesObject[]
      roots.push(...items.map((item) => rootOf(resource, item)))
    }
  }
  return roots
}

function rootOf(resource: string, object: KubernetesObject): Root {
  const { name, namespace = '' } = object.metadata
  // Read from JSON.
  const digest = specDigest(object as unknown as JsonObject) ?? ''
  return { resource, namespace, name, digest }
}
