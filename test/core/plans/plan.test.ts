import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isSamePlan, planKey, type Plan } from '../../../src/core/plans/plan.ts'

const plain: Plan = { path: 'apps', renderer: 'plain', namespace: 'x', branch: 'main' }
const engine = { group: 'g', kind: 'Kustomization', namespace: 'flux-system', name: 'apps' }
const kustomized: Plan = {
  ...plain,
  renderer: 'kustomize',
  kustomize: { engine: 'flux', edits: {} },
  engine,
}
const release = { releaseName: 'a', valuesFiles: [], includeCRDs: true, apiVersions: [] }
const charted: Plan = { ...plain, renderer: 'helm', helm: release }

describe('the key of a plan', () => {
  const others: readonly (readonly [string, Plan, Plan])[] = [
    ['its path', plain, { ...plain, path: 'other' }],
    ['its renderer', plain, { ...plain, renderer: 'kustomize' }],
    ['its namespace', plain, { ...plain, namespace: 'y' }],
    ['its pin', plain, { ...plain, pin: 'a'.repeat(40) }],
    ['its globs', plain, { ...plain, plain: { isRecursive: true, include: 'a', exclude: '' } }],
    ['its edits', kustomized, { ...kustomized, kustomize: { engine: 'flux', edits: { a: '1' } } }],
    [
      'whose edits they are',
      kustomized,
      { ...kustomized, kustomize: { engine: 'argo-cd', edits: {} } },
    ],
    [
      'its variables, none or absent',
      kustomized,
      { ...kustomized, kustomize: { engine: 'flux', edits: {}, substitutions: {} } },
    ],
    [
      'whether files are decrypted',
      kustomized,
      { ...kustomized, kustomize: { engine: 'flux', edits: {}, encryptedFiles: 'sops' } },
    ],
    [
      'numbers that only a double takes for equal',
      { ...charted, helm: { ...release, values: { a: 9007199254740993n } } },
      { ...charted, helm: { ...release, values: { a: 9007199254740992n } } },
    ],
    [
      'values as text and as an object',
      { ...charted, helm: { ...release, values: '{}' } },
      { ...charted, helm: { ...release, values: {} } },
    ],
    [
      'its parameters',
      charted,
      { ...charted, helm: { ...release, parameters: [{ name: 'a', value: 'b', isString: true }] } },
    ],
  ]
  for (const [title, one, other] of others) {
    test(`tells plans apart by ${title}`, () => {
      assert.notEqual(planKey(one), planKey(other))
    })
  }

  test('does not depend on the order of keys, the branch, or where the plan comes from', () => {
    const edits = { a: '1', b: '2' }
    const one: Plan = { ...kustomized, kustomize: { engine: 'flux', edits } }
    const turned = { kustomize: { edits: { b: '2', a: '1' }, engine: 'flux' as const } }
    const other: Plan = { ...turned, ...plain, renderer: 'kustomize', branch: 'release' }
    assert.equal(planKey(one), planKey(other))
  })
})

describe('two plans are the same', () => {
  const cases: readonly (readonly [string, Plan, boolean])[] = [
    ['with equal options of one engine object', { ...kustomized, engine: { ...engine } }, true],
    ['not on two branches', { ...kustomized, branch: 'release' }, false],
    ['not of two engine objects', { ...kustomized, engine: { ...engine, name: 'b' } }, false],
    ['not with other options', { ...kustomized, path: 'b' }, false],
  ]
  for (const [title, other, expected] of cases) {
    test(title, () => {
      assert.equal(isSamePlan(kustomized, other), expected)
    })
  }

  test('not if one is of the policy', () => {
    const { engine: _, ...ofPolicy } = kustomized
    assert.equal(isSamePlan(kustomized, ofPolicy), false)
    assert.equal(isSamePlan(ofPolicy, { ...ofPolicy }), true)
  })
})
