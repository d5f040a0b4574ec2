import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { eventually } from './eventually.ts'
import { startHollowNode, startHollowScheduler, type Hollow } from './hollow-node.ts'
import { apply, build, reachedAt, Replicas, type Manifest } from './installation.ts'
import { requesterOf } from './requester.ts'

// One installation under `enforce`, from nothing to the loss of every replica and back, on a real
// control plane. The tests follow each other.

const root = path.join(import.meta.dirname, '..', '..')
const namespace = 'solewriter-system'
const lostRole = 'system:node-bootstrapper'
const inOurs = ['-n', namespace]
const create = ['create', 'configmap', 'mine', '--dry-run=server']
const last = [
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]
const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-overlay-'))

let cluster: Cluster
let replicas: Replicas
const hollows: Hollow[] = []

before(async () => {
  cluster = await startCluster()
  replicas = await Replicas.create(cluster)
})

after(async () => {
  await Promise.all(hollows.map((hollow) => hollow.stop()))
  await replicas[Symbol.asyncDispose]()
  await cluster.stop()
  rmSync(scratch, { recursive: true })
})

function kubectl(user: string, ...args: readonly string[]) {
  return cluster.kubectl(user, args)
}

async function get(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl('admin', 'get', ...args)
  assert.equal(code, 0, stderr)
  return stdout
}

async function refusal(user: string, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await kubectl(user, ...args)
  assert.notEqual(code, 0, `${user} may ${args.join(' ')}`)
  return stderr
}

/** `field` of the object, in our Namespace if it is in one. */
function field(object: string, expression: string): Promise<string> {
  return get(...inOurs, object, '-o', `jsonpath=${expression}`)
}

async function isRunning(): Promise<boolean> {
  const ready = [
    await field('statefulset/solewriter', '{.status.readyReplicas}'),
    await field('deployment/solewriter-controller', '{.status.availableReplicas}'),
  ]
  return ready.join() === '3,2'
}

async function assertNobodyWrites(how: RegExp): Promise<void> {
  const disguise = '--as=system:serviceaccount:kube-system:statefulset-controller'
  for (const user of ['admin', 'alice', 'ci']) assert.match(await refusal(user, ...create), how)
  const away = ['delete', 'pod', 'solewriter-1', ...inOurs]
  assert.match(await refusal('alice', ...away), how)
  assert.match(await refusal('alice', ...away, disguise), how)
  const controller = `--as=system:serviceaccount:${namespace}:solewriter-controller`
  const lease = ['delete', 'lease', 'solewriter-controller', ...inOurs, controller]
  assert.match(await refusal('alice', ...lease), /webhook|Forbidden/)
}

describe('the manifests', () => {
  const overlays = ['manifests', 'manifests/overlays/mtls', 'manifests/overlays/enforce']
  const others = ['manifests/overlays/emptydir', 'manifests/overlays/audit-webhook']

  before(async () => {
    const [first] = await build(cluster, 'manifests')
    assert.equal(first?.kind, 'Namespace')
    await apply(cluster, 'admin', [first])
  })

  for (const overlay of [...overlays, ...others]) {
    test(`${overlay} is taken by the API server, every field known`, async () => {
      await apply(cluster, 'alice', await build(cluster, overlay), '--dry-run=server')
    })
  }

  test('the directory of docs/install.md, with every component, is what it says', async () => {
    const shipped = path.relative(scratch, path.join(root, 'manifests'))
    const names = ['enforce', 'mtls', 'emptydir', 'audit-webhook']
    const yours = {
      ...documented('configMapGenerator'),
      ...documented('isAllowedHere'),
      resources: [path.join(shipped, 'base')],
      components: names.map((name) => path.join(shipped, 'components', name)),
    }
    writeFileSync(path.join(scratch, 'kustomization.yaml'), JSON.stringify(yours))
    writeFileSync(path.join(scratch, 'policy.yaml'), '# my own policy')
    const found = await build(cluster, scratch)
    assert.deepEqual(found.map(({ kind }) => kind).slice(-3), last)
    const text = JSON.stringify(found)
    const words = [
      '--caller-auth=mtls',
      '--audit-listen=0.0.0.0:9444',
      '"emptyDir":{"sizeLimit":"10Gi"}',
      '"Fail"',
      '# my own policy',
    ]
    for (const word of [...words, 'cert-manager-cainjector', 'registry.example.com/solewriter@']) {
      assert.ok(text.includes(word), word)
    }
    await apply(cluster, 'alice', found, '--dry-run=server')
  })

  test('the guard comes after what it guards, and the webhook after all it needs', async () => {
    const kinds = (await build(cluster, 'manifests/overlays/enforce')).map(({ kind }) => kind)
    assert.deepEqual(kinds.slice(-3), last)
  })
})

