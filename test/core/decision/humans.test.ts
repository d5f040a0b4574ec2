import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { configMap } from '../../fakes/requests.ts'
import { gvk, gvr, messageOf, reasonOf } from './deciding.ts'

describe('humans are refused', () => {
  const deployment = { kind: gvk('Deployment', 'apps'), resource: gvr('deployments', 'apps') }
  const pod = { resource: gvr('pods'), name: 'api-0' }
  const writes: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
    ['create', {}],
    ['update', { operation: 'UPDATE', object: configMap({}, { a: '2' }) }],
    ['delete', { operation: 'DELETE' }],
    ['deletecollection, which names no object', { operation: 'DELETE', name: 'settings' }],
    [
      'scale',
      {
        ...deployment,
        subresource: 'scale',
        kind: gvk('Scale', 'autoscaling'),
        operation: 'UPDATE',
        name: 'api',
        object: { spec: { replicas: 0 } },
        oldObject: { spec: { replicas: 1 } },
      },
    ],
    ['status', { ...deployment, subresource: 'status', operation: 'UPDATE', name: 'api' }],
    ['eviction', { ...pod, subresource: 'eviction', kind: gvk('Eviction', 'policy') }],
    ['exec', { ...pod, subresource: 'exec', operation: 'CONNECT', kind: gvk('PodExecOptions') }],
    ['attach', { ...pod, subresource: 'attach', operation: 'CONNECT' }],
    ['port-forward', { ...pod, subresource: 'portforward', operation: 'CONNECT' }],
    ['proxy', { resource: gvr('services'), subresource: 'proxy', operation: 'CONNECT' }],
    ['ephemeral containers', { ...pod, subresource: 'ephemeralcontainers', operation: 'UPDATE' }],
    ['binding', { ...pod, subresource: 'binding', kind: gvk('Binding') }],
    [
      'token request',
      {
        resource: gvr('serviceaccounts'),
        subresource: 'token',
        name: 'app',
        kind: gvk('TokenRequest', 'authentication.k8s.io'),
      },
    ],
    [
      'custom resources',
      { resource: gvr('widgets', 'example.com'), kind: gvk('Widget', 'example.com') },
    ],
    [
      'namespaces',
      { resource: gvr('namespaces'), kind: gvk('Namespace'), name: 'pay', namespace: 'pay' },
    ],
    [
      'cluster-scoped objects',
      { resource: gvr('nodes'), kind: gvk('Node'), name: 'n1', namespace: '' },
    ],
  ]
  for (const [title, changes] of writes) {
    test(title, async () => {
      assert.equal(await reasonOf(changes), 'HumanWrite')
    })
  }

  test('with the file that declares the object, or the word that none does', async () => {
    assert.match(
      await messageOf({}),
      /^\[HumanWrite\] configmaps pay\/settings is declared in fleet:prod\/settings.yaml \(main\)\. Change it there\. solewriter propose -f FILE makes the commit\. \(decision [0-9A-Z]{26}\)$/,
    )
    const other = await messageOf({ name: 'other' })
    assert.match(other, /configmaps pay\/other is not declared in Git\. Declare it in fleet\./)
  })
})
