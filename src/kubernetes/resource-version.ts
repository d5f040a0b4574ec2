import { GuardError } from '../core/errors.ts'
import { stringAt, type Json } from '../core/manifest/json.ts'

/**
 * Of an object, a list or a bookmark. Versions of one kind are the revisions of one store, and can
 * be compared as numbers (KEP-5504). Throws ClusterUnreachable for what is none.
 */
export function versionOf(value: Json | undefined): bigint {
  const text = stringAt(value, 'metadata', 'resourceVersion') ?? ''
  if (/^(?:0|[1-9]\d{0,38})$/.test(text)) return BigInt(text)
  throw new GuardError('ClusterUnreachable', 'the API server sends a resourceVersion that is none')
}
