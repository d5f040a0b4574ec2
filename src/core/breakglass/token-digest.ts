import { createHash } from 'node:crypto'

/** What is kept of a token: enough to know it again, nothing to use. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}
