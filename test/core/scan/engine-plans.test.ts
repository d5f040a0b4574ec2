import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { sourceOf } from '../../fakes/git.ts'
import { judgeLive } from '../../../src/core/scan/judge.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { declared, findingOf, judge, live, sceneOf, type Ground } from './judging.ts'

const rules = `  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet]}
  - {name: argo, subject: {serviceAccount: argocd/argocd-application-controller}, evidence: [argo-cd], repositories: [fleet]}
`

function planOf(group: string, kind: string, name: string): Plan {
  const namespace = kind === 'Application' ? 'argocd' : 'flux-system'
  return { ...sourceOf('main'), path: 'apps', engine: { group, kind, namespace, name } }
}

const kustomization = planOf('kustomize.toolkit.fluxcd.io', 'Kustomization', 'apps')
const application = planOf('argoproj.io', 'Application', 'shop')
const data = { data: { a: '1' } }

function groundOf(plan: Plan): Ground {
  return {
    head: [{ ...declared('ConfigMap', {}, data), plan }],
    git: { inForce: [plan] },
    exceptions: '  mode: enforce\n',
  }
}

function judgeMarked(plan: Plan, metadata: JsonObject) {
  const scene = { ...sceneOf(groundOf(plan)), policy: goodPolicy(head + rules) }
  return judgeLive(live('ConfigMap', metadata, data), scene)
}

describe('marks of engines', () => {
  const name = 'kustomize.toolkit.fluxcd.io/name'
  const labels = { [name]: 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }

  test('of Flux are explained while they name the Kustomization of the plan', async () => {
    assert.deepEqual(await judgeMarked(kustomization, { labels }), { kind: 'as-declared' })
    const judged = await judgeMarked(kustomization, { labels: { ...labels, [name]: 'other' } })
    assert.ok(judged.kind === 'finding')
    assert.deepEqual(judged.finding.paths, [`metadata.labels["${name}"]`])
  })

  test('of Argo CD are explained while they name the Application and the object', async () => {
    const key = 'argocd.argoproj.io/tracking-id'
    const annotations = { [key]: 'shop:/ConfigMap:pay/one' }
    assert.deepEqual(await judgeMarked(application, { annotations }), { kind: 'as-declared' })
    const other = await judgeMarked(application, {
      annotations: { [key]: 'evil:/ConfigMap:pay/one' },
    })
    assert.equal(other.kind === 'finding' && other.finding.kind, 'different')
  })

  test('of an engine that the policy does not know are a difference', async () => {
    const finding = await findingOf(live('ConfigMap', { labels }, data), groundOf(kustomization))
    assert.deepEqual(finding.paths, ['metadata.labels'])
  })
})

describe('what the plan of an engine declares', () => {
  test('is as declared without marks too', async () => {
    for (const plan of [kustomization, application]) {
      assert.deepEqual(await judge(live('ConfigMap', {}, data), groundOf(plan)), {
        kind: 'as-declared',
      })
    }
  })

  test('is undeclared when the plan is not in force', async () => {
    const { git: _git, ...ground } = groundOf(kustomization)
    const finding = await findingOf(live('ConfigMap', {}, data), ground)
    assert.equal(finding.kind, 'undeclared')
  })
})
