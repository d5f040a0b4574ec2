import type { Json, JsonObject } from '../core/manifest/json.ts'
import type { ManifestProblem } from '../core/manifest/manifest-text.ts'
import { parseManifests } from '../core/manifest/parse.ts'
import { editFound } from './flux-kustomization.ts'
import { jsonAsYaml } from './json-as-yaml.ts'

/** What an engine makes of a kustomization file before it builds it; of `none` it stays as it is. */
export type Rewriting =
  | { readonly engine: 'none' }
  | { readonly engine: 'flux'; readonly edits: JsonObject }
  | { readonly engine: 'argo-cd'; readonly patches: readonly Json[] }

export interface Rewritten {
  /** Empty if there are problems. */
  readonly text: string
  readonly problems: readonly ManifestProblem[]
}

export function rewriteKustomization(bytes: Uint8Array, rewriting: Rewriting): Rewritten {
  const { documents, problems } = parseManifests(bytes)
  if (problems.length > 0) return { text: '', problems }
  const [document, second] = documents
  if (second !== undefined) return refuse('more than one document', second.line)
  const object = document?.object ?? {}
  if (rewriting.engine === 'none') return asRewritten(object)
  const isFlux = rewriting.engine === 'flux'
  return asRewritten(
    isFlux ? editFound(object, rewriting.edits) : withPatches(object, rewriting.patches),
  )
}

/** As a file that kustomize reads: YAML may be written as JSON. Text: why there is none. */
export function asRewritten(kustomization: JsonObject | string): Rewritten {
  if (typeof kustomization === 'string') return refuse(kustomization)
  return { text: jsonAsYaml(kustomization), problems: [] }
}

function withPatches(object: JsonObject, added: readonly Json[]): JsonObject | string {
  const { patches = [] } = object
  if (!Array.isArray(patches)) return 'patches: not a list'
  return { ...object, patches: [...(patches as readonly Json[]), ...added] }
}

function refuse(message: string, line = 1): Rewritten {
  return { text: '', problems: [{ line, message }] }
}
