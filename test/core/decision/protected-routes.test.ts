import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Live, LiveList } from '../../../src/core/exceptions/cluster.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account } from '../../fakes/requests.ts'
import { csrOf } from '../../fakes/certificate-request.ts'
import { decide, gvr, own, reasonOf, type Setting } from './deciding.ts'

/** Where row 3 is the only one that refuses. */
const spec = '  mode: audit\n  scopes: [{namespaces: [prod], mode: enforce}]\n'

async function isProtected(changes: Partial<AdmissionRequest>, setting: Setting = {}) {
  const { verdict, allowed } = await decide(changes, { spec, ...setting })
  assert.equal(allowed, verdict.reason !== 'Protected')
  return !allowed
}

describe('accounts of the control plane', () => {
  test('are guarded like those of the policy: tokens, token Secrets, Pods', async () => {
    const collector = { namespace: 'kube-system', name: 'generic-garbage-collector' }
    const token = { ...collector, resource: gvr('serviceaccounts'), subresource: 'token' }
    assert.equal(await isProtected(token), true)
    assert.equal(await isProtected({ ...token, name: 'default' }), false)
    const secret = {
      namespace: 'kube-system',
      resource: gvr('secrets'),
      object: {
        type: 'kubernetes.io/service-account-token',
        metadata: { annotations: { 'kubernetes.io/service-account.name': collector.name } },
      },
    }
    assert.equal(await isProtected(secret), true)
    const pod = { namespace: 'kube-system', resource: gvr('pods') }
    const object = { spec: { serviceAccountName: collector.name } }
    assert.equal(await isProtected({ ...pod, object }), true)
  })

  test('get their tokens from the controller manager', async () => {
    const user = {
      ...account('x', 'x'),
      username: 'system:kube-controller-manager',
      extra: new Map([['authentication.kubernetes.io/credential-id', ['X509SHA256=1']]]),
    }
    const token = {
      user,
      namespace: 'kube-system',
      name: 'generic-garbage-collector',
      resource: gvr('serviceaccounts'),
      subresource: 'token',
      object: { spec: {} },
    }
    assert.equal(await reasonOf(token, { spec: '  mode: enforce\n' }), 'Exception')
  })
})

test('the deprecated name of the account counts too, when the other is empty', async () => {
  const object = { spec: { serviceAccountName: '', serviceAccount: 'deployer' } }
  assert.equal(await isProtected({ namespace: 'ci', resource: gvr('pods'), object }), true)
})

test('bootstrap tokens are protected: whoever has one joins as a node', async () => {
  const object = { type: 'bootstrap.kubernetes.io/token' }
  const secret = { resource: gvr('secrets'), object, namespace: 'kube-system' }
  assert.equal(await isProtected(secret), true)
  assert.equal(await isProtected({ ...secret, namespace: 'pay' }), false)
})

test('an API server of our group in the place of our definitions is protected', async () => {
  const service = { resource: gvr('apiservices', 'apiregistration.k8s.io'), namespace: '' }
  assert.equal(await isProtected({ ...service, name: 'v1alpha1.solewriter.dev' }), true)
  assert.equal(await isProtected({ ...service, name: 'v1.metrics.k8s.io' }), false)
  const status = { ...service, name: 'v1alpha1.solewriter.dev', subresource: 'status' }
  assert.equal(await isProtected(status), true)
})

describe('CONNECT', () => {
  const connect = {
    resource: gvr('pods'),
    subresource: 'proxy',
    operation: 'CONNECT',
    namespace: 'ci',
    object: {},
  } as const
  const live: Readonly<Record<string, Live>> = {
    'Pod ci/https': { kind: 'found', object: { spec: { serviceAccountName: 'deployer' } } },
  }

  for (const name of ['https', 'https:8080', 'http:https:8080', ':https:', 'https:https:']) {
    test(`finds the Pod behind ${name}`, async () => {
      assert.equal(await isProtected({ ...connect, name }, { live }), true)
    })
  }

  test('to the kubelet of a node is protected where a Pod runs as a named account', async () => {
    const pods = (nodeName: string, serviceAccountName: string): LiveList => ({
      kind: 'found',
      objects: [{ spec: { nodeName, serviceAccountName } }],
    })
    const none: LiveList = { kind: 'found', objects: [] }
    const others = { 'Pod keda/': none, 'Pod kube-system/': none, 'Pod solewriter-system/': none }
    const proxy = { ...connect, resource: gvr('nodes'), namespace: '', name: 'https:n1:10250' }
    const at = (lists: Readonly<Record<string, LiveList>>) =>
      isProtected(proxy, { lists: { ...others, 'Pod ci/': none, ...lists } })
    assert.equal(await at({ 'Pod ci/': pods('n1', 'deployer') }), true)
    assert.equal(await at({ 'Pod ci/': pods('n2', 'deployer') }), false)
    assert.equal(await at({ 'Pod ci/': pods('n1', 'app') }), false)
    assert.equal(await at({ [`Pod ${own.namespace}/`]: pods('n1', 'solewriter') }), true)
    assert.equal(await at({ 'Pod ci/': { kind: 'unreadable', permission: 'list pods' } }), true)
  })
})

