import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { fullPolicy } from '../../core/policy/policies.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

const cwd = scratch({
  'enforce.yaml': fullPolicy,
  'warn.yaml': fullPolicy.replace('mode: enforce', 'mode: warn'),
})
const keda = 'system:serviceaccount:keda:keda-operator'
const deployer = 'system:serviceaccount:ci:deployer'

async function explain(args: readonly string[], file = 'enforce.yaml') {
  const env = fakeEnv({ cwd })
  const status = await run(['policy', 'explain', ...args, '--policy', file], env)
  return { status, out: env.out(), err: env.err() }
}

test('an exception is shown as the rows that bear on the object', async () => {
  const { status, out } = await explain(['deployments.apps/scale', '--as', keda, '-n', 'shop'])
  assert.equal(status, 0)
  assert.equal(
    out,
    `object    deployments.apps/scale (any name), in shop
identity  ${keda}: no writer, so a human unless an exception covers it
mode      enforce (spec.mode)
writes    need no commit where a row below covers every field that changes
          are otherwise denied

ORIGIN  EXCEPTION  OPERATIONS  FIELDS         NAMES  NOTE
policy  keda       UPDATE      spec.replicas  any    scales by queue length
`,
  )
})

const sentences: readonly [title: string, said: readonly string[], args: string, file?: string][] =
  [
    ['a human is denied', ['are denied'], 'pods -n shop --as alice'],
    [
      'a human is warned',
      ['are admitted with a warning, and recorded as would-be denials'],
      'pods -n shop --as alice',
      'warn.yaml',
    ],
    [
      'a human is recorded',
      ['are admitted, and recorded as would-be denials'],
      'pods -n sandbox-1 --as alice',
    ],
    [
      'a scope that is off judges nothing',
      ['are not judged; only protected objects are guarded'],
      'events -n shop --as alice',
    ],
    [
      'a sealed scope refuses writers too',
      ['are refused, whoever writes'],
      `deployments.apps/scale -n frozen --as ${deployer}`,
    ],
    [
      'a writer needs evidence',
      ['need evidence (annotation) of fleet or apps, verified: content', 'are otherwise denied'],
      `deployments.apps -n shop --as ${deployer}`,
    ],
    [
      'a writer needs evidence for scale',
      ['need evidence (annotation) of fleet or apps, verified: content', 'are otherwise denied'],
      `deployments.apps/scale -n team-a --as ${deployer}`,
    ],
    [
      'a writer outside its namespaces is told them',
      ['are outside its namespaces (shop, team-*)', 'are otherwise denied'],
      `deployments.apps -n other --as ${deployer}`,
    ],
    [
      'a writer cannot declare an exec',
      ['on this subresource cannot be declared in Git', 'are otherwise denied'],
      `pods/exec -n shop --as ${deployer}`,
    ],
  ]
for (const [title, said, args, file] of sentences) {
  test(title, async () => {
    const { out } = await explain(args.split(' '), file)
    const [, writes = ''] = /^writes {4}([^]*?)\n(?:\n|$)/m.exec(out) ?? []
    assert.deepEqual(
      writes.split('\n').map((line) => line.trim()),
      said,
    )
  })
}

test('the rows of the control plane come with what else must hold, in a sealed scope too', async () => {
  const controller = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler'
  const args = ['deployments.apps/scale', '-n', 'frozen', '--as', controller]
  const { out } = await explain(args)
  assert.match(out, /^writes +need no commit .*\n +are otherwise refused, whoever writes$/m)
  assert.match(out, /^built-in +\S+ +UPDATE +spec\.replicas +any +.*with a token/m)
})

test('groups count, may be given several times, and are shown', async () => {
  const args = ['pods/portforward', '-n', 'shop', '--as', 'alice', '--group', 'a']
  assert.doesNotMatch((await explain(args)).out, /port-forward/)
  const { out } = await explain([...args, '--group', 'developers'])
  assert.match(out, /^identity {2}alice \(a, developers\): /m)
  assert.match(out, /^policy {2}port-forward {2}CONNECT +- +any +debugging$/m)
})

test('an object without a namespace is said to be cluster-scoped', async () => {
  const { out } = await explain(['nodes', '--as', 'alice', '--name', 'n1'])
  assert.match(out, /^object {4}nodes n1, cluster-scoped, as no namespace is given$/m)
})

test('an operation leaves out the rows of others', async () => {
  const args = ['pods', '-n', 'shop', '--as', keda, '--operation']
  assert.match((await explain([...args, 'DELETE'])).out, /^policy +keda/m)
  assert.doesNotMatch((await explain([...args, 'UPDATE'])).out, /^policy +keda/m)
  assert.equal((await explain([...args, 'PATCH'])).status, 2)
})

test('JSON has everything, null for what there is not', async () => {
  const { out } = await explain(['pods', '-n', 'shop', '--as', 'alice', '-o', 'json'])
  const { policy, ...rest } = JSON.parse(out) as Record<string, unknown>
  assert.match(String(policy), /^sha256:/)
  assert.deepEqual(rest, {
    query: {
      resource: 'pods',
      namespace: 'shop',
      name: '',
      username: 'alice',
      groups: [],
      operation: null,
    },
    mode: 'enforce',
    scope: null,
    writer: null,
    writerCovers: false,
    exceptions: [],
  })
  const writer = await explain(['pods', '-n', 'sandbox-1', '--as', deployer, '-o', 'json'])
  const found = JSON.parse(writer.out) as { scope: number; writer: { name: string } }
  assert.equal(found.scope, 0)
  assert.equal(found.writer.name, 'deployer')
})

test('a bad policy cannot explain anything', async () => {
  const { status, out, err } = await explain(['pods', '--as', 'alice'], 'none.yaml')
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /none\.yaml: cannot be read/)
})
