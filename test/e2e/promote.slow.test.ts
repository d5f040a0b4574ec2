import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { main } from '../cli/process.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { grants, patch, startGround, type Ground, type Wanted } from './break-glass-ground.ts'
import { makeFleet, type Fleet } from './fleet.ts'

// What was done under a grant goes into Git, and comes back out of it without anything left to say.

const api = `# the front door of the shop
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: pay }
spec:
  replicas: 0 # raised by hand before Christmas
  paused: true
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
      # the only one
      - name: main
        image: 'example.com/a:1' # bot: update
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: pay, labels: { tier: one } }
`
const old = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: old, namespace: pay }\n'

let fleet: Fleet
let ground: Ground

before(async () => {
  fleet = await makeFleet({ 'pay/api.yaml': api, 'pay/old.yaml': old })
  await fleet.git(['config', 'receive.denyCurrentBranch', 'ignore'])
  ground = await startGround({ fleet: fleet.directory })
  mkdirSync(path.join(ground.dir, 'home'))
  writeFileSync(
    path.join(ground.dir, 'home', '.gitconfig'),
    '[user]\nname = Alice\nemail = alice@example.com\n',
  )
})

after(async () => {
  await ground?.end()
  fleet?.remove()
})

let first: string | undefined

const everything: Wanted = {
  details: [
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale'],
      operations: ['UPDATE'],
      namespaces: ['pay'],
      fields: ['*'],
    },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      namespaces: ['pay'],
      fields: ['*'],
    },
  ],
}

function kubectl(user: string, args: readonly string[], input?: string): Promise<Outcome> {
  return ground.cluster.kubectl(user, args, input === undefined ? {} : { input })
}

async function taken(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome
  assert.equal(code, 0, stderr)
  return stdout
}

/** A grant of alice, and none beside it that a write could be counted on. */
async function onlyGrant(before?: string): Promise<string> {
  if (before !== undefined) {
    const ended = await ground.as('alice')(patch(`${grants}/${before}`, { spec: { ended: true } }))
    assert.equal(ended.status, 200, ended.text)
  }
  return ground.activate(everything)
}

/** As alice, with her own git. */
function promote(grant: string, ...args: readonly string[]): Promise<Outcome> {
  const { cluster, dir } = ground
  const env = {
    PATH: process.env['PATH'],
    HOME: path.join(dir, 'home'),
    KUBECONFIG: cluster.kubeconfigs['alice'],
  }
  const at = ['--policy', path.join(dir, 'policy.yaml'), '--repo', `fleet=${fleet.directory}`]
  return run(process.execPath, [main, 'breakglass', 'promote', grant, ...at, ...args], { env })
}

function file(branch: string, name: string): Promise<string> {
  return fleet.git(['cat-file', 'blob', `${branch}:${name}`])
}

/** The job of a writer: what that commit declares, with the commit. */
async function deploy(commit: string, ...files: readonly string[]): Promise<void> {
  for (const name of files) {
    const marks = ['solewriter.dev/repo=fleet', `solewriter.dev/commit=${commit}`]
    const marked = await taken(
      kubectl(
        'ci',
        ['annotate', '--local', '-f', '-', '-o', 'yaml', ...marks],
        await file(commit, name),
      ),
    )
    await taken(kubectl('ci', ['apply', '--server-side', '--force-conflicts', '-f', '-'], marked))
  }
}

