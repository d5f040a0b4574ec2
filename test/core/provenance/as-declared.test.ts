import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digest } from '../../../src/core/manifest/canonical.ts'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { differencesOf } from '../../../src/core/provenance/as-declared.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, sourceOf } from '../../fakes/git.ts'
import { application } from '../engines/argo-cd/applications.ts'
import {
  configMap,
  gitRepository,
  helmRelease,
  kustomization,
  ociRepository,
  secret,
} from '../engines/flux/objects.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { idOf } from './engine-ground.ts'

const strict = goodPolicy(`${head}  mode: enforce\n`)
const tolerant = goodPolicy(`${head}  mode: enforce
  tolerations:
  - {resources: [kustomizations.kustomize.toolkit.fluxcd.io], fields: [spec.timeout]}
`)

interface Asking {
  readonly policy?: Policy
  /** Of the definition of the kind. */
  readonly schema?: JsonObject
  /** Epoch ms. */
  readonly at?: number
}

const unserved = 'CustomResourceDefinition '

function clusterWith(id: ObjectId, schema: JsonObject | undefined) {
  const plural = id.kind === 'GitRepository' ? 'gitrepositories' : `${id.kind.toLowerCase()}s`
  const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema ?? {} } }]
  const definition = { kind: 'CustomResourceDefinition', spec: { versions } }
  const found = { kind: 'found', object: definition } as const
  const names = [plural, 'ocirepositories'].map((name) => `${unserved}${name}.${id.group}`)
  const live = schema === undefined ? ({ kind: 'absent' } as const) : found
  return fakeCluster(Object.fromEntries(names.map((name) => [name, live])))
}

function compare(
  live: JsonObject,
  object: JsonObject,
  { policy = strict, schema, at = 0 }: Asking = {},
) {
  const id = idOf(object)
  const declared = {
    id,
    apiVersion: '',
    generateName: '',
    repository: 'fleet',
    commit: commitA,
    branch: 'main',
    plans: [sourceOf('main')],
    source: 'prod',
    file: 'a.yaml',
    line: 1,
    digest: digest(object),
    object,
  }
  const { signal } = new AbortController()
  const cluster = clusterWith(id, schema)
  return differencesOf(live, declared, { policy, cluster, signal, now: () => at })
}

/** With another value at one path of the spec. */
function edited(object: JsonObject, spec: JsonObject): JsonObject {
  const own = isJsonObject(object['spec']) ? object['spec'] : {}
  return { ...object, spec: { ...own, ...spec } }
}

describe('a live object says what Git declares', () => {
  for (const object of [kustomization(), gitRepository(), helmRelease(), application()]) {
    const { kind = '' } = object
    test(`when it is the same but for metadata and status: ${JSON.stringify(kind)}`, async () => {
      const { status: _, ...declared } = object
      const live = { ...object, metadata: { ...idOf(object), uid: '7', labels: { a: 'b' } } }
      assert.deepEqual(await compare(live, declared), [])
    })
  }

  test('when a field is what the definition of its kind fills in', async () => {
    const schema = {
      properties: { spec: { properties: { timeout: { default: '60s' } } } },
    }
    const live = edited(kustomization(), { timeout: '60s' })
    assert.deepEqual(await compare(live, kustomization(), { schema }), [])
    const other = edited(kustomization(), { timeout: '61s' })
    assert.deepEqual(await compare(other, kustomization(), { schema }), ['spec.timeout'])
  })

  test('when a Secret holds what was written as text', async () => {
    const { data: _, ...bare } = secret('a', {})
    const declared = { ...bare, stringData: { key: 'x' } }
    assert.deepEqual(await compare({ ...secret('a', { key: 'x' }), type: 'Opaque' }, declared), [])
    assert.deepEqual(await compare(secret('a', { key: 'y' }), declared), ['data.key'])
  })
})

