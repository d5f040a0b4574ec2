import type { UserInfo } from '../../../src/core/admission/request.ts'
import type { BuiltInSubject } from '../../../src/core/identity/built-in-subject.ts'
import { account } from '../../fakes/requests.ts'

const credentialKey = 'authentication.kubernetes.io/credential-id'

function user(username: string, parts: Partial<UserInfo> = {}): UserInfo {
  const extra = new Map([[credentialKey, ['X509SHA256=ab']]])
  return { username, uid: '', groups: ['system:authenticated'], extra, ...parts }
}

/** As the API server was seen to describe them. */
export function userOf(subject: BuiltInSubject): UserInfo {
  switch (subject.kind) {
    case 'controller':
      return account('kube-system', subject.account)
    case 'service-account':
      return account('keda', 'operator')
    case 'component':
      return user(subject.username)
    case 'node':
      return user('system:node:n1', { groups: ['system:nodes', 'system:authenticated'] })
    case 'bootstrap-token':
      return user('system:bootstrap:abcdef', {
        groups: ['system:bootstrappers', 'system:authenticated'],
        extra: new Map(),
      })
    case 'api-server':
      return user('system:apiserver', {
        uid: '37c13fb5',
        groups: ['system:authenticated', 'system:masters'],
        extra: new Map(),
      })
  }
}

/** Everybody who is not the subject though he looks like it. */
export function impostorsOf(subject: BuiltInSubject): readonly (readonly [string, UserInfo])[] {
  const real = userOf(subject)
  const credential = (...ids: string[]) => new Map([[credentialKey, ids]])
  const certificate = { ...real, extra: credential('X509SHA256=ab') }
  const token = { ...real, extra: credential('JTI=1') }
  const named = { ...real, uid: '', groups: ['system:authenticated'], extra: new Map() }
  const strangers: readonly (readonly [string, UserInfo])[] = [
    ['a human', user('alice')],
    ['a name with more behind it', { ...real, username: `${real.username}x:y` }],
    ['an administrator', user('admin', { groups: ['system:masters'] })],
  ]
  switch (subject.kind) {
    case 'controller':
    case 'service-account':
      return [
        ...strangers,
        ['the bare name', named],
        ['the name and groups', { ...real, uid: '', extra: new Map() }],
        ['a credential without a uid', { ...real, uid: '' }],
        ['a uid without a credential', { ...real, extra: new Map() }],
        ['a certificate', certificate],
        ['two credentials', { ...real, extra: credential('JTI=1', 'JTI=2') }],
        ['no groups', { ...real, groups: [] }],
      ]
    case 'component':
      return [...strangers, ['a token', token], ['the bare name', named]]
    case 'node':
      return [
        ...strangers,
        ['a token', token],
        ['no group of nodes', named],
        ['the name and group', { ...real, extra: new Map() }],
        ['a node without a name', { ...real, username: 'system:node:' }],
      ]
    case 'bootstrap-token':
      return [...strangers, ['no group of machines that join', named], ['a token', token]]
    case 'api-server':
      return [
        ...strangers,
        ['the bare name', named],
        ['the name and group', { ...real, uid: '' }],
        ['another group', { ...real, groups: ['system:authenticated'] }],
        ['a certificate', certificate],
        ['a token', token],
      ]
  }
}