test('uses become a branch that, merged and applied, leaves nothing to say', async () => {
  const start = await fleet.git(['rev-parse', 'main'])
  await deploy(start, 'pay/old.yaml')
  const grant = await onlyGrant()
  first = grant
  await taken(kubectl('alice', ['scale', '-n', 'pay', 'deploy/api', '--replicas=5']))
  await taken(kubectl('alice', ['set', 'image', '-n', 'pay', 'deploy/api', 'main=example.com/a:2']))
  await taken(kubectl('alice', ['create', 'configmap', '-n', 'pay', 'fresh', '--from-literal=a=1']))
  await taken(
    kubectl('alice', ['label', 'configmap', '-n', 'pay', 'settings', 'tier-', 'team=shop']),
  )
  await taken(kubectl('alice', ['delete', 'configmap', '-n', 'pay', 'old']))

  const shown = await promote(grant, '--dry-run')
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /^\+ {2}replicas: 5 # raised by hand before Christmas$/m)
  await assert.rejects(fleet.git(['rev-parse', '-q', '--verify', `break-glass/${grant}`]))

  const done = await promote(grant)
  assert.equal(done.code, 0, done.stderr + done.stdout)
  const branch = `break-glass/${grant}`
  assert.equal(
    await file(branch, 'pay/api.yaml'),
    api
      .replace('replicas: 0', 'replicas: 5')
      .replace('a:1', 'a:2')
      .replace('{ tier: one }', '{ team: shop }')
      .trimEnd(),
  )
  assert.equal(
    await file(branch, 'pay/configmap-fresh.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fresh\n  namespace: pay\ndata:\n  a: "1"',
  )
  await assert.rejects(file(branch, 'pay/old.yaml'))
  const message = await fleet.git(['log', '-1', '--format=%an%n%B', branch])
  assert.match(message, /^Alice\nBreak-glass: [^]*INC-7: 5xx storm, more of the api\n/)
  assert.match(message, new RegExp(`\n\nIncident: INC-7\nBreak-Glass-Resolves: ${grant}\n*$`))
  assert.equal(message.match(/\(decision\s+[0-9A-Z]{26}\)/g)?.length, 5, message)

  const head = await fleet.git(['rev-parse', branch])
  const again = await promote(grant)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /has it already/)
  assert.equal(await fleet.git(['rev-parse', branch]), head)

  await fleet.git(['update-ref', 'refs/heads/main', head])
  await deploy(head, 'pay/api.yaml', 'pay/configmap-fresh.yaml')
  const { stdout } = await kubectl('admin', [
    'get',
    '-n',
    'pay',
    'deploy/api',
    '-o',
    'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}',
  ])
  assert.equal(stdout, '5 example.com/a:2')
  const merged = await promote(grant)
  assert.equal(merged.code, 0, merged.stderr)
  assert.match(merged.stdout, /nothing to do/)
})

test('later uses come on top of the branch, and what is not as a use left it is not guessed', async () => {
  const grant = await onlyGrant(first)
  await taken(kubectl('alice', ['scale', '-n', 'pay', 'deploy/api', '--replicas=6']))
  assert.equal((await promote(grant)).code, 0)
  await taken(kubectl('alice', ['scale', '-n', 'pay', 'deploy/api', '--replicas=7']))
  const done = await promote(grant)
  assert.equal(done.code, 0, done.stderr)
  const branch = `break-glass/${grant}`
  assert.match(await file(branch, 'pay/api.yaml'), /replicas: 7 # raised/)
  assert.equal(await fleet.git(['rev-list', '--count', `main..${branch}`]), '2')

  const other = await onlyGrant(grant)
  await taken(kubectl('alice', ['scale', '-n', 'pay', 'deploy/front', '--replicas=1']))
  await taken(
    kubectl('alice', [
      'create',
      'configmap',
      '-n',
      'pay',
      'secretive',
      '--from-literal=password=hunter2',
    ]),
  )
  const refused = await promote(other, '-o', 'json')
  assert.equal(refused.code, 1, refused.stderr + refused.stdout)
  const { objects, branches } = JSON.parse(refused.stdout) as {
    readonly objects: readonly {
      readonly name: string
      readonly result: string
      readonly why: string
    }[]
    readonly branches: readonly unknown[]
  }
  assert.deepEqual(branches, [])
  assert.deepEqual(
    objects.map(({ name, result }) => [name, result]),
    [
      ['front', 'skipped'],
      ['secretive', 'blocked'],
    ],
  )
  assert.ok(!refused.stdout.includes('hunter2'))
  await assert.rejects(fleet.git(['rev-parse', '-q', '--verify', `break-glass/${other}`]))
})
