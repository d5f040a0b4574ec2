import { z } from 'zod'
import type { Operation } from '../admission/request.ts'
import { operations } from './exception-schema.ts'
import { fieldPath, resource, text } from './leaves.ts'

/** One row of what a grant may write; a write is covered by any of them. */
export interface ScopeRow {
  /** `resource[.group][/subresource]`, each exact, or `*` alone for all, in the policy only. */
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  /** For CREATE and UPDATE: what may change. */
  readonly fields?: readonly string[]
  /** Exact or `prefix*`; empty for cluster-scoped objects, and only those. */
  readonly namespaces: readonly string[]
  /** Exact or `prefix*`; all without. */
  readonly names?: readonly string[]
  /** `key=value`, all of them, of the object as it is (as it becomes on CREATE). */
  readonly labels?: readonly string[]
}

const namespacePattern = /^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|[a-z0-9][a-z0-9-]{0,61}\*)$/
/** RBAC names hold colons, so little is refused. */
export const namePattern = /^[^*/%\s\p{Cc}]{1,253}\*?$/u
export const labelPattern =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?=(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/

function shaped(pattern: RegExp, otherwise: string) {
  return text((value) => (pattern.test(value) ? undefined : otherwise))
}

export const scopeRowSchema = z.strictObject({
  resources: z
    .union([z.tuple([z.literal('*')]), z.array(resource).min(1)])
    .describe('`resource[.group][/subresource]`, each exact, or `["*"]` for all'),
  operations: z.array(z.enum(operations)).min(1).describe('which operations'),
  fields: z
    .array(fieldPath)
    .min(1)
    .exactOptional()
    .describe(
      'fields that may change, with all below them. Required for CREATE and UPDATE; without meaning for DELETE and CONNECT. `*` is the whole object but for `metadata.ownerReferences` and `metadata.finalizers`, which have to be named',
    ),
  namespaces: z
    .array(shaped(namespacePattern, 'must be a namespace, a prefix such as team-*, or *'))
    .describe(
      'namespaces or prefixes (`team-*`), `*` for every one; an empty list means cluster-scoped objects, and only those',
    ),
  names: z
    .array(shaped(namePattern, 'must be the name of an object or a prefix such as api-*'))
    .min(1)
    .exactOptional()
    .describe('names or prefixes (`api-*`); all by default'),
  labels: z
    .array(shaped(labelPattern, 'must be key=value of a label'))
    .min(1)
    .exactOptional()
    .describe('`key=value`: labels that the object has to have, all of them; none by default'),
})
