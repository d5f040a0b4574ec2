import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { controllerAccounts } from '../../src/core/exceptions/table/accounts.ts'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { createCluster } from '../../src/kubernetes/cluster.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { goodPolicy, head } from '../core/policy/policies.ts'
import { exercisedRows } from './exercised-rows.ts'
import { openExceptionGate, type ExceptionGate } from './exception-gate.ts'
import { coveredWrites, forgeries, type Disguise, type Forgery } from './forgeries.ts'
import { startHollowNode, startHollowScheduler, type Hollow } from './hollow-node.ts'

// Under `Fail`, nothing but the built-in exceptions lets the control plane write here.

const fixtures = path.join(import.meta.dirname, 'fixtures', 'control-plane')
const patience = 60_000

let gate: ExceptionGate
let cluster: Cluster
let api: Api
const hollows: Hollow[] = []

before(async () => {
  gate = await openExceptionGate({
    policy: goodPolicy(`${head}  mode: enforce\n`),
    trusted: ['admin'],
  })
  cluster = await startCluster({ externalWebhook: gate.webhook })
  api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  gate.attach(createCluster(api))
  await withoutConditions()
})

/** The shipped registration leaves out what must not wait for us; here that is asked too. */
async function withoutConditions(): Promise<void> {
  const where = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/solewriter'
  const webhooks = (at(await get(where), 'webhooks') ?? []) as readonly Json[]
  const conditional = webhooks.filter((one) => at(one, 'matchConditions') !== undefined)
  const change = webhooks.map((one) => ({ ...(one as JsonObject), matchConditions: [] }))
  await kubectl(
    'patch',
    'validatingwebhookconfiguration/solewriter',
    '--type=merge',
    '-p',
    JSON.stringify({ webhooks: change }),
  )
  if (conditional.length === 0) return
  await until('every review is asked for', () => {
    return Promise.resolve(gate.used.has('kube-controller-manager-lease'))
  })
}

