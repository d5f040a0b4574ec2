import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedFields } from '../../../../src/core/exceptions/changed-fields.ts'
import type { Write } from '../../../../src/core/exceptions/row.ts'
import { ownWrites, type OwnWrite } from '../../../../src/core/engines/argo-cd/own-writes.ts'
import {
  covers,
  formatFieldPath,
  parseFieldPattern,
} from '../../../../src/core/manifest/field-path.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { request } from '../../../fakes/requests.ts'
import { untouched } from '../../exceptions/world.ts'
import { application, automated, newCommit, source, syncing } from './applications.ts'

const controller = 'argocd-application-controller'

interface Change {
  readonly before: JsonObject
  readonly after: JsonObject
  readonly account?: string
  readonly resource?: string
}

/** What no row covers: nothing, if they cover the write together. */
async function uncovered(change: Change): Promise<readonly string[]> {
  const { before, after, account = controller, resource = 'applications.argoproj.io' } = change
  const asked = request({ operation: 'UPDATE', oldObject: before, object: after })
  const write: Write = {
    request: asked,
    read: (reference) => untouched.read(reference, new AbortController().signal),
    list: (kind) => untouched.list(kind, new AbortController().signal),
  }
  const rows: OwnWrite[] = []
  for (const row of ownWrites) {
    const isAbout = row.account === account && row.resources.includes(resource)
    if (isAbout && (row.condition === undefined || (await row.condition.holds(write))))
      rows.push(row)
  }
  const patterns = rows.flatMap(({ fields = [] }) => fields.map(parseFieldPattern))
  const changed = changedFields(asked)
  assert.ok(changed.length > 0, 'nothing changed')
  return changed
    .filter((path) => !patterns.some((pattern) => covers(pattern, path)))
    .map(formatFieldPath)
}

async function isCovered(change: Change): Promise<void> {
  assert.deepEqual(await uncovered(change), [])
}

async function isNotCovered(change: Change): Promise<void> {
  assert.notDeepEqual(await uncovered(change), [])
}

const idle = application()
const asked = application({ operation: automated() })
const started = syncing({})

test('application-controller starts, reports and ends an automated sync', async () => {
  const over = syncing({}, { phase: 'Succeeded' })
  await isCovered({ before: over, after: asked })
  await isCovered({ before: asked, after: started })
  await isCovered({ before: started, after: { ...over, operation: null } })
  await isCovered({ before: started, after: idle })
})

test('it writes the spec without what is empty when it starts one', async () => {
  const directory = { recurse: false, jsonnet: {} }
  const syncPolicy = { automated: { prune: true, selfHeal: true }, syncOptions: [] }
  const spec = { source: { ...source, directory }, syncPolicy, project: '' }
  await isCovered({ before: application({ spec }), after: asked })
})

const operations: readonly (readonly [string, JsonObject])[] = [
  ['of somebody', { ...automated(), initiatedBy: { username: 'alice' } }],
  ['that nobody initiated', { sync: automated()['sync'] ?? null }],
  ['with manifests', automated({ manifests: ['x'] })],
  ['of another source', automated({ source: { ...source, path: 'apps/evil' } })],
  ['of other sources', automated({ sources: [{ ...source, path: 'apps/evil' }] })],
  ['with other options', automated({ syncOptions: ['Replace=true'] })],
  ['with a strategy', automated({ syncStrategy: { apply: { force: true } } })],
  ['for show', automated({ dryRun: true })],
  ['of nothing', { initiatedBy: { automated: true } }],
]
for (const [title, operation] of operations) {
  test(`an operation ${title} is none that it starts`, async () => {
    assert.ok(
      (await uncovered({ before: idle, after: application({ operation }) })).every((path) =>
        path.startsWith('operation'),
      ),
    )
    await isNotCovered({ before: idle, after: application({ operation }) })
  })
}

test('it starts none that the spec does not ask for', async () => {
  const policies: readonly (JsonObject | null)[] = [
    null,
    {},
    { automated: null },
    { automated: { enabled: false, prune: true } },
    { automated: { prune: false } },
  ]
  for (const syncPolicy of policies) {
    const spec = { syncPolicy }
    const after = application({ spec, operation: automated() })
    await isNotCovered({ before: application({ spec }), after })
  }
  const spec = { syncPolicy: { automated: { prune: false } } }
  const after = application({ spec, operation: automated({ prune: false }) })
  await isCovered({ before: application({ spec }), after })
})

test('it changes none that is under way', async () => {
  const other = { ...started, operation: automated({ revision: newCommit.replace('b', 'c') }) }
  await isNotCovered({ before: started, after: other })
})

