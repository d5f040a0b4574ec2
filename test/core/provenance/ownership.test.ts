import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { targetOf } from '../../../src/core/admission/target.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import { verifyClaim } from '../../../src/core/provenance/verify.ts'
import { verifyDeletion } from '../../../src/core/provenance/deletion.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, commitB, commitC, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { configMap, deployer, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const now = 1_000_000_000
const id: ObjectId = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
const claims = { provider: 'annotation', commit: commitA } as const

const policy = goodPolicy(`${head}  mode: enforce
  repositories:
  - name: platform
    url: https://git.example.com/acme/platform.git
    branches: [main]
    sources: [{path: prod}]
  - name: team
    url: https://git.example.com/acme/team.git
    branches: [main, release]
    sources: [{path: prod}, {path: prod, branch: release}]
  writers:
  - {name: p, subject: {user: p}, evidence: [annotation], repositories: [platform], verify: declared}
  - {name: t, subject: {user: t}, evidence: [annotation], repositories: [team], verify: declared}
`)

const empty: FakeRepository = { tips: { main: commitC }, fetchedAt: now }
const declaring: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: { kind: 'reachable', branches: ['main'] } },
  fetchedAt: now,
  declares: { [commitA]: [{ id }] },
}

function ground(described: Readonly<Record<string, FakeRepository>>) {
  return {
    policy,
    ...fakeGit(described),
    cluster: fakeCluster(),
    now: () => now,
    signal: new AbortController().signal,
  }
}

function subject(name: 'p' | 't', operation: 'CREATE' | 'DELETE' = 'CREATE') {
  const asked = request({ user: deployer, operation, ...(operation === 'DELETE' && { oldObject }) })
  const writer = policy.spec.writers.find((one) => one.name === name) ?? assert.fail()
  return { request: asked, writer, target: targetOf(asked) }
}

const oldObject = configMap({ 'solewriter.dev/repo': 'team', 'solewriter.dev/commit': commitA })

async function claim(
  described: Readonly<Record<string, FakeRepository>>,
  repository: 'platform' | 'team' = 'team',
) {
  const who = subject(repository === 'team' ? 't' : 'p')
  const proof = await verifyClaim({ ...claims, repository }, who, ground(described))
  return proof.kind === 'proven' ? 'proven' : proof.reason
}

describe('an object that two repositories declare', () => {
  const both = { platform: declaring, team: declaring }

  test('is the first one’s, in the order of the policy', async () => {
    assert.equal(await claim(both, 'platform'), 'proven')
    assert.equal(await claim(both, 'team'), 'EvidenceConflict')
    assert.equal(await claim({ ...both, platform: empty }, 'team'), 'proven')
  })

  test('is nobody else’s while nobody knows what the first one declares', async () => {
    for (const platform of [{}, { ...declaring, fetchedAt: undefined, tips: {} }]) {
      assert.equal(await claim({ ...both, platform: platform as FakeRepository }), 'MirrorStale')
    }
    assert.equal(await claim({ team: declaring }), 'MirrorStale')
    const reading = { ...declaring, declares: { [commitA]: 'pending' as const } }
    assert.equal(await claim({ ...both, platform: reading }), 'IndexPending')
  })
})

test('is not taken over while a file of the first one that may declare it cannot be read', async () => {
  const hiding = (problem: object) => ({
    platform: { ...empty, problems: [{ file: 'a.yaml', line: 3, message: 'a tab', ...problem }] },
    team: declaring,
  })
  assert.equal(await claim(hiding({})), 'proven')
  assert.equal(await claim(hiding({ names: ['another'] })), 'proven')
  assert.equal(await claim(hiding({ names: ['settings'] })), 'EvidenceConflict')
  assert.equal(await claim(hiding({ hides: 'anything' })), 'EvidenceConflict')
})

