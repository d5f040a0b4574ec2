import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { HelmOptions, Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import type { Files } from './git-repository.ts'
import { configMap, idOf, plain, setUp, type Setup } from './index-setup.ts'
import { realTools } from './real-tools.ts'

const release: HelmOptions = {
  releaseName: 'live',
  valuesFiles: [],
  includeCRDs: true,
  apiVersions: [],
}
const template = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-web
data:
  a: {{ .Values.a | quote }}
`
const chart = {
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'charts/shop/values.yaml': 'a: of the chart\n',
  'charts/shop/templates/web.yaml': template,
}

let tools: Tools
before(async () => {
  tools = await realTools()
})

function sourceOf(options: Partial<HelmOptions> = {}): Plan {
  const place = { ...plain, path: 'charts/shop', namespace: 'shop' }
  return { ...place, renderer: 'helm', helm: { ...release, ...options } }
}

function charted(t: TestContext, options: Partial<HelmOptions> = {}): Promise<Setup> {
  return setUp(t, { sources: [sourceOf(options)], tools })
}

async function problemsOf(
  t: TestContext,
  files: Files,
  options: Partial<HelmOptions> = {},
): Promise<readonly string[]> {
  const { git, index } = await charted(t, options)
  const commit = await git.commit({ ...chart, ...files })
  await index.keep('fleet', [commit])
  const problems = index.problems('fleet', commit) ?? []
  return problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

describe('what a chart declares', () => {
  test('its objects in the namespace of the source, each with its template and line', async (t) => {
    const { git, find } = await charted(t)
    const second = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: other}\n'
    const commit = await git.commit({
      ...chart,
      'charts/shop/templates/web.yaml': `{{- /* of the shop */ -}}\n${template}---\n${second}`,
    })
    const found = await find(commit, idOf('live-web', 'shop'))
    assert.ok(found.kind === 'declared')
    assert.equal(`${found.object.file}:${found.object.line}`, 'charts/shop/templates/web.yaml:2')
    assert.match(JSON.stringify(found.object.object), /"of the chart".*"namespace":"shop"/)
    const other = await find(commit, idOf('s', 'other', 'Secret'))
    assert.ok(other.kind === 'declared')
    assert.equal(`${other.object.file}:${other.object.line}`, 'charts/shop/templates/web.yaml:9')
  })

  test('values files lie over the values of the chart, the last one on top', async (t) => {
    const valuesFiles = ['env/eu.yaml', 'env/prod.yaml']
    const { git, find } = await charted(t, { valuesFiles })
    const commit = await git.commit({
      ...chart,
      'env/eu.yaml': 'a: eu\n',
      'env/prod.yaml': 'a: prod\n',
    })
    const found = await find(commit, idOf('live-web', 'shop'))
    assert.match(JSON.stringify(found.kind === 'declared' && found.object.object), /"a":"prod"/)
  })

  test('vendored charts, hooks and definitions belong to it', async (t) => {
    const sub = 'charts/shop/charts/db'
    const files = {
      ...chart,
      'charts/shop/Chart.yaml': `${chart['charts/shop/Chart.yaml']}dependencies: [{name: db, version: 1.0.0}]\n`,
      [`${sub}/Chart.yaml`]: 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      [`${sub}/templates/db.yaml`]: configMap('db'),
      'charts/shop/templates/hook.yaml': configMap('hook').replace(
        '}',
        ', annotations: {helm.sh/hook: pre-install}}',
      ),
      'charts/shop/crds/w.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.acme.example}
`,
    }
    const definition = idOf(
      'widgets.acme.example',
      '',
      'CustomResourceDefinition',
      'apiextensions.k8s.io',
    )
    const { git, find } = await charted(t)
    const commit = await git.commit(files)
    const found = await find(commit, idOf('db', 'shop'))
    assert.equal(found.kind === 'declared' && found.object.file, `${sub}/templates/db.yaml`)
    assert.equal((await find(commit, idOf('hook', 'shop'))).kind, 'declared')
    const defined = await find(commit, definition)
    assert.equal(defined.kind === 'declared' && defined.object.file, 'charts/shop/crds/w.yaml')
    const without = await charted(t, { includeCRDs: false })
    assert.equal((await without.find(await without.git.commit(files), definition)).kind, 'absent')
  })

  test('versions of the cluster are what the policy says', async (t) => {
    const capabilities = `${template}  kube: {{ .Capabilities.KubeVersion.Version }}
  has: {{ .Capabilities.APIVersions.Has "acme.example/v1" | quote }}
`
    const { git, find } = await charted(t, {
      kubeVersion: '1.31.4',
      apiVersions: ['acme.example/v1'],
    })
    const commit = await git.commit({ ...chart, 'charts/shop/templates/web.yaml': capabilities })
    const found = await find(commit, idOf('live-web', 'shop'))
    const text = JSON.stringify(found.kind === 'declared' && found.object.object)
    assert.match(text, /"has":"true","kube":"v1.31.4"/)
  })

  test('a commit that touches neither chart nor values renders nothing', async (t) => {
    const { git, find, events } = await charted(t, { valuesFiles: ['env/prod.yaml'] })
    const files = { ...chart, 'env/prod.yaml': 'a: one\n' }
    const first = await git.commit(files)
    await find(first, idOf('live-web', 'shop'))
    const second = await git.commit({ ...files, 'env/other.yaml': 'a: x\n', 'a.yaml': '' })
    await find(second, idOf('live-web', 'shop'))
    assert.equal(events.length, 1)
    const third = await git.commit({ ...files, 'env/prod.yaml': 'a: two\n' })
    await find(third, idOf('live-web', 'shop'))
    assert.equal(events.length, 2)
  })

  test('one chart may be installed twice', async (t) => {
    const sources = [sourceOf(), sourceOf({ releaseName: 'test' })]
    const { git, find } = await setUp(t, { sources, tools })
    const commit = await git.commit(chart)
    assert.equal((await find(commit, idOf('live-web', 'shop'))).kind, 'declared')
    assert.equal((await find(commit, idOf('test-web', 'shop'))).kind, 'declared')
  })

  test('an object that it declares twice is a duplicate, with both templates', async (t) => {
    const { git, find } = await charted(t)
    const commit = await git.commit({ ...chart, 'charts/shop/templates/b.yaml': template })
    const found = await find(commit, idOf('live-web', 'shop'))
    assert.deepEqual(found, {
      kind: 'duplicate',
      places: ['charts/shop/templates/b.yaml:1', 'charts/shop/templates/web.yaml:1'],
    })
  })

  test('generateName is taken as it is, and an object without any name is a problem of its template', async (t) => {
    const { git, find, index } = await charted(t)
    const commit = await git.commit({
      ...chart,
      'charts/shop/templates/a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n',
      'charts/shop/templates/b.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n',
    })
    const id = idOf('a-x7k2p', 'shop', 'Pod')
    assert.equal((await find(commit, id, { generateName: 'a-' })).kind, 'declared')
    assert.equal((await find(commit, idOf('live-web', 'shop'))).kind, 'declared')
    const [problem, ...others] = index.problems('fleet', commit) ?? []
    assert.deepEqual(others, [])
    assert.equal(problem?.file, 'charts/shop/templates/b.yaml')
    assert.match(problem.message, /^rendered: an object without a valid name/)
    assert.deepEqual([problem.names, problem.hides], [[], undefined])
  })
})