describe('a live object differs from what Git declares', () => {
  const edits: readonly (readonly [string, JsonObject, JsonObject])[] = [
    ['by another path', kustomization(), { path: './elsewhere' }],
    ['by a patch that somebody added', kustomization(), { patches: [{ patch: 'x' }] }],
    ['without pruning', kustomization(), { prune: false }],
    ['by another url', gitRepository(), { url: 'https://git.example.com/evil.git' }],
    ['by a branch', gitRepository(), { ref: { branch: 'feature' } }],
    ['by values', helmRelease(), { values: { a: 1 } }],
    ['by a source', application(), { source: { repoURL: 'https://x', path: '.' } }],
    ['by a project', application(), { project: 'other' }],
  ]
  for (const [title, object, spec] of edits) {
    test(title, async () => {
      assert.notDeepEqual(await compare(edited(object, spec), object), [])
    })
  }

  test('without a field of the declaration', async () => {
    const live = kustomization({ spec: { path: null } })
    assert.deepEqual(await compare(live, kustomization()), ['spec.path'])
  })

  test('without any spec', async () => {
    const { spec: _, ...live } = kustomization()
    assert.notDeepEqual(await compare(live, kustomization()), [])
    assert.notDeepEqual(await compare(kustomization(), live), [])
  })

  test('by data of a ConfigMap or a Secret', async () => {
    const declared = configMap('vars', { a: '1' })
    assert.deepEqual(await compare(configMap('vars', { a: '2' }), declared), ['data.a'])
    assert.deepEqual(await compare(configMap('vars', { a: '1', b: '' }), declared), ['data.b'])
    assert.deepEqual(await compare(secret('s', { a: '2' }), secret('s', { a: '1' })), ['data.a'])
  })

  test('when what is declared is no object', async () => {
    const { spec: _, ...bare } = kustomization()
    assert.deepEqual(await compare(bare, { kind: 'Kustomization' }), [])
    assert.notDeepEqual(await compare(kustomization(), { kind: 'Kustomization' }), [])
  })
})

describe('whoever pauses an engine changes nothing of what it applies', () => {
  for (const object of [kustomization(), helmRelease(), gitRepository()]) {
    test(`by suspend: ${JSON.stringify(object['kind'])}`, async () => {
      for (const suspend of [true, false]) {
        assert.deepEqual(await compare(edited(object, { suspend }), object), [])
        assert.deepEqual(await compare(object, edited(object, { suspend })), [])
      }
    })
  }

  test('suspend is a field like any other where nothing is paused by it', async () => {
    const live = { ...configMap('vars', {}), spec: { suspend: true, syncPolicy: {} } }
    assert.notDeepEqual(await compare(live, configMap('vars', {})), [])
    const paused = edited(application(), { suspend: true })
    assert.deepEqual(await compare(paused, application()), ['spec.suspend'])
    const synced = edited(kustomization(), { syncPolicy: { automated: {} } })
    assert.notDeepEqual(await compare(synced, kustomization()), [])
  })

  test('by taking automated syncs away, or trying less often', async () => {
    const policies: readonly JsonObject[] = [
      { syncPolicy: null },
      { syncPolicy: {} },
      { syncPolicy: { automated: { enabled: false } } },
      { syncPolicy: { automated: null, retry: { limit: 1 } } },
    ]
    for (const syncPolicy of policies) {
      assert.deepEqual(await compare(edited(application(), syncPolicy), application()), [])
      assert.deepEqual(await compare(application(), edited(application(), syncPolicy)), [])
    }
  })

  const options: readonly (readonly [string, JsonObject])[] = [
    ['a namespace that is created', { syncOptions: ['CreateNamespace=true'] }],
    ['labels of that namespace', { managedNamespaceMetadata: { labels: { a: 'b' } } }],
    ['another way of applying', { syncOptions: ['Replace=true'] }],
  ]
  for (const [title, policy] of options) {
    test(`but the policy of an Application also says what is applied: ${title}`, async () => {
      const live = edited(application(), { syncPolicy: policy })
      assert.notDeepEqual(await compare(live, application()), [])
      assert.notDeepEqual(await compare(application(), live), [])
      assert.deepEqual(await compare(edited(live, { revisionHistoryLimit: null }), live), [])
    })
  }

  test('an ApplicationSet has a policy about what becomes of Applications', async () => {
    const set = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'all', namespace: 'argocd' },
      spec: { syncPolicy: { preserveResourcesOnDeletion: true } },
    }
    assert.deepEqual(await compare(set, set), [])
    assert.notDeepEqual(await compare(edited(set, { syncPolicy: {} }), set), [])
  })
})

describe('an Application as its controller writes it back', () => {
  test('lacks what is empty, and names the default project', async () => {
    const source = { repoURL: 'https://a', path: 'b', directory: { recurse: false }, kustomize: {} }
    const declared = edited(application(), { project: '', source })
    const written = { repoURL: 'https://a', path: 'b' }
    const live = edited(application(), { source: written })
    assert.deepEqual(await compare(live, declared), [])
    const recursive = edited(live, { source: { ...written, directory: { recurse: true } } })
    assert.notDeepEqual(await compare(recursive, declared), [])
  })

  test('keeps what is empty and says something', async () => {
    const helm = (valuesObject: JsonObject) =>
      edited(application(), {
        source: { repoURL: 'https://a', path: 'b', helm: { valuesObject } },
      })
    assert.notDeepEqual(await compare(helm({ a: false }), helm({})), [])
  })
})

