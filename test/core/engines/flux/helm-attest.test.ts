import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attestation, Found, Revision, Write } from '../../../../src/core/engines/engine.ts'
import { helmRelease as kind } from '../../../../src/core/engines/flux/helm-release.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import {
  commitA,
  commitB,
  found,
  gitRepository,
  helmChart,
  helmRelease,
  url,
  type Parts,
} from './objects.ts'

const short = commitA.slice(0, 12)
const ending = { deletionTimestamp: '2026-01-01T00:00:00Z' }

interface Scene {
  readonly release?: Parts
  readonly chart?: Parts
  readonly source?: Parts
  readonly write?: Write
}

function attest({ release = {}, chart = {}, source = {}, write = 'apply' }: Scene): Attestation {
  const around: Found = found(gitRepository(source), helmChart(chart))
  return kind.attest(helmRelease(release), around, write)
}

function commitOf(scene: Scene): string {
  const attestation = attest(scene)
  assert.ok(attestation.kind === 'applies', JSON.stringify(attestation))
  const [only, second] = attestation.applied
  assert.ok(only?.revision.kind === 'commit' && second === undefined)
  assert.equal(only.url, url)
  return only.revision.id
}

function revisionOf(scene: Scene): Revision | undefined {
  const attestation = attest(scene)
  assert.ok(attestation.kind === 'applies', JSON.stringify(attestation))
  return attestation.applied[0]?.revision
}

function whyNot(scene: Scene): string {
  const attestation = attest(scene)
  assert.ok(attestation.kind !== 'applies', 'it attests')
  return `${attestation.kind}: ${attestation.why}`
}

/** Of the default strategy, where only a new version of the chart makes a new package. */
function perVersion(attempted: string, status: JsonObject = {}): Scene {
  const reconcileStrategy = 'ChartVersion'
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' }
  const template = { chart: './charts/shop', reconcileStrategy, sourceRef }
  return {
    release: {
      spec: { chart: { spec: template } },
      status: { lastAttemptedRevision: attempted },
    },
    chart: { spec: { reconcileStrategy }, status: { artifact: { revision: '1.2.3' }, ...status } },
  }
}

