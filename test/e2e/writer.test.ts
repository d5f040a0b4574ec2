import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { claimed, configMaps, create, manifest, remove, type Said } from './config-maps.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type Requester } from './requester.ts'

// Writers by annotation against the gate: what a commit on the branch declares, and nothing else.

const policy = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: writers}
spec:
  mode: enforce
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    aliases: ["ssh://git@git.internal:2222/mirrors/fleet"]
    branches: [main]
    poll: 1s
    grace: 0s
    sources: [{path: ., renderer: plain}]
  - name: patient
    url: https://git.example.com/acme/patient.git
    branches: [main]
    poll: 1s
    sources: [{path: ., renderer: plain}]
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet, patient], verify: declared}
  - {name: engine, subject: {serviceAccount: ci/engine}, podBound: true, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: scoped, subject: {serviceAccount: ci/scoped}, evidence: [annotation], repositories: [fleet], verify: declared, namespaces: [zoo]}
  - {name: loose, subject: {serviceAccount: ci/loose}, evidence: [annotation], repositories: [fleet], verify: commit}
`
const declared = {
  'a.yaml': manifest('kept'),
  'changing.yaml': manifest('changing'),
  'twice/a.yaml': manifest('twice'),
  'twice/b.yaml': manifest('twice', '2'),
  'norway.yaml': `${manifest('before')}---\n${manifest('norway').replace('"1"', 'NO')}`,
  'elsewhere.yaml': manifest('elsewhere', '1', 'default'),
  'role.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: viewer}
`,
  'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: zoo}
`,
}

let fleet: Fleet
let patient: Fleet
let cluster: Cluster
let dir: string
const users = new Map<string, Requester>()

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-writers-'))
  writeFileSync(path.join(dir, 'policy.yaml'), policy)
  fleet = await makeFleet(declared)
  patient = await makeFleet({ 'p.yaml': manifest('patient') })
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(import.meta.dirname, 'fixtures', 'writer-accounts.yaml')],
    policy: path.join(dir, 'policy.yaml'),
    repositories: { fleet: fleet.directory, patient: patient.directory },
  })
  for (const name of ['alice', 'ci']) users.set(name, requesterOf(cluster.kubeconfigs[name] ?? ''))
  for (const name of ['engine', 'scoped', 'loose']) {
    users.set(name, requesterOf(await cluster.kubeconfig(account(name, false))))
  }
  users.set('bound engine', requesterOf(await cluster.kubeconfig(account('engine', true))))
})

after(async () => {
  for (const user of users.values()) user.close()
  await cluster.stop()
  fleet.remove()
  patient.remove()
  rmSync(dir, { recursive: true })
})

function account(name: string, isPodBound: boolean) {
  return { kind: 'service-account', namespace: 'ci', name, isPodBound } as const
}

function as(name: string): Requester {
  const user = users.get(name)
  assert.ok(user)
  return user
}

function head(repository = fleet, what = 'main'): Promise<string> {
  return repository.git(['rev-parse', what])
}

describe('a commit that declares the object', () => {
  const types = ['json-patch', 'merge-patch', 'strategic-merge-patch'] as const

  test('admits create, replace, each patch, server-side apply and, once it is gone, delete', async () => {
    const ci = as('ci')
    const first = await fleet.commit({ 'life.yaml': manifest('life') })
    assertTaken(await ci(create('life', { commit: first })), 201)

    const second = await fleet.commit({ 'life.yaml': manifest('life', '2') })
    const at = `${configMaps}/life`
    const body = claimed('life', { commit: second }, '2')
    assertTaken(await ci({ method: 'PUT', path: at, body }))
    for (const type of types) {
      const commit = await fleet.commit({ 'life.yaml': manifest('life', type) })
      const patch = claimed('life', { commit }, type)
      const operations = [
        { op: 'replace', path: '/metadata/annotations', value: patch.metadata.annotations },
        { op: 'replace', path: '/data/value', value: type },
      ]
      const sent = type === 'json-patch' ? operations : patch
      const request = { method: 'PATCH', path: at, body: sent, type: `application/${type}+json` }
      assertTaken(await ci(request))
    }
    const last = await fleet.commit({ 'life.yaml': manifest('life', 'last') })
    const type = 'application/apply-patch+yaml'
    const where = `${at}?fieldManager=ci&force=true`
    assertTaken(
      await ci({ method: 'PATCH', path: where, body: claimed('life', { commit: last }), type }),
    )
    assertRefused(await ci(remove('life')), 'StillDeclared')
    await fleet.commit({ 'life.yaml': null })
    assertTaken(await ci(remove('life')))
  })

  test('admits what kubectl applies, on either side', async () => {
    const commit = await head()
    const input = JSON.stringify(claimed('kept', { commit }))
    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      const args = ['apply', '-n', 'zoo', ...flags, '-f', '-']
      const { code, stderr } = await cluster.kubectl('ci', args, { input })
      assert.equal(code, 0, stderr)
    }
  })

  test('admits by every spelling of the URL that means the same repository', async () => {
    const commit = await head()
    for (const repo of [
      'https://git.example.com/acme/fleet',
      'https://GIT.example.com:443/acme/fleet.git/',
      'git@git.example.com:acme/fleet.git',
      'ssh://git@git.internal:2222/mirrors/fleet.git',
    ]) {
      assertTaken(await as('ci')(create('before', { repo, commit }, '?dryRun=All')), 201)
    }
  })

  test('says nothing of its subresources: neither status, nor scale, nor exec', async () => {
    const commit = await head()
    const merge = 'application/merge-patch+json'
    const body = { ...claimed('web', { commit }), spec: { replicas: 2 } }
    const web = '/apis/apps/v1/namespaces/zoo/deployments/web'
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'a', image: 'b' }] },
      },
    }
    const made = { ...claimed('web', { commit }), apiVersion: 'apps/v1', kind: 'Deployment', spec }
    const path = '/apis/apps/v1/namespaces/zoo/deployments'
    assertTaken(await as('ci')({ method: 'POST', path, body: made }), 201)
    const patch = (sub: string) => ({ method: 'PATCH', path: `${web}/${sub}`, body, type: merge })
    assertRefused(await as('ci')(patch('status')), 'NotDeclared')
    assertRefused(await as('ci')(patch('scale')), 'EvidenceMissing')
    // In the namespace of writers their own Pods are protected from everybody.
    const pods = await as('ci')({ method: 'GET', path: '/api/v1/namespaces/ci/pods' })
    const [pod] = (pods.json['items'] ?? []) as readonly { metadata: { name: string } }[]
    const exec = `/api/v1/namespaces/ci/pods/${pod?.metadata.name}/exec?command=id`
    assertRefused(await as('ci')({ method: 'POST', path: exec }), 'Protected')
  })
})

