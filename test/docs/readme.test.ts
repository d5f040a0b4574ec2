import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { commandTable } from '../../src/cli/command-table.ts'
import type { AdmissionRequest } from '../../src/core/admission/request.ts'
import { toAnswer } from '../../src/core/decision/answer.ts'
import { evaluate } from '../../src/core/decision/evaluate.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Policy } from '../../src/core/policy/schema.ts'
import manifest from '../../package.json' with { type: 'json' }
import { goodPolicy } from '../core/policy/policies.ts'
import { fakeCluster } from '../fakes/cluster.ts'
import { commitA, fakeGit } from '../fakes/git.ts'
import { noBreakGlass } from '../fakes/grants.ts'
import { deployer, request } from '../fakes/requests.ts'

const root = path.join(import.meta.dirname, '..', '..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const api = { group: 'apps', kind: 'Deployment', namespace: 'pay', name: 'api' }

const declaredApi = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'pay' },
  spec: { replicas: 3 },
}

function block(language: string, containing: string): string {
  const blocks = [...readme.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
  const found = blocks.find(([, name, text = '']) => name === language && text.includes(containing))
  return found?.[2] ?? assert.fail(`no block with ${containing}`)
}

function decide(policy: Policy, changes: Partial<AdmissionRequest>) {
  const now = Date.UTC(2026, 1, 21)
  const fleet = {
    tips: { main: commitA },
    commits: { [commitA]: { kind: 'reachable', branches: ['main'] } as const },
    fetchedAt: now,
    declares: { [commitA]: [{ id: api, object: declaredApi }] },
  }
  const about = {
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: 'api',
  }
  return evaluate(request({ ...about, ...changes }), {
    policy: { ...policy, spec: { ...policy.spec, mode: 'enforce' } },
    policyHash: 'sha256:p',
    clusterUid: 'cluster-1',
    digestKey: new Uint8Array(32),
    own: { namespace: 'solewriter-system', accounts: new Set() },
    breakGlass: noBreakGlass,
    cluster: fakeCluster(),
    ...fakeGit({ fleet }),
    now: () => now,
    signal: new AbortController().signal,
  })
}

describe('README.md', () => {
  test('is at most 120 lines', () => {
    assert.ok(readme.trimEnd().split('\n').length <= 120)
  })

  test('shows a policy of at most 15 lines that parses', () => {
    const text = block('yaml', 'kind: Policy')
    const policy = goodPolicy(text)
    assert.equal(policy.spec.mode, 'audit')
    assert.ok(text.trimEnd().split('\n').length <= 15, text)
  })

  test('shows the denial that its policy gives for its command, word for word', async () => {
    const policy = goodPolicy(block('yaml', 'kind: Policy'))
    const decision = await decide(policy, { operation: 'DELETE' })
    const shown = block('', 'kubectl delete deployment api -n pay').split('\n')
    const [, id = ''] = /\(decision ([0-9A-Z]{26})\)$/m.exec(shown.join('\n')) ?? []
    assert.deepEqual(shown, [
      '$ kubectl delete deployment api -n pay',
      'Error from server (Forbidden): admission webhook "writes.solewriter.dev" denied the request:',
      toAnswer(decision, {}).message.replace(decision.id, id),
      '',
    ])
  })

  test('tells writers the annotations that are read', async () => {
    const [, repository = '', commit = ''] =
      /(solewriter\.dev\/\w+)=fleet \\\n {2}(solewriter\.dev\/\w+)=\$\(git rev-parse HEAD\)/.exec(
        block('sh', 'kubectl annotate'),
      ) ?? []
    const annotations = { [repository]: 'fleet', [commit]: commitA }
    const reasonFor = async (spec: JsonObject) => {
      const metadata = { name: 'api', namespace: 'pay', annotations }
      const object = { ...declaredApi, metadata, spec }
      const policy = goodPolicy(block('yaml', 'kind: Policy'))
      return (await decide(policy, { user: deployer, object })).verdict.reason
    }
    assert.equal(await reasonFor(declaredApi.spec), 'VerifiedCommit')
    assert.equal(await reasonFor({ replicas: 5 }), 'ContentMismatch')
  })

  test('names npm scripts and commands that exist, and all commands', () => {
    const scripts = [...readme.matchAll(/npm (?:run (?:-s )?(\w+)|(test))/g)].map(
      ([, script, short]) => script ?? short ?? '',
    )
    assert.deepEqual([...new Set(scripts)].toSorted(), ['demo', 'solewriter', 'test'])
    for (const script of scripts) assert.ok(Object.hasOwn(manifest.scripts, script), script)
    const rows = [...readme.matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = '']) => cell)
    const named = rows.flatMap((cell) => {
      const words = [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
      const group = words[0]?.split(' ').length === 2 ? `${words[0].split(' ')[0]} ` : ''
      return words.map((word, i) => (i === 0 ? word : `${group}${word}`))
    })
    assert.deepEqual(named.toSorted(), commandTable.map(({ words }) => words).toSorted())
  })

  test('leads to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
    assert.notEqual(links.length, 0)
    for (const link of [...links, 'manifests', 'manifests/overlays/enforce']) {
      assert.ok(existsSync(path.join(root, link)), link)
    }
  })

  test('names the versions that the tests run', () => {
    const goMod = readFileSync(path.join(root, 'test/cluster/go/kubernetes/go.mod'), 'utf8')
    const kubernetes = /k8s\.io\/kubernetes v(\S+)/.exec(goMod)?.[1] ?? assert.fail('no version')
    assert.ok(readme.includes(`Kubernetes ${kubernetes}`))
    assert.ok(readme.includes(`Node ${process.versions.node.split('.')[0]}`))
    assert.match(readme, /git \d+\.\d+\.\d+/)
    assert.equal(spawnSync('git', ['--version']).status, 0)
  })
})