after(async () => {
  await Promise.all(hollows.map((hollow) => hollow.stop()))
  await cluster.stop()
  api.close()
  await gate.stop()
})

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', args)
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`)
  return stdout
}

async function apply(text: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl('admin', ['apply', '-f', '-'], { input: text })
  assert.equal(code, 0, stderr)
}

const core = '/api/v1'
const shop = `${core}/namespaces/shop`
const apps = '/apis/apps/v1/namespaces/shop'

async function get(where: string): Promise<Json | undefined> {
  const { status, body } = await api.send({ method: 'GET', path: where })
  return status === 200 ? body : undefined
}

/** Waits for the control plane; what it was refused meanwhile explains why it does not come. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await holds().catch(() => false))) {
    const heard = gate.refused.join('\n')
    assert.ok(Date.now() < deadline, `in vain: ${what}\nrefused:\n${heard}`)
    await sleep(100)
  }
}

function untilAt(where: string, field: string, value: Json): Promise<void> {
  return until(`${where} ${field} is ${String(value)}`, async () => {
    const found = await get(where)
    return found !== undefined && (at(found, ...field.split('.')) ?? null) === value
  })
}

function untilGone(where: string): Promise<void> {
  return until(`${where} is gone`, async () => (await get(where)) === undefined)
}

async function list(where: string): Promise<readonly Json[]> {
  return (at(await get(where), 'items') ?? []) as readonly Json[]
}

function untilSome(where: string, holds: (item: Json) => boolean = () => true): Promise<void> {
  return until(`${where} has one`, async () => (await list(where)).some(holds))
}

function untilNone(where: string): Promise<void> {
  return until(`${where} is empty`, async () => {
    const found = await get(where)
    return found !== undefined && (at(found, 'items') as readonly Json[]).length === 0
  })
}

async function node(name: string, isReady = true): Promise<string> {
  const user = `system:node:${name}`
  const kubeconfig = await cluster.kubeconfig({ kind: 'user', user, groups: ['system:nodes'] })
  hollows.push(await startHollowNode({ kubeconfig, name, isReady }))
  return kubeconfig
}

async function workloadsRollOut(): Promise<void> {
  await Promise.all([
    untilAt(`${apps}/deployments/web`, 'status.availableReplicas', 3),
    untilAt(`${apps}/statefulsets/my-db`, 'status.readyReplicas', 2),
    untilAt(`${apps}/replicasets/bare`, 'status.readyReplicas', 1),
    untilAt(`${shop}/replicationcontrollers/old`, 'status.readyReplicas', 1),
  ])
  const again = 'main=example.com/a:2'
  for (const name of ['deploy/web', 'deploy/plain', 'ds/agent', 'sts/my-db']) {
    await kubectl('set', 'image', '-n', 'shop', name, again)
  }
  await Promise.all([
    untilAt(`${apps}/deployments/web`, 'status.updatedReplicas', 3),
    untilAt(`${apps}/statefulsets/my-db`, 'status.updatedReplicas', 2),
  ])
  for (const name of ['deploy/web', 'ds/agent', 'sts/my-db']) {
    await kubectl('rollout', 'undo', '-n', 'shop', name)
  }
  await kubectl('scale', '-n', 'shop', 'rs/bare', '--replicas=2')
  await untilAt(`${apps}/replicasets/bare`, 'status.replicas', 2)
  const [pod = ''] = (await kubectl('get', 'pods', '-n', 'shop', '-l', 'app=bare', '-o', 'name'))
    .split('\n')
    .filter((name) => name !== '')
  const name = pod.replace('pod/', '')
  await kubectl('label', '-n', 'shop', pod, 'app=free', '--overwrite')
  await until('the Pod is released', async () => {
    return at(await get(`${shop}/pods/${name}`), 'metadata', 'ownerReferences') === undefined
  })
  await kubectl('scale', '-n', 'shop', 'rs/bare', '--replicas=3')
  await kubectl('label', '-n', 'shop', pod, 'app=bare', '--overwrite')
  await until('the Pod is adopted', async () => {
    return at(await get(`${shop}/pods/${name}`), 'metadata', 'ownerReferences') !== undefined
  })
  await kubectl('scale', '-n', 'shop', 'sts/my-db', '--replicas=1')
  await untilGone(`${shop}/persistentvolumeclaims/the-data-my-db-1`)
}

async function workloadsGo(): Promise<void> {
  const flags = ['-n', 'shop', '--wait=false']
  await kubectl('delete', 'deploy/web', 'deploy/plain', 'rc/old', ...flags)
  await kubectl('delete', 'sts/my-db', '--cascade=foreground', ...flags)
  await kubectl('delete', 'ds/agent', 'rs/bare', '--cascade=orphan', ...flags)
  await kubectl('delete', 'svc/web', 'svc/elsewhere', ...flags)
  await Promise.all([
    untilGone(`${apps}/statefulsets/my-db`),
    untilGone(`${apps}/daemonsets/agent`),
    untilNone(`${shop}/pods?labelSelector=${encodeURIComponent('app in (web,plain,old,db)')}`),
    untilGone(`${shop}/persistentvolumeclaims/the-data-my-db-0`),
  ])
}

async function jobsEnd(): Promise<void> {
  await untilGone('/apis/batch/v1/namespaces/shop/jobs/once')
  await untilSome('/apis/batch/v1/namespaces/shop/jobs', (job) => {
    return stringAt(job, 'metadata', 'name')?.startsWith('often-') === true
  })
}

async function podsAreEvicted(): Promise<void> {
  await untilSome(`${shop}/pods?labelSelector=app%3Dweb`, (pod) => {
    return stringAt(pod, 'status', 'phase') === 'Running'
  })
  await untilAt(
    '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web',
    'status.expectedPods',
    3,
  )
  const [pod] = await list(`${shop}/pods?labelSelector=app%3Dweb`)
  const name = stringAt(pod, 'metadata', 'name') ?? ''
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }
  await until('the budget allows it', async () => {
    const sent = { method: 'POST', path: `${shop}/pods/${name}/eviction`, body: eviction } as const
    return (await api.send(sent)).status === 201
  })
}

async function lostNodesAreEmptied(): Promise<void> {
  await node('n2', false)
  await apply(readFileSync(path.join(fixtures, 'on-a-lost-node.yaml'), 'utf8'))
  await untilGone(`${shop}/pods/stranded`)
  await hollows.pop()?.stop()
  await kubectl('delete', 'node/n2', '--wait=false')
  await untilGone('/apis/storage.k8s.io/v1/csinodes/n2')
  await untilGone('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2')
}

async function namespacesGo(): Promise<void> {
  await untilSome(`${core}/namespaces/doomed/pods`)
  await kubectl('delete', 'namespace/doomed', '--wait=false')
  await untilGone(`${core}/namespaces/doomed`)
}

async function customResourcesOwn(): Promise<void> {
  const widgets = '/apis/example.com/v1/namespaces/shop/widgets'
  await until('widgets are served', async () => (await get(widgets)) !== undefined)
  const widget = (name: string, extra = '') =>
    `{apiVersion: example.com/v1, kind: Widget, metadata: {name: ${name}, namespace: shop${extra}}, spec: {replicas: 1}}\n`
  await apply(`${widget('upper')}---\n${widget('lonely')}`)
  const owner = async (name: string) => {
    const uid = stringAt(await get(`${widgets}/${name}`), 'metadata', 'uid')
    return `, ownerReferences: [{apiVersion: example.com/v1, kind: Widget, name: ${name}, uid: ${uid}, blockOwnerDeletion: true}]`
  }
  const upper = await owner('upper')
  const config = (name: string, extra: string) =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: shop${extra}}}\n`
  await apply(
    `${widget('lower', upper)}---\n${config('below', upper)}---\n${config('orphan', await owner('lonely'))}`,
  )
  await apply(readFileSync(path.join(fixtures, 'widget-autoscaler.yaml'), 'utf8'))
  await untilAt(`${widgets}/upper`, 'spec.replicas', 2)
  await kubectl('delete', '-n', 'shop', 'widget/upper', '--cascade=foreground', '--wait=false')
  await kubectl('delete', '-n', 'shop', 'widget/lonely', '--cascade=orphan', '--wait=false')
  await untilGone(`${widgets}/upper`)
  await untilGone(`${shop}/configmaps/below`)
  await until('the ConfigMap is an orphan', async () => {
    const found = await get(`${shop}/configmaps/orphan`)
    return found !== undefined && at(found, 'metadata', 'ownerReferences') === undefined
  })
  await kubectl('delete', 'crd/widgets.example.com', '--wait=false')
  await untilGone('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com')
}

