import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parameterFiles,
  toolPlan,
  type SourceFolder,
} from '../../../../src/core/engines/argo-cd/tool-plan.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { Plan } from '../../../../src/core/plans/plan.ts'
import { application, newCommit, onlyPlan, source } from './applications.ts'

function planWith(tools: JsonObject = {}): Plan {
  return onlyPlan(application({ spec: { source: { ...source, ...tools } } }))
}

function folder(
  names: readonly string[],
  parameters: Record<string, JsonObject> = {},
): SourceFolder {
  const files = Object.entries(parameters).map(([name, one]) => [`apps/web/${name}`, one] as const)
  return { names, parameters: new Map(files) }
}

function resolved(plan: Plan, at: SourceFolder): Plan {
  const answer = toolPlan(plan, at)
  return answer.kind === 'plan' ? answer.plan : assert.fail(answer.why)
}

function refusal(plan: Plan, at: SourceFolder): string {
  const answer = toolPlan(plan, at)
  return answer.kind === 'refused' ? `${answer.file}: ${answer.why}` : assert.fail('it has a plan')
}

const found: readonly (readonly [readonly string[], Plan['renderer']])[] = [
  [[], 'plain'],
  [['deployment.yaml', 'chart.yaml', 'kustomization.json', 'kustomization.YAML'], 'plain'],
  [['kustomization.yaml'], 'kustomize'],
  [['kustomization.yml'], 'kustomize'],
  [['Kustomization'], 'kustomize'],
  [['Chart.yaml', 'values.yaml'], 'helm'],
  [['my-Chart.yaml'], 'helm'],
  // By name, the last one counts: capitals come first.
  [['kustomization.yaml', 'Chart.yaml'], 'kustomize'],
  [['my-Chart.yaml', 'kustomization.yaml'], 'helm'],
]
for (const [names, renderer] of found) {
  test(`a folder with ${names.join(', ') || 'nothing'} is ${renderer}`, () => {
    assert.equal(resolved(planWith(), folder(names)).renderer, renderer)
  })
}

test('what the source names counts before the files', () => {
  const files = folder(['Chart.yaml', 'kustomization.yaml'])
  assert.equal(resolved(planWith({ directory: { recurse: true } }), files).renderer, 'plain')
  assert.equal(resolved(planWith({ helm: { skipCrds: true } }), files).renderer, 'helm')
  const kustomize = { namePrefix: 'a-' }
  assert.equal(resolved(planWith({ kustomize }), folder([])).renderer, 'kustomize')
  assert.equal(resolved(planWith({ directory: { recurse: false } }), files).renderer, 'kustomize')
})

test('options of several tools are refused', () => {
  const both = { kustomize: { namePrefix: 'a-' }, helm: { skipCrds: true } }
  assert.match(refusal(planWith(both), folder([])), /apps\/web: .*several tools/)
})

test('the resolved plan is the same but for how it is read', () => {
  const spec = { source: { ...source, targetRevision: newCommit } }
  const { argoCd: _argoCd, renderer: _renderer, ...rest } = onlyPlan(application({ spec }))
  const plan = resolved({ ...planWith(), ...rest }, folder([]))
  const plain = { isRecursive: false, include: '', exclude: '' }
  assert.deepEqual(plan, { ...rest, renderer: 'plain', plain })
  assert.equal(plan.pin, newCommit)
})

test('patches keep what they are for', () => {
  const target = { kind: 'Deployment', labelSelector: 'app=web' }
  const patches = [{ patch: 'x', target, options: { allowNameChange: true } }, { path: 'p.yaml' }]
  const { kustomize } = resolved(planWith({ kustomize: { patches } }), folder([]))
  assert.deepEqual(JSON.parse(JSON.stringify(kustomize?.edits)), { patches })
})

test('a plan of another tool stays as it is', () => {
  const plan = resolved(planWith(), folder([]))
  assert.equal(resolved(plan, folder(['Chart.yaml'])), plan)
})

