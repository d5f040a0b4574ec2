import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { ensureBinaries } from '../../cluster/binaries.ts'
import { api, apiFile, apiPath, grantName, startPromoting, use } from './promoting.ts'

// What is rendered is read again after the change: only where one file says it is anything pushed.

const branch = `break-glass/${grantName}`
const bare = apiFile.replace(', namespace: pay', '')
const uses = [use({ paths: ['spec.replicas'], after: api(5) })]
const objects = { [apiPath]: api(5) }

let tools: readonly string[] = []
before(async () => {
  const { kustomize, helm } = await ensureBinaries(['kustomize', 'helm'], () => undefined)
  tools = ['--kustomize', kustomize.path, '--helm', helm.path]
})

describe('kustomize', () => {
  const sources = '[{path: prod, renderer: kustomize}]'

  test('a resource of an overlay is changed where it stands', async () => {
    const given = await startPromoting({
      files: {
        'prod/kustomization.yaml': 'namespace: pay\nresources: [api.yaml]\n',
        'prod/api.yaml': bare,
      },
      sources,
      uses,
      objects,
    })
    const { code, out, err } = await given.promote(...tools)
    assert.equal(code, 0, err + out)
    assert.equal(
      given.remote.file(branch, 'prod/api.yaml'),
      bare.replace('replicas: 3', 'replicas: 5'),
    )
  })

  const overlays: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [
      'what a patch says',
      {
        'prod/kustomization.yaml':
          'namespace: pay\nresources: [api.yaml]\npatches:\n- patch: |\n    - {op: replace, path: /spec/replicas, value: 4}\n  target: {kind: Deployment}\n',
        'prod/api.yaml': bare,
      },
    ],
    [
      'what a transformer says',
      {
        'prod/kustomization.yaml':
          'namespace: pay\nresources: [api.yaml]\nreplicas: [{name: api, count: 4}]\n',
        'prod/api.yaml': bare,
      },
    ],
  ]
  for (const [title, files] of overlays) {
    test(`${title} is shown, and not pushed`, async () => {
      const given = await startPromoting({ files, sources, uses, objects })
      const { code, out } = await given.promote(...tools)
      assert.equal(code, 1)
      assert.match(out, /blocked +Deployment pay\/api: spec\.replicas in fleet:prod\/api\.yaml/)
      assert.match(out, /spec\.replicas: 4 -> 5/)
      assert.match(out, /it is rendered \(kustomize\)/)
      assert.equal(given.remote.file(branch, 'prod/api.yaml'), undefined)
    })
  }

  test('a base that others are made of as well is left alone', async () => {
    const given = await startPromoting({
      files: {
        'base/kustomization.yaml': 'resources: [api.yaml]\n',
        'base/api.yaml': bare,
        'prod/kustomization.yaml': 'namespace: pay\nresources: [../base]\n',
        'test/kustomization.yaml': 'namespace: trial\nresources: [../base]\n',
      },
      sources: '[{path: prod, renderer: kustomize}, {path: test, renderer: kustomize}]',
      uses,
      objects,
    })
    const { code, out } = await given.promote(...tools)
    assert.equal(code, 1)
    assert.match(out, /Deployment trial\/api would change too|outside of prod/)
    assert.equal(given.remote.file(branch, 'base/api.yaml'), undefined)
  })
})

test('a chart is shown, and not pushed', async () => {
  const given = await startPromoting({
    files: {
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/values.yaml': 'replicas: 3\n',
      'chart/templates/api.yaml': apiFile.replace(
        'replicas: 3',
        'replicas: {{ .Values.replicas }}',
      ),
    },
    sources: '[{path: chart, renderer: helm, namespace: pay, helm: {releaseName: shop}}]',
    uses,
    objects,
  })
  const { code, out } = await given.promote(...tools)
  assert.equal(code, 1)
  assert.match(out, /spec\.replicas: 3 -> 5/)
  assert.match(out, /it is rendered \(helm\) from chart\/templates\/api\.yaml/)
  assert.equal(given.remote.file(branch, 'chart/values.yaml'), undefined)
})

test('what an engine of the cluster applies is found by its own objects', async () => {
  const repository: JsonObject = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'fleet', namespace: 'flux-system' },
    spec: {
      interval: '1m',
      url: 'https://git.example.com/acme/fleet.git',
      ref: { branch: 'main' },
    },
  }
  const kustomization: JsonObject = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: 'flux-system' },
    spec: {
      interval: '10m',
      path: './apps',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      targetNamespace: 'pay',
    },
  }
  const given = await startPromoting({
    files: {
      'clusters/source.yaml': JSON.stringify(repository),
      'clusters/apps.yaml': JSON.stringify(kustomization),
      'apps/api.yaml': bare,
    },
    sources: '[{path: clusters}]',
    policy: `  writers:
  - {name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet]}
`,
    serves: [
      'kustomize.toolkit.fluxcd.io/v1 kustomizations Kustomization',
      'source.toolkit.fluxcd.io/v1 gitrepositories GitRepository',
    ],
    uses,
    objects: { ...objects, '/list/1': repository, '/list/2': kustomization },
  })
  const { code, out, err } = await given.promote(...tools)
  assert.equal(code, 0, err + out)
  assert.equal(
    given.remote.file(branch, 'apps/api.yaml'),
    bare.replace('replicas: 3', 'replicas: 5'),
  )
})
