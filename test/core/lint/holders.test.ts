import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findHolders } from '../../../src/core/lint/rbac/findings.ts'
import type { RbacObjects } from '../../../src/core/lint/rbac/bindings.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'

const policyText = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: any}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: https://git.example.com/fleet.git, branches: [main], sources: [{path: ., renderer: plain}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
`
const parsed = parsePolicy(policyText, 'policy.yaml')
assert.ok(parsed.kind === 'ok')
const { policy } = parsed

interface Given {
  readonly rules: readonly object[]
  readonly subject: object
  /** Of a RoleBinding; a ClusterRoleBinding without. */
  readonly namespace?: string
  readonly name?: string
}

const bob = { kind: 'User', name: 'bob' }

function objectsOf({ rules, subject, namespace, name = 'planted' }: Given): RbacObjects {
  const role = { metadata: { name }, rules } as unknown as JsonObject
  const binding = {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { kind: 'ClusterRole', name },
    subjects: [subject],
  } as unknown as JsonObject
  const [local, ofCluster] = namespace === undefined ? [[], [binding]] : [[binding], []]
  return { roles: [], clusterRoles: [role], roleBindings: local, clusterRoleBindings: ofCluster }
}

function found(given: Given, isGuarded = false): string[] {
  return findHolders(objectsOf(given), {
    namespace: 'solewriter-system',
    configuration: 'solewriter',
    policy,
    identities: new Set(['kube-system', 'ci', 'solewriter-system']),
    isGuarded,
  }).map(({ severity, kind, facts }) => `${severity} ${kind} ${String(facts['standing'])}`)
}

function rule(apiGroup: string, resources: string, verbs: string, names: readonly string[] = []) {
  return {
    apiGroups: [apiGroup],
    resources: resources.split(' '),
    verbs: verbs.split(' '),
    ...(names.length === 0 ? {} : { resourceNames: names }),
  }
}

const rbac = 'rbac.authorization.k8s.io'
const admission = 'admissionregistration.k8s.io'
const powers: readonly (readonly [string, object, string])[] = [
  ['users', rule('', 'users', 'impersonate'), 'problem impersonate'],
  ['groups', rule('', 'groups', 'impersonate'), 'problem impersonate'],
  ['accounts', rule('', 'serviceaccounts', 'impersonate'), 'problem impersonate'],
  ['uids', rule('authentication.k8s.io', 'uids', 'impersonate'), 'problem impersonate'],
  ['one extra', rule('authentication.k8s.io', 'userextras/scopes', '*'), 'problem impersonate'],
  [
    'constrained',
    rule('authentication.k8s.io', 'users', 'impersonate:user-info'),
    'problem impersonate',
  ],
  [
    'the node that one runs on',
    rule('authentication.k8s.io', 'nodes', 'impersonate:associated-node'),
    'problem impersonate',
  ],
  ['escalate', rule(rbac, 'clusterroles', 'escalate'), 'problem escalate'],
  ['bind', rule(rbac, 'roles', 'bind'), 'problem bind'],
  ['webhooks', rule(admission, 'mutatingwebhookconfigurations', 'create'), 'problem admission'],
  [
    'our webhook',
    rule(admission, 'validatingwebhookconfigurations', 'delete'),
    'problem admission',
  ],
  ['policies', rule(admission, 'validatingadmissionpolicybindings', 'patch'), 'problem admission'],
  ['tokens', rule('', 'serviceaccounts/token', 'create'), 'problem tokens'],
  ['secrets', rule('', 'secrets', 'list'), 'problem secrets'],
  ['approval', rule('certificates.k8s.io', 'signers', 'approve'), 'problem certificates'],
  ['kubelets', rule('', 'nodes/proxy', 'get'), 'problem nodes-proxy'],
  ['unsafe', rule('', 'secrets', 'unsafe-delete-ignore-read-errors'), 'warning unsafe-delete'],
  ['exec', rule('', 'pods/exec', 'create'), 'problem pods'],
  ['status', rule('solewriter.dev', 'breakglassgrants/status', 'update'), 'problem own-records'],
]
for (const [title, one, expected] of powers) {
  test(`${title}: who may is named`, () => {
    assert.deepEqual(found({ rules: [one], subject: bob }), [`${expected} other`])
  })
}

const harmless: readonly (readonly [string, object])[] = [
  ['extras without a key', rule('authentication.k8s.io', 'userextras', 'impersonate')],
  ['users of another group', rule('example.com', 'users', 'impersonate')],
  ['reading roles', rule(rbac, 'roles clusterroles', 'get list watch')],
  ['reading Pods', rule('', 'pods pods/log', 'get list')],
  ['URLs', { nonResourceURLs: ['*'], verbs: ['*'] }],
]
for (const [title, one] of harmless) {
  test(`${title}: no power`, () => {
    assert.deepEqual(found({ rules: [one], subject: bob }), [])
  })
}

test('a RoleBinding counts where identities of the policy are, and gives nothing of the cluster', () => {
  const secrets = { rules: [rule('', 'secrets', 'get')], subject: bob }
  assert.deepEqual(found({ ...secrets, namespace: 'shop' }), [])
  assert.deepEqual(found({ ...secrets, namespace: 'ci' }), ['problem secrets other'])
  const webhooks = { rules: [rule(admission, '*', '*')], subject: bob, namespace: 'ci' }
  assert.deepEqual(found(webhooks), [])
})

test('rights in our own namespace weigh more when they are given for it alone', () => {
  const write = { rules: [rule('', 'configmaps', 'patch')], subject: bob }
  assert.deepEqual(found(write), ['warning own-namespace other'])
  assert.deepEqual(found({ ...write, namespace: 'solewriter-system' }), [
    'problem own-namespace other',
  ])
})

test('who may do everything is named once', () => {
  const all = { rules: [rule('*', '*', '*')], subject: bob }
  assert.deepEqual(found(all), ['warning everything other'])
  const everybody = { ...all, subject: { kind: 'Group', name: 'system:authenticated' } }
  assert.deepEqual(found(everybody), ['problem everything everybody'])
})

test('the guard makes webhook configurations a matter of its own', () => {
  const webhooks = {
    rules: [rule(admission, 'validatingwebhookconfigurations', '*')],
    subject: bob,
  }
  assert.deepEqual(found(webhooks, true), ['warning admission other'])
  // Whoever may take the guard away is held by nothing.
  const policies = { rules: [rule(admission, 'validatingadmissionpolicybindings', 'delete')] }
  assert.deepEqual(found({ ...policies, subject: bob }, true), ['problem admission other'])
  const all = { rules: [rule(admission, '*', '*')], subject: bob }
  assert.deepEqual(found(all, true), ['problem admission other'])
})

test('names that a rule is for are told', () => {
  const only = { rules: [rule('', 'users', 'impersonate', ['jane', 'joe'])], subject: bob }
  const [finding] = findHolders(objectsOf(only), {
    namespace: 'solewriter-system',
    configuration: 'solewriter',
    policy,
    identities: new Set(['ci']),
    isGuarded: false,
  })
  assert.match(finding?.what ?? '', /User bob may impersonate users, only jane, joe, by/)
  assert.deepEqual(finding?.facts['names'], ['jane', 'joe'])
  assert.equal(finding?.command, 'kubectl delete clusterrolebinding planted')
})

test('the control plane is told apart by binding, subject and power', () => {
  const name = 'system:controller:clusterrole-aggregation-controller'
  const account = {
    kind: 'ServiceAccount',
    namespace: 'kube-system',
    name: 'clusterrole-aggregation-controller',
  }
  const escalate = { rules: [rule(rbac, 'clusterroles', 'escalate')], name }
  assert.deepEqual(found({ ...escalate, subject: account }), ['note escalate built-in'])
  // Somebody else in the same binding, the same account by another one, and another power.
  assert.deepEqual(found({ ...escalate, subject: bob }), ['problem escalate other'])
  assert.deepEqual(found({ ...escalate, subject: account, name: 'mine' }), [
    'problem escalate other',
  ])
  const more = { rules: [rule('', 'users', 'impersonate')], subject: account, name }
  assert.deepEqual(found(more), ['warning impersonate control-plane'])
})

test('writers and our own accounts are known, and what is none of their work is not', () => {
  const deployer = { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' }
  assert.deepEqual(found({ rules: [rule('apps', 'deployments', '*')], subject: deployer }), [
    'warning unsafe-delete policy',
    'note pods policy',
    'note own-namespace policy',
  ])
  assert.deepEqual(found({ rules: [rule('', 'users', 'impersonate')], subject: deployer }), [
    'warning impersonate policy',
  ])
  const controller = {
    kind: 'ServiceAccount',
    namespace: 'solewriter-system',
    name: 'solewriter-controller',
  }
  const patch = (names: readonly string[]) => ({
    rules: [rule(admission, 'validatingwebhookconfigurations', 'get patch', names)],
    subject: controller,
  })
  assert.deepEqual(found(patch(['solewriter'])), ['note admission ours'])
  assert.deepEqual(found(patch([])), ['problem admission other'])
})

test('a name is one word of a command, whatever it is', () => {
  const given = { rules: [rule('', 'users', 'impersonate')], subject: bob, name: "x'; rm -rf ~; '" }
  const [finding] = findHolders(objectsOf(given), {
    namespace: 'solewriter-system',
    configuration: 'solewriter',
    policy: undefined,
    identities: new Set(),
    isGuarded: false,
  })
  assert.equal(
    finding?.command,
    String.raw`kubectl delete clusterrolebinding 'x'\''; rm -rf ~; '\'''`,
  )
})
