import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { HelmOptions, Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { saidBy, valueIn, type Said } from './engine-setup.ts'
import type { Files } from './git-repository.ts'
import { idOf, plain, setUp } from './index-setup.ts'
import { realTools } from './real-tools.ts'

// The expected texts are what source-controller 1.9.4 and the Helm of helm-controller 1.6.3 make of
// the same files.

let tools: Tools
before(async () => {
  tools = await realTools()
})

const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: web, labels: {chart: '{{ .Chart.Version | replace "+" "_" }}'}}
data:
  values: {{ .Values | toJson | quote }}
  files: "{{ range $path, $file := .Files }}{{ $path }} {{ end }}"
  app: {{ .Chart.AppVersion | quote }}
`
const chartFile = 'apiVersion: v2\nname: web\nversion: 0.1.0 # of the chart\nappVersion: 1.10\n'
const chart: Files = {
  'apps/Chart.yaml': chartFile,
  'apps/values.yaml': 'a: chart\nb: {c: chart, d: chart}\n',
  'apps/templates/web.yaml': template,
  'env/one.yaml': 'b: {c: one, l: [1, 2]}\nbig: 12345678\nwhole: 1.0\nempty: null\n',
  'env/two.yaml': 'b: {l: [3]}\nempty: {x: 1}\n',
  'env/none.yaml': '# nothing\n',
}

function planOf(options: Partial<HelmOptions>): Plan {
  const helm: HelmOptions = {
    engine: 'flux',
    releaseName: 'live',
    valuesFiles: [],
    includeCRDs: true,
    apiVersions: [],
    ...options,
  }
  return { ...plain, path: 'apps', renderer: 'helm', helm }
}

function said(t: TestContext, options: Partial<HelmOptions>, files: Files = {}): Promise<Said> {
  const all = Object.entries({ ...chart, ...files }).filter(([, text]) => text !== '')
  return saidBy(t, planOf(options), { files: Object.fromEntries(all), tools })
}

async function valuesOf(t: TestContext, options: Partial<HelmOptions>): Promise<unknown> {
  const all = await said(t, options)
  assert.deepEqual(all.problems, [])
  return valueIn(all, 'ConfigMap web', 'data', 'values')
}

async function problemOf(
  t: TestContext,
  options: Partial<HelmOptions>,
  files: Files = {},
): Promise<string> {
  const { names, problems } = await said(t, options, files)
  assert.deepEqual(names, [])
  assert.ok(problems.every(({ hides }) => hides === 'anything'))
  return problems.map(({ file, message }) => `${file}: ${message}`).join('\n')
}

describe('default values', () => {
  test('are the merge of the files, and not of the own values.yaml', async (t) => {
    const defaultValuesFiles = ['env/one.yaml', 'env/two.yaml']
    assert.equal(
      await valuesOf(t, { defaultValuesFiles }),
      '{"b":{"c":"one","l":[3]},"big":12345678,"empty":{"x":1},"whole":1}',
    )
    assert.equal(
      await valuesOf(t, { defaultValuesFiles: ['apps/values.yaml', 'env/two.yaml'] }),
      '{"a":"chart","b":{"c":"chart","d":"chart","l":[3]},"empty":{"x":1}}',
    )
  })

  test('lie below the values of the release', async (t) => {
    const values = await valuesOf(t, {
      defaultValuesFiles: ['env/two.yaml'],
      values: { b: { c: 'own' } },
    })
    assert.equal(values, '{"b":{"c":"own","l":[3]},"empty":{"x":1}}')
  })

  test('are none where the files say nothing, or all of them are missing and may be', async (t) => {
    assert.equal(await valuesOf(t, { defaultValuesFiles: ['env/none.yaml'] }), '{}')
    const defaultValuesFiles = ['env/absent.yaml']
    const mayBeMissing = { defaultValuesFiles, ignoresMissingValuesFiles: true } as const
    assert.equal(await valuesOf(t, mayBeMissing), '{}')
    assert.match(await problemOf(t, { defaultValuesFiles }), /there is no env\/absent\.yaml/)
  })

  const bad: readonly (readonly [string, Files, RegExp])[] = [
    ['of a chart without its own', { 'apps/values.yaml': '' }, /^apps\/Chart\.yaml: .*no values/],
    ['that YAML reads in two ways', { 'env/two.yaml': 'a: yes\n' }, /^env\/two\.yaml: .*boolean/],
    ['of two documents', { 'env/two.yaml': 'a: 1\n---\nb: 1\n' }, /more than one document/],
    ['that are a list', { 'env/two.yaml': '[]\n' }, /^env\/two\.yaml: /],
    ['that call what differs', { 'env/two.yaml': 'a: "{{ now }}"\n' }, /renders otherwise/],
    [
      'behind a link',
      { 'env/two.yaml': { mode: '120000', target: 'one.yaml' } },
      /a symbolic link/,
    ],
  ]
  for (const [title, files, why] of bad) {
    test(`${title} are refused`, async (t) => {
      const options = { defaultValuesFiles: ['env/two.yaml'], ignoresMissingValuesFiles: true }
      assert.match(await problemOf(t, options as Partial<HelmOptions>, files), why)
    })
  }
})

describe('the version of a chart', () => {
  const versions: readonly (readonly [string, string, string])[] = [
    ['0.1.0', '4', '0.1.0_4'],
    ['v1.2', 'abcdef012345.4', '1.2.0_abcdef012345.4'],
    ['1.2.3-rc.1+old', '4', '1.2.3-rc.1_4'],
  ]
  for (const [own, versionMetadata, label] of versions) {
    test(`${own} becomes ${label}`, async (t) => {
      const file = chartFile.replace('0.1.0', own)
      const all = await said(t, { versionMetadata }, { 'apps/Chart.yaml': file })
      assert.deepEqual(all.problems, [])
      assert.equal(valueIn(all, 'ConfigMap web', 'metadata', 'labels', 'chart'), label)
      assert.equal(valueIn(all, 'ConfigMap web', 'data', 'app'), '1.1')
    })
  }

  test('tells the commit, even where that changes nothing else', async (t) => {
    const plan = planOf({ versionMetadata: '{commit}.7' })
    const { git, find } = await setUp(t, { sources: [plan], tools })
    for (const readme of ['one', 'two']) {
      const commit = await git.commit({ ...chart, 'README.md': readme })
      const found = await find(commit, idOf('web'))
      const said = JSON.stringify(found.kind === 'declared' ? found.object.object : found)
      assert.match(said, new RegExp(`"chart":"0.1.0_${commit.slice(0, 12)}.7"`))
    }
  })

  test('is told apart from a commit only where it is asked to', async (t) => {
    const { git, index, events } = await setUp(t, { sources: [planOf({})], tools })
    for (const readme of ['one', 'two']) {
      await index.keep('fleet', [await git.commit({ ...chart, 'README.md': readme })])
    }
    assert.equal(events.length, 1)
  })

  for (const version of ['1.10', '""', 'one', '1.2.3.4']) {
    test(`${version} is none that can be marked`, async (t) => {
      const files = { 'apps/Chart.yaml': chartFile.replace('0.1.0', version) }
      assert.match(await problemOf(t, { versionMetadata: '4' }, files), /no semantic version/)
    })
  }
})

describe('what Flux leaves out of a commit', () => {
  test('is not in the chart', async (t) => {
    const files = { 'apps/logo.png': 'an image', 'apps/notes.txt': 'a text' }
    const flux = await said(t, {}, files)
    assert.equal(valueIn(flux, 'ConfigMap web', 'data', 'files'), 'notes.txt ')
    const own = await saidBy(
      t,
      {
        ...planOf({}),
        helm: { releaseName: 'live', valuesFiles: [], includeCRDs: true, apiVersions: [] },
      },
      { files: { ...chart, ...files }, tools },
    )
    assert.equal(valueIn(own, 'ConfigMap web', 'data', 'files'), 'logo.png notes.txt ')
  })

  test('by a .sourceignore, is missing where it is named', async (t) => {
    const files = { '.sourceignore': 'env/two.yaml\n' }
    const defaultValuesFiles = ['env/two.yaml']
    assert.match(await problemOf(t, { defaultValuesFiles }, files), /Flux leaves it out/)
    const mayBeMissing = { defaultValuesFiles, ignoresMissingValuesFiles: true } as const
    const all = await said(t, mayBeMissing, files)
    assert.equal(valueIn(all, 'ConfigMap web', 'data', 'values'), '{}')
    assert.match(await problemOf(t, {}, { '.sourceignore': 'apps/\n' }), /there is no such chart/)
  })
})
