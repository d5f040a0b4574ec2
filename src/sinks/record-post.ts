import type { RecordTarget } from '../core/audit/shipment.ts'
import { GuardError } from '../core/errors.ts'
import { outcomeOf } from './outcome.ts'
import { post } from './post.ts'
import { readAuthorities, readSecret } from './secret-file.ts'

export interface RecordPostOptions {
  readonly name: string
  readonly url: string
  /** Holds a bearer token. */
  readonly tokenFile?: string
  /** Further authorities, as PEM. */
  readonly caFile?: string
  readonly now: () => number
}

const payloadTooLarge = 413

/** JSON Lines over HTTP. Nothing is refused for good: a receiver that is put right gets it all. */
export function recordPost({ name, url, tokenFile, caFile, now }: RecordPostOptions): RecordTarget {
  return {
    name,
    async deliver({ bytes, key }, signal) {
      try {
        const token = tokenFile === undefined ? undefined : await readSecret(tokenFile)
        const ca = caFile === undefined ? undefined : await readAuthorities(caFile)
        const posted = await post({
          url: new URL(url),
          type: 'application/x-ndjson',
          body: bytes,
          headers: {
            'idempotency-key': key,
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
          ...(ca !== undefined && { ca }),
          signal,
        })
        if (posted.kind === 'answered' && posted.status === payloadTooLarge) {
          return { kind: 'too-large', why: `answers ${posted.status}` }
        }
        const outcome = outcomeOf(posted, { isRefusal: () => false, now: now() })
        return outcome.kind === 'refused' ? { kind: 'later', why: outcome.why } : outcome
      } catch (error) {
        // Of what goes wrong here only our own words are known to show no secret.
        return {
          kind: 'later',
          why: error instanceof GuardError ? error.message : 'cannot be sent',
        }
      }
    },
  }
}
