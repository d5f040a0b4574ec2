import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { badClaims, head } from './bad-claims.ts'
import { annotations, claimed, configMaps, create, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type Requester } from './requester.ts'

// Writers by annotation against the gate: what a commit on the branch declares, and nothing else.

const fixtures = path.join(import.meta.dirname, 'fixtures')
const declared = {
  'a.yaml': manifest('kept'),
  'applied.yaml': manifest('applied'),
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
const users = new Map<string, Requester>()

before(async () => {
  fleet = await makeFleet(declared)
  patient = await makeFleet({ 'p.yaml': manifest('patient') })
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(fixtures, 'writers.yaml')],
    policy: path.join(fixtures, 'writers-policy.yaml'),
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
})

function account(name: string, isPodBound: boolean) {
  return { kind: 'service-account', namespace: 'ci', name, isPodBound } as const
}

function as(name: string): Requester {
  const user = users.get(name)
  assert.ok(user)
  return user
}

const deployer = 'system:serviceaccount:ci:deployer'

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
    const commit = await head(fleet)
    const input = JSON.stringify(claimed('applied', { commit }))
    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      const args = ['apply', '-n', 'zoo', ...flags, '-f', '-']
      const { code, stderr } = await cluster.kubectl('ci', args, { input })
      assert.equal(code, 0, stderr)
    }
  })

  test('admits by every spelling of the URL that means the same repository', async () => {
    const commit = await head(fleet)
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
    const metadata = { annotations: annotations({ repo: 'fleet', commit: await head(fleet) }) }
    const body = { metadata, spec: { replicas: 2 }, status: { replicas: 2 } }
    const web = '/apis/apps/v1/namespaces/zoo/deployments/web'
    const type = 'application/merge-patch+json'
    const patch = (sub: string) => ({ method: 'PATCH', path: `${web}/${sub}`, body, type })
    assertRefused(await as('ci')(patch('status')), 'NotDeclared')
    assertRefused(await as('ci')(patch('scale')), 'EvidenceMissing')
    const { why } = assertRefused(
      await as('ci')({ method: 'POST', path: '/api/v1/namespaces/zoo/pods/web/exec?command=id' }),
      'NotDeclared',
    )
    assert.match(why, /no commit declares this/)
  })
})

describe('what a writer has changed', () => {
  const apps = '/apis/apps/v1/namespaces/zoo'
  const items = async (path: string) => {
    const { json } = await as('ci')({ method: 'GET', path })
    return (json['items'] ?? []) as readonly object[]
  }

  test('the control plane carries out, and clears away again', async () => {
    const web = `${apps}/deployments/web`
    const metadata = { annotations: annotations({ repo: 'fleet', commit: await head(fleet) }) }
    const type = 'application/merge-patch+json'
    const body = { metadata, spec: { replicas: 2 } }
    assertTaken(await as('ci')({ method: 'PATCH', path: web, body, type }))
    const pods = '/api/v1/namespaces/zoo/pods?labelSelector=app=web'
    await eventually('two Pods', async () => (await items(pods)).length === 2)
    await fleet.commit({ 'web.yaml': null })
    assertTaken(await as('ci')({ method: 'DELETE', path: web }))
    await eventually('none of it is left', async () => {
      return (await items(pods)).length + (await items(`${apps}/replicasets`)).length === 0
    })
  })
})

describe('a claim that Git does not bear out', () => {
  for (const [title, reason, said] of badClaims) {
    test(`is refused: ${title}`, async () => {
      const answer = await as('ci')(create('kept', await said({ fleet, patient }), '?dryRun=All'))
      const { why } = assertRefused(answer, reason)
      assert.ok(why.length < 1024, why)
    })
  }

  test('never reaches us as a list: the API server takes texts alone', async () => {
    const answer = await as('ci')(create('kept', { commit: [await head(fleet)] }))
    assert.equal(answer.status, 400)
    assert.equal(refusalOf(answer), undefined)
  })
})

describe('an older commit', () => {
  test('is refused for what has changed since, and counts for what has not', async () => {
    const old = await head(fleet)
    const now = await fleet.commit({ 'changing.yaml': manifest('changing', '2') })
    assertTaken(await as('ci')(create('changing', { commit: now }, '?dryRun=All')), 201)
    const { why } = assertRefused(
      await as('ci')(create('changing', { commit: old })),
      'CommitSuperseded',
    )
    assert.match(why, /is superseded: main .*says something else about it/)
    assertTaken(await as('ci')(create('kept', { commit: old }, '?dryRun=All')), 201)
  })

  test('still counts within the grace of its repository', async () => {
    const old = await head(patient)
    const repo = 'patient'
    const now = await patient.commit({ 'p.yaml': manifest('patient', '2') })
    for (const commit of [now, old]) {
      assertTaken(await as('ci')(create('patient', { repo, commit }, '?dryRun=All')), 201)
    }
  })
})