describe('a role that aggregates', () => {
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  const admin: JsonObject = { metadata: { name: 'a', labels: { dangerous: 'yes' } }, rules }
  const viewer: JsonObject = { metadata: { name: 'v', labels: { dangerous: 'no' } }, rules: [] }
  const lists = { 'ClusterRole /': { kind: 'found', objects: [viewer, admin] } } as const
  const role = (selector: JsonObject) => ({
    resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
    namespace: '',
    name: 'x',
    object: { aggregationRule: { clusterRoleSelectors: [selector] }, rules: [] },
  })

  test('is what it selects', async () => {
    const selecting = (value: string) => role({ matchLabels: { dangerous: value } })
    assert.equal(await isProtected(selecting('yes'), { lists }), true)
    assert.equal(await isProtected(selecting('no'), { lists }), false)
    assert.equal(await isProtected(role({}), { lists }), true)
    assert.equal(await isProtected(role({ matchLabels: {} }), { lists }), true)
  })
})

describe('a certificate', () => {
  const request = (csr: string, signerName = 'kubernetes.io/kube-apiserver-client') => ({
    resource: gvr('certificatesigningrequests', 'certificates.k8s.io'),
    namespace: '',
    name: 'x',
    object: { spec: { signerName, request: Buffer.from(csr).toString('base64') } },
  })
  const subjects: readonly (readonly [string, boolean])[] = [
    ['/CN=system:kube-scheduler', true],
    ['/O=system:nodes/CN=system:node:n1', true],
    ['/CN=system:serviceaccount:ci:deployer', true],
    ['/CN=system:serviceaccount:kube-system:namespace-controller', true],
    ['/O=solewriter:emergency/CN=eve', true],
    ['/O=system:masters/CN=eve', true],
    ['/O=sre-oncall/CN=eve', false],
    ['/CN=system:serviceaccount:pay:app', false],
  ]
  for (const [subject, expected] of subjects) {
    test(`of ${subject} is ${expected ? '' : 'not '}protected`, async () => {
      for (const encoding of ['utf8', 'bmp'] as const) {
        assert.equal(await isProtected(request(csrOf(subject, encoding))), expected, encoding)
      }
    })
  }

  test('is protected when it cannot be read, or hides behind another', async () => {
    assert.equal(await isProtected(request('nothing')), true)
    const eve = csrOf('/CN=eve', 'utf8')
    const evil = csrOf('/CN=system:kube-scheduler', 'utf8')
    assert.equal(await isProtected(request(`${eve}${evil}`)), true)
    const spaced = evil.replace(/(?<=\n[^\n]{20})/g, '\n\n')
    assert.equal(await isProtected(request(spaced)), true)
    const headed = evil.replace('REQUEST-----\n', 'REQUEST-----\nA: -\n\n')
    assert.equal(await isProtected(request(`${headed}${eve}`)), true)
  })

  test('is protected when it is approved too; one for a server makes nobody a client', async () => {
    const csr = csrOf('/O=system:nodes/CN=system:node:n1', 'utf8')
    const approval = { ...request(csr), subresource: 'approval', operation: 'UPDATE' } as const
    assert.equal(await isProtected({ ...approval, oldObject: approval.object }), true)
    assert.equal(await isProtected(request(csr, 'kubernetes.io/kubelet-serving')), false)
    assert.equal(await isProtected(request(csr, 'example.com/mesh')), false)
  })

  test('of a node may be approved by whom the policy names: clouds differ in who does that', async () => {
    const exceptions = `${spec}  exceptions:
  - name: cloud
    subject: {serviceAccount: kube-system/approver}
    reason: approves kubelets
    allow: [{resources: [certificatesigningrequests.certificates.k8s.io/approval], operations: [UPDATE], fields: ["*"], namespaces: []}]
`
    const csr = csrOf('/O=system:nodes/CN=system:node:n1', 'utf8')
    const approvalBy = (signerName: string) => {
      const one = request(csr, `kubernetes.io/${signerName}`)
      const user = account('kube-system', 'approver')
      const approved = { ...one.object, status: { conditions: [] } }
      const rest = { user, subresource: 'approval', operation: 'UPDATE' } as const
      return { ...one, ...rest, object: approved, oldObject: one.object }
    }
    const kubelet = approvalBy('kube-apiserver-client-kubelet')
    assert.equal(await isProtected(kubelet, { exceptions }), false)
    assert.equal(await isProtected(kubelet), true)
    const client = approvalBy('kube-apiserver-client')
    assert.equal(await isProtected(client, { exceptions }), true)
  })
})