describe('a chart that is refused', () => {
  const web = 'charts/shop/templates/web.yaml'
  const calls: readonly (readonly [string, string, number])[] = [
    ['lookup', 'a: 1\nb: {{ (lookup "v1" "Secret" "a" "b").data }}\n', 2],
    ['randAlphaNum', '{{- if .Values.x -}}\n\n{{ randAlphaNum 10 | b64enc }}{{ end }}\n', 3],
    ['uuidv4', '{{ printf "%s" (uuidv4) }}', 1],
    ['genCA', '{{ $ca := genCA "x" 365 }}', 1],
    ['now', '{{ "}}" }}{{ now | unixEpoch }}', 1],
    ['uuidv4', '{{ "{{/*" }}\n{{ uuidv4 }}{{ "*/}}" }}', 2],
    ['date', '{{ date "2006" "" }}', 1],
    ['htpasswd', "{{- /* not\n here */}}\n{{ htpasswd `u` 'x' }}", 3],
  ]
  for (const [name, content, line] of calls) {
    test(`for ${name}, with file and line`, async (t) => {
      const message = `the chart calls ${name}, which renders otherwise elsewhere or the next time`
      assert.deepEqual(await problemsOf(t, { [web]: content }), [`${web}:${line}: ${message}`])
    })
  }

  test('for what a vendored chart calls, or a value that is a template', async (t) => {
    const problems = await problemsOf(
      t,
      {
        'charts/shop/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
        'charts/shop/charts/db/templates/_x.tpl': '{{ define "x" }}{{ randAlpha 3 }}{{ end }}',
        'env/prod.yaml': 'a: b\npassword: "{{ randBytes 10 }}"\n',
      },
      { valuesFiles: ['env/prod.yaml'] },
    )
    assert.deepEqual(
      problems.map((problem) => problem.replace(/which.*/, '')),
      [
        'charts/shop/charts/db/templates/_x.tpl:1: the chart calls randAlpha, ',
        'env/prod.yaml:2: the chart calls randBytes, ',
      ],
    )
  })

  test('not for words that only look so', async (t) => {
    const words = `${template}  now: "lookup"
  b: {{ .Values.now | default "lookup" }}
  {{- $now := "randAlpha" }}
  c: {{ $now }} # {{/* lookup */}} env
`
    const about = { [web]: words, 'charts/shop/templates/NOTES.txt': '{{ now }}' }
    assert.deepEqual(await problemsOf(t, about), [])
  })

  const refused: readonly (readonly [string, Files, RegExp, Partial<HelmOptions>?])[] = [
    [
      'a missing dependency',
      {
        'charts/shop/Chart.yaml': `${chart['charts/shop/Chart.yaml']}dependencies:\n- {name: db, version: 1.0.0, repository: "https://x.example"}\n`,
      },
      /^charts\/shop\/Chart.yaml:1: dependencies are not in charts\/, and nothing is fetched: db$/,
    ],
    [
      'a packed dependency',
      { 'charts/shop/charts/db-1.0.0.tgz': 'x' },
      /^charts\/shop\/charts\/db-1.0.0.tgz:1: a packed chart is not opened/,
    ],
    [
      'a missing values file',
      {},
      /^env\/prod.yaml:1: there is no env\/prod.yaml at this commit$/,
      { valuesFiles: ['env/prod.yaml'] },
    ],
    [
      'a template error',
      { [web]: 'a: b\nc: {{ .Values.hunter2.b }}\n' },
      /^charts\/shop\/templates\/web.yaml:2: helm: web\/templates\/web.yaml:2:13 executing .* at <.Values.hunter2.b>: nil pointer/,
    ],
    [
      'a template that cannot be parsed',
      { [web]: 'a: b\n\nc: {{ .Values.a \n' },
      /^charts\/shop\/templates\/web.yaml:\d: helm: parse error at \(web\/templates\/web.yaml:\d\)/,
    ],
    [
      'what a template raises',
      { [web]: 'a: b\nc: {{ fail (printf "no %s" .Values.a) }}\n' },
      /^charts\/shop\/templates\/web.yaml:2: helm: the template calls fail or required$/,
    ],
    [
      'a value of the wrong type',
      { [web]: 'c: {{ add1 "of the chart" }}{{ atoi .Values.a | div 1 }}\n' },
      /^charts\/shop\/templates\/web.yaml:1: helm: /,
    ],
    [
      'a value that is no list',
      { [web]: 'c: {{ range .Values.a }}{{ end }}\n' },
      /^charts\/shop\/templates\/web.yaml:1: helm: .* can't iterate over …$/,
    ],
    [
      'YAML that is none',
      { [web]: 'a: b\nkind: {{ .Values.a }}: [\n' },
      /^charts\/shop\/templates\/web.yaml:\d: helm: YAML parse error on web\/templates\/web.yaml/,
    ],
    [
      'values that are no YAML',
      { 'charts/shop/values.yaml': 'a: {of the chart: [}\n' },
      /^charts\/shop\/\w+.yaml:\d: helm: /,
    ],
    [
      'a symbolic link',
      { 'charts/shop/files/passwd': { mode: '120000', target: '/etc/passwd' } },
      /^charts\/shop\/files\/passwd:1: a symbolic link is not followed$/,
    ],
  ]
  for (const [title, files, problem, options] of refused) {
    test(`for ${title}, with its place and without values`, async (t) => {
      const problems = await problemsOf(t, files, options)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', problem)
      assert.doesNotMatch(problems[0] ?? '', /of the chart|solewriter-build/)
    })
  }

  test('where there is none', async (t) => {
    const { git, index } = await charted(t)
    const commit = await git.commit({ 'a.yaml': '' })
    await index.keep('fleet', [commit])
    const [problem] = index.problems('fleet', commit) ?? []
    assert.equal(
      `${problem?.file}: ${problem?.message}`,
      'charts/shop/Chart.yaml: there is no such chart',
    )
  })
})
