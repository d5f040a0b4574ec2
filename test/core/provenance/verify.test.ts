import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { targetOf } from '../../../src/core/admission/target.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import { gatherClaims } from '../../../src/core/provenance/gather.ts'
import type { Proof, Refutation } from '../../../src/core/provenance/proof.ts'
import { verifyClaim } from '../../../src/core/provenance/verify.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, commitB, commitC, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { configMap, deployer, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const now = 1_000_000_000
const minute = 60_000
const id: ObjectId = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
const reachable = { kind: 'reachable', branches: ['main'] } as const

function policyAt(verify: 'commit' | 'declared') {
  return goodPolicy(`${head}  mode: enforce
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    aliases: ["http://git.internal:3000/acme/fleet"]
    branches: [main]
    sources: [{path: prod}]
  - name: other
    url: https://git.example.com/acme/other.git
    branches: [main]
  writers:
  - name: ci
    subject: {serviceAccount: ci/deployer}
    evidence: [annotation]
    repositories: [fleet]
    verify: ${verify}
`)
}

interface Asking {
  readonly repo?: string
  readonly commit?: string
  readonly verify?: 'commit' | 'declared'
  readonly fleet?: FakeRepository
  readonly request?: Partial<AdmissionRequest>
}

/** A mirror whose tip A declares the ConfigMap, fetched just now. */
const good: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: reachable },
  fetchedAt: now,
  declares: { [commitA]: [{ id, object: { a: 1 } }] },
}

async function ask(asking: Asking): Promise<Proof & { readonly refreshed: readonly string[] }> {
  const { repo = 'https://git.example.com/acme/fleet.git', commit = commitA } = asking
  const policy = policyAt(asking.verify ?? 'declared')
  const git = fakeGit({ fleet: asking.fleet ?? good, other: good })
  const annotations = { 'solewriter.dev/repo': repo, 'solewriter.dev/commit': commit }
  const asked = request({ user: deployer, object: configMap(annotations), ...asking.request })
  const [writer = assert.fail()] = policy.spec.writers
  const ground = {
    policy,
    ...git,
    cluster: fakeCluster(),
    now: () => now,
    signal: new AbortController().signal,
  }
  const subject = { request: asked, writer, target: targetOf(asked) }
  const gathered = await gatherClaims(subject, ground, 'seen')
  const [claim] = gathered.kind === 'claims' ? gathered.claims : []
  const proof =
    gathered.kind === 'refuted' || claim === undefined
      ? (gathered as Refutation)
      : await verifyClaim(claim, subject, ground)
  return { ...proof, refreshed: git.refreshed }
}

async function reasonOf(asking: Asking): Promise<string> {
  const proof = await ask(asking)
  return proof.kind === 'proven' ? 'proven' : proof.reason
}

describe('a claim of the tip', () => {
  test('is proven, with the place of the declaration', async () => {
    const proof = await ask({})
    assert.deepEqual(proof.kind === 'proven' && proof.provenance, {
      repository: 'fleet',
      commit: commitA,
      path: 'prod/settings.yaml:1',
      evidence: 'annotation',
    })
  })

  for (const spelling of [
    'fleet',
    'https://git.example.com/acme/fleet',
    'https://GIT.example.com:443/acme/fleet.git/',
    'git@git.example.com:acme/fleet.git',
    'ssh://git@git.example.com:22/acme/fleet',
    'http://git.internal:3000/acme/fleet.git',
  ]) {
    test(`may name the repository ${spelling}`, async () => {
      assert.equal(await reasonOf({ repo: spelling }), 'proven')
    })
  }
})

