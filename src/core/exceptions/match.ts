import type { AdmissionRequest } from '../admission/request.ts'
import { resourceName } from '../admission/request.ts'
import { changedPaths } from '../manifest/changes.ts'
import { covers, parseFieldPattern } from '../manifest/field-path.ts'
import { rowCovers } from '../policy/explain.ts'
import type { Policy } from '../policy/schema.ts'
import { subjectMatches } from '../policy/subject.ts'
import type { Cluster } from './cluster.ts'

// PLACEHOLDER by the lead so that src/core/decision can be tested: the signature below is what
// core/decision/{case,rows,protected,human-message}.ts call. The engineer of this folder replaces
// the body (built-in rows first, then policy rows); keep the names, or tell the lead.

export type ExceptionMatch =
  | { readonly kind: 'covered'; readonly rule: string; readonly origin: 'built-in' | 'policy' }
  | { readonly kind: 'not-covered'; readonly reach: string | undefined }

export interface ExceptionContext {
  readonly policy: Policy
  readonly cluster: Cluster
  readonly signal: AbortSignal
}

export function matchException(
  request: AdmissionRequest,
  { policy }: ExceptionContext,
): Promise<ExceptionMatch> {
  const { namespace, name, user } = request
  const target = { resource: resourceName(request), namespace, name }
  for (const { name: rule, subject, allow } of policy.spec.exceptions) {
    if (!subjectMatches(subject, user)) continue
    for (const row of allow) {
      if (!rowCovers(row, target) || !row.operations.includes(request.operation)) continue
      const patterns = (row.fields ?? []).map(parseFieldPattern)
      const paths = changedPaths(request.oldObject ?? undefined, request.object ?? undefined)
      if (paths.every((path) => patterns.some((pattern) => covers(pattern, path)))) {
        return Promise.resolve({ kind: 'covered', rule, origin: 'policy' })
      }
    }
    return Promise.resolve({ kind: 'not-covered', reach: `Exception ${rule} does not cover it.` })
  }
  return Promise.resolve({ kind: 'not-covered', reach: undefined })
}
