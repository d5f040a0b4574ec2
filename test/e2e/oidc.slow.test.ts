import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { recordsIn } from '../journal/reading.ts'
import { head } from './bad-claims.ts'
import { badJobs, jobsOf, type Jobs } from './bad-jobs.ts'
import { claimed, configMaps, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { authentication, policy } from './oidc-example.ts'
import { startIssuers, type OidcIssuers } from './oidc-issuer.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'

// Jobs of CI systems as writers: by their own tokens, through the AuthenticationConfiguration that
// docs/policy.md shows, in a real API server.

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: zoo}
spec: {replicas: 3}
`

let dir: string
let issuers: OidcIssuers
let jobs: Jobs
let fleet: Fleet
let cluster: Cluster
/** What has to end, also when a start has failed half-way. */
const running = new AsyncDisposableStack()

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-oidc-'))
  running.defer(() => rmSync(dir, { recursive: true }))
  issuers = await startIssuers(['github', 'gitlab', 'bare'])
  running.defer(() => issuers.close())
  jobs = jobsOf(issuers)
  writeFileSync(path.join(dir, 'policy.yaml'), stringify(policy))
  writeFileSync(path.join(dir, 'authentication.yaml'), stringify(authentication(issuers)))
  fleet = await makeFleet({ 'a.yaml': manifest('kept'), 'web.yaml': web })
  running.defer(() => fleet.remove())
  const site = await makeFleet({ 's.yaml': manifest('site') })
  running.defer(() => site.remove())
  cluster = await startCluster({
    with: ['webhook'],
    apiServerFlags: [`--authentication-config=${path.join(dir, 'authentication.yaml')}`],
    setup: [path.join(import.meta.dirname, 'fixtures', 'oidc.yaml')],
    policy: path.join(dir, 'policy.yaml'),
    repositories: { fleet: fleet.directory, site: site.directory },
  })
  running.defer(() => cluster.stop())
  // The keys of an issuer are fetched in the background.
  for (const token of [jobs.github(), jobs.gitlab(), jobs.bare()]) {
    const job = as(token)
    await eventually('an issuer that is known', async () => (await job(whoAmI)).status === 201)
  }
})

after(() => running.disposeAsync())

const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
const whoAmI: ApiRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: review,
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }]
}

let written = 0

function kubeconfigOf(token: string): string {
  const { admin = '' } = cluster.kubeconfigs
  const { clusters } = JSON.parse(readFileSync(admin, 'utf8')) as Kubeconfig
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'] ?? '', 'base64')
  return writeKubeconfig({
    file: path.join(dir, `${(written += 1)}.kubeconfig`),
    server: cluster.server,
    ca: ca.toString('utf8'),
    user: 'job',
    credential: { token },
  })
}

function as(token: string | Promise<string>): (request: ApiRequest) => Promise<ApiAnswer> {
  let requester: Requester | undefined
  return async (request) => {
    requester ??= open(kubeconfigOf(await token))
    return requester(request)
  }
}

function open(kubeconfig: string): Requester {
  const requester = requesterOf(kubeconfig)
  running.defer(() => requester.close())
  return requester
}

/** As a job applies it: what the repository has, and no word on where it comes from. */
function plain(name: string, value = '1') {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } }
}

function create(name: string, query = '?dryRun=All'): ApiRequest {
  return { method: 'POST', path: `${configMaps}${query}`, body: plain(name) }
}

describe('a job that runs on the branch, for the commit that was pushed', () => {
  for (const [host, system] of [
    ['github.com', 'github'],
    ['gitlab.com', 'gitlab'],
  ] as const) {
    test(`is known by the mapped name, with its claims as extra: ${system}`, async () => {
      const sha = await head(fleet)
      const { json } = await as(jobs[system]({ sha }))(whoAmI)
      const { userInfo } = json['status'] as {
        userInfo: { username: string; extra: Readonly<Record<string, readonly string[]>> }
      }
      assert.equal(userInfo.username, `${system}:acme/fleet`)
      const { 'authentication.kubernetes.io/credential-id': id, ...extra } = userInfo.extra
      assert.match(id?.[0] ?? '', /^JTI=/)
      assert.deepEqual(extra, {
        'solewriter.dev/repository': [`https://${host}/acme/fleet`],
        'solewriter.dev/sha': [sha],
        'solewriter.dev/ref': ['refs/heads/main'],
        'solewriter.dev/event': ['push'],
      })
    })
  }

  test('applies with kubectl what that commit declares, without any annotation', async () => {
    const sha = await fleet.commit({ 'applied.yaml': manifest('applied') })
    const kubeconfig = kubeconfigOf(await jobs.github({ sha }))
    const apply = ['apply', '-n', 'zoo', '-f', '-']
    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      const input = JSON.stringify(plain('applied'))
      const { code, stderr } = await cluster.kubectl(kubeconfig, [...apply, ...flags], { input })
      assert.equal(code, 0, stderr)
    }
    const records = await recordsIn(cluster.webhook?.records ?? '')
    const proofs = records.map(({ git }) => git as Readonly<Record<string, string>> | null)
    const proof = proofs.find((git) => git?.['commit'] === sha)
    assert.equal(proof?.['evidence'], 'oidc')
    assert.equal(proof['repo'], 'fleet')
  })

  test('scales with kubectl to what that commit declares, and to nothing else', async () => {
    const kubeconfig = kubeconfigOf(await jobs.github({ sha: await head(fleet) }))
    const scale = ['scale', 'deployment/web', '-n', 'zoo', '--replicas=3', '--dry-run=server']
    const { code, stderr } = await cluster.kubectl(kubeconfig, scale)
    assert.equal(code, 0, stderr)
    const path = '/apis/apps/v1/namespaces/zoo/deployments/web/scale?dryRun=All'
    const type = 'application/merge-patch+json'
    const body = { spec: { replicas: 5 } }
    const job = as(jobs.github({ sha: await head(fleet) }))
    const { why } = assertRefused(
      await job({ method: 'PATCH', path, type, body }),
      'ContentMismatch',
    )
    assert.match(why, /spec\.replicas is 5, fleet@[0-9a-f]{12} declares 3/)
  })

  test('signs by whichever of the published keys, and by either CI system', async () => {
    const sha = await head(fleet)
    for (const algorithm of ['ES256', 'RS256'] as const) {
      for (const token of [
        jobs.github({ sha }, { algorithm }),
        jobs.gitlab({ sha }, { algorithm }),
      ])
        assertTaken(await as(token)(create('kept')), 201)
    }
  })

  test('may be started by another event that the writer lists', async () => {
    const token = jobs.github({ sha: await head(fleet), event_name: 'workflow_dispatch' })
    assertTaken(await as(token)(create('kept')), 201)
  })

  test('may repeat in annotations what its token says', async () => {
    const sha = await head(fleet)
    const body = claimed('kept', { commit: sha })
    assertTaken(await as(jobs.github({ sha }))({ ...create('kept'), body }), 201)
  })

  test('is refused for what the commit does not declare', async () => {
    const job = as(jobs.github({ sha: await head(fleet) }))
    assertRefused(await job(create('unheard-of')), 'NotDeclared')
  })

  test('deletes what Git has given up, and nothing before', async () => {
    const sha = await fleet.commit({ 'brief.yaml': manifest('brief') })
    assertTaken(await as(jobs.github({ sha }))(create('brief', '')), 201)
    assertRefused(await as(jobs.github({ sha }))(remove('brief')), 'StillDeclared')
    const later = await fleet.commit({ 'brief.yaml': null })
    assertTaken(await as(jobs.github({ sha: later }))(remove('brief')))
  })
})

