import type { AdmissionRequest } from '../admission/request.ts'
import { changedPaths } from '../manifest/changes.ts'
import type { FieldPath } from '../manifest/field-path.ts'

/** What the API server itself writes with every change. */
const bookkeeping: ReadonlySet<string> = new Set(['resourceVersion', 'generation', 'managedFields'])

/**
 * The fields that an exception must cover: on CREATE all leaves, on UPDATE those that differ,
 * bookkeeping apart. DELETE and CONNECT change none.
 */
export function changedFields(request: AdmissionRequest): readonly FieldPath[] {
  const { operation, object, oldObject } = request
  if (operation === 'CREATE') return changedPaths(undefined, object ?? undefined)
  if (operation !== 'UPDATE') return []
  const paths = changedPaths(oldObject ?? undefined, object ?? undefined)
  return paths.filter((path) => !isBookkeeping(path))
}

function isBookkeeping([first, second]: FieldPath): boolean {
  return (
    first?.kind === 'key' &&
    first.key === 'metadata' &&
    second?.kind === 'key' &&
    bookkeeping.has(second.key)
  )
}
