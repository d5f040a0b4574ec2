import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { create, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type Requester } from './requester.ts'
import { logLines, metric, readyz } from './serve-state.ts'
import { unreadable } from './unreadable-files.ts'

// Whatever happens to one repository while the gate runs: its own claims are denied, people too,
// and everybody else goes on.

const policy = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: faults}
spec:
  mode: enforce
  repositories:
  - {name: steady, url: "https://git.example.com/steady.git", branches: [main], poll: 1s, sources: [{path: .}]}
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], poll: 1s, maxStaleness: 5s, grace: 0s, sources: [{path: .}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet, steady], verify: declared}
`

let dir: string
let fleet: Fleet
let steady: Fleet
let cluster: Cluster
let ci: Requester
let alice: Requester

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-faults-'))
  writeFileSync(path.join(dir, 'policy.yaml'), policy)
  fleet = await makeFleet()
  steady = await makeFleet({ 'a.yaml': manifest('steady') })
  takeDown()
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(import.meta.dirname, 'fixtures', 'writers.yaml')],
    policy: path.join(dir, 'policy.yaml'),
    repositories: { fleet: fleet.directory, steady: steady.directory },
  })
  ci = requesterOf(cluster.kubeconfigs['ci'] ?? '')
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
})

after(async () => {
  ci.close()
  alice.close()
  await cluster.stop()
  fleet.remove()
  steady.remove()
  rmSync(dir, { recursive: true })
})

/** The remote is not there any more. */
function takeDown(): void {
  renameSync(fleet.directory, path.join(dir, 'away'))
}

function bringBack(): void {
  renameSync(path.join(dir, 'away'), fleet.directory)
}

function head(repository = fleet, what = 'main'): Promise<string> {
  return repository.git(['rev-parse', what])
}

const dryRun = '?dryRun=All'
const isStale = 'solewriter_mirror_stale{repository="fleet"}'

async function claim(name: string, commit: string, repo = 'fleet') {
  return ci(create(name, { repo, commit }, dryRun))
}

async function untilTaken(name: string, commit: string, repo = 'fleet'): Promise<void> {
  let last = ''
  await eventually(`${name} is admitted`, async () => {
    const answer = await claim(name, commit, repo)
    last = answer.text.slice(0, 300)
    return answer.status === 201
  }).catch((error: unknown) => {
    throw new Error(last, { cause: error })
  })
}

async function othersGoOn(): Promise<void> {
  assertTaken(await claim('steady', await head(steady), 'steady'), 201)
  assertRefused(await alice(create('steady', {})), 'HumanWrite')
  const { status, ready } = await readyz(cluster)
  assert.deepEqual([status, ready], [200, true])
}

describe('a remote', () => {
  test('that is down from the start is only missed by its own claims', async () => {
    await untilTaken('steady', await head(steady), 'steady')
    const { why } = assertRefused(await claim('first', 'a'.repeat(40)), 'MirrorStale')
    assert.match(why, /repository fleet could not be fetched yet/)
    assertRefused(await ci(remove('stray')), 'MirrorStale')
    await othersGoOn()
    const { checks } = await readyz(cluster)
    assert.equal(checks.get('mirror fleet'), false)
    assert.equal(checks.get('git fleet'), false)
    assert.equal(checks.get('mirror steady'), true)
    assert.equal(await metric(cluster, isStale), 1)
    assert.ok(logLines(cluster, 'mirror_fetch_failed').length > 0)
  })

  test('that comes up empty declares nothing', async () => {
    bringBack()
    await eventually('fleet is fetched', async () => (await metric(cluster, isStale)) === 0)
    assertRefused(await claim('first', 'a'.repeat(40)), 'CommitUnknown')
    assertRefused(await ci(remove('stray')), 'NotDeclared')
    assert.equal((await readyz(cluster)).checks.has('git fleet'), false)
    await othersGoOn()
  })

  test('counts from its first commit on', async () => {
    await untilTaken('first', await fleet.commit({ 'first.yaml': manifest('first') }))
  })
})

describe('a file of a commit', () => {
  for (const { title, name, entry, expected } of unreadable) {
    test(`${title}: only what it holds is undeclared, and it is said where`, async () => {
      const commit = await fleet.commit({ [name]: await entry(fleet) })
      await untilTaken('first', commit)
      const { why } = assertRefused(await claim('hidden', commit), 'NotDeclared')
      assert.match(why, expected)
      assert.ok(why.includes(name), why)
      const said = logLines(cluster, 'manifest_not_read').filter((line) => line['file'] === name)
      assert.ok(said.length > 0)
      await othersGoOn()
      await fleet.commit({ [name]: null })
    })
  }
})

describe('the history', () => {
  test('may grow by 500 commits at once, each of which counts for what it did not change', async () => {
    const from = await head()
    const commits = Array.from(
      { length: 500 },
      (_, i) => `commit refs/heads/main
committer a <a@example.com> ${1_700_000_000 + i} +0000
data 1
.
${i === 0 ? `from ${from}\n` : ''}M 100644 inline grown.yaml
data ${Buffer.byteLength(manifest('grown', String(i)))}
${manifest('grown', String(i))}
`,
    )
    await fleet.git(['fast-import', '--quiet', '--force'], commits.join(''))
    await untilTaken('grown', await head())
    const middle = await head(fleet, 'main~250')
    assertTaken(await claim('first', middle), 201)
    assertRefused(await claim('grown', middle), 'CommitSuperseded')
  })

  test('that is rewritten takes back what it said, and the log says so', async () => {
    const gone = await head()
    await fleet.git(['update-ref', 'refs/heads/main', 'main~400'])
    const commit = await fleet.commit({ 'rewritten.yaml': manifest('rewritten') })
    await untilTaken('rewritten', commit)
    assertRefused(await claim('grown', gone), 'CommitNotOnBranch')
    const [said] = logLines(cluster, 'branch_rewritten')
    assert.deepEqual([said?.['repository'], said?.['from']], ['fleet', gone])
  })

  test('without its branch declares nothing, until the branch is back', async () => {
    const commit = await head()
    await fleet.git(['update-ref', '-d', 'refs/heads/main'])
    await eventually('the branch is gone', async () => {
      return refusalOf(await claim('first', commit))?.reason === 'CommitNotOnBranch'
    })
    await othersGoOn()
    await fleet.git(['update-ref', 'refs/heads/main', commit])
    await untilTaken('first', commit)
  })
})

describe('a remote that goes away later', () => {
  test('is missed by its own claims alone, once what is known of it is too old', async () => {
    const commit = await head()
    takeDown()
    await eventually('the mirror is stale', async () => {
      const answer = await claim('first', commit)
      // Meanwhile what is known still counts.
      return answer.status !== 201 && assertRefused(answer, 'MirrorStale').why !== ''
    })
    assertRefused(await ci(remove('stray')), 'MirrorStale')
    await othersGoOn()
    const { checks } = await readyz(cluster)
    assert.equal(checks.get('mirror fleet'), false)
    assert.equal(await metric(cluster, isStale), 1)
    bringBack()
    await untilTaken('first', commit)
    assert.equal(await metric(cluster, isStale), 0)
  })
})
