import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'

// The likeliest ways past the gate, by whoever may do everything but has no commit: evidence forged
// in a status, Leases, and names of the control plane.

let cluster: Cluster
let alice: Requester
/** Of `tools`, and of `kube-system`. */
let robot: Requester
let systemRobot: Requester

before(async () => {
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(import.meta.dirname, 'fixtures', 'bypasses.yaml')],
  })
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
  robot = await robotOf('tools')
  systemRobot = await robotOf('kube-system')
})

after(async () => {
  for (const requester of [alice, robot, systemRobot]) requester.close()
  await cluster.stop()
})

async function robotOf(namespace: string): Promise<Requester> {
  const identity = { kind: 'service-account', namespace, name: 'robot' } as const
  return requesterOf(await cluster.kubeconfig({ ...identity, isPodBound: false }))
}

function reasonFor(name: string): string | undefined {
  return readRecords(cluster).findLast((record) => record.name === name)?.reason
}

describe('a custom resource without a status subresource', () => {
  const gadget = '/apis/tools.example.com/v1/namespaces/tools/gadgets/one'
  const merge = (body: object): ApiRequest => ({
    method: 'PATCH',
    path: gadget,
    type: 'application/merge-patch+json',
    body,
  })
  const versionOf = (answer: ApiAnswer) => answer.json.metadata?.['resourceVersion']
  const read = () => alice({ method: 'GET', path: gadget })

  test('has a status that no human forges', async () => {
    for (const status of [{ revision: 'bbbb' }, { phase: null }, null]) {
      assertRefused(await alice(merge({ status })), 'HumanWrite')
    }
  })

  test('is left alone by a patch that says what it says already', async () => {
    const before = versionOf(await read())
    assertTaken(await alice(merge({ spec: { size: 1 }, status: { phase: 'Synced' } })))
    assert.equal(reasonFor('one'), 'NoDesiredStateChange')
    assert.equal(versionOf(await read()), before)
  })

  test('has no new owner of its fields, which a later apply would remove', async () => {
    const body = {
      apiVersion: 'tools.example.com/v1',
      kind: 'Gadget',
      metadata: { name: 'one', namespace: 'tools' },
      spec: { size: 1 },
      status: { phase: 'Synced', revision: 'aaaa' },
    }
    const type = 'application/apply-patch+yaml'
    const apply = { method: 'PATCH', path: `${gadget}?fieldManager=another`, type, body }
    assertRefused(await alice(apply), 'HumanWrite')
  })
})

describe('an account that may do everything', () => {
  const group = 'coordination.k8s.io'
  const leases = (namespace: string) => `/apis/${group}/v1/namespaces/${namespace}/leases`
  const lease = (namespace: string, metadata: object): ApiRequest => ({
    method: 'POST',
    path: leases(namespace),
    body: {
      apiVersion: `${group}/v1`,
      kind: 'Lease',
      metadata: { namespace, ...metadata },
      spec: { holderIdentity: 'robot', leaseDurationSeconds: 15 },
    },
  })
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'gone', uid: 'no-such-uid' }
  const pulled: readonly (readonly [string, object])[] = [
    ['ownerReferences', { ownerReferences: [owner] }],
    ['finalizers', { finalizers: ['tools.example.com/stuck'] }],
  ]

  test('elects its leader by a Lease of its own namespace', async () => {
    assertTaken(await robot(lease('tools', { name: 'robot' })), 201)
    assert.equal(reasonFor('robot'), 'Exception')
    const renewal = { spec: { renewTime: '2026-01-01T00:00:00.000000Z' } }
    const type = 'application/merge-patch+json'
    const one = `${leases('tools')}/robot`
    assertTaken(await robot({ method: 'PATCH', path: one, type, body: renewal }))
    for (const [what, metadata] of pulled) {
      const answer = await robot({ method: 'PATCH', path: one, type, body: { metadata } })
      assert.equal(refusalOf(answer)?.reason, 'HumanWrite', what)
    }
    assertTaken(await systemRobot(lease('kube-system', { name: 'robot' })), 201)
  })

  for (const [what, metadata] of pulled) {
    test(`gives that Lease no ${what}`, async () => {
      assertRefused(await robot(lease('tools', { name: 'pulled', ...metadata })), 'HumanWrite')
    })
  }

  test('takes no Lease of other namespaces, nor one by which the control plane elects', async () => {
    const names = ['kube-scheduler', 'kube-controller-manager']
    for (const name of names) {
      for (const namespace of ['kube-system', 'default', 'kube-node-lease', 'tools']) {
        assertRefused(await robot(lease(namespace, { name })), 'HumanWrite')
      }
      assertRefused(await systemRobot(lease('kube-system', { name })), 'HumanWrite')
    }
    assertRefused(await robot(lease('default', { name: 'robot' })), 'HumanWrite')
    assertRefused(await robot(lease('kube-node-lease', { name: 'x' })), 'HumanWrite')
    const taken = { spec: { holderIdentity: 'robot' } }
    const type = 'application/merge-patch+json'
    const one = `${leases('kube-system')}/kube-controller-manager`
    for (const account of [robot, systemRobot]) {
      assertRefused(await account({ method: 'PATCH', path: one, type, body: taken }), 'HumanWrite')
    }
  })
})