async function tokensComeAndGo(): Promise<void> {
  const secret = `${shop}/secrets/robot-token`
  await until('the Secret has a token', async () => {
    return at(await get(secret), 'data', 'token') !== undefined
  })
  await kubectl('patch', '-n', 'shop', 'sa/robot', '-p', '{"secrets":[{"name":"robot-token"}]}')
  await kubectl('delete', '-n', 'shop', 'secret/robot-token')
  await untilAt(`${shop}/serviceaccounts/robot`, 'secrets', null)
  const [, yaml = ''] = /(apiVersion: v1\nkind: Secret\n[^]*?)---/.exec(
    readFileSync(path.join(fixtures, 'objects.yaml'), 'utf8'),
  ) ?? ['', '']
  await apply(yaml)
  await until('the Secret has a token', async () => {
    return at(await get(secret), 'data', 'token') !== undefined
  })
  await kubectl('delete', '-n', 'shop', 'sa/robot')
  await untilGone(secret)
}

async function certificatesAreSigned(kubeconfig: string): Promise<void> {
  await apply(readFileSync(path.join(fixtures, 'approve-kubelets.yaml'), 'utf8'))
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-csr-'))
  const args = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', path.join(dir, 'key')]
  const subject = ['-subj', '/O=system:nodes/CN=system:node:n1']
  const csr = execFileSync('openssl', [...args, ...subject], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  rmSync(dir, { recursive: true })
  const request = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'n1' },
    spec: {
      request: csr.toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    },
  }
  const input = JSON.stringify(request)
  const sent = await cluster.kubectl(kubeconfig, ['create', '-f', '-'], { input })
  assert.equal(sent.code, 0, sent.stderr)
  const where = '/apis/certificates.k8s.io/v1/certificatesigningrequests/n1'
  await until('a certificate', async () => {
    return at(await get(where), 'status', 'certificate') !== undefined
  })
}

