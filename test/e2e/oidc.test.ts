import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { recordsIn } from '../journal/reading.ts'
import { head } from './bad-claims.ts'
import { claimed, configMaps, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { startIssuers, type Claims, type OidcIssuers } from './oidc-issuer.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import { requesterOf, type ApiRequest, type Requester } from './requester.ts'

// Jobs of CI systems as writers: by their own tokens, through the AuthenticationConfiguration that
// docs/policy.md shows, in a real API server.

const root = path.join(import.meta.dirname, '..', '..')
const page = readFileSync(path.join(root, 'docs', 'policy.md'), 'utf8')

interface Authenticator {
  readonly issuer: { readonly url: string; readonly audiences: readonly string[] }
  readonly [field: string]: unknown
}

interface AuthenticationConfiguration {
  readonly jwt: readonly Authenticator[]
  readonly [field: string]: unknown
}

function exampleWith<T>(text: string): T {
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  return parse(blocks.find((block) => block.includes(text)) ?? assert.fail(text)) as T
}

const documented = exampleWith<AuthenticationConfiguration>('kind: AuthenticationConfiguration')
const [audience = ''] = documented.jwt[0]?.issuer.audiences ?? []
const { writers: documentedWriters } = exampleWith<{ writers: object[] }>('name: fleet-jobs')

const repository = (name: string, url: string, grace: string) => ({
  name,
  url,
  branches: ['main'],
  // Whatever is found was asked for by a claim: no poll brings it.
  poll: '1h',
  maxStaleness: '3h',
  grace,
  sources: [{ path: '.', renderer: 'plain' }],
})

const writer = (name: string, user: string) => ({
  name,
  subject: { user },
  evidence: ['oidc'],
  repositories: ['fleet'],
  verify: 'declared',
})

const policy = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'jobs' },
  spec: {
    mode: 'enforce',
    repositories: [
      {
        ...repository('fleet', 'https://github.com/acme/fleet.git', '0s'),
        aliases: ['https://gitlab.com/acme/fleet'],
      },
      repository('site', 'https://github.com/acme/site.git', '10m'),
    ],
    writers: [
      ...documentedWriters,
      writer('gitlab', 'gitlab:acme/fleet'),
      writer('site', 'github:acme/site'),
      writer('bare', 'bare:acme/fleet'),
    ],
  },
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: zoo}
`

let dir: string
let issuers: OidcIssuers
let fleet: Fleet
let cluster: Cluster
/** What has to end, also when a start has failed half-way. */
const running = new AsyncDisposableStack()

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-oidc-'))
  running.defer(() => rmSync(dir, { recursive: true }))
  issuers = await startIssuers(['github', 'gitlab', 'bare'])
  running.defer(() => issuers.close())
  writeFileSync(path.join(dir, 'policy.yaml'), stringify(policy))
  writeFileSync(path.join(dir, 'authentication.yaml'), stringify(authentication()))
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
  for (const token of [github(), gitlab(), bare()]) {
    const job = as(token)
    await eventually('an issuer that is known', async () => (await job(whoAmI)).status === 201)
  }
})

after(() => running.disposeAsync())

/** As documented but for the addresses, and one authenticator that maps no claims. */
function authentication(): AuthenticationConfiguration {
  const at = (name: string, audiences: readonly string[]) => ({
    url: issuers.url(name),
    audiences,
    certificateAuthority: issuers.ca,
  })
  const jwt = documented.jwt.map(({ issuer, ...rest }) => {
    const name = issuer.url.includes('gitlab') ? 'gitlab' : 'github'
    return { ...rest, issuer: at(name, issuer.audiences) }
  })
  const username = { expression: "'bare:' + claims.repository" }
  // Empty texts and lists: what an expression gives that nobody tried.
  const extra = [
    { key: 'solewriter.dev/repository', valueExpression: 'claims.repository' },
    { key: 'solewriter.dev/sha', valueExpression: "has(claims.sha) ? claims.sha : ''" },
    { key: 'solewriter.dev/ref', valueExpression: "['refs/heads/main', 'refs/heads/dev']" },
    { key: 'solewriter.dev/event', valueExpression: "'push'" },
  ]
  const plain = { issuer: at('bare', [audience]), claimMappings: { username, extra } }
  return { ...documented, jwt: [...jwt, plain] }
}

/** The token of a GitHub job that runs on main, with claims replaced. */
function github(claims: Claims = {}, options: Parameters<OidcIssuers['mint']>[2] = {}): string {
  const name = typeof claims['repository'] === 'string' ? claims['repository'] : 'acme/fleet'
  return issuers.mint(
    'github',
    {
      aud: audience,
      sub: `repo:${name}:ref:refs/heads/main`,
      repository: name,
      repository_owner_id: '1342004',
      sha: '0'.repeat(40),
      ref: 'refs/heads/main',
      event_name: 'push',
      ...claims,
    },
    { algorithm: 'RS256', ...options },
  )
}

function gitlab(claims: Claims = {}): string {
  return issuers.mint('gitlab', {
    aud: audience,
    sub: 'project_path:acme/fleet:ref_type:branch:ref:main',
    project_path: 'acme/fleet',
    namespace_id: '9970',
    sha: '0'.repeat(40),
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    pipeline_source: 'push',
    ...claims,
  })
}

function bare(claims: Claims = {}): string {
  return issuers.mint('bare', { aud: audience, repository: 'acme/fleet', ...claims })
}

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

function as(token: string): Requester {
  return open(kubeconfigOf(token))
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
  test('is known by the mapped name, with its claims as extra', async () => {
    const sha = await head(fleet)
    const { json } = await as(github({ sha }))(whoAmI)
    const { userInfo } = json['status'] as {
      userInfo: { username: string; extra: Readonly<Record<string, readonly string[]>> }
    }
    assert.equal(userInfo.username, 'github:acme/fleet')
    const { 'authentication.kubernetes.io/credential-id': id, ...extra } = userInfo.extra
    assert.match(id?.[0] ?? '', /^JTI=/)
    assert.deepEqual(extra, {
      'solewriter.dev/repository': ['https://github.com/acme/fleet'],
      'solewriter.dev/sha': [sha],
      'solewriter.dev/ref': ['refs/heads/main'],
      'solewriter.dev/event': ['push'],
    })
  })

  test('applies with kubectl what that commit declares, without any annotation', async () => {
    const sha = await fleet.commit({ 'applied.yaml': manifest('applied') })
    const kubeconfig = kubeconfigOf(github({ sha }))
    const apply = ['apply', '-n', 'zoo', '-f', '-']
    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      const input = JSON.stringify(plain('applied'))
      const { code, stderr } = await cluster.kubectl(kubeconfig, [...apply, ...flags], { input })
      assert.equal(code, 0, stderr)
    }
    const { records = '' } = cluster.webhook ?? {}
    const { git } = (await recordsIn(records)).at(-1) as { git: Readonly<Record<string, string>> }
    assert.equal(git['commit'], sha)
    assert.equal(git['evidence'], 'oidc')
    assert.equal(git['repo'], 'fleet')
  })

  test('scales with kubectl what that commit declares', async () => {
    const kubeconfig = kubeconfigOf(github({ sha: await head(fleet) }))
    const scale = ['scale', 'deployment/web', '-n', 'zoo', '--replicas=0']
    const { code, stderr } = await cluster.kubectl(kubeconfig, [...scale, '--current-replicas=0'])
    assert.equal(code, 0, stderr)
    const path = '/apis/apps/v1/namespaces/zoo/deployments/web/scale?dryRun=All'
    const type = 'application/merge-patch+json'
    const body = { spec: { replicas: 3 } }
    assertTaken(await as(github({ sha: await head(fleet) }))({ method: 'PATCH', path, type, body }))
  })

  test('signs by whichever of the published keys, and by either CI system', async () => {
    const sha = await head(fleet)
    for (const token of [github({ sha }, { algorithm: 'ES256' }), gitlab({ sha })]) {
      assertTaken(await as(token)(create('kept')), 201)
    }
  })

  test('may be started by another event that the writer lists', async () => {
    const token = github({ sha: await head(fleet), event_name: 'workflow_dispatch' })
    assertTaken(await as(token)(create('kept')), 201)
  })

  test('may repeat in annotations what its token says', async () => {
    const sha = await head(fleet)
    const body = claimed('kept', { commit: sha })
    assertTaken(await as(github({ sha }))({ ...create('kept'), body }), 201)
  })

  test('is refused for what the commit does not declare', async () => {
    const job = as(github({ sha: await head(fleet) }))
    assertRefused(await job(create('unheard-of')), 'NotDeclared')
  })

  test('deletes what Git has given up, and nothing before', async () => {
    const sha = await fleet.commit({ 'brief.yaml': manifest('brief') })
    assertTaken(await as(github({ sha }))(create('brief', '')), 201)
    assertRefused(await as(github({ sha }))(remove('brief')), 'StillDeclared')
    const later = await fleet.commit({ 'brief.yaml': null })
    assertTaken(await as(github({ sha: later }))(remove('brief')))
  })
})

describe('a job whose token says something else', () => {
  const refused: readonly (readonly [string, string, () => Promise<string> | string, RegExp?])[] = [
    [
      'another branch',
      'EvidenceRefused',
      async () => github({ sha: await head(fleet), ref: 'refs/heads/feature' }),
      /the job ran on refs\/heads\/feature; main count/,
    ],
    [
      'a tag of the branch',
      'EvidenceRefused',
      async () => github({ sha: await head(fleet), ref: 'refs/tags/main' }),
    ],
    [
      'a branch by its short name',
      'EvidenceRefused',
      async () => github({ sha: await head(fleet), ref: 'main' }),
    ],
    [
      'a merge request of GitLab',
      'EvidenceRefused',
      async () =>
        gitlab({
          sha: await head(fleet),
          ref_path: 'refs/merge-requests/1/head',
          pipeline_source: 'merge_request_event',
        }),
    ],
    [
      'a pull request',
      'EvidenceRefused',
      async () =>
        github({
          sha: await head(fleet),
          ref: 'refs/pull/1/merge',
          event_name: 'pull_request',
        }),
      /the job was started by pull_request; push, workflow_dispatch count/,
    ],
    [
      'a pull request that runs on the branch',
      'EvidenceRefused',
      async () => github({ sha: await head(fleet), event_name: 'pull_request_target' }),
    ],
    [
      'a repository that its writer may not apply',
      'RepositoryNotAllowed',
      async () => github({ sha: await head(fleet), repository: 'acme/site' }),
    ],
    [
      'a repository that is no writer',
      'HumanWrite',
      async () => github({ sha: await head(fleet), repository: 'acme/unlisted' }),
    ],
    [
      'an abbreviated commit',
      'CommitMalformed',
      async () => github({ sha: (await head(fleet)).slice(0, 12) }),
    ],
    ['a commit that nobody pushed', 'CommitUnknown', () => github()],
    [
      'a commit of a branch that is not merged',
      'CommitNotOnBranch',
      async () => {
        await fleet.git(['update-ref', 'refs/heads/feature', 'main'])
        return github({ sha: await fleet.commit({ 'f.yaml': manifest('f') }, 'feature') })
      },
    ],
    [
      'a commit that says something else than the branch does now',
      'CommitSuperseded',
      async () => {
        const sha = await fleet.commit({ 'a.yaml': manifest('kept', 'old') })
        const next = await fleet.commit({ 'a.yaml': manifest('kept') })
        // The mirror learns of the newer one by a claim.
        assertTaken(await as(github({ sha: next }))(create('kept')), 201)
        return github({ sha })
      },
    ],
    ['no commit', 'EvidenceMissing', () => bare(), /its token lacks solewriter\.dev\/sha/],
    [
      'two refs',
      'EvidenceMissing',
      async () => bare({ sha: await head(fleet) }),
      /its token lacks solewriter\.dev\/ref/,
    ],
  ]
  for (const [title, reason, token, expected] of refused) {
    test(`is refused: ${title}`, async () => {
      const { why } = assertRefused(await as(await token())(create('kept')), reason)
      if (expected !== undefined) assert.match(why, expected)
    })
  }

  test('is refused for scale as well', async () => {
    const job = as(github({ sha: await head(fleet), ref: 'refs/heads/feature' }))
    const path = '/apis/apps/v1/namespaces/zoo/deployments/web/scale?dryRun=All'
    const type = 'application/merge-patch+json'
    assertRefused(
      await job({ method: 'PATCH', path, type, body: { spec: { replicas: 3 } } }),
      'EvidenceRefused',
    )
  })

  test(
    'is refused for deletions as well',
    { todo: 'core/provenance/deletion asks no claim of a job, of whatever ref or event' },
    async () => {
      const sha = await fleet.commit({ 'gone.yaml': manifest('gone') })
      assertTaken(await as(github({ sha }))(create('gone', '')), 201)
      const later = await fleet.commit({ 'gone.yaml': null })
      const token = github({ sha: later, ref: 'refs/pull/1/merge', event_name: 'pull_request' })
      const at = { ...remove('gone'), path: `${remove('gone').path}?dryRun=All` }
      assertRefused(await as(token)(at), 'EvidenceRefused')
    },
  )

  test('is refused when annotations of the object disagree with it', async () => {
    const sha = await head(fleet)
    const older = await head(fleet, 'main^')
    for (const said of [
      { commit: older },
      { repo: 'site', commit: sha },
      { repo: null, commit: sha },
    ]) {
      const body = claimed('kept', said)
      assertRefused(await as(github({ sha }))({ ...create('kept'), body }), 'EvidenceConflict')
    }
  })
})

describe('a token that the API server does not believe', () => {
  const unbelieved: readonly (readonly [string, () => string])[] = [
    ['for another audience', () => github({ aud: 'https://prod-eu-2.acme.example' })],
    ['that has expired', () => github({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['signed by somebody else', () => github({}, { isForged: true })],
    ['of a repository of strangers', () => github({ repository_owner_id: '1' })],
    ['without the claims that are mapped', () => github({ sha: undefined })],
    ['of a project of strangers', () => gitlab({ namespace_id: '1' })],
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
    const extra = Object.entries(said).map(([key, value]) => [
      `impersonate-extra-solewriter.dev%2f${key}`,
      value,
    ])
    const headers = { ...user, ...Object.fromEntries(extra) }
    assertTaken(await alice({ ...create('kept'), headers }), 201)
  })
})
