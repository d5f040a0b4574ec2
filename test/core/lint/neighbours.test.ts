import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import {
  findMutatorsOfDeclared,
  findMutatorsOfOurs,
  findPoliciesOnOurs,
} from '../../../src/core/lint/webhook/neighbours.ts'

const none = {
  mutatingWebhooks: [],
  mutatingPolicies: [],
  mutatingBindings: [],
  validatingPolicies: [],
  validatingBindings: [],
}
const place = { namespace: 'solewriter-system', labels: { team: 'platform' } }
const pods = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }

function mutating(webhook: object): readonly JsonObject[] {
  return [
    { metadata: { name: 'inject' }, webhooks: [{ name: 'a.example.com', ...webhook }] },
  ] as unknown as JsonObject[]
}

function reachedOf(mutatingWebhooks: readonly JsonObject[]): readonly string[] {
  return findMutatorsOfOurs({ ...none, mutatingWebhooks }, place).flatMap(
    ({ facts }) => facts['resources'] ?? [],
  )
}

test('a mutating webhook that reaches our own objects is named with what it reaches', () => {
  const [finding] = findMutatorsOfOurs(
    { ...none, mutatingWebhooks: mutating({ rules: [pods] }) },
    place,
  )
  assert.equal(finding?.severity, 'problem')
  assert.match(
    finding?.what ?? '',
    /MutatingWebhookConfiguration inject \(a\.example\.com\) may change pods/,
  )
  assert.equal(finding?.command, 'kubectl edit mutatingwebhookconfiguration inject')
})

const selectors: readonly (readonly [string, object, boolean])[] = [
  ['no selector', {}, true],
  [
    'our namespace by name',
    { namespaceSelector: expression('NotIn', ['solewriter-system']) },
    false,
  ],
  ['other namespaces', { namespaceSelector: expression('NotIn', ['kube-system']) }, true],
  ['a label that we have not', { namespaceSelector: { matchLabels: { inject: 'yes' } } }, false],
  ['a label that we have', { namespaceSelector: { matchLabels: { team: 'platform' } } }, true],
  [
    'a label of Pods that ours have not',
    { objectSelector: { matchLabels: { mesh: 'on' } } },
    false,
  ],
]

function expression(operator: string, values: readonly string[]) {
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator, values }] }
}

for (const [title, selector, isReached] of selectors) {
  test(`${title}: ${isReached ? 'reached' : 'left alone'}`, () => {
    const found = reachedOf(mutating({ rules: [pods], ...selector }))
    assert.deepEqual(found, isReached ? ['pods'] : [])
  })
}

test('no webhook is asked about admission itself, but a mutating policy is', () => {
  const rule = {
    apiGroups: ['admissionregistration.k8s.io'],
    apiVersions: ['*'],
    resources: ['*'],
    operations: ['*'],
  }
  assert.deepEqual(reachedOf(mutating({ rules: [rule] })), [])
  const policy = { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [rule] } } }
  const binding = { metadata: { name: 'b' }, spec: { policyName: 'p' } }
  const objects = { ...none, mutatingPolicies: [policy], mutatingBindings: [binding] }
  const [finding] = findMutatorsOfOurs(objects, place)
  assert.deepEqual(finding?.facts['resources'], [
    'validatingwebhookconfigurations.admissionregistration.k8s.io',
  ])
  assert.deepEqual(findMutatorsOfOurs({ ...objects, mutatingBindings: [] }, place), [])
})

const served = [
  {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: '',
    isNamespaced: true,
    verbs: ['create', 'get', 'patch'],
  },
  {
    group: '',
    version: 'v1',
    resource: 'events',
    subresource: '',
    isNamespaced: true,
    verbs: ['create'],
  },
]

test('what is declared is told with the namespaces, and what is never declared is not', () => {
  const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }
  const namespaces = ['shop', 'solewriter-system'].map((name) => ({
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  }))
  const options = { served, namespaces, policy: undefined, own: 'solewriter-system' }
  const of = (webhook: object) =>
    findMutatorsOfDeclared({ ...none, mutatingWebhooks: mutating(webhook) }, options)
  const [finding] = of({ rules: [everything] })
  assert.equal(finding?.severity, 'warning')
  assert.deepEqual(finding?.facts['resources'], ['deployments.apps'])
  assert.deepEqual(finding?.facts['namespaces'], ['shop'])
  const [nothing] = of({ rules: [everything], namespaceSelector: expression('In', ['elsewhere']) })
  assert.equal(nothing?.severity, 'note')
})

