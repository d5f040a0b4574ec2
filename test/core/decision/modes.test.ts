import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
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

  test('a failure about what may be protected is a denial in every mode', () => {
    const failure = { reason: 'DeadlineExceeded', message: 'too late.' } as const
    const spec = '  mode: audit\n  scopes: [{namespaces: [prod], mode: enforce}]\n'
    const allowed = (changes: Partial<AdmissionRequest>, rules = spec) =>
      evaluateFailure(request(changes), failure, circumstances({ spec: rules })).allowed
    const exec = {
      resource: gvr('pods'),
      subresource: 'exec',
      operation: 'CONNECT',
      namespace: 'ci',
      name: 'runner',
    } as const
    assert.equal(allowed({}), true)
    assert.equal(allowed({ ...exec, namespace: 'pay' }), true)
    assert.equal(allowed(exec), false)
    assert.equal(allowed({ namespace: own.namespace }), false)
    assert.equal(allowed({ namespace: own.namespace }, '  mode: audit\n'), true)
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