describe('an object', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['that no file declares', 'unheard-of', /@[0-9a-f]{12} does not declare it/],
    ['that two files declare', 'twice', /more than once.*twice\/a\.yaml:1, twice\/b\.yaml:1/],
    [
      'of a text that YAML dialects read differently',
      'norway',
      /not read: norway\.yaml:9: .*boolean of YAML 1\.1/,
    ],
    ['that is declared in another namespace', 'elsewhere', /does not declare it/],
  ]
  for (const [title, name, expected] of cases) {
    test(`${title} is not declared`, async () => {
      const answer = await as('ci')(create(name, { commit: await head(fleet) }))
      assert.match(assertRefused(answer, 'NotDeclared').why, expected)
    })
  }

  test('that has no name yet is declared by no name', async () => {
    const metadata = {
      generateName: 'kept',
      ...claimed('', { commit: await head(fleet) }).metadata,
    }
    const body = { metadata: { ...metadata, name: undefined } }
    assertRefused(await as('ci')({ method: 'POST', path: configMaps, body }), 'NotDeclared')
  })

  test('that Git never declared is not deleted, nor what would take declared ones along', async () => {
    assertRefused(await as('ci')(remove('stray')), 'NotDeclared')
    const namespace = { method: 'DELETE', path: '/api/v1/namespaces/zoo' }
    const { why } = assertRefused(await as('ci')(namespace), 'StillDeclared')
    assert.match(why, /would go with it/)
    const all = await as('ci')({ method: 'DELETE', path: configMaps })
    assert.match(all.json.message ?? '', /\[(?:NotDeclared|StillDeclared)\]/)
  })
})

describe('who says it', () => {
  test('a person under the name of the writer is a person', async () => {
    const headers = { 'impersonate-user': deployer }
    const request = create('kept', { commit: await head(fleet) })
    const { why } = assertRefused(await as('alice')({ ...request, headers }), 'HumanWrite')
    assert.match(why, /is the name of writer ci, but this request does not carry its token/)
  })

  test('a person under the name and some uid is a person too', async () => {
    const headers = { 'impersonate-user': deployer, 'impersonate-uid': 'anything' }
    const request = create('kept', { commit: await head(fleet) }, '?dryRun=All')
    assertRefused(await as('alice')({ ...request, headers }), 'HumanWrite')
  })

  test('a person with all that a token carries passes: a residual risk', async () => {
    const request = create('kept', { commit: await head(fleet) }, '?dryRun=All')
    const headers = {
      'impersonate-user': 'system:serviceaccount:ci:engine',
      'impersonate-uid': 'anything',
      ...Object.fromEntries(
        ['credential-id', 'pod-name', 'pod-uid'].map((key) => [
          `impersonate-extra-authentication.kubernetes.io%2f${key}`,
          'JTI=anything',
        ]),
      ),
    }
    assertTaken(await as('alice')({ ...request, headers }), 201)
  })

  test('a person under the name of a writer that is no account passes: a residual risk', async () => {
    const request = create('kept', { commit: await head(fleet) }, '?dryRun=All')
    const headers = { 'impersonate-user': 'robot', 'impersonate-group': 'system:masters' }
    assertTaken(await as('alice')({ ...request, headers }), 201)
  })

  test('a writer that must be in a Pod has a token that is bound to one', async () => {
    const request = create('kept', { commit: await head(fleet) }, '?dryRun=All')
    const { why } = assertRefused(await as('engine')(request), 'UnboundToken')
    assert.match(why, /writer engine must come from a Pod/)
    assertTaken(await as('bound engine')(request), 201)
  })

  test('a writer of some namespaces writes nothing elsewhere, and nothing of the cluster', async () => {
    const said = { commit: await head(fleet) }
    assertTaken(await as('scoped')(create('kept', said, '?dryRun=All')), 201)
    const elsewhere = {
      ...create('elsewhere', said),
      path: '/api/v1/namespaces/default/configmaps',
    }
    assertRefused(await as('scoped')(elsewhere), 'NotDeclared')
    assertTaken(await as('ci')({ ...elsewhere, path: `${elsewhere.path}?dryRun=All` }), 201)
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const { data: _, ...role } = claimed('viewer', said)
    const body = { ...role, apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }
    const path = `${rbac}/clusterroles?dryRun=All`
    assertRefused(await as('scoped')({ method: 'POST', path, body }), 'NotDeclared')
    assertTaken(await as('ci')({ method: 'POST', path, body }), 201)
  })

  test('at level commit the claim must be new in this very request', async () => {
    const loose = as('loose')
    const commit = await head(fleet)
    assertTaken(await loose(create('loose', { commit })), 201)
    const type = 'application/merge-patch+json'
    const path = `${configMaps}/loose`
    const later = await fleet.commit({ 'later.txt': 'more' })
    const patch = (body: object) => loose({ method: 'PATCH', path, type, body })
    assertRefused(await patch({ data: { value: 'forged' } }), 'EvidenceMissing')
    assertTaken(await patch(claimed('loose', { commit: later }, '2')))
  })
})