describe('enforce, applied while no replica runs', () => {
  before(async () => {
    await kubectl('admin', 'delete', 'clusterrole', lostRole)
    for (const index of [0, 1, 2]) await apply(cluster, 'admin', [volume(index)])
    const manifests = await build(cluster, 'manifests/overlays/enforce')
    await apply(cluster, 'alice', reachedAt(replicas.url, manifests))
    await eventually('the configuration to be honoured', async () => {
      return (await kubectl('alice', ...create)).code !== 0
    })
  })

  test('refuses people and writers', async () => {
    assert.match(await refusal('alice', ...create), /failed calling webhook/)
    assert.match(await refusal('ci', ...create), /failed calling webhook/)
  })

  test('brings its Pods up on a node that joins meanwhile', async () => {
    await startNode('n1')
    await eventually('our Pods', isRunning)
    const claims = await field('pvc', '{.items[*].status.phase}')
    assert.equal(claims, 'Bound Bound Bound')
    const slices = `{.items[?(@.metadata.labels.kubernetes\\.io/service-name=="solewriter")].endpoints[*].conditions.ready}`
    await eventually('addresses behind the Service', async () => {
      return (await field('endpointslices', slices)) === 'true true true'
    })
    await eventually('the node to be usable', async () => {
      return (await get('node', 'n1', '-o', 'jsonpath={.spec.taints}')) === ''
    })
  })

  test('gets its certificates and its caBundle from its controller, and works', async () => {
    await replicas.startController()
    await eventually('the certificates', async () => {
      const secret = ['get', 'secret', 'solewriter-certs', ...inOurs]
      return (await kubectl('admin', ...secret)).code === 0
    })
    await replicas.startServe()
    await eventually('an answer', async () => {
      return (await refusal('alice', ...create)).includes('[HumanWrite]')
    })
  })
})

describe('with every replica killed', () => {
  before(() => replicas.killAll())

  test('the control plane restarts, and the API server repairs its roles', async () => {
    assert.notEqual((await kubectl('admin', 'get', 'clusterrole', lostRole)).code, 0)
    await cluster.restart('kube-controller-manager')
    await cluster.restart('kube-apiserver')
    await eventually('the role', async () => {
      return (await kubectl('admin', 'get', 'clusterrole', lostRole)).code === 0
    })
    await eventually('a controller-manager that leads', async () => {
      const flags = ['-n', 'kube-system', '-o', 'jsonpath={.spec.renewTime}']
      const renewed = Date.parse(await get('lease', 'kube-controller-manager', ...flags))
      return Date.now() - renewed < 5_000
    })
  })

  test('Pods of ours that are lost come back', async () => {
    const name = await field(
      'pods',
      '{.items[?(@.metadata.labels.pod-template-hash)].metadata.name}',
    )
    const [deployed = ''] = name.split(' ')
    const first = 'pod/solewriter-0'
    const before = await field(first, '{.metadata.uid}')
    const node = requesterOf(await nodeKubeconfig('n1'))
    for (const pod of ['solewriter-0', deployed]) {
      const { status, text } = await node({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}/pods/${pod}/status`,
        type: 'application/merge-patch+json',
        body: { status: { phase: 'Failed', conditions: [] } },
      })
      assert.equal(status, 200, text)
    }
    node.close()
    await eventually('another Pod in its place', async () => {
      const uid = ['-o', 'jsonpath={.metadata.uid}']
      const { code, stdout } = await kubectl('admin', 'get', first, ...inOurs, ...uid)
      return code === 0 && stdout !== before
    })
    await eventually('all of them', isRunning)
  })

  test('another node joins and reports', async () => {
    await startNode('n2')
    await eventually('the node to be ready and usable', async () => {
      const flags = ['-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}{.spec.taints}']
      return (await kubectl('admin', 'get', 'node', 'n2', ...flags)).stdout === 'True'
    })
  })

  test('people, writers and impersonators are refused', async () => {
    await assertNobodyWrites(/failed calling webhook/)
  })

  test('a replica that comes back answers', async () => {
    await replicas.startServe()
    assert.match(await refusal('alice', ...create), /\[HumanWrite\]/)
  })
})

/** The example in docs/install.md that has this word in it. */
function documented(word: string): object {
  const page = readFileSync(path.join(root, 'docs', 'install.md'), 'utf8')
  const blocks = Array.from(page.matchAll(/^ *```yaml\n([^]*?)^ *```$/gm), ([, text = '']) => text)
  const block = blocks.find((text) => text.includes(word))
  return parse(block ?? assert.fail(`docs/install.md has no ${word}`)) as object
}

function volume(index: number): Manifest {
  const spec = {
    capacity: { storage: '10Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: `/nonexistent/${index}` },
  }
  const metadata = { name: `disk-${index}` }
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec }
}

function nodeKubeconfig(name: string): Promise<string> {
  const groups = ['system:nodes']
  return cluster.kubeconfig({ kind: 'user', user: `system:node:${name}`, groups })
}

async function startNode(name: string): Promise<void> {
  hollows.push(await startHollowNode({ name, kubeconfig: await nodeKubeconfig(name) }))
  if (hollows.length > 1) return
  const identity = { kind: 'user', user: 'system:kube-scheduler', groups: [] } as const
  hollows.push(startHollowScheduler(await cluster.kubeconfig(identity), name))
}