describe('a repository that is not the writer’s is refused:', () => {
  const foreign: readonly (readonly [string, string])[] = [
    ['one of the policy that the writer may not apply', 'https://git.example.com/acme/other.git'],
    ['another host', 'https://git.example.com.evil.org/acme/fleet.git'],
    ['a host that looks alike', 'https://git.examp1e.com/acme/fleet.git'],
    ['a Cyrillic letter', 'https://git.ex\u0430mple.com/acme/fleet.git'],
    ['a user that looks like the host', 'https://git.example.com@evil.org/acme/fleet.git'],
    ['a longer path', 'https://git.example.com/acme/fleet.git/x'],
    ['a path that climbs', 'https://git.example.com/acme/x/../../y/fleet.git'],
    ['another port', 'https://git.example.com:8443/acme/fleet.git'],
    ['a trailing space', 'https://git.example.com/acme/fleet.git '],
    ['a query', 'https://git.example.com/acme/fleet.git?x'],
    ['a helper of git', 'ext::sh -c id'],
    ['nothing', ''],
  ]
  for (const [title, repo] of foreign) {
    test(title, async () => {
      assert.equal(await reasonOf({ repo }), 'RepositoryNotAllowed')
    })
  }
})

describe('a commit that is no full object id is refused without asking Git:', () => {
  for (const [title, commit] of [
    ['short', commitA.slice(0, 12)],
    ['upper case', commitA.toUpperCase()],
    ['a branch', 'main'],
    ['a trailing space', `${commitA} `],
    ['a newline', `${commitA}\n`],
    ['an option', '--help'],
    ['41 digits', `${commitA}a`],
    ['a megabyte', 'a'.repeat(1_000_000)],
    ['empty', ''],
  ] as const) {
    test(title, async () => {
      const proof = await ask({ commit })
      assert.equal(proof.kind === 'refuted' && proof.reason, 'CommitMalformed')
      assert.ok(proof.kind === 'refuted' && proof.why.length < 300)
      assert.deepEqual(proof.refreshed, [])
    })
  }
})

describe('a commit that the mirror does not have on a branch', () => {
  test('is fetched for once, and then counts', async () => {
    const fleet = { ...good, commits: {}, afterRefresh: { commits: good.commits ?? {} } }
    const proof = await ask({ fleet })
    assert.equal(proof.kind, 'proven')
    assert.deepEqual(proof.refreshed, ['fleet'])
  })

  const missing: readonly (readonly [string, FakeRepository, string])[] = [
    ['unknown', { ...good, commits: {} }, 'CommitUnknown'],
    [
      'a tag',
      { ...good, commits: { [commitA]: { kind: 'not-a-commit', type: 'tag' } } },
      'CommitUnknown',
    ],
    ['unmerged', { ...good, commits: { [commitA]: { kind: 'unreachable' } } }, 'CommitNotOnBranch'],
    ['in a mirror that is not there yet', { commits: {} }, 'MirrorStale'],
  ]
  for (const [title, fleet, reason] of missing) {
    test(`is refused when it is ${title}`, async () => {
      assert.equal(await reasonOf({ fleet }), reason)
    })
  }
})

test('a mirror that was not fetched for longer than maxStaleness proves nothing', async () => {
  assert.equal(await reasonOf({ fleet: { ...good, fetchedAt: now - 60 * minute } }), 'proven')
  assert.equal(
    await reasonOf({ fleet: { ...good, fetchedAt: now - 60 * minute - 1 } }),
    'MirrorStale',
  )
})

describe('at level commit', () => {
  test('the object need not be declared', async () => {
    assert.equal(await reasonOf({ verify: 'commit', fleet: { ...good, declares: {} } }), 'proven')
  })

  test('stored annotations that a patch carries along are no evidence', async () => {
    const annotations = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commitA }
    const object = configMap(annotations, { a: 'other' })
    const oldObject = configMap(annotations)
    const update = { operation: 'UPDATE', user: deployer, object, oldObject } as const
    assert.equal(await reasonOf({ verify: 'commit', request: update }), 'EvidenceMissing')
    const before = configMap({ ...annotations, 'solewriter.dev/commit': commitB })
    assert.equal(
      await reasonOf({ verify: 'commit', request: { ...update, oldObject: before } }),
      'proven',
    )
  })
})

