import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { fullPolicy } from '../../core/policy/policies.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

let nextId = 0

function record(changes: object = {}): string {
  nextId += 1
  const denial = {
    decisionId: `id-${nextId}`,
    user: 'system:serviceaccount:ops:cert-operator',
    groups: [],
    gvr: 'apps/v1/deployments',
    sub: '',
    op: 'UPDATE',
    ns: 'shop',
    name: 'api',
    paths: ['spec.replicas'],
    reason: 'HumanWrite',
    decision: 'allow',
    wouldDeny: true,
    dryRun: false,
    ...changes,
  }
  return `${JSON.stringify(denial)}\n`
}

const settled = { user: 'system:serviceaccount:keda:keda-operator', sub: 'scale' }
const cwd = scratch({
  'policy.yaml': fullPolicy,
  'records/one.jsonl': record() + record({ user: 'alice' }) + record(settled),
  'records/replica/two.jsonl': `${record({ ns: 'other' })}\n${record({ wouldDeny: false })}{"cut":`,
  'records/notes.txt': 'no records',
  'broken.jsonl': '{"cut":',
  'quiet.jsonl': record({ wouldDeny: false }),
  'empty/notes.txt': '',
})

async function suggest(args: readonly string[], input?: string) {
  const env = fakeEnv({ cwd, ...(input === undefined ? {} : { input }) })
  const status = await run(['policy', 'suggest', ...args, '--policy', 'policy.yaml'], env)
  return { status, out: env.out(), err: env.err() }
}

const pasted = `exceptions:
- name: ops-cert-operator # 2 denials
  subject: {serviceAccount: "ops/cert-operator"}
  allow:
  - {resources: ["deployments.apps"], operations: [UPDATE], fields: ["spec.replicas"], namespaces: ["other","shop"]} # 2 denials
  reason: "suggested from records: say why"
`

test('a directory is read with all below it: YAML on stdout, the rest on stderr', async () => {
  const { status, out, err } = await suggest(['records'])
  assert.equal(status, 0)
  assert.equal(out.replaceAll('", "', '","'), pasted)
  assert.equal(
    err,
    `records/replica/two.jsonl:4: is no record: skipped
4 denials in 5 records; 2 for 1 suggested row; 1 apart; 1 settled by the policy as it is now; 1 line skipped

APART  USER   REASON      OPERATION  RESOURCE          COUNT
human  alice  HumanWrite  UPDATE     deployments.apps  1
`,
  )
})

test('files, several of them, and standard input are read alike', async () => {
  const { out } = await suggest(['records/one.jsonl', '-'], record({ ns: 'other' }))
  assert.equal(out.replaceAll('", "', '","'), pasted)
})

test('JSON holds counts, rows, what stands apart, and the YAML', async () => {
  const { status, out, err } = await suggest(['records', '-o', 'json'])
  assert.equal(status, 0)
  const found = JSON.parse(out) as Record<string, unknown> & { rows: object[]; apart: object[] }
  assert.deepEqual(
    { ...found, rows: found.rows.length, apart: found.apart.length, yaml: '' },
    { records: 5, unreadable: 1, rows: 1, apart: 1, denials: 4, settled: 1, yaml: '' },
  )
  assert.match(String(found['yaml']), /^exceptions:\n- name: ops-cert-operator/)
  assert.equal(err, 'records/replica/two.jsonl:4: is no record: skipped\n')
})

test('nothing denied is nothing to suggest', async () => {
  const { status, out, err } = await suggest(['quiet.jsonl'])
  assert.equal(status, 0)
  assert.equal(out, '')
  assert.equal(
    err,
    '0 denials in 1 record; 0 for 0 suggested rows; 0 apart; 0 settled by the policy as it is now\n',
  )
})

test('files without any record answer nothing', async () => {
  assert.equal((await suggest(['broken.jsonl'])).status, 3)
})

test('at most five bad lines are named, and all are counted', async () => {
  const { err } = await suggest(['-'], 'x\n'.repeat(9))
  assert.equal(err.match(/is no record/g)?.length, 5)
  assert.match(err, /; 9 lines skipped\n$/)
})

const unusable: readonly [title: string, path: string, said: string][] = [
  ['a file that is not there', 'none.jsonl', 'none.jsonl cannot be read: ENOENT'],
  ['a directory without records', 'empty', 'empty holds no *.jsonl'],
]
for (const [title, path, said] of unusable) {
  test(`${title} is said before anything is read`, async () => {
    const { status, out, err } = await suggest(['broken.jsonl', path])
    assert.equal(status, 2)
    assert.equal(out, '')
    assert.equal(err, `error: ${said}\n`)
  })
}