describe('where an artifact belongs in Git', () => {
  const noted = (annotations: JsonObject) =>
    ociRepository({ metadata: { name: 'fleet', namespace: 'flux-system', annotations } })

  for (const key of ['path', 'branch', 'repo']) {
    test(`is for Git to say: solewriter.dev/${key}`, async () => {
      const name = `solewriter.dev/${key}`
      const path = [`metadata.annotations["${name}"]`]
      assert.deepEqual(await compare(noted({ [name]: 'x' }), noted({ [name]: 'x' })), [])
      assert.deepEqual(await compare(noted({ [name]: 'x' }), noted({ [name]: 'y' })), path)
      assert.deepEqual(await compare(noted({ [name]: 'x' }), noted({})), path)
      assert.deepEqual(await compare(noted({}), noted({ [name]: 'x' })), path)
    })
  }

  test('is said by no other annotation, and by none of another kind', async () => {
    assert.deepEqual(await compare(noted({ 'a.b/c': 'x' }), noted({})), [])
    const metadata = { ...idOf(kustomization()), annotations: { 'solewriter.dev/path': 'x' } }
    assert.deepEqual(await compare({ ...kustomization(), metadata }, kustomization()), [])
  })
})

describe('what was compared once', () => {
  const live = edited(kustomization(), { timeout: '1m' })

  test('is compared anew under another policy', async () => {
    assert.deepEqual(await compare(live, kustomization(), { policy: tolerant }), [])
    assert.deepEqual(await compare(live, kustomization()), ['spec.timeout'])
    assert.deepEqual(await compare(live, kustomization(), { policy: tolerant }), [])
  })

  test('is compared anew with another declaration', async () => {
    assert.deepEqual(await compare(live, live), [])
    assert.deepEqual(await compare(live, kustomization()), ['spec.timeout'])
  })

  test('is compared anew while it differs: its definition may not have been readable', async () => {
    const schema = { properties: { spec: { properties: { interval: { default: '10m' } } } } }
    const declared = kustomization({ spec: { interval: null } })
    const same = kustomization()
    assert.deepEqual(await compare(same, declared), ['spec.interval'])
    assert.deepEqual(await compare(same, declared, { schema }), [])
  })

  const again: readonly (readonly [string, JsonObject])[] = [
    ['is the same object', kustomization()],
    ['has another status', { ...kustomization(), status: { observedGeneration: 7 } }],
    [
      'has other metadata',
      { ...kustomization(), metadata: { ...idOf(kustomization()), resourceVersion: '8' } },
    ],
  ]
  for (const [title, next] of again) {
    test(`is not asked about again while it ${title}`, async () => {
      assert.deepEqual(await compare(kustomization(), kustomization()), [])
      assert.deepEqual(await compareUnread(next), [])
    })
  }

  test('is asked about when it says anything else', async () => {
    assert.deepEqual(await compare(kustomization(), kustomization()), [])
    await assert.rejects(compareUnread(edited(kustomization(), { timeout: '2m' })), /is read/)
    const elsewhere = { ...kustomization(), apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2' }
    await assert.rejects(compareUnread(elsewhere), /is read/)
  })

  test('is compared anew after a minute: its definition may have been another one for a moment', async () => {
    const schema = {
      properties: { spec: { properties: { serviceAccountName: { default: 'root' } } } },
    }
    const live = edited(kustomization(), { serviceAccountName: 'root' })
    const first = 1_000_000
    assert.deepEqual(await compare(live, kustomization(), { schema, at: first }), [])
    const next = { ...live, status: {} }
    assert.deepEqual(await compare(next, kustomization(), { at: first + 59_000 }), [])
    for (const at of [first + 60_000, first - 60_000]) {
      assert.deepEqual(await compare(live, kustomization(), { at }), ['spec.serviceAccountName'])
    }
  })

  /** Where nothing can be read. */
  function compareUnread(live: JsonObject, at = 0): Promise<readonly string[]> {
    const read = () => Promise.reject(new Error('it is read'))
    const declared = {
      id: idOf(kustomization()),
      digest: digest(kustomization()),
      object: kustomization(),
    } as unknown as Parameters<typeof differencesOf>[1]
    const cluster = { read, list: read }
    const { signal } = new AbortController()
    const ground = { policy: strict, cluster, signal, now: () => at }
    return differencesOf(live, declared, ground)
  }
})
