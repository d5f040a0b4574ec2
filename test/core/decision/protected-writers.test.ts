import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { evaluate } from '../../../src/core/decision/evaluate.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA } from '../../fakes/git.ts'
import { deployer, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { circumstances, fleet, gvk, gvr, own, signed } from './deciding.ts'

const { namespace } = own
const id = { group: '', kind: 'ConfigMap', namespace, name: 'settings' }
const place = { name: 'settings', namespace }
const declared = { apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data: { a: '1' } }
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'mighty' },
  rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }],
}
const roleId = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '' }

const writer = `  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: content}
`
/** Another scope enforces, so that row 3 counts in this one. */
const scoped = (mode: string) => `  mode: enforce
  scopes: [{namespaces: [${namespace}, ci], mode: ${mode}}, {resources: [clusterroles.rbac.authorization.k8s.io], mode: ${mode}}]
`

async function decide(changes: Partial<AdmissionRequest>, rules: string) {
  const git = {
    ...fleet,
    declares: {
      [commitA]: [
        { id, object: declared },
        { id: { ...roleId, name: 'mighty' }, object: role },
      ],
    },
  }
  const around = { ...circumstances({ git }), policy: goodPolicy(head + rules + writer) }
  const asked = request({ namespace, user: deployer, ...changes })
  const { verdict, allowed } = await evaluate(asked, around)
  return `${verdict.reason}: ${allowed ? 'allowed' : 'denied'}`
}

function ours(data: JsonObject = { a: '1' }, metadata: JsonObject = {}): JsonObject {
  return { ...declared, metadata: { ...place, annotations: signed, ...metadata }, data }
}

describe('a protected object and a writer at level content', () => {
  for (const mode of ['off', 'audit', 'warn', 'enforce']) {
    const denied = `${mode === 'enforce' ? 'ContentMismatch' : 'Protected'}: denied`

    test(`lands on what Git declares under ${mode}, and nowhere else`, async () => {
      const good = await decide({ object: ours() }, scoped(mode))
      assert.equal(good, 'VerifiedCommit: allowed')
      assert.equal(await decide({ object: ours({ a: '2' }) }, scoped(mode)), denied)
      const update = { operation: 'UPDATE', oldObject: ours(), object: ours({}) } as const
      assert.equal(await decide(update, scoped(mode)), denied)
      const held = { ...update, object: ours({ a: '1' }, { finalizers: ['x.example/y'] }) }
      assert.equal(await decide(held, scoped(mode)), denied)
    })

    test(`so does a role that impersonates, under ${mode}`, async () => {
      const about = {
        namespace: '',
        name: 'mighty',
        resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
        kind: gvk('ClusterRole', 'rbac.authorization.k8s.io'),
      }
      const metadata = { ...role.metadata, annotations: signed }
      const written = (verbs: string[]) => ({
        ...role,
        metadata,
        rules: role.rules.map((rule) => ({ ...rule, verbs })),
      })
      const apply = (verbs: string[]) => decide({ ...about, object: written(verbs) }, scoped(mode))
      assert.equal(await apply(['impersonate']), 'VerifiedCommit: allowed')
      assert.equal(await apply(['impersonate', 'bind']), denied)
    })

    test(`is deleted, connected to and changed otherwise by nobody under ${mode}`, async () => {
      const reasons = (reason: string) => `${mode === 'enforce' ? reason : 'Protected'}: denied`
      const remove = { operation: 'DELETE', oldObject: ours() } as const
      assert.equal(await decide(remove, scoped(mode)), reasons('StillDeclared'))
      const token = {
        resource: gvr('serviceaccounts'),
        subresource: 'token',
        namespace: 'ci',
        name: 'deployer',
        object: ours(),
      }
      assert.equal(await decide(token, scoped(mode)), reasons('NotDeclared'))
      for (const subresource of ['eviction', 'ephemeralcontainers', 'status', 'binding']) {
        const sub = { resource: gvr('pods'), subresource, object: ours() }
        assert.equal(await decide(sub, scoped(mode)), reasons('NotDeclared'), subresource)
      }
      const exec = { operation: 'CONNECT', resource: gvr('pods'), subresource: 'exec' } as const
      assert.equal(await decide({ ...exec, object: {} }, scoped(mode)), reasons('NotDeclared'))
    })
  }

  test('is not opened by an exception that names the writer', async () => {
    const rules = `${scoped('audit')}  exceptions:
  - name: own
    subject: {serviceAccount: ci/deployer}
    reason: says so
    allow: [{resources: [configmaps], operations: [CREATE, UPDATE], fields: ["*"], namespaces: [${namespace}]}]
`
    assert.equal(await decide({ object: ours({ a: '2' }) }, rules), 'Protected: denied')
  })

  test('is not sealed in our own namespace, and is elsewhere', async () => {
    const rules = scoped('sealed')
    assert.equal(await decide({ object: ours() }, rules), 'VerifiedCommit: allowed')
    assert.equal(await decide({ object: ours({ a: '2' }) }, rules), 'ContentMismatch: denied')
    const pod = { resource: gvr('pods'), kind: gvk('Pod'), namespace: 'ci' }
    const object = { spec: { serviceAccountName: 'deployer' }, metadata: { annotations: signed } }
    assert.equal(await decide({ ...pod, object }, rules), 'Sealed: denied')
    const same = { ...pod, operation: 'UPDATE', object, oldObject: object } as const
    assert.equal(await decide(same, rules), 'Sealed: denied')
  })

  test('that does not change needs no commit', async () => {
    const same = { operation: 'UPDATE', object: declared, oldObject: declared } as const
    assert.equal(await decide(same, scoped('enforce')), 'NoDesiredStateChange: allowed')
    const status = { ...same, object: { ...declared, status: {} } }
    assert.equal(await decide(status, scoped('audit')), 'Protected: denied')
  })
})
