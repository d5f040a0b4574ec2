import { at, stringAt, type JsonObject } from '../manifest/json.ts'
import { readCompact } from './compact.ts'

/**
 * Whose grant it says it is: only to find it by. Undefined if it does not say, and then it is
 * nobody's.
 */
export function holderOf(grant: JsonObject): string | undefined {
  const known = stringAt(grant, 'status', 'subject', 'username')
  if (known !== undefined) return known
  const token = stringAt(at(grant, 'spec'), 'token')
  const read = token === undefined ? undefined : readCompact(token)
  return read?.kind === 'unverified' ? stringAt(read.payload, 'sub') : undefined
}
