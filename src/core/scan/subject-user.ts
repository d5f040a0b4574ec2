import type { UserInfo } from '../admission/request.ts'
import { nodeNameOf, usernameOf, type BuiltInSubject } from '../identity/built-in-subject.ts'
import { stringAt } from '../manifest/json.ts'
import type { Subject } from '../policy/subject.ts'
import { idOf, type LiveObject } from './live-object.ts'

const credential = 'authentication.kubernetes.io/credential-id'
const everybody = 'system:authenticated'

/** Somebody whom a row is about, with the credential that it asks for: who may have made the object. */
export function userOf(subject: BuiltInSubject, live: LiveObject): UserInfo {
  const username = usernameOf(subject) ?? ''
  switch (subject.kind) {
    case 'controller':
      return account('kube-system', subject.account)
    case 'component':
      return user(username, [everybody], ['X509SHA256=scan'])
    case 'api-server':
      return { username, uid: 'scan', groups: ['system:masters'], extra: new Map() }
    case 'node':
      return user(`system:node:${nodeOf(live)}`, ['system:nodes', everybody], ['X509SHA256=scan'])
    case 'bootstrap-token':
      return user('system:bootstrap:aaaaaa', ['system:bootstrappers'], [])
    case 'service-account':
      return account(idOf(live).namespace, 'default')
  }
}

/** Whom a row of the policy is about. */
export function userNamed(subject: Subject): UserInfo {
  if (subject.kind === 'group') return user('somebody', [subject.group, everybody], [])
  if (subject.kind === 'user') return user(subject.username, [...subject.groups, everybody], [])
  const made = account(subject.namespace, subject.name)
  return { ...made, groups: [...made.groups, ...subject.groups] }
}

function user(username: string, groups: readonly string[], ids: readonly string[]): UserInfo {
  return { username, uid: '', groups, extra: new Map(ids.length === 0 ? [] : [[credential, ids]]) }
}

function account(namespace: string, name: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: 'scan',
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, everybody],
    extra: new Map([[credential, ['JTI=scan']]]),
  }
}

/** The node that an object says it is of; what is of none has its name. */
function nodeOf(live: LiveObject): string {
  const { object } = live
  const asked = nodeNameOf(stringAt(object, 'spec', 'username') ?? '')
  return asked ?? stringAt(object, 'spec', 'nodeName') ?? idOf(live).name
}