describe('what a HelmRelease is applying', () => {
  test('is the commit that its chart was packed of', () => {
    assert.equal(commitOf({}), commitA)
    assert.equal(commitOf({ write: 'delete' }), commitA)
  })

  test('is told by the HelmChart where the version does not say it', () => {
    assert.equal(commitOf(perVersion('1.2.3')), commitA)
  })

  test('is told with the generation of a HelmChart that has other default values', () => {
    const valuesFiles = ['env/prod.yaml']
    const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' }
    const template = { chart: 'charts/shop', reconcileStrategy: 'Revision', sourceRef, valuesFiles }
    const version = `1.2.3+${short}.4`
    const scene = {
      release: { spec: { chart: { spec: template } }, status: { lastAttemptedRevision: version } },
      chart: { spec: { valuesFiles }, status: { artifact: { revision: version } } },
    }
    assert.equal(commitOf(scene), commitA)
  })

  test('leaves it to Git what a tag is', () => {
    const status = { observedSourceArtifactRevision: `v1@sha1:${commitA}` }
    const attestation = attest({ source: { spec: { ref: { tag: 'v1' } } }, chart: { status } })
    assert.ok(attestation.kind === 'applies')
    const { plan, revision } = attestation.applied[0] ?? assert.fail()
    assert.deepEqual([plan.branch, 'pin' in plan], ['refs/tags/v1', false])
    assert.deepEqual(revision, { kind: 'commit', id: commitA })
  })

  test('pins the plan of a range of versions to what is fetched, whatever was packed', () => {
    const chart = { status: { observedSourceArtifactRevision: `v1.1.0@sha1:${commitA}` } }
    const fetched = { artifact: { revision: `v1.2.0@sha1:${commitB}` } }
    const source = { spec: { ref: { semver: '>=1' } }, status: fetched }
    const attestation = attest({ source, chart })
    assert.ok(attestation.kind === 'applies')
    const { plan, revision } = attestation.applied[0] ?? assert.fail()
    assert.equal(plan.pin, commitB)
    assert.deepEqual(revision, { kind: 'commit', id: commitA })
  })

  test('is the head whose first digits its version has, while the HelmChart is further', () => {
    const next = { observedSourceArtifactRevision: `main@sha1:${commitB}` }
    const packed = { ...next, artifact: { revision: `1.2.3+${commitB.slice(0, 12)}` } }
    for (const status of [next, packed, { ...next, artifact: null }]) {
      assert.deepEqual(revisionOf({ chart: { status } }), { kind: 'head', digits: short })
    }
  })

  test('is a recent head, while the HelmChart has another version', () => {
    assert.deepEqual(revisionOf(perVersion('1.2.2')), { kind: 'head', digits: '' })
  })

  const seen = (revision: string): Parts => ({
    status: { observedSourceArtifactRevision: revision },
  })
  const idle: readonly (readonly [string, Scene, RegExp])[] = [
    [
      'before its first attempt',
      { release: { status: { lastAttemptedRevision: null } } },
      /no chart/,
    ],
    ['before the HelmChart saw anything', { chart: seen('') }, /no revision yet/],
    [
      'with a version that holds no commit',
      {
        release: { status: { lastAttemptedRevision: '1.2.3' } },
        chart: { status: { artifact: { revision: '1.2.3' } } },
      },
      /not made of one commit/,
    ],
    [
      'with a version that holds too little of the commit',
      {
        release: { status: { lastAttemptedRevision: `1.2.3+${short.slice(1)}` } },
        chart: { status: { artifact: { revision: `1.2.3+${short.slice(1)}` } } },
      },
      /not made of one commit/,
    ],
    ['of another branch', { chart: seen(`release@sha1:${commitA}`) }, /names now/],
    ['with a HelmChart for another chart', { chart: { spec: { chart: 'charts/x' } } }, /not yet/],
    [
      'with a HelmChart of another source',
      { chart: { spec: { sourceRef: { kind: 'GitRepository', name: 'x' } } } },
      /not yet/,
    ],
    [
      'with a HelmChart with other values',
      { chart: { spec: { valuesFiles: ['x.yaml'] } } },
      /not yet/,
    ],
    [
      'with a HelmChart that cannot be read',
      { chart: { spec: { sourceRef: { kind: 'Bucket', name: 'fleet' } } } },
      /not yet/,
    ],
    ['for another cluster', { release: { spec: { kubeConfig: {} } } }, /another cluster/],
    ['while it is being deleted', { release: { metadata: ending } }, /deleted/],
  ]
  for (const [title, scene, why] of idle) {
    test(`is not known ${title}`, () => {
      assert.match(whyNot(scene), /^idle: /)
      assert.match(whyNot(scene), why)
    })
  }

  test('is not known without its HelmChart or its repository', () => {
    for (const object of [gitRepository(), helmChart()]) {
      assert.equal(kind.attest(helmRelease(), found(object), 'apply').kind, 'idle')
    }
  })

  for (const revision of [
    `main@sha1:${short}`,
    'main@sha1:',
    `main@sha1:${commitA.toUpperCase()}`,
  ]) {
    test(`is refused with ${revision.slice(0, 24)}`, () => {
      assert.match(whyNot({ chart: seen(revision) }), /^refused: .*no full commit id/)
    })
  }

  test('is refused where the plan is', () => {
    const release = { spec: { postRenderers: [{}] } }
    assert.match(whyNot({ release }), /^refused: /)
  })
})

describe('what a HelmRelease deletes at its end', () => {
  const metadata = ending

  test('is all of its release, whatever package it attempted', () => {
    const release = { metadata, status: { lastAttemptedRevision: '0.0.1' } }
    assert.equal(commitOf({ release, write: 'delete' }), commitA)
  })

  test('does not depend on values that are gone before it', () => {
    const valuesFrom = [{ kind: 'ConfigMap', name: 'gone' }]
    assert.equal(
      commitOf({ release: { metadata, spec: { valuesFrom } }, write: 'delete' }),
      commitA,
    )
    assert.match(whyNot({ release: { spec: { valuesFrom } }, write: 'delete' }), /^idle: ConfigMap/)
  })

  test('is nothing while it is suspended', () => {
    const release = { metadata, spec: { suspend: true } }
    assert.match(whyNot({ release, write: 'delete' }), /^refused: it leaves/)
  })

  test('is nothing more once it let go of itself', () => {
    const release = { metadata: { ...ending, finalizers: [] } }
    assert.match(whyNot({ release, write: 'delete' }), /^idle: .*done/)
  })
})
