import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, issuesOf } from './policies.ts'

/** One entry with the parent in line 8 and the row in line 10. */
function derived(changes: {
  readonly parent?: string
  readonly row?: string
  readonly subject?: string
}) {
  const { subject = '{serviceAccount: a/b}' } = changes
  const { parent = '{group: example.com, kind: Widget, by: ownerReference}' } = changes
  const { row = '{resources: [pods], operations: [DELETE]}' } = changes
  return `${head}  derived:
  - name: widgets
    subject: ${subject}
    parent: ${parent}
    allow:
    - ${row}
    reason: because
`
}

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  ['a whole entry is good', derived({}), []],
  [
    'what derives is one service account',
    derived({ subject: '{group: a, user: b}' }),
    [
      '7:14: spec.derived[0].subject.serviceAccount: is required',
      '7:15: spec.derived[0].subject.group: is not known; known here: serviceAccount',
      '7:25: spec.derived[0].subject.user: is not known; known here: serviceAccount',
    ],
  ],
  [
    'what derives is no human',
    derived({ subject: '{serviceAccount: argocd/argocd-server}' }),
    [
      '7:31: spec.derived[0].subject.serviceAccount: is the API server of Argo CD: it acts for whoever uses its UI or CLI, so it is a human here',
    ],
  ],
  [
    'a parent is of one exact kind',
    derived({ parent: '{group: "*", kind: "*", by: ownerReference}' }),
    [
      '8:21: spec.derived[0].parent.group: must be an API group without its version, such as helm.toolkit.fluxcd.io',
      '8:32: spec.derived[0].parent.kind: must be one kind, such as HelmRelease',
    ],
  ],
  [
    'a group has no version, a kind is no resource',
    derived({ parent: '{group: apps/v1, kind: deployments, by: ownerReferences}' }),
    [
      '8:21: spec.derived[0].parent.group: must be an API group without its version, such as helm.toolkit.fluxcd.io',
      '8:36: spec.derived[0].parent.kind: must be one kind, such as HelmRelease',
      '8:53: spec.derived[0].parent.by: must be one of ownerReference, labels, helmStorage, helmRelease, not "ownerReferences" (did you mean "ownerReference"?)',
    ],
  ],
  [
    'by labels needs the labels',
    derived({ parent: '{kind: Widget, by: labels}' }),
    ['8:13: spec.derived[0].parent: by labels needs labels: {name: KEY}'],
  ],
  [
    'labels are keys, and the name is one of them',
    derived({ parent: '{kind: Widget, by: labels, labels: {namespace: "a b", uid: "*"}}' }),
    [
      '8:48: spec.derived[0].parent.labels.name: is required',
      '8:60: spec.derived[0].parent.labels.namespace: must be the key of a label, such as helm.toolkit.fluxcd.io/name',
      '8:72: spec.derived[0].parent.labels.uid: must be the key of a label, such as helm.toolkit.fluxcd.io/name',
    ],
  ],
  [
    'labels that say which kind are for presets',
    derived({ parent: '{kind: Widget, by: labels, labels: {name: a, kind: b, group: c}}' }),
    [
      '8:58: spec.derived[0].parent.labels.kind: is not known; known here: name, namespace, uid',
      '8:67: spec.derived[0].parent.labels.group: is not known; known here: name, namespace, uid',
    ],
  ],
  [
    'labels mean nothing for an owner',
    derived({ parent: '{kind: Widget, by: ownerReference, labels: {name: a}}' }),
    ['8:48: spec.derived[0].parent.labels: means nothing with by: ownerReference: remove it'],
  ],
  [
    'releases are those of a HelmRelease',
    derived({ parent: '{group: example.com, kind: HelmRelease, by: helmStorage}' }),
    [
      '8:57: spec.derived[0].parent.by: is for kind HelmRelease of helm.toolkit.fluxcd.io or helm.fluxcd.io: of others nobody knows the release',
    ],
  ],
  [
    'a row names each resource and operation, and fields where they change',
    derived({ row: '{resources: ["*"], operations: [CREATE, CONNECT], namespaces: ["*"]}' }),
    [
      '10:7: spec.derived[0].allow[0]: needs fields for CREATE: the ones that may change, or "*"',
      '10:20: spec.derived[0].allow[0].resources[0]: must not contain a wildcard: name each resource',
      '10:47: spec.derived[0].allow[0].operations[1]: must be one of CREATE, UPDATE, DELETE, not "CONNECT"',
      '10:70: spec.derived[0].allow[0].namespaces[0]: must be the exact name of one namespace',
    ],
  ],
  [
    'a deletion changes no fields',
    derived({ row: '{resources: [pods], operations: [DELETE], fields: [spec]}' }),
    ['10:49: spec.derived[0].allow[0].fields: means nothing for DELETE: remove it'],
  ],
]

for (const [title, text, issues] of cases) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}

test('two entries of one name are refused', () => {
  const entry = derived({}).slice(head.length + '  derived:\n'.length)
  assert.deepEqual(issuesOf(derived({}) + entry), [
    '12:11: spec.derived[1].name: is also the name of derived[0]',
  ])
})
