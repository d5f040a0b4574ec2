import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commitA } from '../../fakes/git.ts'
import { account, configMap, deployer } from '../../fakes/requests.ts'
import { decide, fleet, gvk, gvr, id, messageOf, reasonOf, signed } from './deciding.ts'

describe('writers', () => {
  const create = { user: deployer, object: configMap(signed) }

  test('apply what a commit declares', async () => {
    const { verdict, identity } = await decide(create)
    assert.equal(verdict.reason, 'VerifiedCommit')
    assert.equal(verdict.rule, 'ci')
    assert.equal(verdict.provenance?.path, 'prod/settings.yaml:1')
    assert.equal(identity, 'writer')
  })

  test('are human when they are only impersonated, and the message says so', async () => {
    const posing = { ...deployer, uid: '', extra: new Map() }
    assert.equal(await reasonOf({ ...create, user: posing }), 'HumanWrite')
    assert.match(await messageOf({ ...create, user: posing }), /is the name of writer ci, but/)
    const certificate = new Map([['authentication.kubernetes.io/credential-id', ['X509SHA256=1']]])
    assert.equal(
      await reasonOf({ ...create, user: { ...deployer, extra: certificate } }),
      'HumanWrite',
    )
    // `--as` with `--as-uid` and no groups, a legacy token, an OIDC provider that uses the name.
    for (const part of [{ extra: new Map() }, { groups: [] }]) {
      assert.equal(await reasonOf({ ...create, user: { ...deployer, ...part } }), 'HumanWrite')
    }
  })

  test('must come from a Pod where the policy says so', async () => {
    const object = configMap(signed)
    assert.equal(await reasonOf({ user: account('ci', 'bound'), object }), 'UnboundToken')
    assert.equal(
      await reasonOf({ user: account('ci', 'bound', 'runner-1'), object }),
      'VerifiedCommit',
    )
  })

  test('write only in their namespaces, and then nothing cluster-scoped', async () => {
    const user = account('ci', 'narrow')
    assert.equal(await reasonOf({ user, object: configMap(signed) }), 'NotDeclared')
    const namespace = {
      resource: gvr('namespaces'),
      kind: gvk('Namespace'),
      name: 'shop',
      namespace: 'shop',
    }
    assert.equal(await reasonOf({ ...namespace, user, object: configMap(signed) }), 'NotDeclared')
  })

  test('change objects and scale, and no other subresource', async () => {
    const scale = {
      user: deployer,
      resource: gvr('deployments', 'apps'),
      subresource: 'scale',
      operation: 'UPDATE',
      object: configMap(signed),
    } as const
    assert.equal(await reasonOf(scale), 'EvidenceMissing')
    assert.equal(await reasonOf({ ...scale, subresource: 'status' }), 'NotDeclared')
    const exec = {
      user: deployer,
      resource: gvr('pods'),
      subresource: 'exec',
      operation: 'CONNECT',
      object: {},
    } as const
    assert.equal(await reasonOf(exec), 'NotDeclared')
  })

  test('delete only what no tip declares and Git once declared', async () => {
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    assert.equal(await reasonOf(remove), 'StillDeclared')
    const gone = { ...fleet, declares: {}, earlier: { [`main ${'b'.repeat(40)}`]: 1 } }
    assert.equal(await reasonOf(remove, { git: gone }), 'NotDeclared')
    const once = { ...gone, declares: { ['b'.repeat(40)]: [{ id }] } }
    assert.equal(await reasonOf(remove, { git: once }), 'VerifiedCommit')
  })

  test('delete no namespace in which something is declared', async () => {
    const namespace = {
      resource: gvr('namespaces'),
      kind: gvk('Namespace'),
      name: 'pay',
      namespace: 'pay',
    }
    const remove = { ...namespace, user: deployer, operation: 'DELETE' } as const
    assert.match(await messageOf(remove), /\[StillDeclared\].* ConfigMap settings, which fleet/)
  })

  test('delete no definition of which an instance is declared', async () => {
    const group = 'example.com'
    const widget = { group, kind: 'Widget', namespace: 'pay', name: 'w' }
    const definition = {
      user: deployer,
      operation: 'DELETE',
      resource: gvr('customresourcedefinitions', 'apiextensions.k8s.io'),
      kind: gvk('CustomResourceDefinition', 'apiextensions.k8s.io'),
      namespace: '',
      name: 'widgets.example.com',
      oldObject: { spec: { group, names: { kind: 'Widget' } } },
    } as const
    const git = { ...fleet, declares: { [commitA]: [{ id: widget }] } }
    assert.match(await messageOf(definition, { git }), /\[StillDeclared\].* Widget w, which fleet/)
  })

  test('delete no owner of what is declared, whatever its kind', async () => {
    const uid = 'uid-of-parent'
    const owned = { ...id, name: 'child' }
    const object = { metadata: { ownerReferences: [{ kind: 'ConfigMap', name: 'settings', uid }] } }
    const old = 'b'.repeat(40)
    const git = {
      ...fleet,
      earlier: { [`main ${old}`]: 1 },
      declares: { [old]: [{ id }], [commitA]: [{ id: owned, object }] },
    }
    const remove = (parent: string) => ({
      user: deployer,
      operation: 'DELETE' as const,
      oldObject: { metadata: { name: 'settings', uid: parent } },
    })
    const message = /\[StillDeclared\].* ConfigMap child, which fleet/
    for (const propagationPolicy of ['Foreground', 'Background', undefined]) {
      const options = propagationPolicy === undefined ? null : { propagationPolicy }
      assert.match(await messageOf({ ...remove(uid), options }, { git }), message)
    }
    assert.equal(await reasonOf(remove('another'), { git }), 'VerifiedCommit')
  })

  test('delete nothing whose file cannot be read at the tip', async () => {
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    const old = 'b'.repeat(40)
    const problem = { file: 'prod/settings.yaml', line: 3, message: 'a tab' }
    const once = { ...fleet, declares: { [old]: [{ id }] }, earlier: { [`main ${old}`]: 1 } }
    assert.equal(await reasonOf(remove, { git: once }), 'VerifiedCommit')
    const unread = { ...once, problems: [problem] }
    const message = /\[StillDeclared\].*prod\/settings.yaml:3 .*cannot be read.*a tab/
    assert.match(await messageOf(remove, { git: unread }), message)
    const other = { ...once, problems: [{ ...problem, file: 'prod/other.yaml' }] }
    assert.equal(await reasonOf(remove, { git: other }), 'VerifiedCommit')
  })

  test('delete nothing that a file which cannot be read may name by now', async () => {
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    const old = 'b'.repeat(40)
    const once = { ...fleet, declares: { [old]: [{ id }] }, earlier: { [`main ${old}`]: 1 } }
    const moved = { file: 'prod/moved.yaml', line: 3, message: 'a tab' }
    const naming = (...names: readonly string[]) => ({ ...once, problems: [{ ...moved, names }] })
    assert.equal(await reasonOf(remove, { git: naming('another') }), 'VerifiedCommit')
    const message = /\[StillDeclared\].*prod\/moved.yaml:3 .*cannot be read.*a tab/
    assert.match(await messageOf(remove, { git: naming('another', 'settings') }), message)
  })

  test('delete nothing while a source that may render anything cannot be read', async () => {
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    const old = 'b'.repeat(40)
    const once = { ...fleet, declares: { [old]: [{ id }] }, earlier: { [`main ${old}`]: 1 } }
    const failed = { file: 'apps/kustomization.yaml', line: 2, message: 'a plugin' }
    assert.equal(await reasonOf(remove, { git: { ...once, problems: [failed] } }), 'VerifiedCommit')
    const git = { ...once, problems: [{ ...failed, hides: 'anything' as const }] }
    const message = /\[StillDeclared\].*apps\/kustomization.yaml:2 cannot be read.*a plugin/
    assert.match(await messageOf(remove, { git }), message)
  })

  test('orphan nothing: what is left behind nobody declares', async () => {
    const old = 'b'.repeat(40)
    const git = { ...fleet, declares: { [old]: [{ id }] }, earlier: { [`main ${old}`]: 1 } }
    const remove = { user: deployer, operation: 'DELETE', oldObject: configMap(signed) } as const
    for (const options of [{ propagationPolicy: 'Orphan' }, { orphanDependents: true }]) {
      assert.equal(await reasonOf({ ...remove, options }, { git }), 'EvidenceRefused')
    }
    const options = { propagationPolicy: 'Background' }
    assert.equal(await reasonOf({ ...remove, options }, { git }), 'VerifiedCommit')
  })

  test('copied annotations of a parent are no proof that the object itself was declared', async () => {
    const copied = {
      user: deployer,
      operation: 'DELETE',
      name: 'child',
      oldObject: configMap(signed),
    } as const
    assert.equal(await reasonOf(copied), 'NotDeclared')
  })
})
