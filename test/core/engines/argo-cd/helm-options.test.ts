import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toolPlan } from '../../../../src/core/engines/argo-cd/tool-plan.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { HelmOptions } from '../../../../src/core/plans/plan.ts'
import { application, plansOf, source, url, type Parts } from './applications.ts'

const lenders: readonly JsonObject[] = [
  { repoURL: url, targetRevision: 'main', ref: 'same' },
  { repoURL: 'https://git.example.com/acme/values.git', targetRevision: 'main', ref: 'other' },
]

function answerOf(helm: JsonObject, parts: Parts = {}) {
  const chart = { ...source, helm }
  const answer = plansOf(application({ spec: { sources: [chart, ...lenders] }, ...parts }))
  const plan = answer.kind === 'plans' ? answer.plans[0]?.plan : assert.fail(answer.why)
  return toolPlan(plan ?? assert.fail(), { names: ['Chart.yaml'], parameters: new Map() })
}

function optionsOf(helm: JsonObject, parts: Parts = {}): HelmOptions {
  const answer = answerOf(helm, parts)
  return (answer.kind === 'plan' ? answer.plan.helm : undefined) ?? assert.fail()
}

function refusal(helm: JsonObject): string {
  const answer = answerOf(helm)
  return answer.kind === 'refused' ? answer.why : assert.fail('it has a plan')
}

const bare: HelmOptions = {
  releaseName: 'web',
  valuesFiles: [],
  includeCRDs: true,
  apiVersions: [],
  usesClusterVersions: true,
}

test('a chart without options is released under the name of the Application', () => {
  assert.deepEqual(optionsOf({}), bare)
  assert.equal(optionsOf({}, { namespace: 'team' }).releaseName, 'web')
})

test('every option is handed on', () => {
  const options = optionsOf({
    releaseName: 'shop',
    namespace: 'templates',
    valueFiles: ['values-prod.yaml'],
    ignoreMissingValueFiles: true,
    values: 'a: b',
    parameters: [{ name: 'tag', value: '2' }],
    fileParameters: [{ name: 'config', path: 'files/config.json' }],
    skipCrds: true,
    skipTests: true,
    skipSchemaValidation: true,
    passCredentials: true,
    version: 'v3',
    kubeVersion: 'v1.30.2-gke.1',
    apiVersions: ['monitoring.coreos.com/v1/ServiceMonitor'],
  })
  assert.deepEqual(options, {
    releaseName: 'shop',
    namespace: 'templates',
    valuesFiles: ['apps/web/values-prod.yaml'],
    ignoresMissingValuesFiles: true,
    values: 'a: b',
    parameters: [{ name: 'tag', value: '2', isString: false }],
    files: [{ name: 'config', path: 'apps/web/files/config.json' }],
    includeCRDs: false,
    skipsTests: true,
    kubeVersion: '1.30.2',
    apiVersions: ['monitoring.coreos.com/v1/ServiceMonitor'],
    usesClusterVersions: true,
  })
})

test('the namespace of the destination needs not be said again', () => {
  assert.deepEqual(optionsOf({ namespace: 'shop', skipCrds: true }), {
    ...bare,
    includeCRDs: false,
  })
})

test('a values object counts before values', () => {
  const values = { replicas: 2 }
  assert.deepEqual(optionsOf({ values: 'replicas: 3', valuesObject: values }).values, values)
  assert.deepEqual(optionsOf({ values: 'replicas: 3', valuesObject: {} }).values, {})
})

