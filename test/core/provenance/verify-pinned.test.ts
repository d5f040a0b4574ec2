import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { targetOf } from '../../../src/core/admission/target.ts'
import { verifyClaim } from '../../../src/core/provenance/verify.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, commitB, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { configMap, deployer, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const now = 1_000_000_000
const reachable = { kind: 'reachable', branches: ['main'] } as const
const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }

const policy = goodPolicy(`${head}  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [argo-cd], repositories: [fleet], verify: declared}
`)

/** The head is A; B is older. */
const fleet: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: reachable, [commitB]: reachable },
  fetchedAt: now,
}

describe('a claim of a pinned plan', () => {
  const engine = { group: 'argoproj.io', kind: 'Application', namespace: 'argocd', name: 'web' }
  const plan = { path: 'prod', renderer: 'plain', namespace: '', branch: 'main', engine } as const

  async function claimed(commit: string, pin?: string): Promise<string> {
    const own = pin === undefined ? plan : { ...plan, pin }
    const declares = {
      [commitA]: [{ id, plan: own, object: { a: 1 } }],
      [commitB]: [{ id, plan: own, object: { a: 2 } }],
    }
    const git = fakeGit({ fleet: { ...fleet, declares } })
    const asked = request({ user: deployer, object: configMap({}) })
    const [writer = assert.fail()] = policy.spec.writers
    const signal = new AbortController().signal
    const ground = { policy, ...git, cluster: fakeCluster(), now: () => now, signal }
    const subject = { request: asked, writer, target: targetOf(asked) }
    const claim = { provider: 'argo-cd', repository: 'fleet', commit, plan: own } as const
    const proof = await verifyClaim(claim, subject, ground)
    return proof.kind === 'proven' ? proof.provenance.commit : proof.reason
  }

  test('is held against no head of the branch, unlike one of the branch', async () => {
    assert.equal(await claimed(commitB, commitB), commitB)
    assert.equal(await claimed(commitB), 'CommitSuperseded')
  })

  test('is of no other commit', async () => {
    assert.equal(await claimed(commitA, commitB), 'CommitSuperseded')
  })
})