test('a directory keeps its globs, and is not made by jsonnet', () => {
  const directory = { recurse: true, include: '*.yaml', exclude: '{a,b}/*' }
  assert.deepEqual(resolved(planWith({ directory }), folder([])).plain, {
    isRecursive: true,
    include: '*.yaml',
    exclude: '{a,b}/*',
  })
  const jsonnet = { libs: ['vendor'] }
  assert.match(refusal(planWith({ directory: { jsonnet } }), folder([])), /jsonnet/)
  assert.equal(
    resolved(planWith({ directory: { jsonnet: { libs: [] } } }), folder([])).renderer,
    'plain',
  )
})

test('jsonnet of a parameter file is refused too, unless it says nothing', () => {
  const at = (jsonnet: JsonObject) =>
    folder([], { '.argocd-source.yaml': { directory: { jsonnet } } })
  assert.equal(resolved(planWith(), at({ libs: [], tlas: [] })).renderer, 'plain')
  assert.match(
    refusal(planWith(), at({ libs: [], extVars: [{ name: 'a', value: 'b' }] })),
    /jsonnet/,
  )
  assert.match(refusal(planWith(), at({ libs: 'vendor' })), /jsonnet/)
})

const unreadable: readonly JsonObject[] = [
  { directory: { recurse: 'true' } },
  { directory: { include: ['*.yaml'] } },
  { directory: { follow: true } },
  { kustomize: { images: 'web=a' } },
  { kustomize: { commonLabels: { a: 1 } } },
  { kustomize: { replicas: [{ name: 'a', count: 'many' }] } },
  { kustomize: { replicas: [{ name: 'a', count: [3] }] } },
  { kustomize: { patches: [{ patch: 'x', command: 'y' }] } },
  { kustomize: { plugins: true } },
  { helm: { valueFiles: [7] } },
  { helm: { valueFiles: ['a.yaml', 7] } },
  {
    helm: {
      parameters: [
        { name: 'a', value: '1' },
        { name: 'a', value: 1 },
      ],
    },
  },
  { kustomize: { commonLabels: { a: 'x', b: 1 } } },
  { helm: { valuesObject: 'a: b' } },
  { helm: { parameters: [{ name: 'a', value: 1 }] } },
  { helm: { parameters: { name: 'a' } } },
  { helm: { postRenderer: 'sh' } },
  { helm: 'chart' },
]
for (const tools of unreadable) {
  test(`${JSON.stringify(tools)} is refused`, () => {
    assert.match(refusal(planWith(tools), folder([])), /^apps\/web: /)
  })
}

test('parameter files lie in the folder, one for all and one for the Application', () => {
  const names = (plan: Plan) => parameterFiles(plan)
  assert.deepEqual(names(planWith()), [
    'apps/web/.argocd-source.yaml',
    'apps/web/.argocd-source-web.yaml',
  ])
  const elsewhere = application({ namespace: 'team', spec: { source: { ...source, path: '.' } } })
  assert.deepEqual(names(onlyPlan(elsewhere)), [
    '.argocd-source.yaml',
    '.argocd-source-team_web.yaml',
  ])
})

test('a parameter file of the repository is part of what Git declares', () => {
  const kustomize = { images: ['web=web:2'] }
  const plan = resolved(
    planWith(),
    folder(['kustomization.yaml'], { '.argocd-source.yaml': { kustomize } }),
  )
  assert.deepEqual(plan.kustomize, { engine: 'argo-cd', edits: kustomize })
})

test('it makes a folder without a kustomization one, as for Argo CD', () => {
  const at = folder([], { '.argocd-source.yaml': { kustomize: {} } })
  assert.equal(resolved(planWith(), at).renderer, 'kustomize')
  const helm = { '.argocd-source.yaml': { helm: {} } }
  assert.match(refusal(planWith({ kustomize: { namePrefix: 'a-' } }), folder([], helm)), /several/)
})

