import { keyAt, type FieldStep } from '../manifest/field-path.ts'

/** The API server writes these over whatever a request says. */
const keptMetadata: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
])

/**
 * What a request on the main resource cannot say. With a status subresource the API server leaves
 * out the status of a new object and keeps that of an old one.
 */
export function keptByServer(
  keepsStatus: boolean,
): (path: readonly FieldStep[], key: string) => boolean {
  return (path, key) =>
    path.length === 0
      ? key === 'status' && keepsStatus
      : keyAt(path, 0) === 'metadata' && keptMetadata.has(key)
}
