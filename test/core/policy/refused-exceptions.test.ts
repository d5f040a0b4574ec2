import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exception, head, issuesOf } from './policies.ts'

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  [
    'an exception names its namespaces',
    head + exception('{resources: [pods], operations: [DELETE]}'),
    ['10:7: spec.exceptions[0].allow[0].namespaces: is required'],
  ],
  [
    'an exception names no pattern of namespaces',
    head + exception('{resources: [pods], operations: [DELETE], namespaces: ["*", team-*]}'),
    [
      '10:62: spec.exceptions[0].allow[0].namespaces[0]: must be the exact name of one namespace',
      '10:67: spec.exceptions[0].allow[0].namespaces[1]: must be the exact name of one namespace',
    ],
  ],
  [
    'an exception names each resource',
    head + exception('{resources: ["*", "*.apps", pods/*], operations: [DELETE], namespaces: [a]}'),
    [
      '10:20: spec.exceptions[0].allow[0].resources[0]: must not contain a wildcard: name each resource',
      '10:25: spec.exceptions[0].allow[0].resources[1]: must not contain a wildcard: name each resource',
      '10:35: spec.exceptions[0].allow[0].resources[2]: must not contain a wildcard: name each resource',
    ],
  ],
  [
    'an exception names each operation',
    head + exception('{resources: [pods], operations: ["*", update], namespaces: [a]}'),
    [
      '10:40: spec.exceptions[0].allow[0].operations[0]: must be one of CREATE, UPDATE, DELETE, CONNECT, not "*"',
      '10:45: spec.exceptions[0].allow[0].operations[1]: must be one of CREATE, UPDATE, DELETE, CONNECT, not "update" (did you mean "UPDATE"?)',
    ],
  ],
  [
    'an exception without operations is refused',
    head + exception('{resources: [pods], operations: [], namespaces: [a]}'),
    ['10:39: spec.exceptions[0].allow[0].operations: must not be empty'],
  ],
  [
    'CREATE and UPDATE need fields',
    head + exception('{resources: [pods], operations: [CREATE, DELETE, UPDATE], namespaces: [a]}'),
    [
      '10:7: spec.exceptions[0].allow[0]: needs fields for CREATE and UPDATE: the ones that may change, or "*"',
    ],
  ],
  [
    'misspelt fields are named once',
    head + exception('{resources: [pods], operations: [UPDATE], feilds: [spec], namespaces: [a]}'),
    ['10:49: spec.exceptions[0].allow[0].feilds: is not known (did you mean "fields"?)'],
  ],
  [
    'DELETE and CONNECT have no fields',
    head +
      exception(
        '{resources: [pods], operations: [DELETE, CONNECT], fields: [spec], namespaces: [a]}',
      ),
    ['10:58: spec.exceptions[0].allow[0].fields: means nothing for DELETE and CONNECT: remove it'],
  ],
  [
    'a field path that cannot be read is refused',
    head +
      exception(
        '{resources: [pods], operations: [UPDATE], fields: [a..b, "", "spec[", "[0]"], namespaces: [a]}',
      ),
    [
      '10:58: spec.exceptions[0].allow[0].fields[0]: field path "a..b" cannot be read from character 2: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
      '10:64: spec.exceptions[0].allow[0].fields[1]: field path "" cannot be read from character 1: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
      '10:68: spec.exceptions[0].allow[0].fields[2]: field path "spec[" cannot be read from character 5: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
      '10:77: spec.exceptions[0].allow[0].fields[3]: field path "[0]" cannot be read from character 1: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
    ],
  ],
  [
    'an exception names exact objects',
    head +
      exception('{resources: [pods], operations: [DELETE], namespaces: [a], names: ["api-*", ""]}'),
    [
      '10:74: spec.exceptions[0].allow[0].names[0]: must be the exact name of one object',
      '10:83: spec.exceptions[0].allow[0].names[1]: must be the exact name of one object',
    ],
  ],
  [
    'an exception without rows is refused',
    head + exception('x').replace(/allow:[^]*/, 'allow: []\n'),
    ['9:12: spec.exceptions[0].allow: must not be empty'],
  ],
  [
    'an exception needs a reason',
    head +
      exception('{resources: [pods], operations: [DELETE], namespaces: [a]}').replace(
        'reason: because',
        'reason: " "',
      ),
    ['8:13: spec.exceptions[0].reason: must say why'],
  ],
  [
    'an exception needs one subject',
    head +
      exception(
        '{resources: [pods], operations: [DELETE], namespaces: [a]}',
        '{user: a, group: b}',
      ),
    ['7:14: spec.exceptions[0].subject: needs exactly one of serviceAccount, user or group'],
  ],
]

