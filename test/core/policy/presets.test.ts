import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyCandidates, type EngineConditions } from '../../../src/core/exceptions/candidates.ts'
import { explain, rowCovers } from '../../../src/core/policy/explain.ts'
import { presetUses } from '../../../src/core/policy/preset-use.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { suggest } from '../../../src/core/policy/suggest.ts'
import { account, request } from '../../fakes/requests.ts'
import { goodPolicy, head, repository } from './policies.ts'

function withWriter(entry: string): Policy {
  return goodPolicy(`${head}${repository}  writers:\n  - {${entry}, repositories: [fleet]}\n`)
}

function withException(entry: string): Policy {
  return goodPolicy(`${head}  exceptions:\n  - {${entry}}\n`)
}

/** Eyes that nothing here may need. */
const blind = {
  read: () => assert.fail('nothing is read'),
  list: () => assert.fail('nothing is listed'),
}

function whoIn({ spec }: Policy): readonly string[] {
  return [...spec.writers, ...spec.exceptions, ...spec.derived].map(({ name, subject }) =>
    subject.kind === 'group' ? name : `${name} ${subject.username.replace(/^.*account:/, '')}`,
  )
}

test('flux brings both writers, rows for its other controllers, and what helm-controller makes', () => {
  const policy = withWriter('preset: flux')
  assert.deepEqual(whoIn(policy), [
    'flux flux-system:kustomize-controller',
    'flux-helm flux-system:helm-controller',
    'flux/kustomize-controller flux-system:kustomize-controller',
    'flux/helm-controller flux-system:helm-controller',
    'flux/source-controller flux-system:source-controller',
    'flux/notification-controller flux-system:notification-controller',
    'flux/image-reflector-controller flux-system:image-reflector-controller',
    'flux/image-automation-controller flux-system:image-automation-controller',
    'flux/charts flux-system:helm-controller',
    'flux/releases flux-system:helm-controller',
  ])
  for (const { podBound, evidence, verify, from } of policy.spec.writers) {
    const expected = { preset: 'flux', list: 'writers', entry: 'flux' }
    assert.deepEqual([podBound, evidence, verify, from], [true, ['flux'], 'content', expected])
  }
})

test('argo-cd makes a writer of the application controller alone, and nothing of argocd-server', () => {
  const policy = withWriter('preset: argo-cd')
  assert.deepEqual(whoIn(policy), [
    'argo-cd argocd:argocd-application-controller',
    'argo-cd/argocd-application-controller argocd:argocd-application-controller',
    'argo-cd/argocd-applicationset-controller argocd:argocd-applicationset-controller',
    'argo-cd/argocd-notifications-controller argocd:argocd-notifications-controller',
    'argo-cd/applications argocd:argocd-applicationset-controller',
  ])
  assert.deepEqual(policy.spec.writers[0]?.evidence, ['argo-cd'])
})

test('what is written beside a preset wins', () => {
  const accounts = 'accounts: {argocd-application-controller: x-argocd-application-controller}'
  const policy = withWriter(
    `name: gitops, preset: argo-cd, namespace: gitops, ${accounts}, podBound: false, evidence: [annotation, argo-cd], verify: declared, namespaces: [shop]`,
  )
  assert.deepEqual(whoIn(policy).slice(0, 3), [
    'gitops gitops:x-argocd-application-controller',
    'gitops/argocd-application-controller gitops:x-argocd-application-controller',
    'gitops/argocd-applicationset-controller gitops:argocd-applicationset-controller',
  ])
  const [writer] = policy.spec.writers
  assert.deepEqual(
    [writer?.podBound, writer?.evidence, writer?.verify, writer?.namespaces],
    [false, ['annotation', 'argo-cd'], 'declared', ['shop']],
  )
  const projects = policy.spec.exceptions
    .flatMap(({ allow }) => allow)
    .find(({ resources }) => resources.includes('appprojects.argoproj.io'))
  assert.deepEqual(projects?.namespaces, ['gitops'])
})

