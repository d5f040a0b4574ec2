import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { engineEvidence } from '../../../src/core/provenance/engine-evidence.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import { application, automated, running, url } from '../engines/argo-cd/applications.ts'
import {
  applicationController,
  apps,
  declares,
  fleet,
  groundOf,
  labelled,
  repository,
  settings,
  source,
  subjectOf,
  terminating,
  withSpec,
  withStatus,
} from './engine-ground.ts'

import { ask, idle, said } from './asking-evidence.ts'

describe('a dry-run before anything is applied', () => {
  test('is judged by what would be applied', async () => {
    const idleOne = { live: [idle, source] }
    const dry = { request: { dryRun: true } }
    assert.deepEqual(await said({ ...idleOne, ...dry }), ['fleet aaa apps/prod'])
    assert.match((await said(idleOne))[0] ?? '', /^none/)
    const gone = { operation: 'DELETE', object: null, oldObject: labelled(settings) } as const
    assert.match((await said({ ...idleOne, request: { ...gone, dryRun: true } }))[0] ?? '', /^none/)
  })

  test('is judged by what is applied, once that has begun', async () => {
    const newer = withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitB}` })
    const asking = { live: [newer, source], request: { dryRun: true } }
    assert.deepEqual(await said(asking), ['fleet bbb apps/prod'])
  })

  test('asks for the newest head, or the pin', async () => {
    const ground = groundOf({
      live: [idle, source],
      fleet: {
        ...fleet,
        afterRefresh: {
          tips: { main: commitB },
          declares: { [commitB]: [declares(apps), declares(source)] },
        },
      },
    })
    const evidence = await engineEvidence('flux', subjectOf({ dryRun: true }), ground, 'seen')
    assert.equal(evidence.kind === 'claims' && evidence.claims[0]?.commit, commitB)
    assert.deepEqual(ground.refreshed, ['fleet'])
    const pinned = withSpec(source, { ref: { commit: commitA } })
    const git = repository([declares(apps), declares(pinned)])
    const at = await ask({ live: [idle, pinned], fleet: git, request: { dryRun: true } })
    assert.deepEqual(at.kind === 'claims' && at.claims.map(({ plan }) => plan?.pin), [commitA])
  })

  test('goes on while its object is deleted', async () => {
    const ending = { live: [terminating(idle), source], request: { dryRun: true } }
    assert.deepEqual(await said(ending), ['fleet aaa apps/prod'])
  })

  test('is refused like the write itself', async () => {
    const edited = withSpec(idle, { path: './evil' })
    const asking = { live: [edited, source], request: { dryRun: true } }
    assert.match((await said(asking))[0] ?? '', /^EvidenceRefused: .*spec\.path/)
    const bucket = withSpec(idle, { sourceRef: { kind: 'Bucket', name: 'x' } })
    const refused = { live: [bucket, source], request: { dryRun: true } }
    assert.match((await said(refused))[0] ?? '', /^EvidenceRefused: .*Bucket/)
  })

  test('is nothing where the branch is gone', async () => {
    const git = {
      ...fleet,
      tips: { release: commitA },
      declares: {
        [commitA]: [declares(apps), declares(source)].map((one) => ({ ...one, branch: 'release' })),
      },
    }
    const evidence = await ask({ live: [idle, source], fleet: git, request: { dryRun: true } })
    assert.ok(evidence.kind === 'claims')
    assert.equal(evidence.claims[0]?.commit, 'the head of main for Kustomization flux-system/apps')
  })
})

describe('an Application', () => {
  const web = application()
  const tracked: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' },
    },
  }
  const asking = {
    engine: 'argo-cd',
    writer: 'argo',
    request: { user: applicationController, object: tracked },
    fleet: repository([declares(web)]),
  } as const

  test('applies the revision of its running operation, or else nothing', async () => {
    const sync = running(automated({ revision: commitB }))
    assert.deepEqual(await said({ ...asking, live: [sync] }), ['fleet bbb apps/web'])
    assert.match(
      (await said({ ...asking, live: [web] }))[0] ?? '',
      /^none: Application argocd\/web/,
    )
  })

  test('applies the head of its branch before the revision is known', async () => {
    const sync = running(automated({ revision: 'main' }))
    assert.deepEqual(await said({ ...asking, live: [sync] }), ['fleet aaa apps/web'])
  })

  test('applies nothing that somebody sent along', async () => {
    const local = running(automated({ manifests: ['kind: Secret'] }))
    assert.match(
      (await said({ ...asking, live: [local] }))[0] ?? '',
      /^EvidenceRefused: .*manifests/,
    )
  })

  test('claims each of its sources', async () => {
    const sources = ['web', 'shop'].map((path) => ({ repoURL: url, path, targetRevision: 'main' }))
    const spec = { sources }
    const sync = withSpec(running(automated({ sources, revisions: [commitA, commitB] })), spec)
    const operation = { sync: { sources, revisions: [commitA, commitB], prune: true } }
    const both = withSpec(
      { ...sync, operation, status: { operationState: { operation, phase: 'Running' } } },
      { ...spec, source: null },
    )
    const git = repository([declares(withSpec(web, { ...spec, source: null }))])
    assert.deepEqual(await said({ ...asking, live: [both], fleet: git }), [
      'fleet aaa web',
      'fleet bbb shop',
    ])
  })

  test('creates the namespace of its objects, which bears no mark', async () => {
    const creating = { syncPolicy: { syncOptions: ['CreateNamespace=true'] } }
    const sync = withSpec(running(automated({ revision: commitA })), creating)
    const other = running(automated({ revision: commitA }), { metadata: { name: 'other' } })
    const git = repository([declares(withSpec(web, creating)), declares(other)])
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
    const request = {
      user: applicationController,
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      name: 'shop',
      object: namespace,
    }
    const scene = { ...asking, fleet: git, request }
    assert.deepEqual(await said({ ...scene, live: [other, sync] }), ['fleet aaa apps/web'])
    assert.match((await said({ ...scene, live: [other] }))[0] ?? '', /^none: nothing tells/)
    const ending = terminating(sync)
    assert.match((await said({ ...scene, live: [ending] }))[0] ?? '', /^none: nothing tells/)
    const elsewhere = { ...scene, request: { ...request, name: 'bank' } }
    assert.match((await said({ ...elsewhere, live: [sync] }))[0] ?? '', /^none: nothing tells/)
  })
})
