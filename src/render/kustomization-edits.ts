import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../core/manifest/json.ts'
import { pathFrom } from './commit-tree.ts'
import { jsonAsYaml } from './json-as-yaml.ts'
import { whyNotPath } from './kustomization.ts'
import { findFor, followAll, type Walk } from './kustomize-walk.ts'

/** Where the edits of an engine object are applied. */
export interface Edited {
  readonly folder: string
  readonly file: string
}

/** The edits without components that are not there, where the engine object lets them be missing. */
export async function withoutMissing(
  walk: Walk,
  folder: string,
  edits: JsonObject,
): Promise<JsonObject> {
  const { components = null, ignoreMissingComponents } = edits
  if (ignoreMissingComponents !== true || !Array.isArray(components)) return edits
  const present: Json[] = []
  for (const component of components as readonly Json[]) {
    if (await mayBeThere(walk, folder, component)) present.push(component)
  }
  return { ...edits, components: present }
}

/** What is no path in the repository is not left out: it is refused. */
async function mayBeThere(walk: Walk, folder: string, component: Json): Promise<boolean> {
  if (typeof component !== 'string' || whyNotPath(component) !== undefined) return true
  const target = pathFrom(folder, component)
  return target === undefined || (await findFor(walk, target)).kind !== 'none'
}

/** Follows what a kustomization names that is in no file of the commit. */
export async function followText(
  walk: Walk,
  { folder, file }: Edited,
  kustomization: JsonObject | string,
): Promise<void> {
  const text = typeof kustomization === 'string' ? kustomization : jsonAsYaml(kustomization)
  const bytes = Buffer.from(text)
  const id = createHash('sha256').update(bytes).digest('hex')
  const reading = await walk.readings.look(
    { id, bytes: () => Promise.resolve(bytes) },
    'kustomization',
  )
  walk.found.note({ path: file }, reading)
  await followAll(walk, { folder, file }, reading)
}
