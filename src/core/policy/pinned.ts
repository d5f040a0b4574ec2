import type { ManifestObject } from '../manifest/documents.ts'
import { stringAt } from '../manifest/json.ts'
import { engineKindOf, engineKinds } from './engine-kinds.ts'
import { specDigest } from './roots.ts'

/** An entry of `roots`. */
export interface PinnedRoot {
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly digest: string
}

/** The root entry for an object as it is, or why there can be none. */
export function pinnedRoot({ group, kind, object }: ManifestObject): PinnedRoot | string {
  const resource = engineKindOf(group, kind)?.resource
  if (resource === undefined) {
    const known = engineKinds.map((one) => one.kind)
    return `is no object of an engine; those are ${[...new Set(known)].join(', ')}`
  }
  const name = stringAt(object, 'metadata', 'name') ?? ''
  const namespace = stringAt(object, 'metadata', 'namespace') ?? ''
  if (name === '' || namespace === '') return 'must have a name and a namespace, as in the cluster'
  const digest = specDigest(object)
  return digest === undefined ? 'has no spec' : { resource, namespace, name, digest }
}

/** To paste under `spec`; JSON strings are YAML strings, so no name can break out of one. */
export function rootsYaml(roots: readonly PinnedRoot[]): string {
  const lines = roots.map(({ resource, ...rest }) => {
    const parts = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    return `- {resource: ${resource}, ${parts.join(', ')}}`
  })
  return ['roots:', ...lines, ''].join('\n')
}
