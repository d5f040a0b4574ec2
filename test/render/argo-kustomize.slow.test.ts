import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { Json, JsonObject } from '../../src/core/manifest/json.ts'
import type { Tools } from '../../src/render/tools.ts'
import { argoPlan, saidBy, valueIn, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx:1}]}
`
const folder: Files = {
  'apps/kustomization.yaml': '# comments stay\nresources: [web.yaml]\n',
  'apps/web.yaml': deployment,
}
const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n'

function said(t: TestContext, kustomize: JsonObject, files: Files = {}): Promise<Said> {
  return saidBy(t, argoPlan({ kustomize }), { files: { ...folder, ...files }, tools })
}

const web = 'Deployment web'

describe('what an Application adds to a kustomization', () => {
  test('nothing: the folder as it is', async (t) => {
    const all = await saidBy(t, argoPlan(), { files: folder, tools })
    assert.deepEqual([all.names, all.problems], [['web'], []])
  })

  test('names, namespace, images and replicas', async (t) => {
    const all = await said(t, {
      namePrefix: '-x-',
      nameSuffix: '-y',
      namespace: 'pay',
      images: ['nginx=mirror/nginx:2'],
      replicas: [{ name: 'web', count: 3 }],
    })
    assert.deepEqual([all.names, all.problems], [['-x-web-y'], []])
    const name = 'Deployment -x-web-y'
    assert.equal(valueIn(all, name, 'metadata', 'namespace'), 'pay')
    assert.equal(valueIn(all, name, 'spec', 'replicas'), 3)
    const containers = valueIn(all, name, 'spec', 'template', 'spec', 'containers')
    assert.deepEqual(containers, [{ name: 'c', image: 'mirror/nginx:2' }])
  })

  const labels: readonly (readonly [string, JsonObject, readonly [boolean, boolean]])[] = [
    ['in selectors too', {}, [true, true]],
    ['not in selectors', { labelWithoutSelector: true }, [false, false]],
    ['in templates', { labelWithoutSelector: true, labelIncludeTemplates: true }, [false, true]],
  ]
  for (const [title, flags, [inSelector, inTemplate]] of labels) {
    test(`labels, ${title}`, async (t) => {
      const all = await said(t, { commonLabels: { team: 'a' }, ...flags })
      const has = (...path: readonly string[]) => valueIn(all, web, ...path, 'team') === 'a'
      assert.deepEqual(
        [
          has('metadata', 'labels'),
          has('spec', 'selector', 'matchLabels'),
          has('spec', 'template', 'metadata', 'labels'),
        ],
        [true, inSelector, inTemplate],
      )
    })
  }

  test('annotations, over those of the file only by force', async (t) => {
    const files = {
      'apps/kustomization.yaml': 'resources: [web.yaml]\ncommonAnnotations: {a: b}\n',
    }
    const commonAnnotations = { a: 'c' }
    const plainly = await said(t, { commonAnnotations }, files)
    assert.deepEqual([plainly.names, plainly.problems[0]?.hides], [[], 'anything'])
    const forced = await said(t, { commonAnnotations, forceCommonAnnotations: true }, files)
    assert.deepEqual(valueIn(forced, web, 'metadata', 'annotations'), { a: 'c' })
  })

  test('patches behind those of the file, edited or not', async (t) => {
    const files = {
      'apps/kustomization.yaml': `resources: [web.yaml]
patchesStrategicMerge: [merge.yaml]
patches: [{path: first.yaml}]
`,
      'apps/merge.yaml': deployment.replace('replicas: 1', 'replicas: 5'),
      'apps/first.yaml': deployment.replace('replicas: 1', 'replicas: 6'),
      'apps/own.yaml': '[{"op": "add", "path": "/spec/paused", "value": true}]',
    }
    const patches: Json = [{ path: 'own.yaml', target: { kind: 'Deployment' } }]
    for (const more of [{}, { namespace: 'pay' }]) {
      const all = await said(t, { patches, ...more }, files)
      assert.deepEqual(
        [valueIn(all, web, 'spec', 'replicas'), valueIn(all, web, 'spec', 'paused')],
        [6, true],
      )
    }
  })

  test('components, without those that may be missing', async (t) => {
    const files = { 'component/kustomization.yaml': `${component}nameSuffix: -c\n` }
    const components = ['../component', '../missing']
    const all = await said(t, { components, ignoreMissingComponents: true }, files)
    assert.deepEqual([all.names, all.problems], [['web-c'], []])
    assert.equal((await said(t, { components }, files)).problems[0]?.hides, 'anything')
  })

  const refused: readonly (readonly [string, JsonObject])[] = [
    ['an option in place of an image', { images: ['--help'] }],
    ['a patch from outside of the repository', { patches: [{ path: '../../x.yaml' }] }],
    ['a patch from an absolute path', { patches: [{ path: '/etc/passwd' }] }],
    ['a remote component', { components: ['https://example.com/x'] }],
    [
      'a component above the repository',
      { components: ['../../x'], ignoreMissingComponents: true },
    ],
    ['a count that is none', { replicas: [{ name: 'web', count: '--help' }] }],
    ['a member that is not known', { helmCharts: [] }],
    ['a patch of another form', { patches: [{ path: 'web.yaml', extra: 'x' }] }],
  ]
  for (const [title, kustomize] of refused) {
    test(`${title}: nothing is declared`, async (t) => {
      const all = await said(t, kustomize)
      assert.deepEqual([all.names, all.problems[0]?.hides], [[], 'anything'])
    })
  }
})
