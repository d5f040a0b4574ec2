import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../../src/core/manifest/json.ts'
import { asksForForce, asksForRecreation } from '../../../src/core/provenance/recreation.ts'
import { commitA } from '../../fakes/git.ts'
import { configMap, deployer } from '../../fakes/requests.ts'
import { fleet, id, reasonOf } from '../decision/deciding.ts'

const cases: readonly [string, string, boolean][] = [
  ['argocd.argoproj.io/hook', 'PreSync', true],
  ['argocd.argoproj.io/hook', 'Skip', false],
  ['argocd.argoproj.io/sync-options', 'Prune=false,Replace=true', true],
  ['argocd.argoproj.io/sync-options', 'Prune=false, Force=true', true],
  ['argocd.argoproj.io/sync-options', 'Force=false', false],
  ['argocd.argoproj.io/sync-options', 'NoForce=true', false],
  ['helm.sh/hook', 'pre-upgrade', true],
  ['helm.sh/hook', 'crd-install', false],
  ['helm.sh/hook', '', false],
  ['example.com/hook', 'PreSync', false],
]

for (const [annotation, value, expected] of cases) {
  test(`${annotation}: ${value} ${expected ? 'asks' : 'does not ask'} for recreation`, () => {
    assert.equal(
      asksForRecreation({ metadata: { annotations: { [annotation]: value } } }),
      expected,
    )
  })
}

for (const [value, expected] of [
  ['Enabled', true],
  ['disabled', false],
] as const) {
  test(`force: ${value} ${expected ? 'asks' : 'does not ask'} for recreation where it must`, () => {
    const annotations = { 'kustomize.toolkit.fluxcd.io/force': value }
    assert.equal(asksForForce({ metadata: { annotations } }), expected)
    assert.equal(asksForRecreation({ metadata: { annotations } }), false)
  })
}

test('a hook that Git declares may be deleted by its writer, and not what would go with it', async () => {
  const hook = { metadata: { annotations: { 'helm.sh/hook': 'pre-upgrade' } } }
  const declaring = (object: Json) => ({
    ...fleet,
    declares: { [commitA]: [{ id, object }] },
  })
  const remove = { user: deployer, operation: 'DELETE', oldObject: configMap() } as const
  assert.equal(await reasonOf(remove, { git: declaring(hook) }), 'VerifiedCommit')
  assert.equal(await reasonOf(remove, { git: declaring({}) }), 'StillDeclared')
  const owned = {
    ...fleet,
    declares: {
      [commitA]: [
        { id, object: hook },
        {
          id: { ...id, name: 'child' },
          object: { metadata: { ownerReferences: [{ uid: 'u1', kind: 'ConfigMap' }] } },
        },
      ],
    },
  }
  assert.equal(await reasonOf(remove, { git: owned }), 'StillDeclared')
})