test('as an exception, the preset of an engine brings its rows and no writer', () => {
  const policy = withException('preset: flux, reason: writers are below')
  assert.deepEqual(policy.spec.writers, [])
  assert.equal(policy.spec.exceptions.length, 6)
  assert.equal(policy.spec.exceptions[0]?.reason, 'writers are below')
  assert.equal(policy.spec.derived.length, 2)
})

test('rows of a preset reach every namespace and no cluster-scoped object, unless they say so', () => {
  const { spec } = withException('preset: keda')
  const rows = spec.exceptions.flatMap(({ allow }) => allow)
  const covers = (resource: string, namespace: string, name = 'a') =>
    rows.some((row) => rowCovers(row, { resource, namespace, name }))
  assert.ok(covers('scaledobjects.keda.sh/status', 'anything'))
  assert.ok(!covers('scaledobjects.keda.sh/status', ''))
  assert.ok(covers('clustertriggerauthentications.keda.sh/status', ''))
  assert.ok(!covers('clustertriggerauthentications.keda.sh/status', 'shop'))
  assert.ok(covers('secrets', 'keda', 'kedaorg-certs'))
  assert.ok(!covers('secrets', 'shop', 'kedaorg-certs'))
  assert.ok(!covers('secrets', 'keda', 'other'))
  assert.ok(!covers('deployments.apps', 'shop'))
})

test('the namespaces of an entry are instead of every one, and of nothing else', () => {
  const { spec } = withException('preset: keda, namespaces: [shop, pay]')
  const rows = spec.exceptions.flatMap(({ allow }) => allow)
  assert.deepEqual(
    new Set(rows.map(({ namespaces }) => namespaces.join())),
    new Set(['shop,pay', '', 'keda']),
  )
})

test('kinds that only the cluster knows are those of one group', () => {
  const { spec } = withException('preset: kro')
  const rows = spec.exceptions.flatMap(({ allow }) => allow)
  const covers = (resource: string, namespace = 'shop') =>
    rows.some((row) => rowCovers(row, { resource, namespace, name: 'a' }))
  assert.ok(covers('webapps.kro.run/status'))
  assert.ok(covers('webapps.kro.run/status', ''))
  assert.ok(covers('webapps.kro.run'))
  assert.ok(covers('graphrevisions.internal.kro.run/status', ''))
  for (const other of [
    'webapps.kro.run/scale',
    'webapps.notkro.run',
    'webapps.example.kro.run',
    'webapps.kro.run.example.com',
    'pods',
    'pods/status',
  ]) {
    assert.ok(!covers(other), other)
  }
})

test('nobody writes by hand what rows of presets may reach', () => {
  const row = (changes: string) =>
    `${head}  exceptions:\n  - {name: a, subject: {user: a}, reason: b, allow: [{operations: [DELETE], ${changes}}]}\n`
  for (const changes of [
    'resources: [pods], namespaces: ["*"]',
    'resources: ["*"], namespaces: [a]',
    'resources: ["*.kro.run"], namespaces: [a]',
    'resources: ["*.kro.run/status"], namespaces: [a]',
  ]) {
    assert.throws(() => goodPolicy(row(changes)), /exact name|wildcard/, changes)
  }
})

test('an exception of a preset counts for a token of its account, field by field', () => {
  const policy = withWriter('preset: flux')
  const one = request({
    resource: { group: 'source.toolkit.fluxcd.io', version: 'v1', resource: 'gitrepositories' },
    subresource: 'status',
    operation: 'UPDATE',
    user: account('flux-system', 'source-controller'),
  })
  assert.deepEqual(policyCandidates(policy, one), [
    { name: 'flux/source-controller', fields: ['status'] },
  ])
  assert.deepEqual(policyCandidates(policy, { ...one, operation: 'CREATE' }), [])
  assert.deepEqual(
    policyCandidates(policy, { ...one, user: account('shop', 'source-controller') }),
    [],
  )
  const named = { ...one.user, extra: new Map() }
  assert.deepEqual(policyCandidates(policy, { ...one, user: named }), [])
})

