import { digest } from '../manifest/canonical.ts'
import { at, type JsonObject } from '../manifest/json.ts'
import { engineKindOf } from './engine-kinds.ts'
import type { Policy, Root } from './schema.ts'

/** An object by its kind. */
export interface RootReference {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** `sha256:…` of what an object wants, however it is written; undefined when it says nothing. */
export function specDigest(object: JsonObject): string | undefined {
  const spec = at(object, 'spec')
  return spec === undefined ? undefined : digest(spec)
}

/** The entry of the policy that names the object, whatever its spec is. */
export function rootFor(policy: Policy, reference: RootReference): Root | undefined {
  const resource = engineKindOf(reference.group, reference.kind)?.resource
  if (resource === undefined) return undefined
  return policy.spec.roots.find(
    (one) =>
      one.resource === resource &&
      one.namespace === reference.namespace &&
      one.name === reference.name,
  )
}

/** Whether the object counts as declared, though no plan declares it. */
export function isRoot(policy: Policy, reference: RootReference, object: JsonObject): boolean {
  const root = rootFor(policy, reference)
  if (root === undefined) return false
  return root.digest === undefined || root.digest === specDigest(object)
}
