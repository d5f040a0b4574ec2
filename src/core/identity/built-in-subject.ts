import type { UserInfo } from '../admission/request.ts'
import {
  accountOf,
  credentialIds,
  hasCertificate,
  hasNoToken,
  hasServiceAccountToken,
} from './credential.ts'

/** Whom a row of the built-in table is about. */
export type BuiltInSubject =
  /** A service account of kube-system. */
  | { readonly kind: 'controller'; readonly account: string }
  /** A component that logs in by a certificate. */
  | { readonly kind: 'component'; readonly username: string }
  | { readonly kind: 'api-server' }
  /** Any kubelet. */
  | { readonly kind: 'node' }
  /** Any joining machine, by a bootstrap token. */
  | { readonly kind: 'bootstrap-token' }
  /** Any service account. */
  | { readonly kind: 'service-account' }

/** Names of nodes are DNS subdomains. */
const nodeUser = /^system:node:([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/
const bootstrapUser = /^system:bootstrap:[a-z0-9]{6}$/
const apiServerName = 'system:apiserver'

export function nodeNameOf(username: string): string | undefined {
  return nodeUser.exec(username)?.[1]
}

export function usernameOf(subject: BuiltInSubject): string | undefined {
  if (subject.kind === 'controller') return `system:serviceaccount:kube-system:${subject.account}`
  if (subject.kind === 'component') return subject.username
  return subject.kind === 'api-server' ? apiServerName : undefined
}

/** Whether the name is the subject's, whoever bears it. */
export function isNamed(subject: BuiltInSubject, username: string): boolean {
  if (subject.kind === 'node') return nodeNameOf(username) !== undefined
  if (subject.kind === 'bootstrap-token') return bootstrapUser.test(username)
  if (subject.kind === 'service-account') return accountOf(username) !== undefined
  return usernameOf(subject) === username
}

/**
 * Whether the user is the subject. A username proves little: `--as` by whoever may impersonate gives
 * any, but groups, uid and credential only if those are impersonated too, which takes further rights.
 */
export function isSubject(subject: BuiltInSubject, user: UserInfo): boolean {
  return isNamed(subject, user.username) && credentials[subject.kind](user)
}

const credentials: Readonly<Record<BuiltInSubject['kind'], (user: UserInfo) => boolean>> = {
  controller: hasServiceAccountToken,
  'service-account': hasServiceAccountToken,
  // Its client certificate, which has an id since Kubernetes 1.32: `--as` alone gives none.
  component: hasCertificate,
  // Certificates have an id, and the authenticators of clouds say something too: `--as` says nothing.
  node: (user) => user.groups.includes('system:nodes') && user.extra.size > 0 && hasNoToken(user),
  // Its loopback credential has a uid made at start-up and, unlike all others, no id.
  'api-server': (user) =>
    user.groups.includes('system:masters') && user.uid !== '' && credentialIds(user) === undefined,
  'bootstrap-token': (user) => user.groups.includes('system:bootstrappers') && hasNoToken(user),
}
