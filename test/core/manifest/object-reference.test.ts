import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReferred, parseReference } from '../../../src/core/manifest/object-reference.ts'

const api = { group: 'apps', kind: 'Deployment', namespace: 'pay', name: 'api' }
const policy = { group: 'networking.k8s.io', kind: 'NetworkPolicy', namespace: 'pay', name: 'api' }
const role = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name: 'a:b' }

const names: readonly (readonly [readonly string[], typeof api])[] = [
  [['deployments.apps', 'pay/api'], api],
  [['Deployment.apps/pay/api'], api],
  [['deploy/pay/api'], api],
  [['deployment', 'api'], api],
  [['networkpolicies', 'api'], policy],
  [['netpol', 'api'], policy],
  [['clusterroles', 'a:b'], role],
]
for (const [words, id] of names) {
  test(`${words.join(' ')} is ${id.kind} ${id.name}`, () => {
    const reference = parseReference(words) ?? assert.fail()
    for (const one of [api, policy, role]) assert.equal(isReferred(reference, one), one === id)
  })
}

test('another group, namespace, name or kind is another object', () => {
  const others = ['deploy.extensions/api', 'deploy/shop/api', 'deploy/apis', 'deployer/api']
  for (const word of others)
    assert.equal(isReferred(parseReference([word]) ?? assert.fail(), api), false)
})

test('words that name no object are none', () => {
  for (const words of [
    ['deploy'],
    ['a/b/c/d'],
    ['a/b', 'c'],
    ['a', 'b', 'c'],
    ['', 'b'],
    ['/b'],
    ['a', ''],
  ])
    assert.equal(parseReference(words), undefined, words.join(' '))
})