const files: readonly (readonly [string, string])[] = [
  ['values.yaml', 'apps/web/values.yaml'],
  ['./env/prod.yaml', 'apps/web/env/prod.yaml'],
  ['../common.yaml', 'apps/common.yaml'],
  ['/shared/values.yaml', 'shared/values.yaml'],
  ['$same/shared/values.yaml', 'shared/values.yaml'],
  ['$same/../../shared/values.yaml', ''],
  ['$ARGOCD_APP_NAME.yaml', 'apps/web/web.yaml'],
  ['/env/${ARGOCD_APP_NAMESPACE}.yaml', 'env/shop.yaml'],
  ['$same/$ARGOCD_APP_PROJECT_NAME.yaml', 'default.yaml'],
  ['a$$b.yaml', 'apps/web/a$b.yaml'],
  ['$unknown/values.yaml', 'values.yaml'],
  ['../../../etc/passwd', ''],
  ['/../etc/passwd', ''],
  ['/', ''],
  ['', 'apps/web'],
  ['https://evil.example.com/values.yaml', ''],
  ['secrets://values.yaml', ''],
  ['s3:values.yaml', ''],
  ['*.yaml', ''],
  ['env/[ab].yaml', ''],
  ['a,b.yaml', ''],
  ['a\\b.yaml', ''],
  ['$other/values.yaml', ''],
  ['$ARGOCD_APP_REVISION.yaml', ''],
  ['${ARGOCD_APP_REVISION_SHORT}.yaml', ''],
]
for (const [raw, path] of files) {
  test(`values of ${JSON.stringify(raw)} are ${path || 'refused'}`, () => {
    if (path === '') assert.match(refusal({ valueFiles: [raw] }), /^helm\.valueFiles: /)
    else assert.deepEqual(optionsOf({ valueFiles: [raw] }).valuesFiles, [path])
    const parameter = { fileParameters: [{ name: 'x', path: raw }] }
    if (path === '') assert.match(refusal(parameter), /^helm\.fileParameters: /)
    else assert.deepEqual(optionsOf(parameter).files, [{ name: 'x', path }])
  })
}

test('a file that is named twice counts where it stands first', () => {
  const valueFiles = ['a.yaml', 'b.yaml', './a.yaml']
  assert.deepEqual(optionsOf({ valueFiles }).valuesFiles, ['apps/web/a.yaml', 'apps/web/b.yaml'])
})

test('the way out is said for what other repositories and revisions lend', () => {
  assert.match(refusal({ valueFiles: ['$other/values.yaml'] }), /another repository/)
})

const values: readonly (readonly [string, string])[] = [
  ['1', '1'],
  ['a,b', 'a\\,b'],
  ['a\\,b,c', 'a\\,b\\,c'],
  ['{a,b}', '{a,b}'],
  ['{a,b', '{a\\,b'],
  ['a,b}', 'a\\,b}'],
  ['$ARGOCD_APP_NAME,x', 'web\\,x'],
  ['${ARGOCD_APP_SOURCE_PATH}', 'apps/web'],
  ['$$HOME', '$HOME'],
  ['$HOME', ''],
]
for (const [written, value] of values) {
  test(`the parameter ${written} stands on the command line as ${value}`, () => {
    const parameters = [{ name: 'a', value: written, forceString: true }]
    assert.deepEqual(optionsOf({ parameters }).parameters, [{ name: 'a', value, isString: true }])
  })
}

test('the last parameter of a name counts, texts after the others', () => {
  const parameters = [
    { name: 'a', value: '1' },
    { name: 'b', value: '2', forceString: true },
    { name: 'a', value: '3' },
    { name: 'a', value: '4', forceString: true },
    { name: 'c' },
  ]
  assert.deepEqual(optionsOf({ parameters }).parameters, [
    { name: 'a', value: '3', isString: false },
    { name: 'c', value: '', isString: false },
    { name: 'b', value: '2', isString: true },
    { name: 'a', value: '4', isString: true },
  ])
})

test('it is said what is wrong with a file', () => {
  const why = (parameter: JsonObject) => refusal({ fileParameters: [parameter] })
  assert.match(why({ path: 'a' }), /one has no name/)
  assert.match(why({ name: 'x', path: 'https://a' }), /is a URL/)
  assert.match(why({ name: 'x', path: '../../../a' }), /no file below the root/)
})

const refused: readonly JsonObject[] = [
  { parameters: [{ name: 'a', value: '$ARGOCD_APP_REVISION' }] },
  { parameters: [{ name: 'a', value: 'x-${ARGOCD_APP_REVISION_SHORT_8}' }] },
  { parameters: [{ value: '1' }] },
  { fileParameters: [{ path: 'a' }] },
  { releaseName: '--output-dir=/tmp' },
  { releaseName: '{{ randAlpha 5 }}' },
  { namespace: 'a b' },
  { kubeVersion: 'latest' },
  { kubeVersion: '1' },
]
for (const helm of refused) {
  test(`${JSON.stringify(helm)} is refused`, () => {
    assert.match(refusal(helm), /^helm\./)
  })
}
