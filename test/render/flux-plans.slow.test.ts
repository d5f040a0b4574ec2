import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { argoPlan, fluxPlan, saidBy, valueIn, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { configMap, plain, setUp } from './index-setup.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const a = { 'apps/a.yaml': configMap('a', 'x') }
const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n'

function said(t: TestContext, plan: Plan, files: Files): Promise<Said> {
  return saidBy(t, plan, { files, tools })
}

describe('a Kustomization without a kustomization at its path', () => {
  test('takes every YAML file, and a folder with a kustomization as that', async (t) => {
    const { names, problems } = await said(t, fluxPlan(), {
      ...a,
      'apps/.b.yml': configMap('b', 'x'),
      'apps/deep/er/c.yaml': configMap('c', 'x'),
      'apps/own/kustomization.yaml': 'namePrefix: own-\nresources: [d.yaml]\n',
      'apps/own/d.yaml': configMap('d', 'x'),
      'apps/own/unused.yaml': configMap('unused', 'x'),
      'apps/own/inner/kustomization.yaml': 'resources: []\n',
      'apps/data.json': '{"a": 1}',
      'apps/link.yaml': { mode: '120000', target: 'a.yaml' },
      'other/e.yaml': configMap('e', 'x'),
    })
    assert.deepEqual([names, problems], [['a', 'b', 'c', 'own-d'], []])
  })

  test('leaves out what source-controller leaves out', async (t) => {
    const root = { ...fluxPlan(), path: '.' }
    const files = { ...a, '.sops.yaml': 'creation_rules: []\n', '.github/ci.yaml': 'on: push\n' }
    assert.deepEqual((await said(t, root, files)).names, ['a'])
    const ignoring = { ...files, '.sourceignore': '.sops.yaml\n.github/\na.yaml\n' }
    assert.deepEqual((await said(t, root, ignoring)).names, [])
    // One pattern anywhere, and the files of tools are read: then kustomize-controller fails.
    const [problem] = (await said(t, root, { ...files, 'x/.sourceignore': 'y\n' })).problems
    assert.equal(problem?.hides, 'anything')
  })

  test('fails as a whole on a file that is no manifest', async (t) => {
    const { names, problems } = await said(t, fluxPlan(), { ...a, 'apps/values.yaml': 'a: b\n' })
    assert.deepEqual(names, [])
    assert.equal(problems[0]?.hides, 'anything')
  })

  test('declares nothing where the path is missing, a file, or a link', async (t) => {
    // A folder that is gone declares nothing for certain.
    const hides = { nope: 'nothing', 'apps/a.yaml': 'anything', link: 'anything' }
    for (const [path, isHiding] of Object.entries(hides)) {
      const files = { ...a, link: { mode: '120000', target: 'apps' } }
      const { names, problems } = await said(t, { ...fluxPlan(), path }, files)
      assert.deepEqual([names, problems.length, problems[0]?.hides], [[], 1, isHiding])
    }
  })
})

describe('what a Kustomization adds to the build', () => {
  test('namespace, names, images, patches and components', async (t) => {
    const files = {
      'apps/kustomization.yaml':
        'namespace: old\nresources: [pod.yaml]\nimages: [{name: nginx, newTag: "1"}]\n',
      'apps/pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: nginx}]}\n',
      'component/kustomization.yaml': `${component}nameSuffix: -c\n`,
    }
    const plan = fluxPlan({
      targetNamespace: 'new',
      namePrefix: 'x-',
      images: [{ name: 'nginx', newName: 'mirror/nginx' }],
      patches: [
        {
          patch: '[{"op": "add", "path": "/spec/restartPolicy", "value": "Never"}]',
          target: { kind: 'Pod' },
        },
      ],
      components: ['../component', '../missing'],
      ignoreMissingComponents: true,
    })
    const all = await said(t, plan, files)
    assert.deepEqual([all.names, all.problems], [['x-p-c'], []])
    assert.equal(valueIn(all, 'Pod x-p-c', 'metadata', 'namespace'), 'new')
    assert.deepEqual(valueIn(all, 'Pod x-p-c', 'spec'), {
      containers: [{ name: 'c', image: 'mirror/nginx:1' }],
      restartPolicy: 'Never',
    })
    const strict = fluxPlan({ components: ['../missing'] })
    assert.equal((await said(t, strict, files)).problems[0]?.hides, 'anything')
  })

  test('commonMetadata, over what the objects have', async (t) => {
    const labelled = configMap('a', 'x').replace('{name: a,', '{name: a, labels: {a: old, b: c},')
    const commonMetadata = { labels: { a: 'new' }, annotations: { note: 'n' } }
    const all = await said(t, fluxPlan({ commonMetadata }), { 'apps/a.yaml': labelled })
    assert.deepEqual(valueIn(all, 'ConfigMap a', 'metadata'), {
      name: 'a',
      namespace: 'x',
      labels: { a: 'new', b: 'c' },
      annotations: { note: 'n' },
    })
  })

  test('a member that is not known here, and nothing is declared', async (t) => {
    const { names, problems } = await said(t, fluxPlan({ helmCharts: [] }), a)
    assert.deepEqual([names, problems[0]?.hides], [[], 'anything'])
  })

  test('is part of what tells two renderings of one folder apart', async (t) => {
    const sources = [fluxPlan(), fluxPlan({ namePrefix: 'x-' })]
    const { git, index } = await setUp(t, { sources, tools })
    const listed = await index.list('fleet', await git.commit(a))
    assert.deepEqual(
      listed.flatMap(({ entries }) => entries.map(({ id }) => id.name)),
      ['a', 'x-a'],
    )
  })
})

describe('files that a Kustomization may open', () => {
  const shared = {
    'apps/kustomization.yaml':
      'resources: [../shared/a.yaml]\nconfigMapGenerator: [{name: g, namespace: x, files: [../shared/f.txt]}]\n',
    'shared/a.yaml': configMap('a', 'x'),
    'shared/f.txt': 'f',
  }

  test('are anywhere in the repository, other than for anybody else', async (t) => {
    const all = await said(t, fluxPlan(), shared)
    assert.deepEqual(all.problems, [])
    assert.ok(all.names.includes('a'))
    const others = [
      { ...plain, path: 'apps', renderer: 'kustomize' } as const,
      argoPlan({ kustomize: { namePrefix: 'x-' } }),
    ]
    for (const plan of others) {
      const { names, problems } = await said(t, plan, shared)
      assert.deepEqual([names, problems[0]?.hides], [[], 'anything'])
    }
  })

  const outside: readonly (readonly [string, string])[] = [
    ['above the root', 'resources: [../../a.yaml]\n'],
    ['at an absolute path', 'configMapGenerator: [{name: g, files: [/etc/passwd]}]\n'],
    ['behind a link', 'configMapGenerator: [{name: g, files: [../link/passwd]}]\n'],
    ['that a link is', 'configMapGenerator: [{name: g, files: [passwd]}]\n'],
    ['as a patch above the root', 'resources: [a.yaml]\npatches: [{path: ../../p.yaml}]\n'],
    ['as a remote base', 'resources: ["https://example.com/a.yaml"]\n'],
    [
      'as variables above the root',
      'secretGenerator: [{name: g, envs: [../../../etc/environment]}]\n',
    ],
  ]
  for (const [title, kustomization] of outside) {
    test(`are never ${title}`, async (t) => {
      const { names, problems } = await said(t, fluxPlan(), {
        ...a,
        'apps/kustomization.yaml': kustomization,
        'apps/passwd': { mode: '120000', target: '/etc/passwd' },
        link: { mode: '120000', target: '/etc' },
      })
      assert.deepEqual([names, problems[0]?.hides], [[], 'anything'])
    })
  }

  for (const components of [['../../x'], ['/etc'], ['https://example.com/x'], ['../link']]) {
    test(`are not ${String(components)} as a component, missing or not`, async (t) => {
      const plan = fluxPlan({ components, ignoreMissingComponents: true })
      const files = { ...a, link: { mode: '120000', target: '/etc' } }
      const { names, problems } = await said(t, plan, files)
      const isLeftOut = components[0] === '../link'
      assert.deepEqual([names, problems.length > 0], isLeftOut ? [['a'], false] : [[], true])
    })
  }
})

describe('variables of postBuild', () => {
  const templated = `apiVersion: v1
kind: ConfigMap
metadata: {name: "\${name}-settings", namespace: x}
data: {a: "\${secret}", b: "\${unset:-default}", c: "$\${kept}"}
`
  test('are replaced in each object, by what is set and by defaults', async (t) => {
    const plan = fluxPlan({}, { substitutions: { name: 'shop', secret: 'word' } })
    const all = await said(t, plan, { 'apps/a.yaml': templated })
    assert.deepEqual([all.names, all.problems], [['shop-settings'], []])
    const data = valueIn(all, 'ConfigMap shop-settings', 'data')
    assert.deepEqual(data, { a: 'word', b: 'default', c: '${kept}' })
  })

  test('other values give other objects', async (t) => {
    const values = async (secret: string) => {
      const plan = fluxPlan({}, { substitutions: { name: 'shop', secret } })
      const all = await said(t, plan, { 'apps/a.yaml': templated })
      return valueIn(all, 'ConfigMap shop-settings', 'data', 'a')
    }
    assert.deepEqual([await values('one'), await values('two')], ['one', 'two'])
  })

  test('whose values break an object leave nothing declared, and are not told', async (t) => {
    for (const secret of ['s3cret: [', 's3cret"\n---\na: "']) {
      const plan = fluxPlan({}, { substitutions: { name: 'shop', secret } })
      const { names, problems } = await said(t, plan, {
        ...a,
        'apps/b.yaml': templated.replace('"${secret}"', '${secret}').replace('{a:', '{x: y, a:'),
      })
      assert.ok(!names.includes('shop-settings'))
      assert.ok(problems.some(({ hides }) => hides === 'anything'))
      assert.ok(!JSON.stringify(problems).includes('s3cret'))
    }
  })

  test('are not looked for where the object opts out, or nothing is substituted', async (t) => {
    const optedOut = templated
      .replace(
        'namespace: x',
        'namespace: x, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}',
      )
      .replace('${name}', 'n')
    const plan = fluxPlan({}, { substitutions: { secret: 'word' } })
    const all = await said(t, plan, { 'apps/a.yaml': optedOut })
    assert.equal(valueIn(all, 'ConfigMap n-settings', 'data', 'a'), '${secret}')
    const none = await said(t, fluxPlan(), { 'apps/a.yaml': templated.replace('${name}', 'n') })
    assert.equal(valueIn(none, 'ConfigMap n-settings', 'data', 'a'), '${secret}')
  })

  test('that make labels no texts leave it open what commonMetadata makes of them', async (t) => {
    const labelled = configMap('a', 'x').replace('{name: a,', '{name: a, labels: {n: "${n}"},')
    const commonMetadata = { labels: { b: 'c' } }
    const plan = fluxPlan({ commonMetadata }, { substitutions: { n: '1' } })
    const { names, problems } = await said(t, plan, { 'apps/a.yaml': labelled })
    assert.deepEqual(names, [])
    assert.match(problems[0]?.message ?? '', /commonMetadata/)
  })
})
