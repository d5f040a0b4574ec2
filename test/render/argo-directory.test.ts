import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Plan } from '../../src/core/plans/plan.ts'
import { argoPlan, saidBy, valueIn } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { configMap, plain } from './index-setup.ts'

const files: Files = {
  'apps/a.yaml': configMap('a'),
  'apps/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
  'apps/deep/c.yml': configMap('c'),
  'apps/readme.md': 'x',
  'other/d.yaml': configMap('d'),
}

describe('a directory of an Application', () => {
  const cases: readonly (readonly [string, JsonObject, readonly string[]])[] = [
    ['is read without its folders', {}, ['a', 'b']],
    ['is read with them if it says so', { directory: { recurse: true } }, ['a', 'b', 'c']],
    [
      'leaves out what it excludes',
      { directory: { recurse: true, exclude: 'deep/*' } },
      ['a', 'b'],
    ],
    [
      'reads only what it includes',
      { directory: { recurse: true, include: '{*.yml,a.*}' } },
      ['a', 'c'],
    ],
    [
      'excludes what it includes as well',
      { directory: { recurse: true, include: '*.y*ml', exclude: 'a.yaml' } },
      ['c'],
    ],
  ]
  for (const [title, source, names] of cases) {
    test(title, async (t) => {
      const said = await saidBy(t, argoPlan(source), { files })
      assert.deepEqual(said.names, names)
      assert.deepEqual(said.problems, [])
    })
  }

  test('a source of the policy is read with its folders, as before', async (t) => {
    assert.deepEqual((await saidBy(t, { ...plain, path: 'apps' }, { files })).names, [
      'a',
      'b',
      'c',
    ])
  })

  test('objects without a namespace are in that of the destination', async (t) => {
    const said = await saidBy(t, argoPlan({}, { namespace: 'pay' }), { files })
    assert.equal(valueIn(said, 'ConfigMap a', 'metadata', 'namespace'), 'pay')
  })

  test('a file that asks to be skipped declares nothing, only with Argo CD', async (t) => {
    const marked = { 'apps/a.yaml': `# +argocd:skip-file-rendering\n${configMap('a')}` }
    const broken = { 'apps/b.yaml': '# +argocd:skip-file-rendering\n{{ a template }}' }
    const said = await saidBy(t, argoPlan(), { files: { ...marked, ...broken } })
    assert.deepEqual([said.names, said.problems], [[], []])
    const bySource = await saidBy(t, { ...plain, path: 'apps' }, { files: marked })
    assert.deepEqual(bySource.names, ['a'])
  })

  test('jsonnet, links and submodules are problems where Argo CD would open them', async (t) => {
    const odd: Files = {
      'apps/a.jsonnet': '{}',
      'apps/b.yaml': { mode: '120000', target: '../other/d.yaml' },
      'apps/skipped.yaml': { mode: '120000', target: '/etc/passwd' },
      'apps/sub': { mode: '160000', oid: '1'.repeat(40) },
      'apps/link': { mode: '120000', target: 'deep' },
    }
    const exclude = 'skipped.yaml'
    const flat = await saidBy(t, argoPlan({ directory: { exclude } }), { files: odd })
    assert.deepEqual(
      flat.problems.map(({ file }) => file),
      ['apps/a.jsonnet', 'apps/b.yaml'],
    )
    const deep = await saidBy(t, argoPlan({ directory: { exclude, recurse: true } }), {
      files: odd,
    })
    assert.deepEqual(
      deep.problems.map(({ file }) => file),
      ['apps/a.jsonnet', 'apps/b.yaml', 'apps/sub'],
    )
  })

  const unknowable: readonly (readonly [string, Plan, Files, RegExp])[] = [
    ['a pattern that cannot be read', argoPlan({ directory: { include: '[a' } }), {}, /include/],
    ['options of two tools', argoPlan({ directory: {}, helm: {} }), {}, /several tools/],
    [
      'a parameter file that is a link',
      argoPlan(),
      { 'apps/.argocd-source.yaml': { mode: '120000', target: 'a.yaml' } },
      /link/,
    ],
    [
      'a parameter file of two documents',
      argoPlan(),
      { 'apps/.argocd-source.yaml': 'a: b\n---\nc: d\n' },
      /more than one/,
    ],
    ['a parameter file that is no YAML', argoPlan(), { 'apps/.argocd-source-apps.yaml': '{' }, /./],
  ]
  for (const [title, plan, more, message] of unknowable) {
    test(`${title}: nobody can say what it declares`, async (t) => {
      const said = await saidBy(t, plan, { files: { ...files, ...more } })
      assert.deepEqual(said.names, [])
      const [problem] = said.problems
      assert.equal(problem?.hides, 'anything')
      assert.match(problem?.message ?? '', message)
    })
  }

  test('a parameter file of the folder changes how it is read, one of another Application does not', async (t) => {
    const recurse = 'directory: {recurse: true}\n'
    const own = { ...files, 'apps/.argocd-source-apps.yaml': recurse }
    const said = await saidBy(t, argoPlan(), { files: own })
    assert.ok(said.names.includes('c'))
    const others = { ...files, 'apps/.argocd-source-shop.yaml': recurse }
    assert.ok(!(await saidBy(t, argoPlan(), { files: others })).names.includes('c'))
  })
})
