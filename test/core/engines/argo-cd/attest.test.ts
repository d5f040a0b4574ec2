import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import {
  appliedBy,
  application,
  attestation,
  automated,
  newCommit,
  oldCommit,
  refusalOf,
  revisionOf,
  running,
  source,
  syncing,
  url,
} from './applications.ts'

test('a running operation says the commit, not the status of the last comparison', () => {
  const object = syncing({})
  assert.equal(revisionOf(object), `commit ${newCommit}`)
  assert.equal(appliedBy(object)[0]?.url, url)
  assert.equal(appliedBy(object)[0]?.plan.path, 'apps/web')
})

test('one that is being terminated still takes its hooks away', () => {
  assert.equal(revisionOf(syncing({}, { phase: 'Terminating' })), `commit ${newCommit}`)
})

const idle: readonly (readonly [string, JsonObject])[] = [
  ['nothing is asked for', application()],
  ['an operation is asked for that has not begun', application({ operation: automated() })],
  ['the last operation is over', syncing({}, { phase: 'Succeeded' })],
  ['the last operation has failed', syncing({}, { phase: 'Failed' })],
  ['the phase is not known', syncing({}, { phase: 'running' })],
  ['the operation is no sync', running({ initiatedBy: { automated: true } })],
  ['the operation was taken away', { ...syncing({}), operation: null }],
  ['there is no status', { ...application({ operation: automated() }), status: null }],
  [
    'it writes to another cluster',
    syncing({}, { spec: { destination: { server: 'https://10.0.0.1' } } }),
  ],
]
for (const [title, object] of idle) {
  test(`it is idle where ${title}`, () => {
    assert.equal(attestation(object).kind, 'idle')
    assert.equal(attestation(object, 'delete').kind, 'idle')
  })
}

test('the status of the last comparison is never the commit', () => {
  const status = { sync: { status: 'Synced', revision: newCommit } }
  assert.equal(attestation(application({ status })).kind, 'idle')
  const asked = { revision: '' }
  assert.equal(revisionOf(syncing(asked)), 'branch main')
})

const branches: readonly (readonly [string, JsonObject])[] = [
  ['the branch of the spec', { revision: 'main' }],
  ['the whole name of the branch', { revision: 'refs/heads/main' }],
  ['nothing', { revision: '' }],
  ['null', { revision: null }],
]
for (const [title, sync] of branches) {
  test(`an operation that asks for ${title} means its head, until the result has the commit`, () => {
    assert.equal(revisionOf(syncing(sync)), 'branch main')
    const result = { revision: newCommit, source }
    assert.equal(revisionOf(syncing(sync, { result })), `commit ${newCommit}`)
    const unresolved = { revision: 'main', source }
    assert.equal(revisionOf(syncing(sync, { result: unresolved })), 'branch main')
  })
}

test('without a targetRevision the default branch is meant, by either name', () => {
  const { targetRevision: _none, ...bare } = source
  for (const revision of ['', 'HEAD']) {
    const object = syncing({ source: bare, revision }, { spec: { source: bare } })
    assert.equal(revisionOf(object), 'branch ')
  }
})

const otherRevisions = ['dev', 'v1.0.0', 'HEAD', '1.*', 'refs/tags/main', '--upload-pack=x', 7]
for (const revision of otherRevisions) {
  test(`an operation that asks for ${revision} is refused: the spec says main`, () => {
    assert.match(refusalOf(syncing({ revision })), /^refused: /)
    const result = { revision: newCommit, source }
    assert.match(refusalOf(syncing({ revision }, { result })), /^refused: /)
  })
}

test('an older commit is said as it is: whether it still counts, Git shows', () => {
  assert.equal(revisionOf(syncing({ revision: oldCommit.toUpperCase() })), `commit ${oldCommit}`)
})

test('the commit of the result counts before what was asked for, which may be a tag by its id', () => {
  const result = { revision: newCommit, source }
  assert.equal(revisionOf(syncing({ revision: oldCommit }, { result })), `commit ${newCommit}`)
})

test('an abbreviated commit is a name that the spec does not say', () => {
  assert.match(refusalOf(syncing({ revision: newCommit.slice(0, 10) })), /^refused: /)
})