test('the file of the Application comes on top of the one for all', () => {
  const one = {
    kustomize: { namePrefix: 'a-', nameSuffix: '-x', commonLabels: { a: '1', b: '1' } },
  }
  const other = { kustomize: { namePrefix: 'b-', commonLabels: { b: '2' } } }
  const files = { '.argocd-source-web.yaml': other, '.argocd-source.yaml': one }
  const { edits } = resolved(planWith(), folder([], files)).kustomize ?? assert.fail()
  assert.deepEqual(JSON.parse(JSON.stringify(edits)), {
    namePrefix: 'b-',
    nameSuffix: '-x',
    commonLabels: { a: '1', b: '2' },
  })
})

test('where the source is, a file cannot say', () => {
  const moved = { repoURL: 'https://evil', path: 'x', targetRevision: 'dev', chart: 'c', ref: 'r' }
  const plan = resolved(planWith(), folder([], { '.argocd-source.yaml': moved }))
  assert.deepEqual([plan.path, plan.branch, plan.renderer], ['apps/web', 'main', 'plain'])
})

test('values objects are merged, and lists of text replaced', () => {
  const values = { a: { b: 1, c: 2 }, l: [1] }
  const next = JSON.parse('{"a": {"c": 3}, "l": [2], "__proto__": {"x": 1}}') as JsonObject
  const helm = { valuesObject: values, valueFiles: ['a.yaml', 'b.yaml'] }
  const patch = { helm: { valuesObject: next, valueFiles: ['c.yaml'] } }
  const at = folder([], { '.argocd-source.yaml': patch })
  const chart = resolved(planWith({ helm }), at).helm ?? assert.fail()
  const merged = '{"a":{"b":1,"c":3},"l":[2],"__proto__":{"x":1}}'
  assert.equal(JSON.stringify(chart.values), merged)
  assert.deepEqual(chart.valuesFiles, ['apps/web/c.yaml'])
})

test('a tool may write the names of parameters in another case', () => {
  const spelt: readonly JsonObject[] = [
    { name: 'image.tag', value: '2', forcestring: true },
    { Name: 'image.tag', VALUE: '2', ForceString: true },
  ]
  for (const parameter of spelt) {
    const helm = { parameters: [parameter] }
    const at = folder(['Chart.yaml'], { '.argocd-source-web.yaml': { helm } })
    assert.deepEqual(resolved(planWith(), at).helm?.parameters, [
      { name: 'image.tag', value: '2', isString: true },
    ])
  }
})

test('a list that is empty has nothing to mix', () => {
  const parameters = [{ name: 'a', value: '1' }]
  const files = {
    '.argocd-source.yaml': { helm: { parameters: [] } },
    '.argocd-source-web.yaml': { helm: { parameters } },
  }
  assert.equal(resolved(planWith(), folder(['Chart.yaml'], files)).helm?.parameters?.length, 1)
})

const hostile: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['removes a value', { helm: { values: 'a: b' } }, { helm: { values: null } }],
  ['removes within values', {}, { helm: { valuesObject: { a: [{ b: null }] } } }],
  ['removes beside others', {}, { helm: { valuesObject: { a: 1, b: null } } }],
  ['removes an item', {}, { helm: { valuesObject: { a: [1, null] } } }],
  ['removes a tool', {}, { helm: null }],
  [
    'replaces a list that Argo CD would mix',
    { helm: { parameters: [{ name: 'a', value: '1', forceString: true }] } },
    { helm: { parameters: [{ name: 'b', value: '2' }] } },
  ],
  ['names a plugin', {}, { plugin: { name: 'cmp' } }],
  ['names a tool in another case', {}, { Kustomize: { images: ['web=evil'] } }],
  ['has an option in another case', {}, { kustomize: { Images: ['web=evil'] } }],
  ['has an option that is not known', {}, { helm: { postRenderer: 'sh' } }],
  ['has a key of every object', {}, { constructor: {} }],
  ['says one name twice', {}, { helm: { parameters: [{ name: 'a', value: '1', Value: '2' }] } }],
  ['has options that are no object', {}, { kustomize: ['images'] }],
]
for (const [title, tools, parameters] of hostile) {
  test(`a parameter file that ${title} is refused`, () => {
    const at = folder(['Chart.yaml'], { '.argocd-source.yaml': parameters })
    assert.match(refusal(planWith(tools), at), /^apps\/web/)
  })
}
