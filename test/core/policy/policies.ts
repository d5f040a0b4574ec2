import assert from 'node:assert/strict'
import { formatIssue } from '../../../src/core/policy/issue.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'

/** Four lines: what tests write below it starts at line 5. */
export const head = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: prod-eu-1}
spec:
`

/** Everything that can be written and is built. */
export const fullPolicy = `${head}  mode: enforce
  scopes:
  - {namespaces: [sandbox-*, play], mode: audit}
  - {resources: [events, leases.coordination.k8s.io], mode: "off"}
  - {namespaces: [frozen], resources: [deployments.apps/scale], mode: sealed}
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    branches: [main, release/1.0]
    aliases: ["http://git.internal:3000/acme/fleet", "git@git.example.com:acme/fleet.git"]
    poll: 90s
    sources:
    - {path: ./clusters/prod/, renderer: plain, namespace: shop}
    - {path: ., branch: release/1.0}
    signatures: {require: none}
    maxStaleness: 2h
    grace: 0s
    auth: {tokenFile: /etc/solewriter/git-token, caFile: /etc/solewriter/git-ca.crt}
    pushSecretFile: /etc/solewriter/push-secret
  - name: apps
    url: ssh://git@git.example.com:2222/acme/apps.git
    branches: [main]
    sources: [{path: deploy}]
    auth: {sshKeyFile: /etc/solewriter/id, knownHostsFile: /etc/solewriter/known_hosts}
  writers:
  - name: deployer
    subject: {serviceAccount: ci/deployer, groups: ["system:serviceaccounts:ci"]}
    podBound: true
    evidence: [annotation]
    repositories: [fleet, apps]
    verify: content
    namespaces: [shop, team-*]
  - name: pipeline
    subject: {user: "https://token.example.com#acme/fleet"}
    evidence: [oidc, annotation]
    oidc: {repository: ci.example.com/repository, sha: ci.example.com/sha, ref: ci.example.com/ref, event: ci.example.com/event}
    events: [push, workflow_dispatch]
    repositories: [fleet]
    verify: commit
  roots:
  - {resource: kustomizations.kustomize.toolkit.fluxcd.io, namespace: flux-system, name: flux-system, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
  exceptions:
  - name: keda
    subject: {serviceAccount: keda/keda-operator}
    allow:
    - {resources: [deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [shop]}
    - {resources: [pods], operations: [DELETE], namespaces: [shop], names: [api-0]}
    reason: scales by queue length
  - name: port-forward
    subject: {group: developers}
    allow: [{resources: [pods/portforward], operations: [CONNECT], namespaces: [shop]}]
    reason: debugging
  - name: ca-injector
    subject: {user: ca-injector}
    allow: [{resources: [customresourcedefinitions.apiextensions.k8s.io], operations: [CREATE, UPDATE], fields: ["*", 'metadata.annotations["a.example.com/x"]', "spec.list[*].a", "spec.list[name=b]"], namespaces: []}]
    reason: certificates of conversion webhooks
  derived:
  - name: charts
    subject: {serviceAccount: flux-system/helm-controller}
    parent: {group: helm.toolkit.fluxcd.io, kind: HelmRelease, by: labels, labels: {name: a.example.com/name, namespace: a.example.com/namespace, uid: a.example.com/uid}}
    allow: [{resources: [configmaps], operations: [CREATE, DELETE], fields: ["*"], namespaces: [shop], names: [api]}]
    reason: makes a ConfigMap for each release
  tolerations:
  - {resources: ["*"], fields: ['metadata.annotations["a.example.com/x"]']}
  - {resources: [deployments.apps, pods], fields: ["spec.template.spec.containers[name=proxy]"]}
  breakGlass:
    issuers:
    - {name: oncall, issuer: "https://breakglass.acme.example", jwksFile: /etc/solewriter/jwks.json, keys: [{kid: abc, users: [alice], maxSession: 30m, notAfter: 2027-01-01}]}
    - name: vault
      issuer: https://vault.acme.example/breakglass
      jwks: {keys: [{kty: EC, crv: P-256, x: 2e3R_WekuEZV6p3A0PzATmoqFIK03eF3C6gr031gvok, y: -xko-II1A77C_wGnUNGq0Ma2IzG6-79ARlVni8Kjk0A, kid: sealed, use: sig, alg: ES256}]}
      keys: [{kid: sealed, notAfter: "2027-01-01T12:00:00+01:00"}]
    - {name: portal, issuer: "https://portal.acme.example", jwksUrl: "https://portal.acme.example/jwks.json", refresh: 10m}
    rules:
    - subjects: {groups: [sre-oncall], users: [root]}
      maxScope:
      - {resources: [deployments.apps, deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [shop, team-*], names: [api, web-*], labels: [tier=web]}
      - {resources: ["*"], operations: [DELETE, CONNECT], namespaces: ["*"]}
      - {resources: [nodes], operations: [UPDATE], fields: [spec.unschedulable], namespaces: []}
      maxSession: 2h
      maxUses: 10
      approvals: {required: 1, groups: [sre-lead], timeout: 5m, bypass: {after: 3m, maxSession: 20m, maxUses: 5}}
      reason: {minLength: 20, incident: "^(PD|INC)-[A-Z0-9]+$"}
      reconcileHold: 1h
      postMortem: {draftDue: 48h, reviewDue: next-working-day, timeZone: Europe/Berlin}
    sinks:
    - {name: bus, kind: cloudevents, url: "https://events.acme.example/in", caFile: /etc/solewriter/bus-ca.crt, mandatory: true}
    - {name: pager, kind: pagerduty, routingKeyFile: /etc/solewriter/pager}
    - {name: chat, kind: slack, urlFile: /etc/solewriter/slack}
    - {name: disk, kind: file, path: /var/lib/solewriter/events.jsonl}
    - {name: events, kind: kubernetes-event}
    lockdown: false
    annotationCarrier: true
  audit: {durability: disk}
`

/** The same without what a policy is warned of. */
export const cleanPolicy = fullPolicy
  .replace('annotationCarrier: true', 'annotationCarrier: false')
  .replace('verify: commit', 'verify: content')
  .replace('[oidc, annotation]', '[oidc]')

/** One repository in the lines 5 to 8. */
export const repository = `  repositories:
  - name: fleet
    url: https://git.example.com/fleet
    branches: [main]
`

/** A second item for the list that `repository` begins. */
export const otherRepository = `  - name: other
    url: https://git.example.com/other
    branches: [main]
`

/** `repository`, and one writer in the lines 9 to 13. */
export const writer = `${repository}  writers:
  - name: ci
    subject: {serviceAccount: ci/deployer}
    evidence: [annotation]
    repositories: [fleet]
`

/** The same for a writer that is a user. */
export const userWriter = writer.replace('serviceAccount: ci/deployer', 'user: ci')

/** One exception with one row, in line 10. */
export function exception(row: string, subject = '{user: keda}'): string {
  return `  exceptions:
  - name: keda
    subject: ${subject}
    reason: because
    allow:
    - ${row}
`
}

/** What is wrong with a policy, each issue as `line:column: path: message`. */
export function issuesOf(text: string): readonly string[] {
  const parsed = parsePolicy(text, 'p')
  return parsed.kind === 'ok' ? [] : parsed.issues.map((issue) => formatIssue(issue).slice(2))
}

export function goodPolicy(text: string): Policy {
  const parsed = parsePolicy(text, 'p')
  assert.deepEqual(parsed.kind === 'ok' ? [] : parsed.issues, [])
  return parsed.kind === 'ok' ? parsed.policy : assert.fail()
}
