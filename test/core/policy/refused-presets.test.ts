import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, issuesOf, repository } from './policies.ts'

const writers = `${head}${repository}  writers:\n`
const exceptions = `${head}  exceptions:\n`

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  [
    'a misspelt preset is told',
    `${writers}  - {preset: fluxx, repositories: [fleet]}\n${exceptions.slice(head.length)}  - {preset: certmanager}\n`,
    [
      '10:14: spec.writers[0].preset: must be one of flux, argo-cd, config-sync, not "fluxx" (did you mean "flux"?)',
      '12:14: spec.exceptions[0].preset: must be one of flux, argo-cd, config-sync, cert-manager, keda, vpa, helm-operator, kro, console, not "certmanager" (did you mean "cert-manager"?)',
    ],
  ],
  [
    'an operator is no writer',
    `${writers}  - {preset: kro, repositories: [fleet]}\n`,
    [
      '10:14: spec.writers[0].preset: is no engine that applies from Git: write {preset: kro} under exceptions',
    ],
  ],
  [
    'what a preset brings is not written beside it',
    `${writers}  - {preset: flux, subject: {serviceAccount: flux-system/kustomize-controller}, repositories: [fleet]}\n` +
      `  exceptions:\n  - {preset: keda, subject: {serviceAccount: a/b}, allow: [{resources: [pods], operations: [DELETE], namespaces: [a]}]}\n`,
    [
      '10:20: spec.writers[0].subject: comes with preset flux: write namespace for another place, accounts for other names',
      '12:20: spec.exceptions[0].subject: comes with preset keda: write namespace for another place, accounts for other names',
      '12:52: spec.exceptions[0].allow: comes with preset keda: write rows of your own as another exception',
    ],
  ],
  [
    'the evidence of a preset cannot be taken away, and a job is no engine',
    `${writers}  - {preset: flux, evidence: [annotation], repositories: [fleet]}\n  - {preset: argo-cd, evidence: [argo-cd, oidc], repositories: [fleet]}\n`,
    [
      '10:30: spec.writers[0].evidence: must include flux, the evidence of preset flux: write a writer without it out',
      '11:43: spec.writers[1].evidence[1]: oidc needs subject.user: the token of a service account has no claims of a job',
    ],
  ],
  [
    'the controllers of a preset are not impersonated',
    `${writers}  - {preset: flux, impersonated: true, repositories: [fleet]}\n`,
    [
      '10:34: spec.writers[0].impersonated: is for accounts of tenants, written out: the controllers of preset flux come with tokens of their own',
    ],
  ],
  [
    'namespace and accounts are for a preset',
    `${writers}  - {name: a, subject: {user: a}, evidence: [annotation], repositories: [fleet], namespace: b, accounts: {}}\n`,
    [
      '10:82: spec.writers[0].namespace: is for a preset only',
      '10:96: spec.writers[0].accounts: is for a preset only',
    ],
  ],
  [
    'only accounts of the preset can have another name, and never that of a human',
    `${writers}  - preset: flux
    repositories: [fleet]
    accounts:
      kustomize-controler: a
      argocd-application-controller: a
      helm-controller: flux-system/helm
      source-controller: my-argocd-server
`,
    [
      '13:7: spec.writers[0].accounts.kustomize-controler: is not known (did you mean "kustomize-controller"?)',
      '14:7: spec.writers[0].accounts.argocd-application-controller: is no service account of preset flux; those are kustomize-controller, helm-controller, source-controller, notification-controller, image-reflector-controller, image-automation-controller',
      '15:24: spec.writers[0].accounts.helm-controller: must be the exact name of one service account, without its namespace',
      '16:26: spec.writers[0].accounts.source-controller: is the API server of Argo CD: it acts for whoever uses its UI or CLI, so it is a human here',
    ],
  ],
  [
    'the namespaces of a preset are exact',
    `${exceptions}  - {preset: keda, namespaces: ["*", team-*]}\n  - {preset: vpa, namespaces: []}\n`,
    [
      '6:33: spec.exceptions[0].namespaces[0]: must be the exact name of one namespace',
      '6:38: spec.exceptions[0].namespaces[1]: must be the exact name of one namespace',
      '7:31: spec.exceptions[1].namespaces: must not be empty',
    ],
  ],
  [
    'the same install twice is the same writers and names twice',
    `${writers}  - {preset: flux, repositories: [fleet]}\n  - {preset: flux, repositories: [fleet]}\n`,
    [
      '11:14: spec.writers[1].preset: brings "flux", as writers[0] does: give one of them a name of its own',
      '11:14: spec.writers[1].preset: brings "flux/kustomize-controller", as writers[0] does: give one of them a name of its own',
      '11:14: spec.writers[1].preset: brings "flux-system/kustomize-controller", which is also the subject of writers[0]',
    ],
  ],
  [
    'a writer that a preset brings takes its name and its subject',
    `${writers}  - {preset: flux, repositories: [fleet]}\n  - {name: flux-helm, subject: {serviceAccount: flux-system/helm-controller}, evidence: [flux], repositories: [fleet]}\n`,
    [
      '11:12: spec.writers[1].name: is also the name of writers[0]',
      '11:32: spec.writers[1].subject: is also the subject of writers[0]',
    ],
  ],
  [
    'rows of one preset in both lists have one name',
    `${writers}  - {preset: flux, repositories: [fleet]}\n  exceptions:\n  - {preset: flux}\n`,
    [
      '10:14: spec.writers[0].preset: brings "flux/kustomize-controller", as exceptions[0] does: give one of them a name of its own',
    ],
  ],
]

for (const [title, text, issues] of cases) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}

test('two installs of one engine, each with a name, are four writers', () => {
  const text = `${writers}  - {preset: flux, repositories: [fleet]}\n  - {name: second, preset: flux, namespace: flux-two, repositories: [fleet]}\n`
  assert.deepEqual(issuesOf(text), [])
})
