import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { planKey } from '../../../../src/core/plans/plan.ts'
import {
  application,
  newCommit,
  oldCommit,
  onlyPlan,
  plansOf,
  source,
  syncing,
  url,
  whyNot,
} from './applications.ts'

function withSource(changes: JsonObject): JsonObject {
  return application({ spec: { source: { ...source, ...changes } } })
}

function withSources(...sources: readonly JsonObject[]): JsonObject {
  return application({ spec: { sources } })
}

test('an Application is one plan: its folder, branch and namespace', () => {
  const answer = plansOf(application())
  assert.equal(answer.kind, 'plans')
  const [first] = answer.kind === 'plans' ? answer.plans : []
  assert.equal(first?.url, url)
  const { argoCd, ...plan } = first?.plan ?? assert.fail()
  assert.deepEqual(plan, {
    path: 'apps/web',
    renderer: 'argo-cd',
    namespace: 'shop',
    branch: 'main',
    engine: { group: 'argoproj.io', kind: 'Application', namespace: 'argocd', name: 'web' },
  })
  assert.deepEqual(Object.entries(argoCd?.source ?? {}), [])
  assert.deepEqual(argoCd?.references, {})
  assert.deepEqual(argoCd?.environment, {
    ARGOCD_APP_NAME: 'web',
    ARGOCD_APP_NAMESPACE: 'shop',
    ARGOCD_APP_PROJECT_NAME: 'default',
    ARGOCD_APP_SOURCE_REPO_URL: url,
    ARGOCD_APP_SOURCE_PATH: 'apps/web',
    ARGOCD_APP_SOURCE_TARGET_REVISION: 'main',
  })
})

test('a project that is not named is the default one', () => {
  for (const project of ['', null]) {
    const { argoCd } = onlyPlan(application({ spec: { project } }))
    assert.equal(argoCd?.environment['ARGOCD_APP_PROJECT_NAME'], 'default')
  }
  const { argoCd } = onlyPlan(application({ spec: { project: 'team' } }))
  assert.equal(argoCd?.environment['ARGOCD_APP_PROJECT_NAME'], 'team')
})

test('an operation under way changes nothing of the plan, nor does the status', () => {
  const keyOf = (object: JsonObject) => planKey(onlyPlan(object))
  const other = { source: { ...source, path: 'apps/evil' }, manifests: ['{}'] }
  assert.equal(keyOf(syncing(other)), keyOf(application()))
})

const revisions: readonly (readonly [string, string, string | undefined])[] = [
  ['', '', undefined],
  ['HEAD', '', undefined],
  ['main', 'main', undefined],
  ['refs/heads/main', 'main', undefined],
  ['refs/heads/2.x', '2.x', undefined],
  ['release/1.2', 'release/1.2', undefined],
  ['v1.2.3', 'v1.2.3', undefined],
  ['1.2', '1.2', undefined],
  ['2026-hotfix', '2026-hotfix', undefined],
  ['refs/tags/v1', 'refs/tags/v1', undefined],
  ['xerxes', 'xerxes', undefined],
  [newCommit, '', newCommit],
  [newCommit.toUpperCase(), '', newCommit],
  ['c'.repeat(64), '', 'c'.repeat(64)],
  // Nothing but a name: no branch or tag of it, no plan.
  [newCommit.slice(0, 12), newCommit.slice(0, 12), undefined],
]
for (const [targetRevision, branch, pin] of revisions) {
  test(`targetRevision ${targetRevision || '(none)'} is branch ${branch || '(default)'}, pin ${pin ?? '(none)'}`, () => {
    const plan = onlyPlan(withSource({ targetRevision }))
    assert.deepEqual([plan.branch, plan.pin], [branch, pin])
  })
}

test('a plan of another commit is another plan', () => {
  const [one, other] = ['a', 'b'].map((digit) =>
    planKey(onlyPlan(withSource({ targetRevision: digit.repeat(40) }))),
  )
  assert.notEqual(one, other)
})

const noRevisions = [
  '*',
  '1.*',
  '1.x',
  'v2.x',
  'x',
  '>=1.0.0',
  '^1.2',
  '~1.2',
  '1.0 - 2.0',
  '1.0, 2.0',
  '1 || 2',
  'main~1',
  'main^',
  'main:path',
  '-main',
  '--upload-pack=x',
  '/main',
  'main/',
  'a..b',
  'a b',
  'a@{1}',
  'refs/pull/1/head',
  'refs/remotes/origin/main',
  'main\n',
]
for (const targetRevision of noRevisions) {
  test(`targetRevision ${JSON.stringify(targetRevision)} is refused`, () => {
    assert.match(whyNot(withSource({ targetRevision })), /^refused: targetRevision /)
  })
}

