import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { fork } from 'node:child_process'
import path from 'node:path'
import { eventually } from '../e2e/eventually.ts'
import { attach, startCluster, type Cluster } from './cluster.ts'
import { clusterDir } from './layout.ts'
import { processesOf } from './process-table.ts'
import { run } from './run.ts'
import { startStandIn, type StandIn } from './stand-in.ts'

const main = path.join(import.meta.dirname, 'main.ts')
const bystander = path.join(import.meta.dirname, 'bound-cluster.ts')

interface WhoAmI {
  readonly status: {
    readonly userInfo: {
      readonly username: string
      readonly groups: readonly string[]
      readonly extra: Readonly<Record<string, readonly string[]>>
    }
  }
}

async function whoAmI(cluster: Cluster, user: string) {
  const { stdout, stderr } = await cluster.kubectl(user, ['auth', 'whoami', '-o', 'json'])
  assert.notEqual(stdout, '', stderr)
  return (JSON.parse(stdout) as WhoAmI).status.userInfo
}

async function assertNothingLeft(dir: string): Promise<void> {
  await eventually(`the end of ${dir}`, async () => {
    return !existsSync(dir) && (await processesOf(dir)).length === 0
  })
}

function killHard(cluster: Cluster, component: string): void {
  const { [component]: pid = assert.fail(`no ${component}`) } = cluster.pids
  process.kill(pid, 'SIGKILL')
}

function cli(...args: readonly string[]) {
  return run(process.execPath, [main, ...args])
}

describe('a cluster with a stand-in for the webhook', () => {
  let standIn: StandIn
  let cluster: Cluster

  before(async () => {
    standIn = await startStandIn()
    cluster = await startCluster({ externalWebhook: standIn.webhook })
  })

  after(async () => {
    await cluster.stop()
    await standIn.close()
    await assertNothingLeft(cluster.dir)
  })

  test('runs the version that its go.mod names, and says so', async () => {
    const { stdout } = await cluster.kubectl('admin', ['version', '-o', 'json'])
    const { serverVersion } = JSON.parse(stdout) as { serverVersion: Record<string, string> }
    assert.equal(serverVersion['gitVersion'], 'v1.36.3')
    assert.equal(serverVersion['gitTreeState'], 'clean')
  })

  test('knows alice and bob by certificate, in the group sre-oncall', async () => {
    for (const name of ['alice', 'bob']) {
      const { username, groups } = await whoAmI(cluster, name)
      assert.equal(username, name)
      assert.deepEqual([...groups].toSorted(), ['sre-oncall', 'system:authenticated'])
    }
  })

  test('makes alice cluster-admin and gives other users no rights', async () => {
    const args = ['auth', 'can-i', '*', '*', '--all-namespaces']
    assert.equal((await cluster.kubectl('alice', args)).stdout.trim(), 'yes')
    const file = await cluster.kubeconfig({
      kind: 'user',
      user: 'c@d_e',
      groups: ['sre-oncall', 'x'],
    })
    const { username, groups } = await whoAmI(cluster, file)
    assert.equal(username, 'c@d_e')
    assert.deepEqual([...groups].toSorted(), ['sre-oncall', 'system:authenticated', 'x'])
    assert.equal((await cluster.kubectl(file, args)).stdout.trim(), 'no')
  })

  test('knows ci as the service account ci/deployer, by a token without a Pod', async () => {
    const { username, extra } = await whoAmI(cluster, 'ci')
    assert.equal(username, 'system:serviceaccount:ci:deployer')
    assert.deepEqual(Object.keys(extra), ['authentication.kubernetes.io/credential-id'])
  })

  test('makes tokens bound to a Pod of the service account', async () => {
    const identity = { kind: 'service-account', namespace: 'ci', name: 'deployer' } as const
    const { extra } = await whoAmI(
      cluster,
      await cluster.kubeconfig({ ...identity, isPodBound: true }),
    )
    const [pod = ''] = extra['authentication.kubernetes.io/pod-name'] ?? []
    const args = ['get', 'pod', '-n', 'ci', pod, '-o', 'jsonpath={.spec.serviceAccountName}']
    assert.equal((await cluster.kubectl('admin', args)).stdout, 'deployer')
    assert.equal(extra['authentication.kubernetes.io/pod-uid']?.length, 1)
  })

  test('shows a certificate to the webhook, whose refusal reaches kubectl', async () => {
    const refused = await cluster.kubectl('alice', ['create', 'configmap', 'mine'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /admission webhook .* denied the request: alice may not/)
    assert.equal((await cluster.kubectl('ci', ['create', 'configmap', 'ours'])).code, 0)
    assert.deepEqual([...standIn.callers], ['kube-apiserver'])
  })

  test('runs controllers: a new namespace gets its service account', async () => {
    assert.equal((await cluster.kubectl('ci', ['create', 'namespace', 'shop'])).code, 0)
    await eventually('the default service account', async () => {
      return (await cluster.kubectl('admin', ['get', 'sa', '-n', 'shop', 'default'])).code === 0
    })
  })

  test('starts components again', async () => {
    await cluster.kill('kube-controller-manager')
    await cluster.restart('kube-apiserver')
    await cluster.start('kube-controller-manager')
    assert.equal((await cluster.kubectl('ci', ['create', 'namespace', 'late'])).code, 0)
    await eventually('controllers at work', async () => {
      return (await cluster.kubectl('admin', ['get', 'sa', '-n', 'late', 'default'])).code === 0
    })
    await assert.rejects(cluster.start('etcd'), /etcd is running/)
    await assert.rejects(cluster.kill('scheduler'), /no component scheduler; there are etcd/)
  })

  test('writes what happened to the audit log', () => {
    const lines = readFileSync(cluster.auditLog, 'utf8').trimEnd().split('\n')
    const events = lines.map(
      (line) => JSON.parse(line) as { level: string; user?: { username: string } },
    )
    assert.ok(events.every(({ level }) => level === 'Metadata'))
    assert.ok(events.some(({ user }) => user?.username === 'alice'))
  })

  test('lets a second cluster of the same name wait for another day', async () => {
    await assert.rejects(startCluster({ name: cluster.name }), /is there already \(ready\)/)
  })
})

describe('a cluster with replicas of serve', () => {
  const cli = path.join(import.meta.dirname, 'stand-in-serve.ts')

  test('asks those that are alive', async (t) => {
    const cluster = await startCluster({ with: ['webhook'], replicas: 2, cli })
    t.after(() => cluster.stop())
    const create = ['create', 'configmap', 'mine', '--dry-run=server']
    const refuser = async () => {
      const { stderr } = await cluster.kubectl('alice', create)
      return /alice may not, says (\d+) to kube-apiserver/.exec(stderr)?.[1] ?? stderr
    }
    const ports = cluster.webhook?.replicas.map(({ url }) => new URL(url).port) ?? []
    assert.ok(ports.includes(await refuser()))
    for (const [index, port] of ports.entries()) {
      await cluster.kill(`serve-${index}`)
      // The API server does not repeat a POST on a connection that was just cut.
      await eventually('the other one', async () => (await refuser()) === ports[1 - index])
      await cluster.start(`serve-${index}`)
      assert.ok(ports.includes(port))
    }
    await Promise.all(ports.map((_, index) => cluster.kill(`serve-${index}`)))
    assert.match(await refuser(), /failed calling webhook/)

    // A supervisor that is killed takes its cluster along.
    killHard(cluster, 'supervisor')
    await assertNothingLeft(cluster.dir)
  })

  test('does not come up with a policy that serve refuses, and says why', async (t) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-harness-'))
    t.after(() => rm(dir, { recursive: true }))
    const policy = path.join(dir, 'policy.yaml')
    await writeFile(policy, 'broken')
    const name = `t-broken-${process.pid}`
    const up = startCluster({ name, with: ['webhook'], cli, policy })
    await assert.rejects(up, /serve-0 ended at its start:[^]*line 1: this is broken/)
    await assertNothingLeft(clusterDir(name))
  })
})

