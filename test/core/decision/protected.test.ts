import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { account, deployer } from '../../fakes/requests.ts'
import { decide, gvk, gvr, own, reasonOf } from './deciding.ts'

describe('what guards us', () => {
  const guarded: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
    ['objects of our namespace', { namespace: own.namespace }],
    [
      'our namespace itself',
      {
        resource: gvr('namespaces'),
        kind: gvk('Namespace'),
        name: own.namespace,
        namespace: own.namespace,
      },
    ],
    [
      'our cluster roles',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'solewriter-serve',
        namespace: '',
      },
    ],
    [
      'our definitions',
      {
        resource: gvr('customresourcedefinitions', 'apiextensions.k8s.io'),
        name: 'grants.solewriter.dev',
        namespace: '',
      },
    ],
    [
      'roles that impersonate',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: { rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }] },
      },
    ],
    [
      'roles that do everything',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
      },
    ],
    [
      'roles that change webhooks',
      {
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        name: 'x',
        namespace: '',
        object: {
          rules: [
            { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['patch'] },
          ],
        },
      },
    ],
    [
      'tokens of writers',
      { resource: gvr('serviceaccounts'), subresource: 'token', namespace: 'ci', name: 'deployer' },
    ],
    [
      'token Secrets of writers',
      {
        resource: gvr('secrets'),
        namespace: 'ci',
        object: {
          type: 'kubernetes.io/service-account-token',
          metadata: { annotations: { 'kubernetes.io/service-account.name': 'deployer' } },
        },
      },
    ],
    [
      'Pods that run as a writer',
      {
        resource: gvr('pods'),
        namespace: 'ci',
        object: { spec: { serviceAccountName: 'deployer' } },
      },
    ],
    [
      'templates that run as a writer',
      {
        resource: gvr('cronjobs', 'batch'),
        namespace: 'ci',
        object: {
          spec: { jobTemplate: { spec: { template: { spec: { serviceAccount: 'deployer' } } } } },
        },
      },
    ],
  ]
  for (const [title, changes] of guarded) {
    test(`${title} are protected, in audit too, from writers too`, async () => {
      const spec = '  mode: enforce\n  scopes: [{namespaces: [ci], mode: audit}]\n'
      const annotated = { ...changes, user: deployer }
      for (const one of [changes, annotated]) {
        const { verdict, allowed } = await decide(one, { spec })
        assert.equal(verdict.reason, 'Protected')
        assert.equal(allowed, false)
      }
    })
  }

  test('CONNECT into a Pod is protected by the account that the live Pod runs as', async () => {
    const exec = {
      resource: gvr('pods'),
      subresource: 'exec',
      operation: 'CONNECT',
      namespace: 'ci',
      name: 'runner',
      object: {},
    } as const
    const pod = (serviceAccountName: string): Readonly<Record<string, Live>> => ({
      'Pod ci/runner': { kind: 'found', object: { spec: { serviceAccountName } } },
    })
    assert.equal(await reasonOf(exec, { live: pod('deployer') }), 'Protected')
    assert.equal(await reasonOf(exec, { live: pod('app') }), 'HumanWrite')
    const unreadable: Live = { kind: 'unreadable', permission: 'get pods' }
    assert.equal(await reasonOf(exec, { live: { 'Pod ci/runner': unreadable } }), 'Protected')
  })

  test('our Secrets may be written by whom an exception of the policy names', async () => {
    const exception = `  mode: enforce
  exceptions:
  - name: cert-manager
    subject: {serviceAccount: cert-manager/cert-manager}
    reason: renews our certificate
    allow: [{resources: [secrets, configmaps], operations: [CREATE], fields: ["*"], namespaces: [${own.namespace}], names: [solewriter-certs]}]
`
    const user = account('cert-manager', 'cert-manager')
    const write = { user, namespace: own.namespace, name: 'solewriter-certs' }
    const secret = { ...write, resource: gvr('secrets') }
    const setting = { exceptions: exception }
    assert.equal(await reasonOf(secret, setting), 'Exception')
    assert.equal(await reasonOf({ ...secret, name: 'git-token' }, setting), 'Protected')
    assert.equal(await reasonOf(write, setting), 'Protected')
  })

  test('nothing is protected while no scope enforces', async () => {
    const { verdict } = await decide({ namespace: own.namespace }, { spec: '  mode: audit\n' })
    assert.equal(verdict.reason, 'HumanWrite')
  })

  test('our own accounts write their own objects, and nothing else', async () => {
    const controller = account('solewriter-system', 'solewriter-controller')
    const lease = {
      user: controller,
      resource: gvr('leases', 'coordination.k8s.io'),
      namespace: own.namespace,
      name: 'solewriter-controller',
    }
    assert.equal(await reasonOf(lease), 'OwnObject')
    assert.equal(await reasonOf({ ...lease, operation: 'DELETE' }), 'Protected')
    assert.equal(await reasonOf({ ...lease, name: 'other' }), 'Protected')
    assert.equal(await reasonOf({ ...lease, namespace: 'pay' }), 'HumanWrite')
    assert.equal(await reasonOf({ ...lease, user: { ...controller, uid: '' } }), 'Protected')
    const secret = { ...lease, resource: gvr('secrets'), name: 'solewriter-certs' }
    assert.equal(await reasonOf(secret), 'OwnObject')
  })
})
