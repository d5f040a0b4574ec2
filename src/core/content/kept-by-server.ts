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

/** Of this status the API server takes over one field of a new object. */
const takenOver: Readonly<Record<string, string>> = { 'v1 Pod': 'qosClass' }

/**
 * What a request on the main resource cannot say. With a status subresource the API server leaves
 * out the status of a new object and keeps that of an old one.
 */
export function keptByServer(
  keepsStatus: boolean,
  kind: string,
): (path: readonly FieldStep[], key: string) => boolean {
  const open = Object.hasOwn(takenOver, kind) ? takenOver[kind] : undefined
  return (path, key) => {
    if (path.length === 0) return key === 'status' && keepsStatus && open === undefined
    const part = keyAt(path, 0)
    if (part === 'metadata') return keptMetadata.has(key)
    return part === 'status' && keepsStatus && key !== open
  }
}