test('an exception is whole without a preset', () => {
  assert.deepEqual(
    issuesOf(`${head}  exceptions:\n  - {accounts: {}, namespaces: [a], namespace: a}\n`),
    [
      '6:5: spec.exceptions[0].name: is required',
      '6:5: spec.exceptions[0].subject: is required',
      '6:5: spec.exceptions[0].allow: is required',
      '6:5: spec.exceptions[0].reason: is required',
      '6:6: spec.exceptions[0].accounts: is for a preset only',
      '6:20: spec.exceptions[0].namespaces: is for a preset only',
      '6:37: spec.exceptions[0].namespace: is for a preset only',
    ],
  )
})

const row = '{resources: [pods], operations: [DELETE], namespaces: [a]}'

const catchAlls: readonly [subject: string, issue: string][] = [
  [
    '{group: "system:authenticated"}',
    '7:22: spec.exceptions[0].subject.group: is everybody who can log in',
  ],
  ['{group: "system:unauthenticated"}', '7:22: spec.exceptions[0].subject.group: is everybody'],
  [
    '{group: "system:masters"}',
    '7:22: spec.exceptions[0].subject.group: is every administrator: an emergency is what break-glass is for',
  ],
  [
    '{group: "system:nodes"}',
    '7:22: spec.exceptions[0].subject.group: is every node: the built-in exceptions know which node owns what',
  ],
  [
    '{group: "system:serviceaccounts"}',
    '7:22: spec.exceptions[0].subject.group: is every service account of a cluster or namespace: name one with serviceAccount',
  ],
  [
    '{group: "system:serviceaccounts:ci"}',
    '7:22: spec.exceptions[0].subject.group: is every service account of a cluster or namespace: name one with serviceAccount',
  ],
  [
    '{group: "system:monitoring"}',
    '7:22: spec.exceptions[0].subject.group: system: groups belong to Kubernetes: the built-in exceptions cover its control plane',
  ],
  ['{group: "*"}', '7:22: spec.exceptions[0].subject.group: must not contain a wildcard'],
  [
    '{user: "system:anonymous"}',
    '7:21: spec.exceptions[0].subject.user: is nobody in particular: an exception needs one identity',
  ],
  [
    '{user: "system:masters"}',
    '7:21: spec.exceptions[0].subject.user: is nobody in particular: an exception needs one identity',
  ],
  [
    '{user: "system:serviceaccounts"}',
    '7:21: spec.exceptions[0].subject.user: is nobody in particular: an exception needs one identity',
  ],
  [
    '{user: "system:serviceaccount:a:b"}',
    '7:21: spec.exceptions[0].subject.user: is a service account: write serviceAccount: namespace/name',
  ],
  [
    '{user: "a*"}',
    '7:21: spec.exceptions[0].subject.user: must not contain a wildcard: one writer or exception is one identity',
  ],
  [
    '{serviceAccount: argocd/argocd-server}',
    '7:31: spec.exceptions[0].subject.serviceAccount: is the API server of Argo CD: it acts for whoever uses its UI or CLI, so it is a human here',
  ],
  ['{user: ""}', '7:21: spec.exceptions[0].subject.user: must not be empty'],
]

for (const [title, text, issues] of cases) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}

for (const [subject, issue] of catchAlls) {
  test(`an exception for ${subject} is refused with the reason`, () => {
    assert.deepEqual(issuesOf(head + exception(row, subject)), [issue])
  })
}
