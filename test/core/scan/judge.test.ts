import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import { declared, findingOf, judge, live, list, written, type Ground } from './judging.ts'

const data = (value: string): JsonObject => ({ data: { a: value } })
const head = [declared('ConfigMap', {}, data('1'))]

describe('what a head declares', () => {
  test('is as declared, whatever the API server and appliers note on it', async () => {
    const notes = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"0"}}',
      'solewriter.dev/commit': commitB,
      'solewriter.dev/repo': 'fleet',
    }
    const managedFields = [written('kubectl-client-side-apply', { 'f:data': {} })]
    const one = live('ConfigMap', { annotations: notes, managedFields }, data('1'))
    assert.deepEqual(await judge(one, { head }), { kind: 'as-declared' })
  })

  test('is different in its fields, without their values', async () => {
    const managedFields = [
      written('helm', { 'f:data': { 'f:b': {} } }),
      written('kubectl-edit', { 'f:data': { 'f:a': {} } }, { time: '2026-08-22T00:00:00Z' }),
    ]
    const one = live('ConfigMap', { managedFields }, data('canary'))
    const finding = await findingOf(one, { head })
    assert.equal(finding.kind, 'different')
    assert.deepEqual(finding.paths, ['data.a'])
    assert.deepEqual(finding.declared, {
      repository: 'fleet',
      branch: 'main',
      commit: commitA,
      file: 'prod/one.yaml',
      line: 1,
    })
    assert.deepEqual(finding.who, {
      isHint: true,
      manager: 'kubectl-edit',
      operation: 'Update',
      time: '2026-08-22T00:00:00Z',
    })
    assert.deepEqual(finding.wouldDeny, {
      human: { reason: 'HumanWrite', row: 10, rule: 'people write to Git' },
      writer: { reason: 'ContentMismatch', row: 8, rule: 'content of the commit' },
      mode: 'enforce',
    })
    assert.doesNotMatch(JSON.stringify(finding), /canary/)
  })

  test('shows twenty fields and counts the others', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 'x']))
    const finding = await findingOf(live('ConfigMap', {}, { data: { a: '1', ...many } }), { head })
    assert.equal(finding.paths.length, 20)
    assert.equal(finding.morePaths, 10)
  })

  test('is superseded while it is as the commit before the head has it', async () => {
    const before = [declared('ConfigMap', {}, data('0'))]
    const finding = await findingOf(live('ConfigMap', {}, data('0')), { head, before })
    assert.equal(finding.kind, 'superseded')
    assert.equal(finding.former?.commit, commitB)
    assert.equal(finding.wouldDeny.writer?.reason, 'CommitSuperseded')
    const other = await findingOf(live('ConfigMap', {}, data('2')), { head, before })
    assert.equal(other.kind, 'different')
  })

  test('may lack what it declares, and that is a difference', async () => {
    assert.deepEqual((await findingOf(live('ConfigMap'), { head })).paths, ['data'])
  })

  test('is compared by metadata alone where nobody may see more', async () => {
    const labels = { tier: 'gold' }
    const secret = [declared('Secret', { labels }, { stringData: { password: 'canary' } })]
    const seen = { ...live('Secret', { labels }), isMetadataOnly: true }
    assert.deepEqual(await judge(seen, { head: secret }), { kind: 'as-declared' })
    const other = { ...live('Secret', { labels: { tier: 'lead' } }), isMetadataOnly: true }
    const finding = await findingOf(other, { head: secret })
    assert.deepEqual(finding.paths, ['metadata.labels.tier'])
    assert.doesNotMatch(JSON.stringify(finding), /canary|gold|lead/)
  })

  test('is only looked for where it is encrypted', async () => {
    const encrypted = head.map((one) => ({ ...one, isEncrypted: true as const }))
    const judged = await judge(live('ConfigMap', {}, data('9')), { head: encrypted })
    assert.deepEqual(judged, { kind: 'ignored', why: 'encrypted' })
  })

  test('is read in the version in which it is declared', async () => {
    const widget = declared('Widget', {}, { spec: { size: 1 } })
    const object = { ...(widget.object as JsonObject), apiVersion: 'example.com/v2' }
    const definition = { kind: 'absent' } as const
    const ground = {
      head: [{ ...widget, object }],
      live: {
        'Widget pay/one': { kind: 'found', object: { ...object } },
        'CustomResourceDefinition widgets.example.com': definition,
      },
    } as const satisfies Ground
    assert.deepEqual(await judge(live('Widget', {}, { spec: { wide: 1 } }), ground), {
      kind: 'as-declared',
    })
    const gone = { ...ground, live: { 'Widget pay/one': definition } }
    assert.deepEqual(await judge(live('Widget'), gone), {
      kind: 'unknown',
      why: 'it cannot be read as example.com/v2',
    })
  })
})

