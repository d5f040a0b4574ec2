import { z } from 'zod'
import { text } from './leaves.ts'

/** One identity that the policy names. `groups` are required in addition, all of them. */
export type ExactSubject =
  | {
      readonly kind: 'serviceAccount'
      readonly namespace: string
      readonly name: string
      readonly username: string
      readonly groups: readonly string[]
    }
  | { readonly kind: 'user'; readonly username: string; readonly groups: readonly string[] }

export type Subject = ExactSubject | { readonly kind: 'group'; readonly group: string }

const accountShape =
  /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/

const serviceAccount = text((value) => {
  if (value.includes('*'))
    return 'must not contain a wildcard: one writer or exception is one identity'
  const [, , name] = accountShape.exec(value) ?? []
  return name === undefined ? 'must be namespace/name of one service account' : whyHuman(name)
}).describe('`namespace/name` of one service account')

/** Why a service account only passes on what people do; undefined for all others. */
export function whyHuman(account: string): string | undefined {
  return /^(?:.+-)?argocd-server$/.test(account)
    ? 'is the API server of Argo CD: it acts for whoever uses its UI or CLI, so it is a human here'
    : undefined
}

const wildcardUser = 'must not contain a wildcard: one writer or exception is one identity'
const accountUser = 'is a service account: write serviceAccount: namespace/name'

const writerUser = text((value) => {
  if (value === '') return 'must not be empty'
  if (value.includes('*')) return wildcardUser
  if (/^system:serviceaccounts(?::|$)/.test(value)) {
    return 'names every service account of a cluster or namespace, so anyone who can start a Pod would be a writer'
  }
  if (value.startsWith('system:serviceaccount:')) return accountUser
  if (value === 'system:masters') return 'is every administrator of the cluster, and a group'
  if (value.startsWith('system:')) {
    return 'system: names belong to Kubernetes: the built-in exceptions cover its control plane, and nothing of it applies commits'
  }
  return undefined
}).describe('exact username, as the API server sees it')

const catchAllUsers: readonly string[] = [
  'system:anonymous',
  'system:authenticated',
  'system:masters',
  'system:nodes',
  'system:unauthenticated',
]

const exceptionUser = text((value) => {
  if (value === '') return 'must not be empty'
  if (value.includes('*')) return wildcardUser
  if (value.startsWith('system:serviceaccount:')) return accountUser
  return catchAllUsers.includes(value) || /^system:serviceaccounts(?::|$)/.test(value)
    ? 'is nobody in particular: an exception needs one identity'
    : undefined
}).describe('exact username, as the API server sees it')

const catchAllGroups: Readonly<Record<string, string>> = {
  'system:authenticated': 'is everybody who can log in',
  'system:unauthenticated': 'is everybody',
  'system:masters': 'is every administrator: an emergency is what break-glass is for',
  'system:nodes': 'is every node: the built-in exceptions know which node owns what',
}

const exceptionGroup = text((value) => {
  if (value === '') return 'must not be empty'
  if (value.includes('*')) return 'must not contain a wildcard'
  if (Object.hasOwn(catchAllGroups, value)) return catchAllGroups[value]
  if (/^system:serviceaccounts(?::|$)/.test(value)) {
    return 'is every service account of a cluster or namespace: name one with serviceAccount'
  }
  return value.startsWith('system:')
    ? 'system: groups belong to Kubernetes: the built-in exceptions cover its control plane'
    : undefined
}).describe('every member of this group')

const noGroup =
  'a writer is one exact identity: groups can only narrow a serviceAccount or user (groups: [...])'

export const writerSubject = z
  .strictObject({
    serviceAccount: serviceAccount.exactOptional(),
    user: writerUser.exactOptional(),
    group: z.never(noGroup).exactOptional(),
    groups: z
      .array(z.string().min(1, 'must not be empty'))
      .default([])
      .describe('groups that the identity must also be in, all of them'),
  })
  .transform((written, context): ExactSubject => {
    const subject = exact(written, written.groups)
    if (subject !== undefined && countKeys(written) === 1) return subject
    const onlyGroups = subject === undefined && written.groups.length > 0
    const message = onlyGroups ? noGroup : 'needs exactly one of serviceAccount or user'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .describe('who: `serviceAccount` or `user`, exactly one of them')

export const exceptionSubject = z
  .strictObject({
    serviceAccount: serviceAccount.exactOptional(),
    user: exceptionUser.exactOptional(),
    group: exceptionGroup.exactOptional(),
  })
  .transform((written, context): Subject => {
    const { group } = written
    const subject: Subject | undefined =
      group === undefined ? exact(written, []) : { kind: 'group', group }
    if (subject !== undefined && countKeys(written) === 1) return subject
    context.addIssue({
      code: 'custom',
      message: 'needs exactly one of serviceAccount, user or group',
    })
    return z.NEVER
  })
  .describe('who: `serviceAccount`, `user` or `group`, exactly one of them')

/** An operator: never a person, never a group. */
export const accountSubject = z
  .strictObject({ serviceAccount })
  .transform(({ serviceAccount: account }): ExactSubject => toAccount(account))
  .describe('who: the `serviceAccount` of the operator')

interface Written {
  readonly serviceAccount?: string
  readonly user?: string
  readonly group?: string
}

function countKeys({ serviceAccount: account, user, group }: Written): number {
  return [account, user, group].filter((one) => one !== undefined).length
}

function exact(written: Written, groups: readonly string[]): ExactSubject | undefined {
  if (written.user !== undefined) return { kind: 'user', username: written.user, groups }
  return written.serviceAccount === undefined
    ? undefined
    : toAccount(written.serviceAccount, groups)
}

/** Of `namespace/name`. */
export function toAccount(place: string, groups: readonly string[] = []): ExactSubject {
  const [, namespace = '', name = ''] = accountShape.exec(place) ?? []
  const username = `system:serviceaccount:${namespace}:${name}`
  return { kind: 'serviceAccount', namespace, name, username, groups }
}

export interface Identity {
  readonly username: string
  readonly groups: readonly string[]
}

export function subjectMatches(subject: Subject, { username, groups }: Identity): boolean {
  if (subject.kind === 'group') return groups.includes(subject.group)
  return username === subject.username && subject.groups.every((group) => groups.includes(group))
}
