import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { HelmOptions, Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { saidBy, valueIn, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { plain } from './index-setup.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Chart.Name }}}
data: {values: {{ .Values | toJson | quote }}, files: "{{ range $p, $f := .Files }}{{ $p }} {{ end }}"}
`
const named = (name: string, version = '1.2.3', more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`

function chartAt(folder: string, name: string): Files {
  return {
    [`${folder}/Chart.yaml`]: named(name),
    [`${folder}/values.yaml`]: 'x: own\n',
    [`${folder}/templates/all.yaml`]: template,
  }
}

const one = '{name: one, version: 1.x, repository: "file://../libs/one"}'
const two = '{name: two, version: 1.x, repository: "file://../libs/two"}'
const libraries = { ...chartAt('libs/one', 'one'), ...chartAt('libs/two', 'two') }
const lock = (list: string) => `dependencies: ${list}\ngenerated: "2026-01-01T00:00:00Z"\n`

function said(t: TestContext, dependencies: string, files: Files = {}): Promise<Said> {
  const helm: HelmOptions = {
    engine: 'flux',
    releaseName: 'live',
    valuesFiles: [],
    includeCRDs: true,
    apiVersions: [],
  }
  const plan: Plan = { ...plain, path: 'apps', renderer: 'helm', helm }
  const all = {
    ...libraries,
    ...chartAt('apps', 'web'),
    'apps/Chart.yaml': named('web', '0.1.0', `dependencies: ${dependencies}\n`),
    ...files,
  }
  return saidBy(t, plan, { files: all, tools })
}

async function namesOf(t: TestContext, dependencies: string, files: Files = {}): Promise<unknown> {
  const { names, problems } = await said(t, dependencies, files)
  assert.deepEqual(problems, [])
  return names
}

describe('a chart that another one depends on by file://', () => {
  test('is packed into it, and its objects stand in its own files', async (t) => {
    const all = await said(t, `[${one}]`)
    assert.deepEqual([all.names, all.problems], [['one', 'web'], []])
    assert.equal(all.objects.get('ConfigMap one')?.file, 'libs/one/templates/all.yaml')
    assert.equal(valueIn(all, 'ConfigMap one', 'data', 'values'), '{"global":{},"x":"own"}')
  })

  test('is packed by its own .helmignore alone', async (t) => {
    const all = await said(t, `[${one}]`, {
      'apps/.helmignore': '*.txt\n',
      'libs/one/.helmignore': '*.md\n',
      'libs/one/a.md': 'a',
      'libs/one/a.txt': 'a',
    })
    assert.equal(valueIn(all, 'ConfigMap one', 'data', 'files'), '.helmignore a.txt ')
  })

  test('may go by other names, on conditions', async (t) => {
    const list = `[${one.replace('}', ', alias: left}')}, ${one.replace('}', ', alias: right, condition: right.enabled}')}]`
    const values = (isOn: boolean) => ({ 'apps/values.yaml': `right: {enabled: ${isOn}}\n` })
    assert.deepEqual(await namesOf(t, list, values(true)), ['left', 'right', 'web'])
    const all = await said(t, list, values(false))
    assert.deepEqual(all.names, ['left', 'web'])
    assert.equal(all.objects.get('ConfigMap left')?.file, 'libs/one/templates/all.yaml')
  })

  test('is not looked for where charts/ has as many as are wanted', async (t) => {
    const inside = chartAt('apps/charts/one', 'one')
    const all = await said(t, `[${one}]`, inside)
    assert.equal(all.objects.get('ConfigMap one')?.file, 'apps/charts/one/templates/all.yaml')
    assert.deepEqual(await namesOf(t, `[${one}, ${two}]`, inside), ['one', 'two', 'web'])
  })

  test('may have others in its own charts/', async (t) => {
    const inside = chartAt('libs/one/charts/deep', 'deep')
    assert.deepEqual(await namesOf(t, `[${one}]`, inside), ['deep', 'one', 'web'])
  })

  test('is named by Chart.lock, if there is one', async (t) => {
    const files = { 'apps/Chart.lock': lock(`[${one}, ${two}]`) }
    assert.deepEqual(await namesOf(t, `[${one}]`, files), ['one', 'two', 'web'])
  })

  test('changes what is declared when it changes', async (t) => {
    const all = await said(t, `[${one}]`, { 'libs/one/values.yaml': 'x: other\n' })
    assert.equal(valueIn(all, 'ConfigMap one', 'data', 'values'), '{"global":{},"x":"other"}')
  })

  const elsewhere = one.replace('file://../libs/one', 'https://charts.example.com')
  const refused: readonly (readonly [string, string, Files, RegExp])[] = [
    ['that is elsewhere', `[${elsewhere}]`, {}, /one is neither in charts\/ nor by file:\/\//],
    ['that is nowhere', '[{name: one, version: 1.x}]', {}, /one is neither/],
    ['outside of the repository', `[${one.replace('../', '../../')}]`, {}, /one is neither/],
    ['that is no chart', `[${one.replace('one"', 'none"')}]`, {}, /no such chart: libs\/none/],
    ['of another name', `[${one.replace('one,', 'other,')}]`, {}, /libs\/one is not called other/],
    [
      'in two folders',
      `[${one}, ${one.replace('libs/one', 'libs/two').replace('}', ', alias: b}')}]`,
      {},
      /one would be packed more than once/,
    ],
    [
      'that is in charts/ by another name',
      `[${one.replace('}', ', alias: b}')}, ${two}]`,
      chartAt('apps/charts/one', 'one'),
      /one would be packed more than once/,
    ],
    [
      'that lacks one of its own',
      `[${one}]`,
      { 'libs/one/Chart.yaml': named('one', '1.2.3', `dependencies: [${two}]\n`) },
      /dependencies are not in charts\/.*two/,
    ],
    [
      'that is elsewhere by Chart.lock',
      `[${one}]`,
      { 'apps/Chart.lock': lock(`[${elsewhere}]`) },
      /^apps\/Chart\.yaml: one is neither/,
    ],
    [
      'that calls what differs',
      `[${one}]`,
      { 'libs/one/templates/more.yaml': '{{ now }}\n' },
      /^libs\/one\/templates\/more\.yaml: the chart calls now/,
    ],
    [
      'with a packed one inside',
      `[${one}]`,
      { 'libs/one/charts/x-1.tgz': 'x' },
      /a packed chart is not opened/,
    ],
    [
      'by a file of Helm 2',
      '[]',
      { 'apps/requirements.yaml': `dependencies: [${one}]\n` },
      /^apps\/requirements\.yaml: a file of Helm 2/,
    ],
    ['in a list that is none', '{one: two}', {}, /dependencies hold what is not known/],
  ]
  for (const [title, dependencies, files, why] of refused) {
    test(`${title} is refused by name`, async (t) => {
      const { names, problems } = await said(t, dependencies, files)
      assert.deepEqual(names, [])
      assert.equal(problems[0]?.hides, 'anything')
      assert.match(problems.map(({ file, message }) => `${file}: ${message}`).join('\n'), why)
    })
  }
})