describe('a job whose token says something else', () => {
  for (const [title, reason, token, expected] of badJobs) {
    test(`is refused: ${title}`, async () => {
      const { why } = assertRefused(await as(token({ jobs, fleet }))(create('kept')), reason)
      if (expected !== undefined) assert.match(why, expected)
    })
  }

  test('is refused for scale as well', async () => {
    const job = as(jobs.github({ sha: await head(fleet), ref: 'refs/heads/feature' }))
    const path = '/apis/apps/v1/namespaces/zoo/deployments/web/scale?dryRun=All'
    const type = 'application/merge-patch+json'
    assertRefused(
      await job({ method: 'PATCH', path, type, body: { spec: { replicas: 3 } } }),
      'EvidenceRefused',
    )
  })

  test('is refused for deletions as well', async () => {
    const sha = await fleet.commit({ 'gone.yaml': manifest('gone') })
    assertTaken(await as(jobs.github({ sha }))(create('gone', '')), 201)
    const later = await fleet.commit({ 'gone.yaml': null })
    const token = jobs.github({
      sha: later,
      ref: 'refs/pull/1/merge',
      event_name: 'pull_request',
    })
    const at = { ...remove('gone'), path: `${remove('gone').path}?dryRun=All` }
    assertRefused(await as(token)(at), 'EvidenceRefused')
  })

  test('is refused for what the branch says otherwise since', async () => {
    const sha = await fleet.commit({ 'a.yaml': manifest('kept', 'old') })
    const next = await fleet.commit({ 'a.yaml': manifest('kept') })
    // The mirror learns of the newer one by a claim.
    assertTaken(await as(jobs.github({ sha: next }))(create('kept')), 201)
    assertRefused(await as(jobs.github({ sha }))(create('kept')), 'CommitSuperseded')
  })

  test('is refused when annotations of the object disagree with it', async () => {
    const sha = await head(fleet)
    const older = await head(fleet, 'main^')
    for (const said of [
      { commit: older },
      { repo: 'site', commit: sha },
      { repo: null, commit: sha },
    ]) {
      const body = claimed('kept', said)
      assertRefused(await as(jobs.github({ sha }))({ ...create('kept'), body }), 'EvidenceConflict')
    }
  })
})

