import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { layoutOf } from '../cluster/layout.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { main } from '../cli/process.ts'
import { eventually } from './eventually.ts'

// The mistake that people make: enforce, and the writer's name is not what the engine is called.

const namespace = 'solewriter-system'
const policy = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: locked-out}
spec:
  mode: enforce
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    branches: [main]
    sources: [{path: ., renderer: plain}]
  writers:
  - name: engine
    subject: {serviceAccount: flux-system/kustomise-controller}
    evidence: [annotation]
    repositories: [fleet]
    verify: declared
`

let cluster: Cluster
let cwd: string

before(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'solewriter-locked-out-'))
  const file = path.join(cwd, 'policy.yaml')
  writeFileSync(file, policy)
  cluster = await startCluster({ with: ['webhook'], policy: file })
})

after(async () => {
  await cluster.stop()
  rmSync(cwd, { recursive: true })
})

function write(user: string, where = 'default'): Promise<Outcome> {
  const args = ['create', 'configmap', 'a-write', '--dry-run=server', '-n', where]
  return cluster.kubectl(user, args)
}

function emergency(...args: readonly string[]): Promise<Outcome> {
  const kubeconfig = ['--kubeconfig', cluster.kubeconfigs['alice'] ?? '']
  return run(process.execPath, [main, 'emergency', ...args, ...kubeconfig], { cwd })
}

async function webhooks(): Promise<string> {
  const args = ['get', 'validatingwebhookconfiguration', 'solewriter', '-o', 'jsonpath={.webhooks}']
  return (await cluster.kubectl('alice', args)).stdout
}

function controllerEvents(): string[] {
  const log = readFileSync(path.join(layoutOf(cluster.dir).logs, 'controller.log'), 'utf8')
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { event: string }).event)
}

test('the controller is the one that holds the Lease, and finds the configuration good', async () => {
  const args = ['get', 'lease', '-n', namespace, 'solewriter-controller', '-o', 'jsonpath={.spec}']
  const { stdout } = await cluster.kubectl('admin', args)
  assert.match((JSON.parse(stdout) as { holderIdentity: string }).holderIdentity, /_[0-9a-f-]{36}$/)
  await eventually('a good configuration', () => controllerEvents().includes('configuration_good'))
})

test('whoever is locked out gets in by emergency off, and the gate is back after on', async () => {
  for (const user of ['alice', 'admin', 'ci']) {
    assert.match((await write(user)).stderr, /denied the request: \[HumanWrite\]/)
  }
  assert.match((await write('admin', namespace)).stderr, /\[Protected\]/)
  const before = await webhooks()

  const off = await emergency('off', '--reason', 'INC-2: the writer is misspelt', '--yes')
  assert.equal(off.code, 0, off.stderr)
  assert.equal(off.stderr, '')
  assert.match(off.stdout, /kept in: ConfigMap solewriter-system\/solewriter-emergency/)
  assert.equal(await webhooks(), '')
  for (const where of ['default', namespace]) {
    assert.equal((await write('alice', where)).code, 0)
  }
  await eventually('a controller that knows', () =>
    controllerEvents().includes('emergency_in_force'),
  )

  const on = await emergency('on', '--yes')
  assert.equal(on.code, 0, on.stderr)
  assert.equal(on.stderr, '')
  assert.equal(await webhooks(), before)
  await eventually('a closed gate', async () => (await write('alice')).code !== 0)
  assert.match((await write('admin', namespace)).stderr, /\[Protected\]/)
  assert.deepEqual(readdirSync(cwd), ['policy.yaml'])
})