async function volumesAreHandled(): Promise<void> {
  const claims = `${shop}/persistentvolumeclaims`
  await apply(readFileSync(path.join(fixtures, 'default-class.yaml'), 'utf8'))
  await untilAt(`${claims}/classless`, 'spec.storageClassName', 'late')
  const attachments = '/apis/storage.k8s.io/v1/volumeattachments'
  await untilSome(attachments)
  const [attachment] = await list(attachments)
  const name = stringAt(attachment, 'metadata', 'name') ?? ''
  const status = '{"status":{"attached":true}}'
  await kubectl(
    'patch',
    'volumeattachment',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    status,
  )
  await until('the kubelet hears of it', async () => {
    return at(await get(`${core}/nodes/n1`), 'status', 'volumesAttached') !== undefined
  })
  await kubectl('delete', '-n', 'shop', 'pod/on-disk', 'pod/scratch', '--wait=false')
  await untilGone(`${attachments}/${name}`)
  await kubectl('delete', '-n', 'shop', 'pvc/disk', 'pvc/classless', '--wait=false')
  await untilGone(`${claims}/disk`)
  await kubectl('delete', 'pv/disk', '--wait=false')
  await untilGone(`${core}/persistentvolumes/disk`)
}

async function theRest(): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await until('the role is filled', async () => {
    return JSON.stringify(at(await get(`${rbac}/clusterroles/whole`), 'rules')).includes('"pods"')
  })
  await until('the claim for a device', async () => {
    return (await list('/apis/resource.k8s.io/v1/namespaces/shop/resourceclaims')).length === 1
  })
  await kubectl('delete', 'servicecidr/more', '--wait=false')
  await untilGone('/apis/networking.k8s.io/v1/servicecidrs/more')
  const leases = '/apis/coordination.k8s.io/v1/namespaces/ci/leases'
  const lease = (holder: string) =>
    `{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: own}, spec: {holderIdentity: ${holder}}}`
  for (const holder of ['one', 'two']) {
    const args = ['apply', '-n', 'ci', '-f', '-', '--server-side', '--force-conflicts']
    const sent = await cluster.kubectl('ci', args, { input: lease(holder) })
    assert.equal(sent.code, 0, sent.stderr)
  }
  await untilAt(`${leases}/own`, 'spec.holderIdentity', 'two')
}

