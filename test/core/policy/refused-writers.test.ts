import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, issuesOf, repository, userWriter, writer } from './policies.ts'

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  [
    'null is not an empty list',
    head + '  writers:\n',
    ['5:11: spec.writers: must be a list, not empty'],
  ],
  [
    'a writer of no repository is refused',
    head + writer.replace('[fleet]', '[]'),
    ['13:19: spec.writers[0].repositories: must not be empty'],
  ],
  [
    'a writer of an unknown repository is refused',
    head + writer.replace('repositories: [fleet]', 'repositories: [fleet, fleed]'),
    [
      '13:27: spec.writers[0].repositories[1]: names no repository of this policy: "fleed" (did you mean "fleet"?)',
    ],
  ],
  [
    'a writer needs a subject',
    head + writer.replace('{serviceAccount: ci/deployer}', '{}'),
    ['11:14: spec.writers[0].subject: needs exactly one of serviceAccount or user'],
  ],
  [
    'a writer needs one subject',
    head +
      writer.replace('{serviceAccount: ci/deployer}', '{serviceAccount: ci/deployer, user: x}'),
    ['11:14: spec.writers[0].subject: needs exactly one of serviceAccount or user'],
  ],
  [
    'a writer is never a group',
    head + writer.replace('{serviceAccount: ci/deployer}', '{group: ci}'),
    [
      '11:22: spec.writers[0].subject.group: a writer is one exact identity: groups can only narrow a serviceAccount or user (groups: [...])',
    ],
  ],
  [
    'a writer is never only groups',
    head + writer.replace('{serviceAccount: ci/deployer}', '{groups: [ci]}'),
    [
      '11:14: spec.writers[0].subject: a writer is one exact identity: groups can only narrow a serviceAccount or user (groups: [...])',
    ],
  ],
  [
    'a writer is never every account of a namespace',
    head + writer.replace('ci/deployer', 'kube-system/*'),
    [
      '11:31: spec.writers[0].subject.serviceAccount: must not contain a wildcard: one writer or exception is one identity',
    ],
  ],
  [
    'a writer is never system:masters',
    head + userWriter.replace('user: ci', 'user: "system:masters"'),
    ['11:21: spec.writers[0].subject.user: is every administrator of the cluster, and a group'],
  ],
  [
    'a writer is never system:serviceaccounts',
    head + userWriter.replace('user: ci', 'user: "system:serviceaccounts:ci"'),
    [
      '11:21: spec.writers[0].subject.user: names every service account of a cluster or namespace, so anyone who can start a Pod would be a writer',
    ],
  ],
  [
    'a writer is never a part of the control plane',
    head + userWriter.replace('user: ci', 'user: "system:kube-controller-manager"'),
    [
      '11:21: spec.writers[0].subject.user: system: names belong to Kubernetes: the built-in exceptions cover its control plane, and nothing of it applies commits',
    ],
  ],
  [
    'a writer is never a wildcard',
    head + userWriter.replace('user: ci', 'user: "ci-*"'),
    [
      '11:21: spec.writers[0].subject.user: must not contain a wildcard: one writer or exception is one identity',
    ],
  ],
  [
    'a service account is written as one',
    head + userWriter.replace('user: ci', 'user: "system:serviceaccount:ci:deployer"'),
    [
      '11:21: spec.writers[0].subject.user: is a service account: write serviceAccount: namespace/name',
    ],
  ],
  [
    'a service account has a namespace',
    head + writer.replace('ci/deployer', 'deployer'),
    [
      '11:31: spec.writers[0].subject.serviceAccount: must be namespace/name of one service account',
    ],
  ],
  [
    'two writers with one subject are refused',
    head +
      writer +
      '  - {name: two, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}\n',
    ['14:26: spec.writers[1].subject: is also the subject of writers[0]'],
  ],
  [
    'misspelt evidence is refused',
    head + writer.replace('[annotation]', '[anotation]'),
    [
      '12:16: spec.writers[0].evidence[0]: must be one of oidc, argo-cd, flux, annotation, not "anotation" (did you mean "annotation"?)',
    ],
  ],
  [
    'no evidence is refused',
    head + writer.replace('[annotation]', '[]'),
    ['12:15: spec.writers[0].evidence: must not be empty'],
  ],
  [
    'the API server of Argo CD is a human, whatever an install calls it',
    head + writer.replace('ci/deployer', 'openshift-gitops/openshift-gitops-argocd-server'),
    [
      '11:31: spec.writers[0].subject.serviceAccount: is the API server of Argo CD: it acts for whoever uses its UI or CLI, so it is a human here',
    ],
  ],
  [
    'a writer is whole without a preset',
    head + repository + '  writers:\n  - {repositories: [fleet], verify: contents}\n',
    [
      '10:5: spec.writers[0].name: is required',
      '10:5: spec.writers[0].subject: is required',
      '10:5: spec.writers[0].evidence: is required',
      '10:37: spec.writers[0].verify: must be one of commit, declared, content, not "contents" (did you mean "content"?)',
    ],
  ],
  [
    'an impersonated writer needs an engine that says what it applies, and content',
    head +
      writer.replace('[annotation]', '[flux, annotation]') +
      '    impersonated: true\n    verify: declared\n    podBound: true\n',
    [
      '12:22: spec.writers[0].evidence[1]: is not enough for an impersonated writer: whoever may impersonate could bring it; flux and argo-cd are',
      '15:13: spec.writers[0].verify: must be content for an impersonated writer: its name alone proves nothing',
      '16:15: spec.writers[0].podBound: excludes impersonated: an impersonated request shows no Pod',
    ],
  ],
  [
    'an impersonated writer is a service account',
    head + userWriter.replace('[annotation]', '[flux]') + '    impersonated: true\n',
    [
      '14:19: spec.writers[0].impersonated: needs a serviceAccount: that is what engines impersonate',
    ],
  ],
  [
    'podBound needs a service account',
    head + userWriter + '    podBound: true\n',
    ['14:15: spec.writers[0].podBound: needs a serviceAccount: a user has no Pod'],
  ],
  [
    'podBound is true or false',
    head + writer + '    podBound: "yes"\n',
    ['14:15: spec.writers[0].podBound: must be true or false, not a text'],
  ],
  [
    'oidc evidence needs a user',
    head + writer.replace('[annotation]', '[annotation, oidc]'),
    [
      '12:28: spec.writers[0].evidence[1]: oidc needs subject.user: the token of a service account has no claims of a job',
    ],
  ],
  [
    'oidc settings without oidc evidence are refused',
    head + userWriter + '    oidc: {sha: a.example.com/b}\n    events: [push]\n',
    [
      '14:5: spec.writers[0].oidc: has no effect without evidence: [oidc]',
      '15:5: spec.writers[0].events: has no effect without evidence: [oidc]',
    ],
  ],
  [
    'extra keys are lower case with a domain of their own',
    head +
      userWriter.replace('[annotation]', '[oidc]') +
      '    oidc: {sha: sha, ref: A.example.com/ref, repository: authentication.kubernetes.io/x}\n',
    [
      '14:17: spec.writers[0].oidc.sha: must be a lower-case key of userInfo.extra with a domain, such as solewriter.dev/sha',
      '14:27: spec.writers[0].oidc.ref: must be a lower-case key of userInfo.extra with a domain, such as solewriter.dev/sha',
      '14:58: spec.writers[0].oidc.repository: must not be in a domain of Kubernetes: structured authentication cannot set it',
    ],
  ],
  [
    'an unknown level is refused',
    head + writer + '    verify: contents\n',
    [
      '14:13: spec.writers[0].verify: must be one of commit, declared, content, not "contents" (did you mean "content"?)',
    ],
  ],
  [
    'a writer without namespaces is refused',
    head + writer + '    namespaces: []\n',
    ['14:17: spec.writers[0].namespaces: must not be empty'],
  ],
]

for (const [title, text, issues] of cases) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}
