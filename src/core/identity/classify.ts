import type { UserInfo } from '../admission/request.ts'
import type { Policy, Writer } from '../policy/schema.ts'
import { subjectMatches } from '../policy/subject.ts'
import { hasServiceAccountToken } from './credential.ts'

export type Classified =
  | { readonly kind: 'writer'; readonly writer: Writer }
  /** A writer that must be bound to a Pod, by a token that is not. */
  | { readonly kind: 'unbound'; readonly writer: Writer }
  /** Everybody else. `posesAs` is the writer whose name it has without what a token of it carries. */
  | { readonly kind: 'human'; readonly posesAs: Writer | undefined }

const extra = 'authentication.kubernetes.io'

/** Unknown is human. Groups alone never make a writer. */
export function classify(policy: Policy, user: UserInfo): Classified {
  const writer = policy.spec.writers.find(({ subject }) => subjectMatches(subject, user))
  if (writer === undefined) return { kind: 'human', posesAs: undefined }
  if (writer.subject.kind !== 'serviceAccount') return { kind: 'writer', writer }
  if (!hasServiceAccountToken(user)) return { kind: 'human', posesAs: writer }
  const isUnbound = writer.podBound && !isPodBound(user)
  return { kind: isUnbound ? 'unbound' : 'writer', writer }
}

function isPodBound(user: UserInfo): boolean {
  const required = ['pod-name', 'pod-uid'].map((key) => `${extra}/${key}`)
  return required.every((key) => (user.extra.get(key)?.length ?? 0) > 0)
}