test('what a source that cannot be indexed declares is nobody else’s, and the answer says which', async () => {
  const broken = { [commitC]: 'broken' as const }
  const platform = { ...empty, declares: broken }
  const both = { platform, team: declaring }
  const who = subject('t')
  const proof = await verifyClaim({ ...claims, repository: 'team' }, who, ground(both))
  assert.ok(proof.kind === 'refuted')
  assert.equal(proof.reason, 'EvidenceConflict')
  assert.match(proof.why, /may belong to platform \(main\): platform prod cannot be indexed/)
  // The first one in the policy asks nobody.
  const other = { platform: declaring, team: { ...empty, declares: broken } }
  assert.equal(await claim(other, 'platform'), 'proven')

  const claimed = { ...declaring, declares: { [commitA]: 'broken' as const } }
  const of = { platform: empty, team: claimed }
  const own = await verifyClaim({ ...claims, repository: 'team' }, who, ground(of))
  assert.ok(own.kind === 'refuted')
  assert.equal(own.reason, 'NotDeclared')
  assert.match(own.why, /^team@a{12} cannot be read: team prod cannot be indexed/)

  const release = { ...declaring, tips: { main: commitA, release: commitC } }
  const declares = { ...release.declares, ...broken }
  assert.equal(await claim({ platform: empty, team: { ...release, declares } }), 'NotDeclared')
})

describe('two branches of a repository', () => {
  const released = (rest: Partial<FakeRepository>) => ({
    platform: empty,
    team: { ...declaring, tips: { main: commitA, release: commitB }, ...rest },
  })

  test('must not both declare an object', async () => {
    const declares = { [commitA]: [{ id }], [commitB]: [{ id, branch: 'release' }] }
    assert.equal(await claim(released({ declares })), 'NotDeclared')
    assert.equal(await claim(released({})), 'proven')
  })

  test('have heads of their own: what lags behind on one is not new on the other', async () => {
    const changed = released({
      tips: { main: commitB, release: commitA },
      commits: { [commitA]: { kind: 'reachable', branches: ['main', 'release'] } },
      declares: { [commitA]: [{ id, object: { a: 1 } }], [commitB]: [{ id, object: { a: 2 } }] },
    })
    assert.equal(await claim(changed), 'CommitSuperseded')
  })
})

test('nothing is deleted while nobody knows what another repository declares', async () => {
  const team = { ...declaring, tips: { main: commitB }, declares: { [commitA]: [{ id }] } }
  const proof = (platform: FakeRepository) =>
    verifyDeletion(subject('t', 'DELETE'), ground({ platform, team }))
  assert.equal((await proof(empty)).kind, 'proven')
  const unknown = await proof({})
  assert.equal(unknown.kind === 'refuted' && unknown.reason, 'MirrorStale')
  const broken = await proof({ ...empty, declares: { [commitC]: 'broken' } })
  assert.ok(broken.kind === 'refuted')
  assert.equal(broken.reason, 'StillDeclared')
  assert.match(broken.why, /platform \(main\) may declare it: platform prod cannot be indexed/)
})

test('nothing is deleted by what another repository declared before it was fetched', async () => {
  const team = { ...declaring, tips: { main: commitB }, declares: { [commitA]: [{ id }] } }
  const proof = async (platform: FakeRepository) => {
    const found = await verifyDeletion(subject('t', 'DELETE'), ground({ platform, team }))
    return found.kind === 'refuted' ? found.reason : 'proven'
  }
  assert.equal(await proof(empty), 'proven')
  assert.equal(await proof({ ...empty, afterRefresh: declaring }), 'StillDeclared')
  assert.equal(await proof({ ...empty, fetchedAt: now - 2 * 3_600_000 }), 'MirrorStale')
})

test('an earlier head that cannot be indexed shows nothing, and stops nobody', async () => {
  const earlier = { [`main ${commitC}`]: 2, [`main ${commitA}`]: 1 }
  const declares = { [commitC]: 'broken' as const, [commitA]: [{ id }] }
  const team = { ...declaring, tips: { main: commitB }, commits: {}, earlier, declares }
  const proof = await verifyDeletion(subject('t', 'DELETE'), ground({ platform: empty, team }))
  assert.equal(proof.kind === 'proven' && proof.provenance.commit, commitA)
})