describe('an account under a name of the control plane', () => {
  // Who may impersonate may add the group to which RBAC refuses nothing.
  const names: readonly (readonly [string, readonly string[]])[] = [
    ['system:kube-controller-manager', ['system:masters']],
    ['system:kube-scheduler', ['system:masters']],
    ['system:node:x', ['system:masters', 'system:nodes']],
  ]
  const pods = '/api/v1/namespaces/tools/pods'
  const container = { name: 'main', image: 'example.com/evil:1' }

  /** What each of them does, or seems to do, in its daily work. */
  async function writesOf(user: string): Promise<readonly (readonly [string, ApiRequest])[]> {
    const uidOf = async (where: string) =>
      (await robot({ method: 'GET', path: where })).json.metadata?.['uid']
    const boundObjectRef = {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'on-x',
      uid: await uidOf(`${pods}/on-x`),
    }
    const token = '/api/v1/namespaces/tools/serviceaccounts/victim/token'
    const isNode = user.startsWith('system:node:')
    // NodeRestriction, which comes before us, lets a node make nothing but the mirror of a static Pod.
    const node = { apiVersion: 'v1', kind: 'Node', name: 'x', uid: await uidOf('/api/v1/nodes/x') }
    const mirror = {
      annotations: { 'kubernetes.io/config.mirror': 'a' },
      ownerReferences: [{ ...node, controller: true }],
    }
    return [
      ['a token', { method: 'POST', path: token, body: { spec: { boundObjectRef } } }],
      [
        'a Pod',
        {
          method: 'POST',
          path: pods,
          body: {
            metadata: { name: 'evil', ...(isNode ? mirror : {}) },
            spec: { nodeName: 'x', containers: [container] },
          },
        },
      ],
      [
        'a binding',
        {
          method: 'POST',
          path: `${pods}/waiting/binding`,
          body: { metadata: { name: 'waiting' }, target: { kind: 'Node', name: 'x' } },
        },
      ],
    ]
  }

  for (const [user, groups] of names) {
    test(`as ${user} makes no token, no Pod and no binding`, async () => {
      const headers = { 'impersonate-user': user, 'impersonate-group': groups }
      for (const [what, request] of await writesOf(user)) {
        const answer = await robot({ ...request, headers })
        assert.equal(refuserOf(answer), byUs(user, what), `${what}: ${answer.text.slice(0, 400)}`)
      }
    })
  }

  const restriction = /is forbidden: unexpected pod subresource/

  function refuserOf(answer: ApiAnswer): string {
    return restriction.test(answer.text) ? 'NodeRestriction' : (refusalOf(answer)?.reason ?? '')
  }

  /** Of the three only a node that binds is stopped before anybody asks us. */
  function byUs(user: string, what: string): string {
    return user === 'system:node:x' && what === 'a binding' ? 'NodeRestriction' : 'HumanWrite'
  }

  test('makes no token of a controller either', async () => {
    const path = '/api/v1/namespaces/kube-system/serviceaccounts/generic-garbage-collector/token'
    for (const [user, groups] of names.slice(0, 2)) {
      const headers = { 'impersonate-user': user, 'impersonate-group': groups }
      const request = { method: 'POST', path, body: { spec: {} }, headers }
      assertRefused(await robot(request), 'Protected')
    }
  })
})
