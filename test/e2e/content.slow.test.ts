import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  applyKinds,
  specimen,
  startContentCluster,
  type ContentCluster,
} from './content-cluster.ts'
import { isHarmless } from './kind-manifests.ts'
import { assertRefused, refusalOf } from './refusals.ts'

// Manifests of every built-in kind, written in every way in which writers write, with no tolerations.

let content: ContentCluster

before(async () => {
  content = await startContentCluster()
})

after(() => content.end())

/** Kinds that can be created and of which there is no manifest. */
const leftOut: Readonly<Record<string, string>> = {
  'v1 Binding': 'is never stored',
  'v1 Event': 'is no desired state',
  'events.k8s.io/v1 Event': 'is no desired state',
  'authentication.k8s.io/v1 SelfSubjectReview': 'is never stored',
  'authentication.k8s.io/v1 TokenReview': 'is never stored',
  'authorization.k8s.io/v1 LocalSubjectAccessReview': 'is never stored',
  'authorization.k8s.io/v1 SelfSubjectAccessReview': 'is never stored',
  'authorization.k8s.io/v1 SelfSubjectRulesReview': 'is never stored',
  'authorization.k8s.io/v1 SubjectAccessReview': 'is never stored',
  'solewriter.dev/v1alpha1 AuditCheckpoint': 'is our own',
  'solewriter.dev/v1alpha1 BreakGlassApproval': "is people's",
  'solewriter.dev/v1alpha1 BreakGlassGrant': "is people's",
  'solewriter.dev/v1alpha1 PostMortem': 'is our own',
}
/** The API server asks no webhook about these. */
const unasked = 'admissionregistration.k8s.io/'

test('there is a manifest of every kind that can be created', () => {
  const creatable = [...content.kinds.values()].filter(({ verbs }) => verbs.includes('create'))
  const shown = new Set(content.specimens.map(({ kind }) => kind.name))
  const missing = creatable
    .map(({ name }) => name)
    .filter((name) => !shown.has(name) && !name.startsWith(unasked))
  assert.deepEqual(missing.toSorted(), Object.keys(leftOut).toSorted())
})

describe('what a commit declares is admitted', () => {
  test('created', async () => {
    for (const { title, object, collection } of content.specimens) {
      const body = await content.claim(object)
      const answer = await content.ci({ method: 'POST', path: `${collection}?dryRun=All`, body })
      // One of them is there already, for the others to refer to.
      const isThere = title === 'v1 ServiceAccount robot'
      assert.equal(answer.status, isThere ? 409 : 201, `${title}: ${answer.text.slice(0, 600)}`)
    }
  })

  test('applied by the client, and again', async () => {
    const first = await applyKinds(content)
    const created = first.filter((line) => line.endsWith(' created'))
    assert.equal(created.length, first.length - 1, first.join('\n'))
    for (const line of await applyKinds(content)) assert.match(line, / (?:unchanged|configured)$/)
  })

  test('applied by the server, and again', async () => {
    for (const _ of ['after the client', 'again']) {
      const lines = await applyKinds(content, '--server-side', '--force-conflicts')
      for (const line of lines) assert.match(line, / serverside-applied$/)
    }
  })

  test('replaced, unless that takes away a finalizer about which Git is silent', async () => {
    const refused: Record<string, string> = {}
    for (const one of content.specimens.filter(isHarmless)) {
      const live = await content.ci({ method: 'GET', path: one.path })
      const body = await content.claim(one.object)
      const { resourceVersion } = live.json.metadata ?? {}
      const metadata = { ...(body['metadata'] as object), resourceVersion }
      const path = `${one.path}?dryRun=All`
      const answer = await content.ci({ method: 'PUT', path, body: { ...body, metadata } })
      if (answer.status !== 200) {
        refused[one.title] = refusalOf(answer)?.why.replace(/^.*: |\.$/g, '') ?? 'the API server'
      }
    }
    assert.deepEqual(Object.keys(refused).toSorted(), Object.keys(irreplaceable).toSorted())
    for (const [title, why] of Object.entries(irreplaceable)) {
      assert.match(refused[title] ?? '', why, title)
    }
  })
})

describe('a status that the API server takes over', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['v1 Node manual', { capacity: { cpu: '64' } }],
    ['v1 Pod plain', { qosClass: 'Guaranteed' }],
  ]
  for (const [title, status] of cases) {
    test(`is denied: ${title}`, async () => {
      const { object, collection } = specimen(content, title)
      const body = { ...(await content.claim(object)), status }
      const answer = await content.ci({ method: 'POST', path: `${collection}?dryRun=All`, body })
      assert.match(assertRefused(answer, 'ContentMismatch').why, /status/)
    })
  }
})

const byServer = /^the API server$/
const finalizer = /^metadata\.finalizers\[\*\] is removed, and fleet@[0-9a-f]{12} does not say so$/

/** What a manifest cannot replace as it is written. */
const irreplaceable: Readonly<Record<string, RegExp>> = {
  'apps/v1 ControllerRevision rev': byServer,
  'batch/v1 Job once': byServer,
  'batch/v1 Job plain': byServer,
  'v1 PersistentVolumeClaim default-class': byServer,
  'v1 Pod on-host': byServer,
  'v1 Pod plain': byServer,
  'networking.k8s.io/v1 ServiceCIDR more': finalizer,
  'storage.k8s.io/v1 VolumeAttributesClass gold': finalizer,
  'v1 PersistentVolume disk': finalizer,
  'v1 PersistentVolume local': finalizer,
  'v1 PersistentVolumeClaim claim': finalizer,
  'v1 PersistentVolumeClaim copy': finalizer,
}