describe('what nobody can tell is no finding and not clean', () => {
  for (const said of ['pending', 'broken', 'duplicate'] as const) {
    test(`a head that is ${said}`, async () => {
      assert.equal((await judge(live('ConfigMap'), { head: said })).kind, 'unknown')
    })
  }

  test('a repository without a fetch', async () => {
    const git = { fetchedAt: -1e15 }
    assert.equal((await judge(live('ConfigMap'), { git })).kind, 'unknown')
  })

  test('a file that may declare it', async () => {
    const problems = [{ file: 'prod/x.yaml', line: 3, message: 'merge key', names: ['one'] }]
    const judged = await judge(live('ConfigMap'), { git: { problems } })
    assert.match(judged.kind === 'unknown' ? judged.why : '', /prod\/x\.yaml:3/)
  })
})

describe('what no head declares', () => {
  test('is undeclared, with what people and writers would have been told', async () => {
    const finding = await findingOf(live('ConfigMap', {}, data('1')))
    assert.equal(finding.kind, 'undeclared')
    assert.equal(finding.object.resource, 'configmaps')
    assert.equal(finding.who, undefined)
    assert.equal(finding.wouldDeny.human.reason, 'HumanWrite')
    assert.equal(finding.wouldDeny.writer?.reason, 'NotDeclared')
  })

  test('says which commit was the last to declare it', async () => {
    const finding = await findingOf(live('ConfigMap', {}, data('1')), { before: head })
    assert.equal(finding.kind, 'undeclared')
    assert.equal(finding.former?.commit, commitB)
  })

  test('is out of scope where the scope is off, unless it is protected', async () => {
    const off = '  mode: enforce\n  scopes: [{namespaces: [pay, kube-system], mode: off}]\n'
    assert.deepEqual(await judge(live('ConfigMap'), { spec: off }), {
      kind: 'ignored',
      why: 'out-of-scope',
    })
    const token = live(
      'Secret',
      { namespace: 'kube-system' },
      { type: 'bootstrap.kubernetes.io/token' },
    )
    const finding = await findingOf(token, { spec: off })
    assert.equal(finding.wouldDeny.human.reason, 'Protected')
    assert.equal(finding.wouldDeny.human.row, 3)
  })

  test('is sealed in a sealed scope, for writers too', async () => {
    const spec = '  mode: enforce\n  scopes: [{namespaces: [pay], mode: sealed}]\n'
    const { wouldDeny } = await findingOf(live('ConfigMap'), { spec })
    assert.deepEqual([wouldDeny.human.reason, wouldDeny.writer?.reason], ['Sealed', 'Sealed'])
  })

  test('is judged by the mode of its scope', async () => {
    const { wouldDeny } = await findingOf(live('ConfigMap'), { spec: '  mode: audit\n' })
    assert.equal(wouldDeny.mode, 'audit')
  })
})

describe('scaling', () => {
  const labels = { app: 'one' }
  const spec = (replicas: number): JsonObject => ({
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
  })
  const declaredTwo = [declared('Deployment', {}, { spec: spec(2) })]
  const of = (replicas: number) => live('Deployment', {}, { spec: spec(replicas) })
  const autoscaler = (most: number): JsonObject => ({
    spec: {
      maxReplicas: most,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'one' },
    },
  })
  const ground = (most: number): Ground => ({
    head: declaredTwo,
    exceptions: '  mode: enforce\n',
    live: { 'Deployment pay/one': { kind: 'found', object: of(5).object } },
    lists: { 'HorizontalPodAutoscaler pay/': list(autoscaler(most)) },
  })

  test('is explained by an autoscaler that allows that many', async () => {
    assert.deepEqual(await judge(of(5), ground(9)), { kind: 'as-declared' })
  })

  test('is a difference beyond what it allows', async () => {
    assert.deepEqual((await findingOf(of(5), ground(4))).paths, ['spec.replicas'])
  })

  test('is explained by an exception of the policy, and nothing else is', async () => {
    const { exceptions: _own, ...withKeda } = ground(4)
    assert.deepEqual(await judge(of(5), withKeda), { kind: 'as-declared' })
    const other = live('Deployment', {}, { spec: { ...spec(5), paused: true } })
    assert.deepEqual((await findingOf(other, withKeda)).paths, ['spec.paused'])
  })
})

test('notes of controllers and appliers are none where Git declares no annotation at all', async () => {
  const labels = { app: 'one' }
  const containers = [{ name: 'app', image: 'app:1' }]
  const template = { metadata: { labels }, spec: { containers } }
  const spec = { replicas: 1, selector: { matchLabels: labels }, template }
  const revision = { 'deployment.kubernetes.io/revision': '2' }
  const ground: Ground = { head: [declared('Deployment', {}, { spec })] }
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
  for (const annotations of [revision, applied, { ...revision, ...applied }]) {
    const one = live('Deployment', { annotations }, { spec })
    assert.deepEqual(await judge(one, ground), { kind: 'as-declared' })
  }
  const mine = live('Deployment', { annotations: { ...revision, mine: 'x' } }, { spec })
  assert.deepEqual((await findingOf(mine, ground)).paths, ['metadata.annotations.mine'])
})