test('a tag prefix goes with one version, and no range', () => {
  const tag = withSource({ targetRevision: '1.2.0', tagPrefix: 'web/' })
  assert.equal(onlyPlan(tag).branch, 'web/1.2.0')
  for (const targetRevision of ['1.*', 'main', '>=1']) {
    assert.match(whyNot(withSource({ targetRevision, tagPrefix: 'web/' })), /tagPrefix/)
  }
})

test('the root is a folder too', () => {
  assert.equal(onlyPlan(withSource({ path: '.' })).path, '.')
  assert.equal(onlyPlan(withSource({ path: './apps/../apps/web/' })).path, 'apps/web')
})

const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
  ['a chart of a chart repository', { chart: 'nginx', path: '' }, /chart repository/],
  ['a chart beside a path', { chart: 'nginx' }, /chart repository/],
  ['an OCI image', { repoURL: 'oci://ghcr.io/acme/web' }, /OCI/],
  ['a plugin', { plugin: { name: 'cmp' } }, /plugin/],
  ['a plugin found by itself', { plugin: {} }, /plugin/],
  ['no path', { path: '' }, /no path/],
  ['an absolute path', { path: '/apps/web' }, /no path/],
  ['a path out of the repository', { path: '../other' }, /no path/],
  ['a path that leads out and back', { path: 'a/../../fleet/apps' }, /no path/],
  ['no repository', { repoURL: '' }, /no repoURL/],
  ['a path that is no text', { path: 7 }, /path of a source is no text/],
  ['a member that is not known', { transform: 'x' }, /not known/],
]
for (const [title, changes, expected] of refused) {
  test(`a source with ${title} is refused`, () => {
    const why = whyNot(withSource(changes))
    assert.match(why, /^refused: /)
    assert.match(why, expected)
    assert.match(whyNot(withSources({ ...source, ...changes })), expected)
  })
}

test('an Application without a source, or with one that is none, is refused', () => {
  const specs: readonly JsonObject[] = [
    { source: null },
    { source: 'x' },
    { sources: 'x' },
    { sources: [null] },
    { sources: [source, null] },
  ]
  for (const spec of specs) assert.match(whyNot(application({ spec })), /^refused: /)
  for (const metadata of [{}, { name: 'web' }, { namespace: 'argocd' }]) {
    assert.match(whyNot({ ...application(), metadata }), /no spec, or no name/)
  }
  assert.match(whyNot({ metadata: { name: 'web', namespace: 'argocd' } }), /^refused: /)
})

const destinations: readonly (readonly [string, JsonObject | null, string])[] = [
  ['this cluster by its address', { server: 'https://kubernetes.default.svc' }, 'plans'],
  ['this cluster with a slash', { server: 'https://kubernetes.default.svc/' }, 'plans'],
  ['this cluster by its name', { name: 'in-cluster' }, 'plans'],
  ['another cluster', { server: 'https://10.0.0.1' }, 'none'],
  ['another cluster by its name', { name: 'prod-eu' }, 'none'],
  ['an address that begins alike', { server: 'https://kubernetes.default.svc.evil' }, 'none'],
  ['nowhere', {}, 'none'],
  ['no destination', null, 'none'],
  ['two clusters', { server: 'https://kubernetes.default.svc', name: 'in-cluster' }, 'refused'],
]
for (const [title, destination, kind] of destinations) {
  test(`an Application for ${title} has ${kind}`, () => {
    assert.equal(plansOf(application({ spec: { destination } })).kind, kind)
  })
}

test('it is said where an Application writes instead', () => {
  const elsewhere = (destination: JsonObject) => whyNot(application({ spec: { destination } }))
  assert.match(elsewhere({ server: 'https://10.0.0.1' }), /writes to "https:\/\/10\.0\.0\.1"/)
  assert.match(elsewhere({ name: 'prod-eu' }), /writes to "prod-eu"/)
  assert.match(elsewhere({ namespace: 'shop' }), /writes nowhere/)
})

test('one that is being deleted has no plan, one without automated sync has', () => {
  const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  assert.equal(whyNot(application({ metadata })), 'none: it is being deleted')
  assert.equal(onlyPlan(application({ spec: { syncPolicy: null } })).branch, 'main')
})

