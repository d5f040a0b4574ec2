import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'
import {
  app,
  controller,
  create,
  isAllowed,
  isRefused,
  merge,
  remove,
  tracked,
} from './argo-attacks.ts'
import { startArgo, told as tell, type ArgoCluster } from './argo-cluster.ts'
import { application, fleetUrl, source } from './argo-manifests.ts'
import { says } from './argo-step.ts'
import { configMap, documents } from './flux-manifests.ts'
import { withoutWebhook } from './without-webhook.ts'

// What is not in Git does not come into the cluster by way of Argo CD, whoever asks it to.

const edited = ['path', 'branch', 'url', 'values', 'patches', 'plugin'] as const
const operated = ['local', 'override', 'unmerged', 'older', 'forced'] as const
const names = [...edited, ...operated]

const job = (image: string) => `
apiVersion: batch/v1
kind: Job
metadata: {name: once, annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}}
spec:
  completions: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example.com/job:${image}"}]}
`

const kept = (text: string) =>
  documents({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kept' },
    data: { says: text },
  })

const evil = (namespace: string) => configMap('evil', { says: 'evil' }, namespace)

const retry = { limit: 1, backoff: { duration: '1s', maxDuration: '2s' } }

/** What is edited is declared: Argo CD leaves alone what somebody adds to an object. */
const told: Readonly<Record<string, JsonObject>> = {
  values: { helm: { values: 'says: good' } },
  patches: { kustomize: patched('good') },
}

function patched(text: string): JsonObject {
  const patch = `- {op: replace, path: /data/says, value: ${text}}`
  return { patches: [{ target: { kind: 'ConfigMap' }, patch }] }
}

const applications = Object.fromEntries(
  names.map((name) => [
    `apps/${name}.yaml`,
    documents(application(name, { source: { path: name, ...told[name] }, syncPolicy: { retry } })),
  ]),
)

const firstFiles = {
  ...applications,
  ...Object.fromEntries(names.map((name) => [`${name}/kept.yaml`, kept('good')])),
  'values/kept.yaml': null,
  'values/Chart.yaml': 'apiVersion: v2\nname: values\nversion: 0.1.0\n',
  'values/values.yaml': 'says: good\n',
  'values/templates/kept.yaml': kept('{{ .Values.says }}'),
  'patches/kustomization.yaml': 'resources: [kept.yaml]\n',
  'older/kept.yaml': kept('of old'),
  'forced/job.yaml': job('1'),
  'unused/evil.yaml': documents({ ...evil(''), metadata: { name: 'evil' } }),
  'unused/kept.yaml': kept('evil'),
}

let argo: ArgoCluster
let fork: Fleet
let oldest = ''
let unmerged = ''

before(async () => {
  fork = await makeFleet({ 'url/kept.yaml': kept('evil') })
  argo = await startArgo(firstFiles, {
    policyFile: 'attacked-policy.yaml',
    bootstrapFile: 'attacked-bootstrap.yaml',
    repositories: { fork: fork.directory },
  })
  oldest = (await argo.fleet.git(['rev-parse', 'main'])).trim()
  await argo.land({ 'older/kept.yaml': kept('good') })
  await argo.fleet.git(['branch', 'feature', 'main'])
  unmerged = await argo.commit(
    {
      'branch/kept.yaml': kept('evil'),
      'unmerged/kept.yaml': kept('evil'),
      'forced/kept.yaml': kept('evil'),
      'forced/job.yaml': job('evil'),
    },
    'feature',
  )
})
after(async () => {
  await argo.end()
  fork.remove()
})

function uidOf(object: JsonObject | undefined): string | undefined {
  return stringAt(object ?? null, 'metadata', 'uid')
}

async function isUnchanged(): Promise<void> {
  for (const name of names) {
    await says(argo, `${name}/kept`, { says: 'good' })
    assert.equal(await argo.read({ kind: 'ConfigMap', namespace: name, name: 'evil' }), undefined)
  }
}

const edits: Readonly<Record<(typeof edited)[number], JsonObject>> = {
  path: { path: 'unused' },
  branch: { targetRevision: 'feature' },
  url: { repoURL: 'FORK' },
  values: { helm: { values: 'says: evil' } },
  patches: { kustomize: patched('evil') },
  plugin: { plugin: { name: 'evil' } },
}

const forkUrl = () => argo.cluster.git['fork'] ?? ''

function edit(name: (typeof edited)[number]) {
  const text = JSON.stringify({ spec: { source: edits[name] } }).replace('FORK', forkUrl())
  return merge(app(name), JSON.parse(text) as JsonObject)
}

