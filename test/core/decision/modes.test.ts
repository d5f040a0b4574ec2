import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import { evaluateFailure } from '../../../src/core/decision/evaluate.ts'
import { account, alice, configMap, deployer, request } from '../../fakes/requests.ts'
import { circumstances, decide, gvk, gvr, own, reasonOf, signed } from './deciding.ts'

describe('modes', () => {
  test('audit and warn answer yes and record the denial; warn tells the user', async () => {
    for (const mode of ['audit', 'warn'] as const) {
      const decision = await decide({}, { spec: `  mode: ${mode}\n` })
      assert.equal(decision.verdict.reason, 'HumanWrite')
      assert.equal(decision.allowed, true)
      const { warnings, allowed } = toAnswer(decision, {})
      assert.equal(allowed, true)
      assert.equal(warnings.length, mode === 'warn' ? 1 : 0)
    }
  })

  test('off judges nothing, and events are never desired state', async () => {
    assert.equal(await reasonOf({}, { spec: '  mode: "off"\n' }), 'OutOfScope')
    assert.equal(await reasonOf({ resource: gvr('events') }), 'OutOfScope')
    assert.equal(await reasonOf({ resource: gvr('leases', 'coordination.k8s.io') }), 'HumanWrite')
  })

  test('sealed refuses writers too, everywhere but in our own namespace', async () => {
    const spec = '  mode: sealed\n'
    assert.equal(await reasonOf({ user: deployer, object: configMap(signed) }, { spec }), 'Sealed')
    assert.equal(await reasonOf({ namespace: own.namespace }, { spec }), 'Protected')
  })

  test('a failure follows the mode of its scope', () => {
    const failure = { reason: 'InternalError', message: 'it failed.' } as const
    const audit = circumstances({ spec: '  mode: audit\n' })
    assert.equal(evaluateFailure(request(), failure, audit).allowed, true)
    assert.equal(evaluateFailure(request(), failure, circumstances({})).allowed, false)
  })
})

describe('exceptions of the policy', () => {
  const scale = {
    user: account('keda', 'keda-operator'),
    resource: gvr('deployments', 'apps'),
    subresource: 'scale',
    kind: gvk('Scale', 'autoscaling'),
    operation: 'UPDATE',
    name: 'api',
    object: { spec: { replicas: 3 } },
    oldObject: { spec: { replicas: 1 } },
  } as const

  test('cover exactly what they say', async () => {
    const { verdict, identity } = await decide(scale)
    assert.equal(verdict.reason, 'Exception')
    assert.equal(verdict.rule, 'keda')
    assert.equal(identity, 'exception')
    const more = { spec: { replicas: 3 }, metadata: { labels: { a: 'b' } } }
    assert.equal(await reasonOf({ ...scale, object: more }), 'HumanWrite')
    assert.equal(await reasonOf({ ...scale, namespace: 'shop' }), 'HumanWrite')
    assert.equal(await reasonOf({ ...scale, user: alice }), 'HumanWrite')
  })

  test('cover scaling to zero, which arrives as an empty spec', async () => {
    assert.equal(await reasonOf({ ...scale, object: { spec: {} } }), 'Exception')
  })
})
