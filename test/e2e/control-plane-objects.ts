import assert from 'node:assert/strict'
import forge from 'node-forge'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import {
  apply,
  cluster,
  core,
  fixture,
  get,
  kubectl,
  list,
  shop,
  until,
  untilAt,
  untilGone,
  untilSome,
} from './control-plane-cluster.ts'

// What makes the other controllers and the API server write.

export async function customResourcesOwn(): Promise<void> {
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
  await apply(fixture('widget-autoscaler.yaml'))
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

export async function tokensComeAndGo(): Promise<void> {
  const secret = `${shop}/secrets/robot-token`
  await until('the Secret has a token', async () => {
    return at(await get(secret), 'data', 'token') !== undefined
  })
  await kubectl('patch', '-n', 'shop', 'sa/robot', '-p', '{"secrets":[{"name":"robot-token"}]}')
  await kubectl('delete', '-n', 'shop', 'secret/robot-token')
  await untilAt(`${shop}/serviceaccounts/robot`, 'secrets', null)
  const [, yaml = ''] = /(apiVersion: v1\nkind: Secret\n[^]*?)---/.exec(
    fixture('objects.yaml'),
  ) ?? ['', '']
  await apply(yaml)
  await until('the Secret has a token', async () => {
    return at(await get(secret), 'data', 'token') !== undefined
  })
  await kubectl('delete', '-n', 'shop', 'sa/robot')
  await untilGone(secret)
}

/** As a kubelet that joins makes it, in PEM. */
function certificateRequest(): string {
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const request = forge.pki.createCertificationRequest()
  request.publicKey = keys.publicKey
  request.setSubject([
    { name: 'organizationName', value: 'system:nodes' },
    { name: 'commonName', value: 'system:node:n1' },
  ])
  request.sign(keys.privateKey, forge.md.sha256.create())
  return forge.pki.certificationRequestToPem(request)
}

export async function certificatesAreSigned(kubeconfig: string): Promise<void> {
  await apply(fixture('approve-kubelets.yaml'))
  const request = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'n1' },
    spec: {
      request: Buffer.from(certificateRequest()).toString('base64'),
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

export async function volumesAreHandled(): Promise<void> {
  const claims = `${shop}/persistentvolumeclaims`
  await apply(fixture('default-class.yaml'))
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

export async function theRest(): Promise<void> {
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
export async function componentsRestart(): Promise<void> {
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