describe('the command', () => {
  const name = `t-${process.pid}`

  after(() => cli('down', '--name', name))

  test('brings a cluster up that outlives it, beside others, and takes it down', async () => {
    const setup = path.join(import.meta.dirname, 'fixtures', 'setup')
    const other = startCluster()
    const up = await cli('up', '--name', name, '--setup', setup, '-o', 'json')
    assert.equal(up.code, 0, up.stderr)
    const state = JSON.parse(up.stdout) as Cluster
    const second = await other
    assert.notEqual(second.clusterUid, state.clusterUid)
    const status = JSON.parse((await cli('status', '-o', 'json')).stdout) as Cluster[]
    const names = new Set(status.map((found) => found.name))
    assert.ok(names.has(name) && names.has(second.name))

    const made = await cli('kubeconfig', '--name', name, '--user', 'carol', '--group', 'viewers')
    const widgets = ['get', 'widgets', '-A', '-o', 'name']
    const listed = await attach(state).kubectl(made.stdout.trim(), widgets)
    assert.equal(listed.stdout, 'widget.example.com/first\n', listed.stderr)

    // With nobody left to watch, the next command that comes along cleans up.
    killHard(second, 'supervisor')
    killHard(second, 'watchdog')
    await cli('status')
    await assertNothingLeft(second.dir)
    assert.equal((await cli('down', '--name', name)).code, 0)
    assert.equal(existsSync(state.dir), false)
    assert.deepEqual(await processesOf(state.dir), [])
    assert.equal((await cli('down', '--name', name)).code, 1)
  })

  test('ends a cluster whose owner was killed', async () => {
    const owner = fork(bystander, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
    const dir = await new Promise<string>((resolve) => owner.once('message', resolve))
    await eventually('an API server', () =>
      existsSync(path.join(dir, 'logs', 'kube-apiserver.log')),
    )
    owner.kill('SIGKILL')
    await assertNothingLeft(dir)
  })

  const misuses: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['frobnicate'], /no command frobnicate/],
    ['an unknown flag', ['up', '--nmae', 'x'], /--nmae/],
    [
      'a group that there is not',
      ['up', '--with', 'webhook,flunx'],
      /flunx: one of flux, argo-cd,/,
    ],
    ['a part of Argo CD alone', ['up', '--with', 'argocd-server'], /nothing without argo-cd/],
    ['a name that leads elsewhere', ['down', '--name', '../x'], /--name/],
    ['a missing setup file', ['up', '--setup', '/nonexistent'], /no such file/],
    ['both kinds of identity', ['kubeconfig', '--user', 'a', '--service-account', 'b/c'], /give/],
    ['no identity', ['kubeconfig'], /give --user/],
    ['a count of replicas that is none', ['up', '--replicas', 'many'], /--replicas many/],
  ]
  for (const [title, args, expected] of misuses) {
    test(`refuses ${title} with exit code 2`, async () => {
      const { code, stdout, stderr } = await cli(...args)
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, expected)
    })
  }
})