describe('a token that the API server does not believe', () => {
  const ofFork = {
    project_path: 'mallory/fleet',
    namespace_id: '31337',
    ref_path: 'refs/merge-requests/7/head',
    pipeline_source: 'merge_request_event',
  }
  const unbelieved: readonly (readonly [string, () => Promise<string>])[] = [
    ['for another audience', () => jobs.github({ aud: 'https://prod-eu-2.acme.example' })],
    ['that has expired', () => jobs.github({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['signed by somebody else', () => jobs.github({}, { isForged: true })],
    ['of a repository of strangers', () => jobs.github({ repository_owner_id: '1' })],
    ['without its commit', () => jobs.github({ sha: undefined })],
    ['without its event', () => jobs.github({ event_name: undefined })],
    ['of a project of strangers', () => jobs.gitlab({ namespace_id: '1' })],
    ['of a fork: its merge requests run under its own name', () => jobs.gitlab(ofFork)],
    ['of a branch that anybody may push to', () => jobs.gitlab({ ref_protected: 'false' })],
    [
      'that does not say whether its branch is protected',
      () => jobs.gitlab({ ref_protected: undefined }),
    ],
    ['of GitLab without its commit', () => jobs.gitlab({ sha: undefined })],
    ['of GitLab for another audience', () => jobs.gitlab({ aud: 'https://gitlab.com' })],
    ['of GitLab, signed by somebody else', () => jobs.gitlab({}, { isForged: true })],
  ]
  for (const [title, token] of unbelieved) {
    test(`never reaches us: ${title}`, async () => {
      assert.equal((await as(token())(create('kept'))).status, 401)
    })
  }
})

describe('a person under the name of a job', () => {
  const user = { 'impersonate-user': 'github:acme/fleet' }

  test('has none of its claims', async () => {
    const alice = open(cluster.kubeconfigs['alice'] ?? '')
    const { why } = assertRefused(
      await alice({ ...create('kept'), headers: user }),
      'EvidenceMissing',
    )
    assert.match(why, /its token lacks solewriter\.dev\/repository, solewriter\.dev\/sha/)
  })

  test('who may impersonate the claims too passes: a residual risk', async () => {
    const alice = open(cluster.kubeconfigs['alice'] ?? '')
    const said = {
      repository: 'https://github.com/acme/fleet',
      sha: await head(fleet),
      ref: 'refs/heads/main',
      event: 'push',
    }
    const headers: Record<string, string> = { ...user }
    for (const [key, value] of Object.entries(said)) {
      headers[`impersonate-extra-solewriter.dev%2f${key}`] = value
    }
    assertTaken(await alice({ ...create('kept'), headers }), 201)
  })
})