function syncOf(name: (typeof operated)[number]): JsonObject {
  const given = JSON.parse(
    JSON.stringify(source({ path: 'unused' })).replaceAll(fleetUrl, argo.url),
  ) as JsonObject
  const all = {
    local: { manifests: [JSON.stringify(evil('local')), JSON.stringify(JSON.parse(kept('evil')))] },
    override: { source: given },
    unmerged: { revision: unmerged },
    older: { revision: oldest },
    forced: { revision: unmerged, syncStrategy: { apply: { force: true } } },
  }
  return all[name]
}

function operate(name: (typeof operated)[number]) {
  const operation = { initiatedBy: { username: 'admin' }, sync: syncOf(name) }
  return merge(app(name), { operation })
}

describe('a person may not tell Argo CD what to apply', () => {
  for (const name of edited) {
    test(`by the spec of an Application: ${name}`, () =>
      isRefused(argo, 'alice', edit(name), /^HumanWrite$/))
  }
  for (const name of operated) {
    test(`by an operation: ${name}`, () => isRefused(argo, 'alice', operate(name), /^HumanWrite$/))
  }
  test('by a project, or an Application more or less', async () => {
    const project = { kind: 'AppProject', namespace: 'argocd', name: 'default' }
    const wider = merge(project, { spec: { sourceNamespaces: ['*'] } })
    await isRefused(argo, 'alice', wider, /^HumanWrite$/)
    const another = application('another', { source: { path: 'unused' } })
    await isRefused(argo, 'alice', create(another), /^HumanWrite$/)
    await isRefused(argo, 'alice', remove(app('path')), /^HumanWrite$/)
  })
  test('nor change what it has applied', async () => {
    const object = { kind: 'ConfigMap', namespace: 'path', name: 'kept' }
    await isRefused(argo, 'alice', merge(object, { data: { says: 'evil' } }), /^HumanWrite$/)
    await isRefused(argo, 'alice', remove(object), /^HumanWrite$/)
    await isUnchanged()
  })
})

const object = { kind: 'ConfigMap', namespace: 'path', name: 'kept' }
const silent = /^Evidence(?:Missing|Refused)$/

describe('the account of the controller may not, while nothing runs', () => {
  test('apply what is not declared, with whatever marks', async () => {
    for (const instance of ['path', 'branch', 'root', 'nobody', 'teams_path']) {
      await isRefused(argo, controller, create(tracked(evil('path'), instance)), silent)
    }
    await isRefused(
      argo,
      controller,
      create(evil('path')),
      /^(?:Evidence(?:Missing|Refused)|NotDeclared)$/,
    )
  })
  test('change or delete what is', async () => {
    await isRefused(argo, controller, merge(object, { data: { says: 'evil' } }), silent)
    await isRefused(argo, controller, remove(object), /^(?:EvidenceMissing|StillDeclared)$/)
    await isRefused(argo, controller, remove(app('path')), /^(?:EvidenceMissing|StillDeclared)$/)
  })
  test('write the spec or the operation of an Application as it likes', async () => {
    for (const name of edited) await isRefused(argo, controller, edit(name), silent)
    for (const name of operated) await isRefused(argo, controller, operate(name), silent)
    await isUnchanged()
  })
})

