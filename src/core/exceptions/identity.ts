import type { UserInfo } from '../admission/request.ts'
import type { BuiltInSubject } from './row.ts'

const credentialKey = 'authentication.kubernetes.io/credential-id'
/** Names of nodes are DNS subdomains. */
const nodeUser = /^system:node:([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/
const bootstrapUser = /^system:bootstrap:[a-z0-9]{6}$/
const apiServerName = 'system:apiserver'

/** The grammar of the API server's own serviceaccount package: a name holds no colon. */
const serviceAccount = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/

function accountOf(username: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = serviceAccount.exec(username) ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

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

/** A token of the API server, of which each has an id; an impersonator's certificate is none. */
export function hasServiceAccountToken(user: UserInfo): boolean {
  const account = accountOf(user.username)
  const ids = credentialIds(user)
  return (
    account !== undefined &&
    user.uid !== '' &&
    user.groups.includes(`system:serviceaccounts:${account.namespace}`) &&
    ids?.length === 1 &&
    ids.every((id) => /^JTI=./.test(id))
  )
}

function hasCertificate(user: UserInfo): boolean {
  const ids = credentialIds(user)
  return ids?.length === 1 && ids.every((id) => /^X509SHA256=./.test(id))
}

/** An OIDC provider can name its users as it likes. */
function hasNoToken(user: UserInfo): boolean {
  return !(credentialIds(user) ?? []).some((id) => id.startsWith('JTI='))
}

function credentialIds(user: UserInfo): readonly string[] | undefined {
  return user.extra.get(credentialKey)
}