describe('at level declared', () => {
  const undeclared: readonly (readonly [string, FakeRepository['declares'], string])[] = [
    ['declares nothing', {}, 'NotDeclared'],
    ['declares another object', { [commitA]: [{ id: { ...id, name: 'x' } }] }, 'NotDeclared'],
    [
      'declares the name in another namespace',
      { [commitA]: [{ id: { ...id, namespace: 'x' } }] },
      'NotDeclared',
    ],
    [
      'declares another kind of that name',
      { [commitA]: [{ id: { ...id, kind: 'Secret' } }] },
      'NotDeclared',
    ],
    ['declares it twice', { [commitA]: 'duplicate' }, 'NotDeclared'],
    ['is still being indexed', { [commitA]: 'pending' }, 'IndexPending'],
  ]
  for (const [title, declares, reason] of undeclared) {
    test(`a commit that ${title} proves nothing`, async () => {
      assert.equal(await reasonOf({ fleet: { ...good, ...(declares && { declares }) } }), reason)
    })
  }

  test('a declared generateName fits what was made from it', async () => {
    const fleet = {
      ...good,
      declares: { [commitA]: [{ id: { ...id, name: '' }, generateName: 'settings-' }] },
    }
    const object = {
      metadata: {
        generateName: 'settings-',
        name: 'settings-x7k2p',
        annotations: configMap({
          'solewriter.dev/repo': 'fleet',
          'solewriter.dev/commit': commitA,
        })['metadata'],
      },
    }
    const annotations = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commitA }
    const made = { ...object, metadata: { ...object.metadata, annotations } }
    assert.equal(
      await reasonOf({ fleet, request: { name: 'settings-x7k2p', object: made } }),
      'proven',
    )
  })
})

describe('an older commit', () => {
  const two: FakeRepository = {
    tips: { main: commitB },
    commits: { [commitA]: reachable, [commitB]: reachable },
    fetchedAt: now,
    declares: {
      [commitA]: [{ id, object: { a: 1 } }],
      [commitB]: [{ id, object: { a: 2 } }],
    },
  }

  test('is superseded when the tip says something else of this object', async () => {
    const proof = await ask({ fleet: two })
    assert.equal(proof.kind === 'refuted' && proof.reason, 'CommitSuperseded')
  })

  test('is superseded when the tip does not declare the object any more', async () => {
    const fleet = { ...two, declares: { [commitA]: [{ id }], [commitB]: [] } }
    assert.equal(await reasonOf({ fleet }), 'CommitSuperseded')
  })

  test('counts while the tip says the same of this object', async () => {
    const same = [{ id, object: { a: 1 } }]
    const fleet = { ...two, declares: { [commitA]: same, [commitB]: same } }
    assert.equal(await reasonOf({ fleet }), 'proven')
  })

  test('counts for grace after it was the tip', async () => {
    const until = (ms: number) => ({ ...two, earlier: { [`main ${commitA}`]: now - ms } })
    assert.equal(await reasonOf({ fleet: until(10 * minute) }), 'proven')
    assert.equal(await reasonOf({ fleet: until(10 * minute + 1) }), 'CommitSuperseded')
  })

  test('waits for the index of the tip', async () => {
    const fleet: FakeRepository = {
      ...two,
      declares: { [commitA]: [{ id }], [commitB]: 'pending' },
    }
    assert.equal(await reasonOf({ fleet }), 'IndexPending')
  })

  test('that never was a tip does not count, whatever else was', async () => {
    const fleet = { ...two, earlier: { [`main ${commitC}`]: now } }
    assert.equal(await reasonOf({ fleet }), 'CommitSuperseded')
  })
})

describe('evidence is missing', () => {
  const repo = { 'solewriter.dev/repo': 'fleet' }
  const cases: readonly (readonly [string, Partial<AdmissionRequest>, string])[] = [
    ['without annotations', { object: configMap() }, 'EvidenceMissing'],
    ['with only one of them', { object: configMap(repo) }, 'EvidenceMissing'],
    ['without metadata', { object: { data: {} } }, 'EvidenceMissing'],
    [
      'on a subresource, whatever its body carries',
      { subresource: 'scale', object: configMap({ ...repo, 'solewriter.dev/commit': commitA }) },
      'EvidenceMissing',
    ],
    [
      'when an annotation is a list',
      { object: { metadata: { annotations: { ...repo, 'solewriter.dev/commit': [commitA] } } } },
      'CommitMalformed',
    ],
  ]
  for (const [title, changes, reason] of cases) {
    test(title, async () => {
      assert.equal(await reasonOf({ request: { user: deployer, ...changes } }), reason)
    })
  }
})
