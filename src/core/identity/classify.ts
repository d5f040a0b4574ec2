import type { UserInfo } from '../admission/request.ts'
import type { Policy, Writer } from '../policy/schema.ts'
import { subjectMatches, type ExactSubject } from '../policy/subject.ts'
import { hasServiceAccountToken, isBareAccount } from './credential.ts'

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
  const hasProof = writer.impersonated ? isBareAccount(user) : hasServiceAccountToken(user)
  if (!hasProof) return { kind: 'human', posesAs: writer }
  const isUnbound = writer.podBound && !isPodBound(user)
  return { kind: isUnbound ? 'unbound' : 'writer', writer }
}

/** Whether the user is the subject and shows what is asked of it: an engine's tenant, or a token. */
export function provesAccount(policy: Policy, subject: ExactSubject, user: UserInfo): boolean {
  if (!subjectMatches(subject, user)) return false
  if (subject.kind !== 'serviceAccount') return true
  const isTenant = policy.spec.writers.some(
    (writer) => writer.impersonated && writer.subject.username === subject.username,
  )
  return isTenant ? isBareAccount(user) : hasServiceAccountToken(user)
}

function isPodBound(user: UserInfo): boolean {
  const required = ['pod-name', 'pod-uid'].map((key) => `${extra}/${key}`)
  return required.every((key) => (user.extra.get(key)?.length ?? 0) > 0)
}
