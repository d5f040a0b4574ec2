import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { HelmOptions, Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { argoPlan, saidBy, valueIn, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { plain } from './index-setup.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  namespace: {{ .Release.Namespace }}
{{- range $key, $value := .Values.data }}
  {{ $key }}: {{ $value | quote }}
{{- end }}
`
const hook = `apiVersion: v1
kind: Pod
metadata: {name: check, annotations: {helm.sh/hook: test}}
`
const chart: Files = {
  'apps/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'apps/values.yaml': 'data: {a: chart, b: chart, c: chart, d: chart}\n',
  'apps/templates/web.yaml': template,
  'apps/templates/test.yaml': hook,
  'values/one.yaml': 'data: {b: file, c: file, d: file}\n',
  'values/note.txt': 'a note, with a comma\n',
}
const release: HelmOptions = {
  releaseName: 'live',
  valuesFiles: ['values/one.yaml'],
  includeCRDs: true,
  apiVersions: [],
}

function said(t: TestContext, options: Partial<HelmOptions>, files: Files = {}): Promise<Said> {
  const helm = { ...release, ...options }
  const plan: Plan = { ...plain, path: 'apps', renderer: 'helm', helm }
  return saidBy(t, plan, { files: { ...chart, ...files }, tools })
}

async function dataOf(t: TestContext, options: Partial<HelmOptions>): Promise<unknown> {
  const all = await said(t, options)
  assert.deepEqual(all.problems, [])
  return valueIn(all, 'ConfigMap web', 'data')
}

describe('options of a chart', () => {
  test('values win over files, parameters over values, files of parameters over all', async (t) => {
    const rest = { namespace: 'default', a: 'chart', b: 'file' }
    const values = { data: { c: 'own', d: 'own' } }
    assert.deepEqual(await dataOf(t, { values }), { ...rest, c: 'own', d: 'own' })
    const parameters = [
      { name: 'data.d', value: 'set\\, twice', isString: false },
      { name: 'data.e', value: '007', isString: true },
      { name: 'data.f', value: '1000000', isString: false },
    ]
    const set = { c: 'own', d: 'set, twice', e: '007', f: '1000000' }
    assert.deepEqual(await dataOf(t, { values, parameters }), { ...rest, ...set })
    const files = [{ name: 'data.d', path: 'values/note.txt' }]
    assert.deepEqual(await dataOf(t, { values, parameters, files }), {
      ...rest,
      ...set,
      d: 'a note, with a comma\n',
    })
  })

  test('values as text are taken as they are written', async (t) => {
    const data = await dataOf(t, { values: 'data:\n  c: &x text\n  d: *x\n' })
    assert.deepEqual(data, { namespace: 'default', a: 'chart', b: 'file', c: 'text', d: 'text' })
  })

  test('values that YAML could take otherwise than JSON stay what they are', async (t) => {
    const text = 'a\u2028b\u0085c\u007f\ufeffd'
    const sizes = template.replace('$value | quote', '$value | toString | len | quote')
    const long = await said(
      t,
      { values: { data: { a: text } } },
      { 'apps/templates/web.yaml': sizes },
    )
    assert.equal(valueIn(long, 'ConfigMap web', 'data', 'a'), String(Buffer.byteLength(text)))
  })

  test('the namespace of the release may be another one than that of the objects', async (t) => {
    const all = await said(t, { namespace: 'shop' })
    assert.equal(valueIn(all, 'ConfigMap web', 'data', 'namespace'), 'shop')
    assert.equal(valueIn(all, 'ConfigMap web', 'metadata', 'namespace'), 'default')
  })

  test('tests are left out where they are skipped', async (t) => {
    assert.deepEqual((await said(t, {})).names, ['check', 'web'])
    assert.deepEqual((await said(t, { skipsTests: true })).names, ['web'])
  })

  test('a values file that is missing is a problem, unless it may be', async (t) => {
    const valuesFiles = ['values/none.yaml', 'values/one.yaml']
    assert.equal((await said(t, { valuesFiles })).problems[0]?.hides, 'anything')
    const data = await dataOf(t, { valuesFiles, ignoresMissingValuesFiles: true })
    assert.deepEqual(data, { namespace: 'default', a: 'chart', b: 'file', c: 'file', d: 'file' })
  })

  test('a values file behind a link is a problem even so: something may be there', async (t) => {
    for (const path of ['values/link.yaml', 'folder/one.yaml']) {
      const links = {
        'values/link.yaml': { mode: '120000', target: 'one.yaml' },
        folder: { mode: '120000', target: 'values' },
      }
      const all = await said(t, { valuesFiles: [path], ignoresMissingValuesFiles: true }, links)
      assert.deepEqual([all.names, all.problems[0]?.hides], [[], 'anything'])
    }
  })

  const calls: readonly (readonly [string, Partial<HelmOptions>, Files])[] = [
    ['values', { values: { data: { a: '{{ now }}' } } }, {}],
    ['values as text', { values: 'data: {a: "{{ randAlpha 5 }}"}' }, {}],
    ['a parameter', { parameters: [{ name: 'data.a', value: '{{ now }}', isString: true }] }, {}],
    [
      'a file',
      { files: [{ name: 'data.a', path: 'values/note.txt' }] },
      { 'values/note.txt': '{{ now }}' },
    ],
  ]
  for (const [title, options, files] of calls) {
    test(`${title} may hold a template that is rendered otherwise the next time`, async (t) => {
      const all = await said(t, options, files)
      assert.deepEqual([all.names, all.problems[0]?.hides], [[], 'anything'])
      assert.match(all.problems[0]?.message ?? '', /renders otherwise/)
    })
  }
})

describe('a chart of an Application', () => {
  test('is known by its Chart.yaml, and rendered with what the source says', async (t) => {
    const source = {
      helm: { releaseName: 'shop', valuesObject: { data: { a: 'own' } }, skipTests: true },
    }
    const options = { files: chart, tools }
    const all = await saidBy(t, argoPlan(source, { namespace: 'pay' }), options)
    assert.deepEqual([all.names, all.problems], [['web'], []])
    assert.equal(valueIn(all, 'ConfigMap web', 'data', 'a'), 'own')
    assert.equal(valueIn(all, 'ConfigMap web', 'metadata', 'namespace'), 'pay')
    assert.deepEqual((await saidBy(t, argoPlan(), options)).names, ['check', 'web'])
  })

  test('follows a parameter file of its folder', async (t) => {
    const parameters = 'helm: {parameters: [{name: data.a, value: "9"}]}\n'
    const files = { ...chart, 'apps/.argocd-source-apps.yaml': parameters }
    const all = await saidBy(t, argoPlan(), { files, tools })
    assert.equal(valueIn(all, 'ConfigMap web', 'data', 'a'), '9')
  })
})