test('a spec that names a commit is only applied at that one', () => {
  const pinned = { ...source, targetRevision: newCommit }
  const at = (revision: string, result?: JsonObject) =>
    syncing(
      { source: pinned, revision },
      { spec: { source: pinned }, ...(result === undefined ? {} : { result }) },
    )
  assert.equal(revisionOf(at(newCommit)), `commit ${newCommit}`)
  assert.equal(revisionOf(at('')), `commit ${newCommit}`)
  assert.match(refusalOf(at(oldCommit)), /another commit/)
  assert.match(refusalOf(at('', { revision: oldCommit, source: pinned })), /another commit/)
  assert.match(refusalOf(at('main')), /^refused: /)
  assert.equal(appliedBy(at(''))[0]?.plan.pin, newCommit)
})

const sentAlong: readonly (readonly [string, JsonObject])[] = [
  ['manifests', { manifests: ['{"kind":"ConfigMap"}'] }],
  ['an empty manifest', { manifests: [''] }],
  ['manifests that are no list', { manifests: 'x' }],
  ['manifests as an object', { manifests: { a: 'b' } }],
]
for (const [title, sync] of sentAlong) {
  test(`an operation with ${title} is refused, whatever commit it names`, () => {
    assert.match(refusalOf(syncing(sync)), /^refused: .*manifests/)
    assert.match(refusalOf(syncing(sync), 'delete'), /^refused: /)
    assert.match(refusalOf(syncing(sync, { phase: 'Terminating' })), /^refused: /)
  })
}

const overrides: readonly (readonly [string, JsonObject])[] = [
  ['another repository', { repoURL: 'https://git.example.com/evil/fleet.git' }],
  ['another path', { path: 'apps/evil' }],
  ['another branch', { targetRevision: 'dev' }],
  ['a parameter', { helm: { parameters: [{ name: 'image', value: 'evil' }] } }],
  ['values', { helm: { values: 'image: evil' } }],
  ['a values object', { helm: { valuesObject: { image: 'evil' } } }],
  ['an image', { kustomize: { images: ['web=evil'] } }],
  ['a patch', { kustomize: { patches: [{ patch: 'x' }] } }],
  ['a label without text', { kustomize: { commonLabels: { a: '' } } }],
  ['a plugin', { plugin: {} }],
  ['jsonnet', { directory: { jsonnet: { libs: ['x'] } } }],
  ['recursion', { directory: { recurse: true } }],
  ['a member that nobody knows', { transform: 'x' }],
]
for (const [title, changes] of overrides) {
  test(`an operation with ${title} that its spec does not have is refused`, () => {
    const other = { ...source, ...changes }
    assert.match(refusalOf(syncing({ source: other })), /^refused: .*other sources or parameters/)
    assert.match(refusalOf(syncing({ source: other }), 'delete'), /^refused: /)
    assert.match(refusalOf(syncing({ sources: [other] })), /^refused: /)
    // The operation as it was asked for may be clean, and its result not: that is what goes on.
    const result = { revision: newCommit, source: other }
    assert.match(refusalOf(syncing({}, { result })), /^refused: /)
  })
}

test('a spec that changed under a running operation is not what it applies', () => {
  const moved = { ...source, path: 'apps/web2' }
  assert.match(refusalOf(syncing({}, { spec: { source: moved } })), /^refused: /)
  assert.equal(appliedBy(syncing({ source: moved }, { spec: { source: moved } })).length, 1)
})

test('sources are compared by what they mean', () => {
  const helm = { skipCrds: false, parameters: [], valuesObject: { a: null, b: '' } }
  const written = {
    ...source,
    helm,
    kustomize: { commonLabels: {} },
    directory: { recurse: false },
  }
  const stored = { ...source, helm: { valuesObject: { b: '', a: null } } }
  assert.equal(
    revisionOf(syncing({ source: stored }, { spec: { source: written } })),
    `commit ${newCommit}`,
  )
  const other = { ...stored, helm: { valuesObject: { b: '' } } }
  assert.match(refusalOf(syncing({ source: other }, { spec: { source: written } })), /^refused/)
})