const specs: readonly (readonly [string, JsonObject])[] = [
  ['the path', { source: { ...source, path: 'apps/evil' } }],
  ['the revision', { source: { ...source, targetRevision: 'dev' } }],
  ['an image', { source: { ...source, kustomize: { images: ['web=evil'] } } }],
  ['the project', { project: 'admin' }],
  ['automated sync', { syncPolicy: { automated: { enabled: false } } }],
  ['the destination', { destination: { name: 'in-cluster', namespace: 'kube-system' } }],
]
for (const [title, spec] of specs) {
  test(`it does not change ${title}`, async () => {
    await isNotCovered({ before: idle, after: application({ spec }) })
    await isNotCovered({ before: idle, after: application({ spec, operation: automated() }) })
  })
}

test('it takes requests away, and no other annotation', async () => {
  const annotated = (annotations: JsonObject) => application({ metadata: { annotations } })
  const requests = { 'argocd.argoproj.io/refresh': 'hard', 'argocd.argoproj.io/hydrate': 'normal' }
  await isCovered({ before: annotated({ ...requests, a: 'b' }), after: annotated({ a: 'b' }) })
  await isCovered({ before: idle, after: annotated({ 'argocd.argoproj.io/refresh': 'normal' }) })
  for (const key of ['argocd.argoproj.io/skip-reconcile', 'argocd.argoproj.io/tracking-id', 'a']) {
    await isNotCovered({ before: idle, after: annotated({ [key]: 'true' }) })
  }
})

const cascade = 'resources-finalizer.argocd.argoproj.io'
const hooks = [
  'pre-delete-finalizer.argocd.argoproj.io',
  'post-delete-finalizer.argocd.argoproj.io',
]

function held(finalizers: readonly string[], isTerminating = false): JsonObject {
  const deletion = isTerminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}
  return application({ metadata: { finalizers, ...deletion } })
}

test('its finalizers hold for hooks, and end a deletion', async () => {
  for (const hook of hooks.flatMap((name) => [name, `${name}/cleanup`])) {
    await isCovered({ before: held([cascade]), after: held([cascade, hook]) })
    await isCovered({ before: held([cascade, hook]), after: held([cascade]) })
  }
  const all = [cascade, ...hooks, 'example.com/keep']
  await isCovered({ before: held(all, true), after: held(['example.com/keep'], true) })
})

test('it neither makes a deletion cascade nor takes that away before', async () => {
  await isNotCovered({ before: held([]), after: held([cascade]) })
  await isNotCovered({ before: held([cascade]), after: held([]) })
  await isNotCovered({ before: held([], true), after: held([cascade], true) })
  const [plain, background] = [held([cascade]), held([`${cascade}/background`])]
  await isNotCovered({ before: plain, after: background })
  await isNotCovered({ before: held(['example.com/keep'], true), after: held([], true) })
})

const projects = { resource: 'appprojects.argoproj.io' }

test('a project loses its finalizer when it is deleted, and nothing else changes', async () => {
  const finalized = held([cascade], true)
  await isCovered({ ...projects, before: finalized, after: held([], true) })
  await isNotCovered({ ...projects, before: held([cascade]), after: held([]) })
  const spec = { sourceRepos: ['*'] }
  await isNotCovered({ ...projects, before: application(), after: application({ spec }) })
})

test('the other controllers have their own marks, and no status or operation', async () => {
  const annotated = (annotations: JsonObject) => application({ metadata: { annotations } })
  const notifications = { account: 'argocd-notifications-controller' }
  const told = annotated({ 'notified.notifications.argoproj.io': '{}' })
  await isCovered({ ...notifications, before: idle, after: told })
  await isNotCovered({ ...notifications, before: idle, after: asked })
  await isNotCovered({ ...notifications, before: asked, after: started })
  const sets = { account: 'argocd-applicationset-controller' }
  await isNotCovered({ ...sets, before: asked, after: started })
  const set = { ...sets, resource: 'applicationsets.argoproj.io' }
  const refreshed = annotated({ 'argocd.argoproj.io/application-set-refresh': 'true' })
  await isCovered({ ...set, before: refreshed, after: idle })
  await isCovered({ ...set, before: idle, after: held([cascade]) })
  const generating = (template: JsonObject) =>
    application({ spec: { generators: [{ list: { elements: [{ a: '' }], template } }] } })
  const written = { metadata: {}, spec: { destination: {}, project: '' } }
  await isCovered({ ...set, before: generating({}), after: generating(written) })
  const other = { ...written, spec: { ...written.spec, project: 'other' } }
  await isNotCovered({ ...set, before: generating({}), after: generating(other) })
  const elements = application({ spec: { generators: [{ list: { elements: [{}] } }] } })
  await isNotCovered({ ...set, before: generating({}), after: elements })
  const clusters = (generators: readonly JsonObject[]) => application({ spec: { generators } })
  await isNotCovered({ ...set, before: clusters([{ clusters: {} }]), after: clusters([{}]) })
})

test('argocd-server acts for people: no row is for it', () => {
  assert.deepEqual(
    ownWrites.filter(({ account }) => account.includes('server')),
    [],
  )
  for (const { fields = [], note } of ownWrites) {
    assert.ok(fields.length > 0 && note.length > 0)
    for (const field of fields) assert.ok(parseFieldPattern(field).length > 0)
  }
})