/** With less than they need: accounts, default roles and flow control are made anew. */
async function componentsRestart(): Promise<void> {
  const role = 'system:controller:ttl-controller'
  await kubectl('delete', 'clusterrole', role)
  await kubectl('delete', 'clusterrolebinding', role)
  await kubectl('delete', 'flowschema/global-default', 'prioritylevelconfiguration/workload-low')
  await kubectl('delete', 'sa', '-n', 'kube-system', '--all')
  await cluster.kill('kube-controller-manager', 'SIGTERM')
  await cluster.restart('kube-apiserver')
  await cluster.start('kube-controller-manager')
  await untilSome(`${core}/namespaces/kube-system/serviceaccounts`, (account) => {
    return stringAt(account, 'metadata', 'name') === 'generic-garbage-collector'
  })
  await until('the default role is back', async () => {
    return (await get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`)) !== undefined
  })
  await kubectl('create', 'namespace', 'later')
  await untilSome(`${core}/namespaces/later/configmaps`)
}

test('nothing that the control plane does is refused', async () => {
  const kubeconfig = await node('n1')
  const scheduler = { kind: 'user', user: 'system:kube-scheduler', groups: [] } as const
  hollows.unshift(startHollowScheduler(await cluster.kubeconfig(scheduler), 'n1'))
  await apply(readFileSync(path.join(fixtures, 'objects.yaml'), 'utf8'))
  await Promise.all([
    podsAreEvicted().then(workloadsRollOut).then(workloadsGo),
    jobsEnd(),
    lostNodesAreEmptied(),
    namespacesGo(),
    customResourcesOwn(),
    tokensComeAndGo(),
    certificatesAreSigned(kubeconfig),
    volumesAreHandled(),
    theRest(),
  ])
  await componentsRestart()
  assert.deepEqual(gate.refused, [])
  assert.deepEqual(
    exercisedRows.filter((name) => !gate.used.has(name)),
    [],
  )
})

test('each account that the controller manager has made is known', async () => {
  const accounts = await list(`${core}/namespaces/kube-system/serviceaccounts`)
  const names = accounts.map((account) => stringAt(account, 'metadata', 'name') ?? '')
  assert.ok(names.length > 30)
  const unknown = names.filter((name) => name !== 'default' && !controllerAccounts.includes(name))
  assert.deepEqual(unknown, [])
})

/** kubectl's flags for being somebody else. */
async function flagsOf({ user, groups = [] }: Forgery, disguise: Disguise): Promise<string[]> {
  const flags = ['--as', user]
  if (disguise === 'name') return flags
  flags.push(...['system:authenticated', ...groups].flatMap((group) => ['--as-group', group]))
  if (disguise === 'name and groups') return flags
  const [, namespace, name] = /^system:serviceaccount:(.+):(.+)$/.exec(user) ?? []
  const account = await get(`${core}/namespaces/${namespace}/serviceaccounts/${name}`)
  const credential = account === undefined ? 'X509SHA256=ab' : 'JTI=0b0c'
  const extra = `authentication.kubernetes.io/credential-id=${credential}`
  if (user !== 'system:apiserver') flags.push('--as-user-extra', extra)
  const uid = stringAt(account, 'metadata', 'uid') ?? (user === 'system:apiserver' ? 'u' : '')
  return uid === '' ? flags : [...flags, '--as-uid', uid]
}

async function attempt(forgery: Forgery, disguise: Disguise) {
  const args = [...(await flagsOf(forgery, disguise)), ...forgery.args]
  // Nobody waits for what is not going to happen.
  if (forgery.args[0] === 'delete') args.push('--wait=false')
  const input = forgery.input === undefined ? {} : { input: JSON.stringify(forgery.input) }
  return cluster.kubectl('admin', args, input)
}

test('who borrows a name of the control plane gets no further than its rows', async (t) => {
  await apply(readFileSync(path.join(fixtures, 'forged.yaml'), 'utf8'))
  const kept = await get(`${core}/namespaces/forged/configmaps/kept`)
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kept' }
  const ownerReferences = [{ ...owner, uid: stringAt(kept, 'metadata', 'uid') ?? '' }]
  const metadata = { name: 'owned', namespace: 'forged', ownerReferences }
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }))
  const before = gate.refused.length
  for (const forgery of forgeries) {
    for (const disguise of ['name', 'name and groups', 'everything'] as const) {
      await t.test(`${forgery.title}, by ${disguise}`, async () => {
        const { code, stderr } = await attempt(forgery, disguise)
        assert.notEqual(code, 0)
        // The API server's own NodeRestriction may be faster.
        assert.match(stderr, /no exception covers it|node "n1"/)
      })
    }
  }
  for (const forgery of coveredWrites) {
    for (const disguise of ['name', 'name and groups'] as const) {
      await t.test(`${forgery.title}, by ${disguise}`, async () => {
        const { code, stderr } = await attempt(forgery, disguise)
        assert.notEqual(code, 0)
        assert.match(stderr, /no exception covers it/)
      })
    }
  }
  const others = gate.refused.slice(before).filter((line) => !isForged(line))
  assert.deepEqual(others, [])
})

function isForged(line: string): boolean {
  return / (?:forged|kube-system)\/| \/(?:whole|part|evil|elsewhere) /.test(line)
}