test('an operation may leave out what it applies, and may sync a part', () => {
  const resources = [{ group: 'apps', kind: 'Deployment', name: 'api' }]
  const rolling = { sync: { prune: true }, initiatedBy: { username: 'x', automated: true } }
  assert.equal(revisionOf(running(rolling)), 'branch main')
  assert.equal(revisionOf(syncing({ resources })), `commit ${newCommit}`)
  for (const empty of [
    { sources: [], manifests: [] },
    { sources: null, manifests: null },
  ]) {
    assert.equal(revisionOf(syncing(empty)), `commit ${newCommit}`)
  }
})

test('an Application that is refused attests nothing', () => {
  const plugin = { ...source, plugin: {} }
  assert.match(refusalOf(syncing({ source: plugin }, { spec: { source: plugin } })), /plugin/)
})

test('what a hydrator wrote is applied as one source', () => {
  const sourceHydrator = {
    drySource: { repoURL: url, path: 'dry', targetRevision: 'main' },
    syncSource: { targetBranch: 'prod', path: 'web' },
  }
  const synced = { repoURL: url, path: 'web', targetRevision: 'prod' }
  const spec = { source: null, sourceHydrator }
  assert.equal(revisionOf(syncing({ source: synced }, { spec })), `commit ${newCommit}`)
  assert.equal(revisionOf(syncing({ source: synced, revision: '' }, { spec })), 'branch prod')
  assert.match(refusalOf(syncing({ source: { ...synced, path: 'dry' } }, { spec })), /^refused/)
})

const second = {
  repoURL: 'https://git.example.com/acme/b.git',
  path: 'b',
  targetRevision: 'stable',
}
const lender = { repoURL: url, targetRevision: 'main', ref: 'values' }
const sources = [lender, source, second]

function multiple(sync: JsonObject, result?: JsonObject): JsonObject {
  const operation = { sync: { prune: true, ...sync }, initiatedBy: { automated: true } }
  const spec = { source: null, sources }
  return running(operation, { spec, ...(result === undefined ? {} : { result }) })
}

function revisionsOf(object: JsonObject): readonly string[] {
  return appliedBy(object).map(({ revision }) =>
    revision.kind === 'commit'
      ? revision.id.slice(0, 1)
      : revision.kind === 'branch'
        ? revision.name
        : revision.digits,
  )
}

test('of several sources each has its own commit, at its own place', () => {
  const revisions = [newCommit, oldCommit, newCommit]
  assert.deepEqual(revisionsOf(multiple({ sources, revisions })), ['a', 'b'])
  assert.deepEqual(revisionsOf(multiple({ sources, revisions: ['', '', newCommit] })), [
    'main',
    'b',
  ])
  const resolved = { sources, source: lender, revision: '', revisions }
  assert.deepEqual(revisionsOf(multiple({ sources }, resolved)), ['a', 'b'])
})

test('a list of revisions of another length is none, as for Argo CD', () => {
  for (const revisions of [
    [newCommit],
    [],
    [newCommit, oldCommit, newCommit, newCommit],
    null,
    'x',
  ]) {
    assert.deepEqual(revisionsOf(multiple({ sources, revisions })), ['main', 'stable'])
  }
})

test('the single revision is nothing to several sources', () => {
  assert.deepEqual(revisionsOf(multiple({ sources, revision: newCommit })), ['main', 'stable'])
})

const otherSources: readonly (readonly [string, JsonObject])[] = [
  ['one source less', { sources: [lender, source] }],
  ['one source more', { sources: [...sources, source] }],
  ['another order', { sources: [lender, second, source] }],
  ['a parameter in one', { sources: [lender, { ...source, helm: { values: 'a: b' } }, second] }],
  ['one source in their place', { source }],
  ['sources that are no list', { sources: { a: source } }],
  [
    'a branch that is not the spec of its source',
    { sources, revisions: ['main', 'stable', 'main'] },
  ],
  ['a revision that is no text', { sources, revisions: ['', 7, ''] }],
]
for (const [title, sync] of otherSources) {
  test(`an operation of several sources with ${title} is refused`, () => {
    assert.match(refusalOf(multiple(sync)), /^refused: /)
  })
}

test('a result of other sources is refused too', () => {
  const revisions = [newCommit, newCommit, newCommit]
  assert.match(refusalOf(multiple({}, { sources: [source], revisions })), /^refused: /)
  assert.match(refusalOf(multiple({}, { source, revision: newCommit })), /^refused: /)
})