test('where labels leave every home out, only what is of the cluster is told', () => {
  const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }
  const ofCluster = { ...served[0]!, group: '', resource: 'persistentvolumes', isNamespaced: false }
  const [finding] = findMutatorsOfDeclared(
    {
      ...none,
      mutatingWebhooks: mutating({
        rules: [everything],
        namespaceSelector: expression('In', ['elsewhere']),
      }),
    },
    {
      served: [...served, ofCluster],
      namespaces: [
        { metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } } },
      ],
      policy: undefined,
      own: 'solewriter-system',
    },
  )
  assert.deepEqual(finding?.facts['resources'], ['persistentvolumes'])
  assert.deepEqual(finding?.facts['namespaces'], [])
})

test('a Namespace is looked at once for each that may change things, however much is served', () => {
  let looks = 0
  const namespaces = Array.from({ length: 20 }, (_, i) => ({
    get metadata() {
      looks += 1
      return { name: `n${i}`, labels: { 'kubernetes.io/metadata.name': `n${i}` } }
    },
  }))
  const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }
  const looksFor = (count: number): number => {
    looks = 0
    const many = Array.from({ length: count }, (_, i) => ({ ...served[0]!, resource: `r${i}` }))
    findMutatorsOfDeclared(
      { ...none, mutatingWebhooks: mutating({ rules: [everything] }) },
      { served: many, namespaces, policy: undefined, own: 'solewriter-system' },
    )
    return looks
  }
  assert.equal(looksFor(100), looksFor(1))
})

test('a policy of others that may refuse what we write is told, ours is not', () => {
  const constraints = { resourceRules: [{ ...pods, operations: ['*'] }] }
  const of = (name: string, validationActions: readonly string[]) => {
    const validatingPolicies = [{ metadata: { name }, spec: { matchConstraints: constraints } }]
    const spec = { policyName: name, validationActions }
    const validatingBindings = [{ metadata: { name: 'b' }, spec }]
    return findPoliciesOnOurs({ ...none, validatingPolicies, validatingBindings }, place).map(
      ({ severity }) => severity,
    )
  }
  assert.deepEqual(of('theirs', ['Deny']), ['warning'])
  assert.deepEqual(of('theirs', ['Audit']), ['note'])
  assert.deepEqual(of('solewriter-guard', ['Deny']), [])
})

test('one that may refuse our own writes is a problem', () => {
  const rule = {
    apiGroups: ['solewriter.dev'],
    apiVersions: ['*'],
    resources: ['*/*'],
    operations: ['UPDATE'],
  }
  const spec = { matchConstraints: { resourceRules: [rule] } }
  const [finding] = findPoliciesOnOurs(
    {
      ...none,
      validatingPolicies: [{ metadata: { name: 'p' }, spec }],
      validatingBindings: [
        { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'] } },
      ],
    },
    place,
  )
  assert.equal(finding?.severity, 'problem')
  const resources = finding?.facts['resources'] ?? []
  assert.ok(resources.includes('breakglassgrants.solewriter.dev/status'))
})

test('whoever tells the audit log of decisions in our name is a problem, whatever it is about', () => {
  const name = 'writes.solewriter.dev'
  const rule = {
    apiGroups: ['example.com'],
    apiVersions: ['*'],
    resources: ['*'],
    operations: ['*'],
  }
  const policy = { metadata: { name }, spec: { matchConstraints: { resourceRules: [rule] } } }
  const told = [
    ...findPoliciesOnOurs({ ...none, validatingPolicies: [policy] }, place),
    ...findMutatorsOfOurs({ ...none, mutatingWebhooks: mutating({ name, rules: [rule] }) }, place),
  ]
  assert.deepEqual(
    told.map(({ severity, kind, facts }) => [severity, kind, facts['objectKind']]),
    [
      ['problem', 'speaks-as-us', 'ValidatingAdmissionPolicy'],
      ['problem', 'speaks-as-us', 'MutatingWebhookConfiguration'],
    ],
  )
})