test('of finalizers a controller changes its own', async () => {
  const policy = withWriter('preset: flux')
  const write = (before: readonly string[], after: readonly string[]) =>
    request({
      resource: { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', resource: 'kustomizations' },
      operation: 'UPDATE',
      user: account('flux-system', 'kustomize-controller'),
      oldObject: { metadata: { finalizers: before } },
      object: { metadata: { finalizers: after } },
    })
  const holds = async (before: readonly string[], after: readonly string[]) => {
    const one = write(before, after)
    const [row, ...more] = policyCandidates(policy, one)
    assert.deepEqual([row?.fields, more], [['metadata.finalizers'], []])
    const { read, list } = blind
    return row?.condition?.holds({ request: one, read, list })
  }
  assert.equal(await holds([], ['finalizers.fluxcd.io']), true)
  assert.equal(await holds(['a', 'finalizers.fluxcd.io'], ['a']), true)
  assert.equal(await holds(['a', 'finalizers.fluxcd.io'], []), false)
  assert.equal(await holds([], ['a']), false)
})

test('a condition that only the code of an engine can judge does not hold without it', async () => {
  const policy = withWriter('preset: argo-cd')
  const one = request({
    resource: { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' },
    operation: 'UPDATE',
    user: account('argocd', 'argocd-application-controller'),
    oldObject: { operation: {} },
    object: {},
  })
  const row = (given?: EngineConditions) =>
    policyCandidates(policy, one, given).find(({ fields }) => fields.includes('operation'))
  const { read, list } = blind
  const write = { request: one, read, list }
  assert.equal(await row()?.condition?.holds(write), false)
  const given = new Map([['argo-cd-operation', { says: 'it holds', holds: () => true }]])
  assert.equal(await row(given)?.condition?.holds(write), true)
})

test('explain tells rows of presets, and what is derived, from those of the policy', () => {
  const policy = withWriter('preset: flux')
  const username = 'system:serviceaccount:flux-system:helm-controller'
  const query = { namespace: 'shop', name: '', username, groups: [] }
  const rows = (resource: string) => explain(policy, { ...query, resource }, () => []).exceptions
  assert.deepEqual(
    rows('helmreleases.helm.toolkit.fluxcd.io/status').map(({ origin, name, note }) => [
      origin,
      name,
      note,
    ]),
    [['preset', 'flux/helm-controller', 'reports on what it does']],
  )
  assert.deepEqual(
    rows('secrets').map(({ origin, name, note }) => [origin, name, note]),
    [
      [
        'derived',
        'flux/releases',
        "keeps Helm's record of each revision of a release; only while the HelmRelease whose release it records is as Git declares it",
      ],
    ],
  )
})

test('suggest knows what a preset settles', () => {
  const record = {
    user: 'system:serviceaccount:flux-system:source-controller',
    groups: [],
    gvr: 'source.toolkit.fluxcd.io/v1/gitrepositories',
    sub: 'status',
    op: 'UPDATE',
    ns: 'flux-system',
    name: 'fleet',
    paths: ['status.conditions'],
    reason: 'HumanWrite',
    decision: 'deny',
  }
  const { settled, rows } = suggest([record], withWriter('preset: flux'))
  assert.deepEqual([settled, rows.length], [1, 0])
})

test('each entry with a preset is told with all that it brought', () => {
  const policy = goodPolicy(
    `${head}${repository}  writers:\n  - {preset: flux, repositories: [fleet]}\n  exceptions:\n  - {preset: keda}\n  - {name: flux-two, preset: flux, namespace: two}\n`,
  )
  assert.deepEqual(
    presetUses(policy).map(({ list, entry, writers, exceptions, derived }) => [
      list,
      entry,
      writers.length,
      exceptions.length,
      derived.length,
    ]),
    [
      ['writers', 'flux', 2, 6, 2],
      ['exceptions', 'keda', 0, 1, 2],
      ['exceptions', 'flux-two', 0, 6, 2],
    ],
  )
})

test('the hash of a policy covers what its presets bring', () => {
  assert.notDeepEqual(withWriter('preset: flux').spec.exceptions, [])
  assert.ok(Object.isFrozen(withWriter('preset: flux').spec.exceptions[0]?.allow[0]?.resources))
})
