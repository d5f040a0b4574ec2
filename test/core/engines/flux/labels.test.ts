import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flux } from '../../../../src/core/engines/flux/flux.ts'
import { fluxKinds, isFluxKind } from '../../../../src/core/engines/flux/kinds.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { Plan } from '../../../../src/core/plans/plan.ts'
import { found, gitRepository, helmRelease, kustomization } from './objects.ts'

const kustomizeLabels = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
}
const helmLabels = {
  'helm.toolkit.fluxcd.io/name': 'shop',
  'helm.toolkit.fluxcd.io/namespace': 'web',
}

function namedBy(labels: JsonObject) {
  return flux.namedBy({ metadata: { labels } })
}

describe('the engine object that labels name', () => {
  test('is a Kustomization or a HelmRelease', () => {
    assert.deepEqual(namedBy({ ...kustomizeLabels, app: 'x' }), {
      group: 'kustomize.toolkit.fluxcd.io',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: 'apps',
    })
    assert.deepEqual(namedBy(helmLabels), {
      group: 'helm.toolkit.fluxcd.io',
      kind: 'HelmRelease',
      namespace: 'web',
      name: 'shop',
    })
  })

  const nobody: readonly (readonly [string, JsonObject])[] = [
    ['both', { ...kustomizeLabels, ...helmLabels }],
    ['both, one in part', { ...kustomizeLabels, 'helm.toolkit.fluxcd.io/name': 'shop' }],
    ['both, one empty', { ...kustomizeLabels, 'helm.toolkit.fluxcd.io/name': '' }],
    ['a name alone', { 'kustomize.toolkit.fluxcd.io/name': 'apps' }],
    ['a namespace alone', { 'helm.toolkit.fluxcd.io/namespace': 'web' }],
    ['an empty name', { ...kustomizeLabels, 'kustomize.toolkit.fluxcd.io/name': '' }],
    ['a name that is no text', { ...kustomizeLabels, 'kustomize.toolkit.fluxcd.io/name': 1 }],
    ['a name that is a path', { ...kustomizeLabels, 'kustomize.toolkit.fluxcd.io/name': '../x' }],
    ['others', { app: 'x' }],
  ]
  for (const [title, labels] of nobody) {
    test(`is none with ${title}`, () => assert.equal(namedBy(labels), undefined))
  }

  test('is none without labels, or by annotations', () => {
    assert.equal(flux.namedBy({}), undefined)
    assert.equal(flux.namedBy(null), undefined)
    assert.equal(flux.namedBy({ metadata: { annotations: kustomizeLabels } }), undefined)
  })
})

describe('the marks of Flux', () => {
  const id = { group: '', kind: 'ConfigMap', namespace: 'web', name: 'a' }
  const planOf = (kind: 0 | 1, object: JsonObject): Plan => {
    const answer = flux.kinds[kind]?.plans(object, found(gitRepository()))
    assert.ok(answer?.kind === 'plans')
    return answer.plans[0]?.plan ?? assert.fail()
  }

  test('name the Kustomization', () => {
    const marks = flux.marks(planOf(0, kustomization()), id)
    assert.deepEqual(marks, { labels: kustomizeLabels, annotations: {} })
  })

  test('name the HelmRelease and its release', () => {
    const plan = planOf(1, helmRelease({ spec: { targetNamespace: 'shop-prod' } }))
    assert.deepEqual(flux.marks(plan, id), {
      labels: { ...helmLabels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'meta.helm.sh/release-name': 'shop-prod-shop',
        'meta.helm.sh/release-namespace': 'shop-prod',
      },
    })
  })

  test('are none on what is of no engine object, or of another engine', () => {
    const { engine = assert.fail(), ...plan } = planOf(0, kustomization())
    const none = { labels: {}, annotations: {} }
    assert.deepEqual(flux.marks(plan, id), none)
    const other = { ...engine, group: 'argoproj.io', kind: 'Application' }
    assert.deepEqual(flux.marks({ ...plan, engine: other }, id), none)
  })
})

describe('the kinds of Flux', () => {
  test('are what steers it', () => {
    assert.ok(fluxKinds.every(({ group, kind }) => isFluxKind(group, kind)))
    const kinds = fluxKinds.map(({ kind }) => kind)
    for (const kind of ['Kustomization', 'HelmRelease', 'GitRepository', 'ImageUpdateAutomation']) {
      assert.ok(kinds.includes(kind))
    }
  })

  test('are also those of a later version', () => {
    assert.ok(isFluxKind('source.toolkit.fluxcd.io', 'SvnRepository'))
  })

  test("are not kustomize's own, or others that end alike", () => {
    assert.equal(isFluxKind('kustomize.config.k8s.io', 'Kustomization'), false)
    assert.equal(isFluxKind('x.toolkit.fluxcd.io.example.com', 'Kustomization'), false)
    assert.equal(isFluxKind('', 'HelmRelease'), false)
  })
})
