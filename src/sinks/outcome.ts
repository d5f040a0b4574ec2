import type { Outcome } from '../core/breakglass/outbox/sink.ts'
import type { Posted } from './post.ts'
import { retryAfter } from './retry-after.ts'

/** By CloudEvents' HTTP webhooks: the same is refused again, or nobody is there any more. */
export const refusals: ReadonlySet<number> = new Set([400, 404, 410, 415])

/** `isRefusal`: which answers are for good. */
export function outcomeOf(
  posted: Posted,
  { isRefusal, now }: { readonly isRefusal: (status: number) => boolean; readonly now: number },
): Outcome {
  if (posted.kind === 'unanswered') return { kind: 'later', why: posted.why }
  const { status } = posted
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (isRefusal(status)) return { kind: 'refused', why: `answers ${status}` }
  const isElsewhere = status >= 300 && status < 400
  const why = `answers ${status}${isElsewhere ? ', and nobody is followed to another place' : ''}`
  const notBefore = retryAfter(posted.retryAfter, now)
  return { kind: 'later', why, ...(notBefore !== undefined && { notBefore }) }
}
