import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { gvk, gvr } from './deciding.ts'
import {
  activeGrant,
  begin,
  deployment,
  fakeGrants,
  grantName,
  holder,
  minute,
  reasonIn,
  replica,
  scaling,
  scopeRow,
} from './granting.ts'

describe('two writes within a minute are two uses', () => {
  const usesAfter = async (
    scope: JsonObject,
    writes: readonly Partial<AdmissionRequest>[],
  ): Promise<number> => {
    const grants = fakeGrants([activeGrant({ status: { scope: [scope] } })])
    const decide = replica({ grants })
    for (const write of writes) assert.equal((await decide(write)).verdict.reason, 'BreakGlass')
    return grants.usesOf(grantName).length
  }

  test('when they forge a status that is part of the object', async () => {
    const application = (revision: string) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'pay', namespace: 'argocd', uid: 'a1', resourceVersion: '7' },
      spec: {},
      status: { operationState: { syncResult: { revision } } },
    })
    const write = (revision: string): Partial<AdmissionRequest> => ({
      ...scaling(),
      resource: gvr('applications', 'argoproj.io', 'v1alpha1'),
      kind: gvk('Application', 'argoproj.io', 'v1alpha1'),
      namespace: 'argocd',
      name: 'pay',
      oldObject: application('0'),
      object: application(revision),
    })
    const scope = {
      resources: ['applications.argoproj.io'],
      operations: ['UPDATE'],
      namespaces: ['argocd'],
      fields: ['status'],
    }
    assert.equal(await usesAfter(scope, [write('1'), write('2')]), 2)
  })

  test('when they differ in who owns which field alone', async () => {
    const managed = (manager: string): Partial<AdmissionRequest> =>
      scaling({
        object: deployment({ replicas: 3 }, { managedFields: [{ manager, fieldsV1: {} }] }),
      })
    const writes = [managed('kubectl'), managed('kustomize-controller')]
    assert.equal(await usesAfter({ ...scopeRow, fields: ['metadata'] }, writes), 2)
  })

  test('when the second takes back what Git has done in between', async () => {
    const wanted = { replicas: 5, paused: false }
    const writes = [
      scaling({
        oldObject: deployment({ replicas: 3, paused: false }),
        object: deployment(wanted),
      }),
      scaling({ oldObject: deployment({ replicas: 5, paused: true }), object: deployment(wanted) }),
    ]
    assert.equal(await usesAfter({ ...scopeRow, fields: ['spec'] }, writes), 2)
  })

  test('and one when the API server asks again', async () => {
    const again = scaling({
      oldObject: deployment({ replicas: 3 }, { resourceVersion: '9' }),
      object: deployment({ replicas: 5 }, { resourceVersion: '9' }),
    })
    assert.equal(await usesAfter(scopeRow, [scaling(), again]), 1)
  })
})

describe('who owns which field', () => {
  const owner = (manager: string, operation: string, fields: JsonObject) => ({
    manager,
    operation,
    apiVersion: 'apps/v1',
    time: '2026-08-23T02:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': fields },
  })
  const engine = owner('kustomize-controller', 'Apply', { 'f:replicas': {} })
  const forged = owner('kustomize-controller', 'Apply', { 'f:replicas': {}, 'f:template': {} })
  const mine = owner('kubectl', 'Update', { 'f:replicas': {} })
  const scaled = (owners: readonly Json[], fieldManager?: string) =>
    scaling({
      oldObject: deployment({ replicas: 3 }, { managedFields: [engine] }),
      object: deployment({ replicas: 5 }, { managedFields: owners }),
      options: fieldManager === undefined ? {} : { fieldManager },
    })
  const reasonFor = (write: Partial<AdmissionRequest>, fields = ['spec.replicas']) =>
    reasonIn(
      { grants: fakeGrants([activeGrant({ status: { scope: [{ ...scopeRow, fields }] } })]) },
      write,
    )

  test('changes with a write as the API server has it', async () => {
    const lost = owner('kustomize-controller', 'Apply', {})
    const applied = owner('kubectl', 'Apply', { 'f:replicas': {}, 'f:template': {} })
    assert.equal(await reasonFor(scaled([lost, mine])), 'BreakGlass')
    assert.equal(await reasonFor(scaled([lost, mine], 'kubectl')), 'BreakGlass')
    assert.equal(await reasonFor(scaled([lost, applied], 'kubectl')), 'BreakGlass')
  })

  test('is not rewritten beside it, so that an engine takes away what is not its own', async () => {
    assert.equal(await reasonFor(scaled([forged, mine])), 'GrantOutOfScope')
    assert.equal(await reasonFor(scaled([forged, mine], 'kubectl')), 'GrantOutOfScope')
    const asEngine = owner('kustomize-controller', 'Update', { 'f:replicas': {} })
    const write = scaled([forged, asEngine], 'kustomize-controller')
    assert.equal(await reasonFor(write), 'GrantOutOfScope')
    assert.equal(await reasonFor(write, ['*']), 'BreakGlass')
  })
})