test('each of several sources is a plan, and sources count before source', () => {
  const other = 'https://git.example.com/acme/other.git'
  const answer = plansOf(
    withSources(source, { repoURL: other, path: 'base', targetRevision: 'stable' }),
  )
  const plans = answer.kind === 'plans' ? answer.plans : assert.fail(answer.why)
  assert.deepEqual(
    plans.map(({ url: from, plan }) => [from, plan.path, plan.branch]),
    [
      [url, 'apps/web', 'main'],
      [other, 'base', 'stable'],
    ],
  )
})

test('one source that is refused refuses them all: the last one wins for an object', () => {
  assert.match(whyNot(withSources(source, { repoURL: 'https://charts', chart: 'x' })), /^refused/)
})

test('a source may only lend its files, if it is the same repository and revision', () => {
  const lender = { repoURL: url, targetRevision: 'main', ref: 'values' }
  const referencesOf = (...sources: readonly JsonObject[]) =>
    onlyPlan(withSources(source, ...sources)).argoCd?.references
  assert.deepEqual(referencesOf(lender), { values: '' })
  assert.deepEqual(referencesOf({ ...lender, targetRevision: 'refs/heads/main' }), { values: '' })
  for (const targetRevision of ['dev', '1.*', newCommit]) {
    assert.match(referencesOf({ ...lender, targetRevision })?.['values'] ?? '', /revision/)
  }
  assert.match(
    referencesOf({ ...lender, repoURL: 'https://git.example.com/x' })?.['values'] ?? '',
    /another repository/,
  )
  assert.match(whyNot(withSources(source, lender, lender)), /ref "values" is not one name/)
  assert.match(whyNot(withSources(source, { ...lender, ref: 'a/b' })), /not one name/)
  assert.match(whyNot(application({ spec: { source: { ...lender, path: '' } } })), /no path/)
})

test('files are lent at the same commit, by its id too', () => {
  const lentAt = (one: string, other: string) => {
    const lender = { repoURL: url, targetRevision: other, ref: 'values' }
    const answer = onlyPlan(withSources({ ...source, targetRevision: one }, lender))
    return answer.argoCd?.references['values']
  }
  assert.equal(lentAt(newCommit, newCommit.toUpperCase()), '')
  assert.notEqual(lentAt(newCommit, oldCommit), '')
  assert.notEqual(lentAt(newCommit, 'main'), '')
})

test('a hydrator syncs the branch that it writes', () => {
  const sourceHydrator = {
    drySource: { repoURL: url, path: 'dry', targetRevision: 'main' },
    syncSource: { targetBranch: 'environments/prod', path: 'web' },
  }
  const hydrated = onlyPlan(application({ spec: { sourceHydrator } }))
  assert.deepEqual([hydrated.path, hydrated.branch], ['web', 'environments/prod'])
  const both = { sourceHydrator, sources: [source] }
  assert.match(whyNot(application({ spec: both })), /both sources and a sourceHydrator/)
})

test('CreateNamespace creates the destination, with the metadata that is managed', () => {
  const created = (syncPolicy: JsonObject) =>
    onlyPlan(application({ spec: { syncPolicy } })).creates
  const syncOptions = ['Validate=false', 'CreateNamespace=true']
  assert.deepEqual(created({ syncOptions }), [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ])
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const managedNamespaceMetadata = { labels, annotations: { team: 'web' } }
  assert.deepEqual(created({ syncOptions, managedNamespaceMetadata }), [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'shop',
        labels,
        annotations: {
          team: 'web',
          'argocd.argoproj.io/sync-options': 'ServerSideApply=true',
        },
      },
    },
  ])
  for (const option of ['CreateNamespace=false', 'createnamespace=true', 'CreateNamespace']) {
    assert.equal(created({ syncOptions: [option], managedNamespaceMetadata }), undefined)
  }
  assert.equal(onlyPlan(application()).creates, undefined)
})

test('managed metadata is part of what tells plans apart', () => {
  const keyOf = (labels: JsonObject) => {
    const syncOptions = ['CreateNamespace=true']
    const syncPolicy = { syncOptions, managedNamespaceMetadata: { labels } }
    return planKey(onlyPlan(application({ spec: { syncPolicy } })))
  }
  assert.notEqual(keyOf({ a: 'b' }), keyOf({ a: 'c' }))
})

test('options that say nothing are left out, as Argo CD does before it looks for the type', () => {
  const said = {
    helm: { skipCrds: false, parameters: [] },
    kustomize: {},
    directory: { recurse: true },
  }
  const kept = onlyPlan(withSource(said)).argoCd?.source ?? assert.fail()
  assert.deepEqual(JSON.parse(JSON.stringify(kept)), { directory: { recurse: true } })
})
