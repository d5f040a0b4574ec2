import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserInfo } from '../../../src/core/admission/request.ts'
import { classify, provesAccount } from '../../../src/core/identity/classify.ts'
import { toAccount } from '../../../src/core/policy/subject.ts'
import { account, alice } from '../../fakes/requests.ts'
import { goodPolicy, head, repository } from '../policy/policies.ts'

const policy = goodPolicy(`${head}${repository}  writers:
  - {preset: flux, repositories: [fleet]}
  - {name: tenant, subject: {serviceAccount: team-a/flux}, impersonated: true, evidence: [flux], repositories: [fleet]}
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
  - {name: job, subject: {user: job}, evidence: [oidc], repositories: [fleet]}
`)

/** As the API server makes it for whoever impersonates the name of a service account alone. */
function impersonated(namespace: string, name: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: '',
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    extra: new Map(),
  }
}

const tenant = impersonated('team-a', 'flux')
const token = account('team-a', 'flux')

const cases: readonly [title: string, user: UserInfo, kind: string, writer?: string][] = [
  [
    'a controller of a preset in its Pod',
    account('flux-system', 'kustomize-controller', 'p'),
    'writer',
    'flux',
  ],
  ['the other one', account('flux-system', 'helm-controller', 'p'), 'writer', 'flux-helm'],
  [
    'a controller without its Pod',
    account('flux-system', 'helm-controller'),
    'unbound',
    'flux-helm',
  ],
  ['a controller that is no writer', account('flux-system', 'source-controller', 'p'), 'human'],
  ['a controller by its name alone', impersonated('flux-system', 'kustomize-controller'), 'human'],
  ['a tenant by its name alone', tenant, 'writer', 'tenant'],
  ['a tenant by a token of its own', token, 'human'],
  ['a tenant with a uid', { ...tenant, uid: token.uid }, 'human'],
  ['a tenant with a credential', { ...tenant, extra: token.extra }, 'human'],
  ['a tenant with anything extra', { ...tenant, extra: new Map([['a', ['b']]]) }, 'human'],
  ['a tenant without its groups', { ...tenant, groups: ['system:authenticated'] }, 'human'],
  [
    'a tenant with groups of another namespace',
    { ...tenant, groups: impersonated('b', 'flux').groups },
    'human',
  ],
  ['the account of that name elsewhere', impersonated('team-b', 'flux'), 'human'],
  ['another writer by its name alone', impersonated('ci', 'deployer'), 'human'],
  ['another writer by its token', account('ci', 'deployer'), 'writer', 'ci'],
  ['a user', { ...alice, username: 'job' }, 'writer', 'job'],
  ['somebody', alice, 'human'],
]
for (const [title, user, kind, writer] of cases) {
  test(`${title} is ${kind === 'human' ? 'a human' : `${kind} ${writer}`}`, () => {
    const found = classify(policy, user)
    assert.equal(found.kind, kind)
    if (found.kind !== 'human') assert.equal(found.writer.name, writer)
  })
}

test('whoever only has the name is told whom he poses as', () => {
  const found = classify(policy, token)
  assert.equal(found.kind === 'human' && found.posesAs?.name, 'tenant')
})

test('an account is proved by what is asked of it, whatever asks', () => {
  assert.ok(provesAccount(policy, toAccount('team-a/flux'), tenant))
  assert.ok(!provesAccount(policy, toAccount('team-a/flux'), token))
  assert.ok(!provesAccount(policy, toAccount('team-b/flux'), tenant))
  assert.ok(provesAccount(policy, toAccount('kro-system/kro'), account('kro-system', 'kro')))
  assert.ok(!provesAccount(policy, toAccount('kro-system/kro'), impersonated('kro-system', 'kro')))
  assert.ok(provesAccount(policy, { kind: 'user', username: 'alice', groups: [] }, alice))
})