describe('a grant that cannot be read', () => {
  test('keeps no other grant from being used', async () => {
    const other = '0198c1d2-7c1e-7b2f-9a53-0d6f7f4f2a12'
    const broken = activeGrant({
      claims: { jti: other },
      status: { scope: [{ ...scopeRow, fields: ['spec.['] }] },
    })
    assert.equal(await reasonIn({ grants: fakeGrants([broken, activeGrant()]) }), 'BreakGlass')
    assert.equal(await reasonIn({ grants: fakeGrants([broken]) }), 'HumanWrite')
  })
})

describe('somebody whom no rule names', () => {
  test('makes nobody read all grants anew with each denied write', async () => {
    const grants = fakeGrants()
    const asked: string[] = []
    const counting = {
      ...grants,
      ofUser: (...[username, freshness, signal]: Parameters<typeof grants.ofUser>) => {
        asked.push(freshness)
        return grants.ofUser(username, freshness, signal)
      },
    }
    const operator = { ...holder, username: 'operator', groups: ['system:authenticated'] }
    assert.equal(await reasonIn({ grants: counting }, scaling({ user: operator })), 'HumanWrite')
    assert.deepEqual(asked, ['seen'])
    asked.length = 0
    assert.equal(await reasonIn({ grants: counting }), 'HumanWrite')
    assert.deepEqual(asked, ['seen', 'live'])
  })
})

describe('a proxied name', () => {
  const proxy = (name: string): Partial<AdmissionRequest> => ({
    ...scaling(),
    resource: gvr('pods'),
    kind: gvk('PodProxyOptions'),
    subresource: 'proxy',
    operation: 'CONNECT',
    name,
    oldObject: null,
    object: { path: '/' },
  })
  const world = (name: string) => ({
    grants: fakeGrants([
      activeGrant({
        status: {
          scope: [
            {
              resources: ['pods/proxy'],
              operations: ['CONNECT'],
              namespaces: ['payments'],
              names: [name],
            },
          ],
        },
      }),
    ]),
  })

  test('is that of the Pod, not the scheme before it', async () => {
    assert.equal(await reasonIn(world('http*'), proxy('http:vault-0:8200')), 'GrantOutOfScope')
    assert.equal(await reasonIn(world('http*'), proxy('https:vault-0:')), 'GrantOutOfScope')
    assert.equal(await reasonIn(world('http*'), proxy('https:httpd-0:8080')), 'BreakGlass')
    assert.equal(await reasonIn(world('api-0'), proxy('api-0:8080')), 'BreakGlass')
    assert.equal(await reasonIn(world('api-0'), proxy('http:api-0:')), 'BreakGlass')
    assert.equal(await reasonIn(world('api-0'), proxy('api-01:8080')), 'GrantOutOfScope')
  })
})

describe('a session', () => {
  const exec = (command: readonly string[]): Partial<AdmissionRequest> => ({
    ...scaling(),
    resource: gvr('pods'),
    kind: gvk('PodExecOptions'),
    subresource: 'exec',
    operation: 'CONNECT',
    oldObject: null,
    object: { command },
  })
  const scope = {
    resources: ['pods/exec'],
    operations: ['CONNECT'],
    namespaces: ['payments'],
    names: ['api'],
  }

  test('is a use of its own, but for the moment in which kubectl falls back to another protocol', async () => {
    const grants = fakeGrants([activeGrant({ status: { scope: [scope], maxUses: 2 } })])
    let now = begin + minute
    const decide = replica({ grants, now: () => now })
    const seconds: [number, string][] = [
      [0, 'BreakGlass'],
      [2, 'BreakGlass'],
      [20, 'BreakGlass'],
      [40, 'GrantExhausted'],
    ]
    for (const [after, reason] of seconds) {
      now = begin + minute + after * 1000
      assert.equal((await decide(exec(['sh']))).verdict.reason, reason, `after ${after} s`)
    }
    assert.equal(grants.usesOf(grantName).length, 2)
  })
})

describe('what a person knows', () => {
  test('of arguments, tokens and Secrets stays out of messages, records and the grant', async () => {
    const secret = (value: string) => ({ metadata: { name: 's', uid: 's1' }, data: { a: value } })
    const scope = { ...scopeRow, resources: ['secrets', 'pods/exec'], fields: ['data'] }
    const rows = [{ ...scope, operations: ['UPDATE', 'CONNECT'], names: ['s'] }]
    const grants = fakeGrants([activeGrant({ status: { scope: rows } })])
    const decide = replica({ grants })
    const canary = 'Y2FuYXJ5LXdvcmQ'
    const decisions = [
      await decide({
        ...scaling(),
        resource: gvr('secrets'),
        kind: gvk('Secret'),
        name: 's',
        oldObject: secret('b2xk'),
        object: secret(canary),
      }),
      await decide({
        ...scaling(),
        resource: gvr('pods'),
        subresource: 'exec',
        operation: 'CONNECT',
        name: 's',
        oldObject: null,
        object: { command: [`password=${canary}`, canary] },
      }),
    ]
    assert.deepEqual(
      decisions.map(({ verdict }) => verdict.reason),
      ['BreakGlass', 'BreakGlass'],
    )
    const all = JSON.stringify([decisions, grants.stored(grantName)])
    assert.ok(!all.includes(canary))
  })
})