describe('the account of the controller may not, though it says that it syncs', () => {
  let tip = ''

  /** What the controller itself would say of an automated sync. */
  async function pretend(sync: JsonObject): Promise<void> {
    const started = { initiatedBy: { automated: true }, retry: { limit: 5 } }
    const asked = {
      ...started,
      sync: { revision: tip, prune: true, syncOptions: ['CreateNamespace=true'] },
    }
    await isAllowed(argo, controller, merge(app('path'), { operation: asked }))
    const operation = { ...started, sync: { revision: tip, ...sync } }
    const state = {
      operation,
      phase: 'Running',
      startedAt: '2026-01-01T00:00:00Z',
      syncResult: null,
    }
    await isAllowed(argo, controller, merge(app('path'), { status: { operationState: state } }))
  }

  before(async () => {
    tip = (await argo.fleet.git(['rev-parse', 'main'])).trim()
    await argo.cluster.kill(controller)
  })
  after(async () => {
    await isAllowed(argo, controller, merge(app('path'), { operation: null }))
    await argo.cluster.start(controller)
  })

  const change = merge(object, { data: { says: 'evil' } })
  const make = create(tracked(evil('path'), 'path'))

  test('apply anything else than the commit says', async () => {
    await pretend({})
    await isRefused(argo, controller, make, /^NotDeclared$/)
    await isRefused(argo, controller, change, /^ContentMismatch$/)
    await isRefused(argo, controller, remove(object), /^StillDeclared$/)
    await pretend({ prune: true })
    await isRefused(argo, controller, remove(object), /^StillDeclared$/)
  })
  test('by a commit that is on no branch, or of old', async () => {
    await pretend({ revision: unmerged })
    await isRefused(argo, controller, change, /^Commit(?:NotOnBranch|Unknown)$/)
    await pretend({ revision: 'f'.repeat(40) })
    await isRefused(argo, controller, change, /^CommitUnknown$/)
    await pretend({ revision: oldest })
    await isRefused(argo, controller, make, /^(?:CommitSuperseded|NotDeclared)$/)
    await isRefused(argo, controller, change, /^(?:CommitSuperseded|ContentMismatch)$/)
  })
  test('by manifests or sources that come along', async () => {
    await pretend({ manifests: [JSON.stringify(evil('path'))] })
    await isRefused(argo, controller, make, /^EvidenceRefused$/)
    const other = { repoURL: argo.url, targetRevision: 'main', path: 'unused' }
    await pretend({ source: other })
    await isRefused(argo, controller, make, /^EvidenceRefused$/)
    await pretend({ sources: [other] })
    await isRefused(argo, controller, make, /^EvidenceRefused$/)
    await isUnchanged()
  })
})

describe('what was told to Argo CD while the webhook was away', () => {
  // A plugin is nothing that Argo CD has here: it would not even try.
  const tried = edited.filter((name) => name !== 'plugin')
  const reasons: Readonly<Record<string, RegExp>> = {
    // What is sent along bears no mark.
    local: /^Evidence(?:Missing|Refused)$/,
    unmerged: /^CommitNotOnBranch$/,
    forced: /^CommitNotOnBranch$/,
    older: /^CommitSuperseded$/,
  }
  let jobBefore: JsonObject | undefined
  const once = { kind: 'Job', namespace: 'forced', name: 'once' }

  test('it does not apply: it is refused', async () => {
    jobBefore = await argo.read(once)
    const start = argo.denied().length
    await argo.cluster.kill(controller)
    await withoutWebhook(argo, async () => {
      for (const name of tried) await isAllowed(argo, 'admin', edit(name))
      for (const name of operated) await isAllowed(argo, 'admin', operate(name))
    })
    await argo.cluster.start(controller)
    await argo.until('each of them was refused', () => {
      const refused = argo.denied().slice(start)
      return [...tried, ...operated].every((name) => refused.some(({ ns }) => ns === name))
    })
    for (const record of argo.denied().slice(start)) {
      assert.match(record.reason, reasons[record.ns] ?? /^EvidenceRefused$/, tell(record))
    }
    await isUnchanged()
  })

  test('nothing was deleted to make it anew', async () => {
    const now = await argo.read(once)
    assert.deepEqual(now?.['spec'], jobBefore?.['spec'])
    assert.equal(uidOf(now), uidOf(jobBefore))
  })

  test('is what Git says again once the root applies', async () => {
    await argo.commit({ 'apps/README.md': 'another commit' })
    const root = { kind: 'Application', metadata: { namespace: 'argocd', name: 'root' } }
    await argo.refresh(root)
    await argo.until('their specs are those of Git', async () => {
      const live = await Promise.all(tried.map((name) => argo.read(app(name))))
      return !/evil|unused|feature|fork\.git/.test(JSON.stringify(live.map((one) => one?.['spec'])))
    })
    await argo.until('they are in sync', async () => {
      const live = await Promise.all(tried.map((name) => argo.read(app(name))))
      return live.every((one) => stringAt(one ?? null, 'status', 'sync', 'status') === 'Synced')
    })
    await isUnchanged()
  })
})

test('what was changed while the webhook was away is healed', async () => {
  await withoutWebhook(argo, async () => {
    await isAllowed(argo, 'admin', merge(object, { data: { says: 'evil' } }))
    await isAllowed(argo, 'admin', remove({ ...object, namespace: 'branch' }))
  })
  await argo.until('it is as before', async () => {
    const healed = ['path', 'branch'].map((namespace) => argo.read({ ...object, namespace }))
    return (await Promise.all(healed)).every(
      (one) => JSON.stringify(one?.['data']) === '{"says":"good"}',
    )
  })
  await isUnchanged()
})
