import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { create, manifest } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type Requester } from './requester.ts'
import { logLines, metric, readyz } from './serve-state.ts'

// The policy is a file that people edit while the gate is closed.

let dir: string
let file: string
let fleet: Fleet
let cluster: Cluster
let alice: Requester
let ci: Requester

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-policy-'))
  file = path.join(dir, 'policy.yaml')
  put(policy('enforce'))
  fleet = await makeFleet({ 'a.yaml': manifest('a') })
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(import.meta.dirname, 'fixtures', 'writers.yaml')],
    policy: file,
    repositories: { fleet: fleet.directory },
  })
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
  ci = requesterOf(cluster.kubeconfigs['ci'] ?? '')
})

after(async () => {
  alice.close()
  ci.close()
  await cluster.stop()
  fleet.remove()
  rmSync(dir, { recursive: true })
})

function policy(mode: string, { writer = 'ci/deployer', scopes = '[]' } = {}): string {
  return `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: edited}
spec:
  mode: ${mode}
  scopes: ${scopes}
  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], poll: 1s, sources: [{path: .}]}
  writers:
  - {name: ci, subject: {serviceAccount: ${writer}}, evidence: [annotation], repositories: [fleet], verify: declared}
`
}

/** As editors do, in one step. */
function put(text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

const dryRun = '?dryRun=All'

async function reasonFor(user: Requester, where?: string): Promise<string | undefined> {
  const request = create('a', { commit: await fleet.git(['rev-parse', 'main']) }, dryRun)
  const answer = await user(where === undefined ? request : { ...request, path: where })
  if (answer.status === 201) return 'taken'
  return refusalOf(answer)?.reason
}

async function until(user: Requester, reason: string): Promise<void> {
  await eventually(`the answer is ${reason}`, async () => (await reasonFor(user)) === reason)
}

describe('a change of mode', () => {
  test('to audit lets people through, and the record says what would have been', async () => {
    put(policy('audit'))
    await until(alice, 'taken')
    const record = readRecords(cluster).findLast(({ user }) => user === 'alice')
    assert.deepEqual(
      [record?.decision, record?.wouldDeny, record?.mode, record?.reason],
      ['allow', true, 'audit', 'HumanWrite'],
    )
  })

  test('to warn tells them too', async () => {
    put(policy('warn'))
    await eventually('kubectl shows a warning', async () => {
      const args = ['create', 'configmap', 'a', '-n', 'zoo', '--dry-run=server']
      const { code, stderr } = await cluster.kubectl('alice', args)
      return code === 0 && /^Warning: .*\[HumanWrite\] configmaps zoo\/a is declared/.test(stderr)
    })
  })

  test('to sealed refuses writers as well', async () => {
    put(policy('sealed'))
    await until(ci, 'Sealed')
    await until(alice, 'Sealed')
  })

  test('to off asks nobody where they come from, and back to enforce does', async () => {
    put(policy('off'))
    await until(alice, 'taken')
    put(policy('enforce'))
    await until(alice, 'HumanWrite')
    await until(ci, 'taken')
  })

  test('of one scope leaves the others, and what is protected, as they are', async () => {
    put(policy('enforce', { scopes: '[{namespaces: [zoo, ci], mode: audit}]' }))
    await until(alice, 'taken')
    assert.equal(await reasonFor(alice, '/api/v1/namespaces/default/configmaps'), 'HumanWrite')
    const path = '/api/v1/namespaces/ci/serviceaccounts/deployer/token'
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
    assertRefused(await alice({ method: 'POST', path, body }), 'Protected')
    put(policy('enforce'))
    await until(alice, 'HumanWrite')
  })
})

describe('a change of writers', () => {
  test('makes a person of who is not named any more', async () => {
    put(policy('enforce', { writer: 'ci/other' }))
    await until(ci, 'HumanWrite')
    put(policy('enforce'))
    await until(ci, 'taken')
  })
})

describe('a file that is no policy', () => {
  const cases: readonly (readonly [string, () => void, () => void])[] = [
    ['has a misspelt key', () => put(policy('off').replace('writers:', 'writer:')), nothing],
    ['is half written', () => put(policy('off').slice(0, 200)), nothing],
    ['is empty', () => put(''), nothing],
    ['has a mode that nobody knows', () => put(policy('permissive')), nothing],
    ['is not there', () => unlinkSync(file), nothing],
    [
      'is a directory',
      () => {
        unlinkSync(file)
        mkdirSync(file)
      },
      () => rmdirSync(file),
    ],
    [
      'is a link to nowhere',
      () => {
        unlinkSync(file)
        symlinkSync('/nonexistent/policy.yaml', file)
      },
      () => unlinkSync(file),
    ],
  ]
  for (const [title, damage, repair] of cases) {
    test(`and ${title} leaves the last good one in force, loudly`, async () => {
      const said = () => logLines(cluster, 'policy_refused').length
      const seen = { log: said(), count: await refusals() }
      damage()
      await eventually('the edit is refused', async () => (await refusals()) > seen.count)
      await eventually('the log says so', () => said() > seen.log)
      assert.equal(await reasonFor(alice), 'HumanWrite')
      assert.equal(await reasonFor(ci), 'taken')
      const { status, ready, checks } = await readyz(cluster)
      assert.deepEqual([status, ready, checks.get('policy')], [200, true, false])
      repair()
      put(policy('enforce'))
      await eventually('the policy is good again', async () => {
        return (await readyz(cluster)).checks.get('policy') === true
      })
    })
  }

  test('is not what a restart begins with', async () => {
    put('')
    await cluster.kill('serve-0', 'SIGTERM')
    await assert.rejects(cluster.start('serve-0'), /ended at its start/)
    const answer = await ci(create('a', {}, dryRun))
    assert.match(answer.json.message ?? '', /failed calling webhook/)
    put(policy('enforce'))
    await cluster.start('serve-0')
    await until(ci, 'taken')
    assertTaken(await ci({ method: 'GET', path: '/api/v1/namespaces/zoo' }))
  })
})

function nothing(): void {
  // A file that is put in its place is all that is needed.
}

async function refusals(): Promise<number> {
  return (await metric(cluster, 'solewriter_policy_refused_total')) ?? 0
}
