import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { argoCd } from '../../../src/core/engines/argo-cd/argo-cd.ts'
import { referenceKey, type Engine } from '../../../src/core/engines/engine.ts'
import { flux } from '../../../src/core/engines/flux/flux.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import {
  engineNamed,
  enginesOf,
  kindOf,
  marksOf,
  readState,
} from '../../../src/core/provenance/engine-state.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { sourceOf } from '../../fakes/git.ts'
import { application } from '../engines/argo-cd/applications.ts'
import { helmChart, helmRelease } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  fluxLabels,
  idOf,
  planOf,
  policyWith,
  source,
  withSpec,
} from './engine-ground.ts'

const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
const { signal } = new AbortController()

const writer = (evidence: string, account = 'serviceAccount: argo/controller', rest = '') =>
  `  - {name: w${account.length}${rest.length}, subject: {${account}}, evidence: [${evidence}], repositories: [fleet]${rest}}\n`
const policyOf = (...writers: readonly string[]) =>
  policyWith('', `  writers:\n${writers.join('')}`)
const names = (policy: ReturnType<typeof policyWith>) => enginesOf(policy).map(({ name }) => name)

describe('the engines of a policy', () => {
  test('are those that attest for its writers', () => {
    assert.deepEqual(names(policyWith()), ['flux', 'argo-cd'])
    assert.deepEqual(names(policyOf(writer('flux'))), ['flux'])
    assert.deepEqual(names(policyOf(writer('annotation, argo-cd'))), ['argo-cd'])
    assert.deepEqual(names(policyOf(writer('annotation'))), [])
    assert.equal(engineNamed('flux', policyOf(writer('argo-cd'))), undefined)
    assert.equal(engineNamed('flux', policyOf(writer('flux')))?.name, 'flux')
  })

  test('know in which namespace Argo CD runs', () => {
    const instance = (policy: ReturnType<typeof policyWith>, namespace: string) => {
      const plan = planOf(application({ namespace }))
      return marksOf(plan, id, policy).labels['app.kubernetes.io/instance']
    }
    assert.equal(instance(policyOf(writer('argo-cd')), 'argo'), 'web')
    assert.equal(instance(policyOf(writer('argo-cd')), 'argocd'), 'argocd_web')
    assert.equal(instance(policyOf(writer('argo-cd', 'user: hub')), 'argocd'), 'web')
    // An account of a tenant, and one of another engine, say nothing about it.
    const tenant = writer('argo-cd', 'serviceAccount: team/sync', ', impersonated: true')
    assert.equal(instance(policyOf(tenant), 'argocd'), 'web')
    assert.equal(instance(policyOf(tenant, writer('argo-cd')), 'argo'), 'web')
    assert.equal(
      instance(policyOf(writer('flux', 'serviceAccount: x/y'), writer('argo-cd')), 'argo'),
      'web',
    )
  })
})

test('a kind of an engine is one by its group and its name', () => {
  assert.equal(kindOf(flux, idOf(apps))?.kind, 'Kustomization')
  assert.equal(kindOf(flux, { ...idOf(apps), group: 'kustomize.config.k8s.io' }), undefined)
  assert.equal(kindOf(flux, { ...idOf(apps), kind: 'HelmRelease' }), undefined)
  assert.equal(kindOf(argoCd, idOf(apps)), undefined)
})

describe('the marks of a plan', () => {
  const policy = policyWith()

  test('are those of its engine', () => {
    assert.deepEqual(marksOf(appsPlan, id, policy), { labels: fluxLabels, annotations: {} })
    const plan = planOf(application())
    assert.equal(
      marksOf(plan, id, policy).annotations['argocd.argoproj.io/tracking-id'],
      'web:/ConfigMap:pay/settings',
    )
  })

  test('are none of a source of the policy, and of an engine that attests for nobody', () => {
    const none = { labels: {}, annotations: {} }
    assert.deepEqual(marksOf(sourceOf('main'), id, policy), none)
    assert.deepEqual(marksOf(appsPlan, id, policyOf(writer('argo-cd'))), none)
  })
})

describe('an engine object is read', () => {
  async function read(
    engine: Engine,
    object: JsonObject,
    live: readonly JsonObject[],
    seen = live,
  ) {
    const asked: string[] = []
    const objects = fakeEngineObjects(live, seen, { asked })
    const at = async (freshness: 'seen' | 'live') => {
      asked.length = 0
      const state = await readState(engine, idOf(object), { objects, freshness, signal })
      return { state, asked: [...asked] }
    }
    return { seen: await at('seen'), live: await at('live') }
  }

  test('with what it needs, from what was seen or anew', async () => {
    const { seen, live } = await read(flux, apps, [apps, source])
    assert.deepEqual(seen.asked, [])
    const keys = [apps, source].map((one) => referenceKey(idOf(one)))
    assert.deepEqual(live.asked, keys)
    for (const { state } of [seen, live]) {
      assert.equal(state?.object, apps)
      assert.equal(state.engine, flux)
      assert.equal(state.kind.kind, 'Kustomization')
      assert.deepEqual(state.reference, idOf(apps))
      assert.deepEqual([...state.found], [[keys[1], source]])
      assert.deepEqual(state.needs.map(referenceKey), [keys[1]])
    }
  })

  test('anew where it was not seen', async () => {
    const { seen } = await read(flux, apps, [apps, source], [])
    assert.equal(seen.state?.object, apps)
    assert.equal(seen.asked.length, 2)
  })

  test('as it was seen, and as it is', async () => {
    const edited = withSpec(apps, { path: './evil' })
    const { seen, live } = await read(flux, apps, [edited, source], [apps, source])
    assert.equal(seen.state?.object, apps)
    assert.equal(live.state?.object, edited)
  })

  test('with what that needs in turn, each once', async () => {
    const named = helmChart({ metadata: { name: 'shop', namespace: 'web' } })
    const chart = withSpec(named, {
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
    })
    const own = { ...source, metadata: { name: 'fleet', namespace: 'web' } }
    const release = withSpec(helmRelease(), {
      chart: null,
      chartRef: { kind: 'HelmChart', name: 'shop' },
    })
    const { live } = await read(flux, release, [release, chart, own])
    assert.deepEqual(
      live.asked,
      [release, chart, own].map((one) => referenceKey(idOf(one))),
    )
    assert.equal(live.state?.found.size, 2)
    assert.deepEqual(
      live.state.needs.map(({ kind }) => kind),
      ['HelmChart', 'GitRepository'],
    )
  })

  test('without what is not there', async () => {
    const { live } = await read(flux, apps, [apps])
    assert.equal(live.state?.found.size, 0)
    assert.equal(live.state.needs.length, 1)
  })

  test('not where there is none, or it is none of the engine', async () => {
    assert.equal((await read(flux, apps, [source])).live.state, undefined)
    const foreign = await read(argoCd, apps, [apps, source])
    assert.equal(foreign.live.state, undefined)
    assert.deepEqual(foreign.live.asked, [])
  })

  test('no further than four steps', async () => {
    let steps = 0
    const need = (name: string) => ({
      group: '',
      kind: 'ConfigMap',
      namespace: 'x',
      name,
      isGoverned: true,
      isOptional: true,
    })
    const endless: Engine = {
      ...flux,
      kinds: [
        {
          ...(flux.kinds[0] ?? assert.fail()),
          needs: () => {
            steps += 1
            return Array.from({ length: steps }, (_, i) => need(`n${i}`))
          },
        },
      ],
    }
    const { state } = (await read(endless, apps, [apps])).seen
    assert.equal(steps, 10)
    assert.equal(state?.needs.length, 5)
  })
})
