import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attestation, Found, Write } from '../../../../src/core/engines/engine.ts'
import { kustomization as kind } from '../../../../src/core/engines/flux/kustomization.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import {
  commitA,
  commitB,
  found,
  gitRepository,
  kustomization,
  ociRepository,
  ociRevision,
  url,
  type Parts,
} from './objects.ts'

const usual = found(gitRepository())

function attest(own: Parts, around: Found = usual, write: Write = 'apply'): Attestation {
  return kind.attest(kustomization(own), around, write)
}

function commitOf(attestation: Attestation): string {
  assert.ok(attestation.kind === 'applies', JSON.stringify(attestation))
  const [only, second] = attestation.applied
  assert.ok(only?.revision.kind === 'commit' && second === undefined)
  return only.revision.id
}

function whyNot(attestation: Attestation): string {
  assert.ok(attestation.kind !== 'applies', 'it attests')
  return `${attestation.kind}: ${attestation.why}`
}

function attempted(lastAttemptedRevision: string, ref: JsonObject = { branch: 'main' }) {
  const around = found(gitRepository({ spec: { ref } }))
  return attest({ status: { lastAttemptedRevision } }, around)
}

describe('what a Kustomization is applying', () => {
  test('is the revision that it attempts, not the one that its source holds by now', () => {
    const attestation = attest({})
    assert.equal(commitOf(attestation), commitA)
    assert.ok(attestation.kind === 'applies')
    const [applied] = attestation.applied
    assert.deepEqual([applied?.url, applied?.plan.branch], [url, 'main'])
    assert.equal(applied?.plan.engine?.name, 'apps')
  })

  const revisions: readonly (readonly [string, string, JsonObject])[] = [
    ['a branch', `main@sha1:${commitB}`, { branch: 'main' }],
    ['a branch with slashes', `release/1.x@sha1:${commitB}`, { branch: 'release/1.x' }],
    ['a branch with an @', `a@b@sha1:${commitB}`, { branch: 'a@b' }],
    ['the branch that counts without any', `master@sha1:${commitB}`, {}],
    ['a tag', `v1.2.3@sha1:${commitB}`, { tag: 'v1.2.3' }],
    ['a tag before a range of versions', `v1@sha1:${commitB}`, { tag: 'v1', semver: '>=2' }],
    ['a range of versions', `v9@sha1:${commitB}`, { semver: '>=1' }],
    ['a full name', `refs/heads/main@sha1:${commitB}`, { name: 'refs/heads/main', branch: 'x' }],
    ['a commit', `sha1:${commitB}`, { commit: commitB }],
    ['a commit of a branch', `main@sha1:${commitB}`, { commit: commitB, branch: 'main' }],
    [
      'a commit before a full name',
      `refs/heads/main@sha1:${commitB}`,
      { commit: commitB, name: 'refs/heads/main' },
    ],
    ['a commit before a tag', `sha1:${commitB}`, { commit: commitB, tag: 'v1' }],
  ]
  for (const [title, revision, ref] of revisions) {
    test(`is read from ${title}`, () => assert.equal(commitOf(attempted(revision, ref)), commitB))
  }

  test('is read from a repository with longer ids', () => {
    assert.equal(commitOf(attempted(`main@sha256:${'d'.repeat(64)}`)), 'd'.repeat(64))
  })

  test('goes on while the Kustomization is suspended in the middle', () => {
    assert.equal(commitOf(attest({ spec: { suspend: true } })), commitA)
  })

  const malformed: readonly (readonly [string, string])[] = [
    ['a short id', `main@sha1:${commitA.slice(0, 12)}`],
    ['a long id', `main@sha1:${commitA}a`],
    ['an id in capitals', `main@sha1:${commitA.toUpperCase()}`],
    ['no id', 'main@sha1:'],
    ['no algorithm', `main@${commitA}`],
    ['an unknown algorithm', `main@<unknown>:${'a'.repeat(64)}`],
    ['an id of the other length', `main@sha256:${commitA}`],
    ['a branch alone', 'main'],
    ['the form of older versions', `main/${commitA}`],
    ['an id that goes on', `main@sha1:${commitA}\n`],
    ['a name of two lines', `main\nx@sha1:${commitA}`],
    ['nothing before the @', `@sha1:${commitA}`],
  ]
  for (const [title, revision] of malformed) {
    test(`is refused with ${title}`, () => {
      assert.match(whyNot(attempted(revision)), /^refused: .*no full commit id/s)
    })
  }

  const others: readonly (readonly [string, string, JsonObject])[] = [
    ['another branch', `release@sha1:${commitA}`, { branch: 'main' }],
    ['the branch that was left', `main@sha1:${commitA}`, { branch: 'release' }],
    ['a branch called like two', `main@sha1:${commitB}@sha1:${commitA}`, { branch: 'main' }],
    ['another tag', `v1.2.4@sha1:${commitA}`, { tag: 'v1.2.3' }],
    ['no tag at all', `sha1:${commitA}`, { semver: '*' }],
    ['a bare commit where a branch is followed', `sha1:${commitA}`, { branch: 'main' }],
    ['a branch by its short name', `main@sha1:${commitA}`, { name: 'refs/heads/main' }],
    [
      'another commit than the one named beside a full name',
      `refs/heads/main@sha1:${commitA}`,
      { commit: commitB, name: 'refs/heads/main' },
    ],
    ['another commit than the one named', `sha1:${commitA}`, { commit: commitB }],
    ['a name where only a commit is named', `main@sha1:${commitB}`, { commit: commitB }],
  ]
  for (const [title, revision, ref] of others) {
    test(`is not told by ${title}`, () => {
      assert.match(whyNot(attempted(revision, ref)), /^idle: .*names now/)
    })
  }

  test('is nothing before its first attempt', () => {
    for (const status of [{ lastAttemptedRevision: null }, { lastAttemptedRevision: '' }]) {
      assert.match(whyNot(attest({ status })), /^idle: .*no revision yet/)
    }
    const object = { ...kustomization(), status: null }
    assert.match(whyNot(kind.attest(object, usual, 'apply')), /^idle: /)
  })

  test('is nothing when the source is gone, or it is for another cluster', () => {
    assert.match(whyNot(attest({}, found())), /^idle: GitRepository/)
    assert.match(whyNot(attest({ spec: { kubeConfig: {} } })), /^idle: .*another cluster/)
  })

  test('is nothing any more while it is being deleted', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    assert.match(whyNot(attest({ metadata })), /^idle: .*deleted/)
  })

  test('is refused where the plan is', () => {
    assert.match(whyNot(attest({ spec: { path: '../x' } })), /^refused: /)
  })

  test('leaves it to Git what a tag is', () => {
    const attestation = attempted(`v1@sha1:${commitA}`, { tag: 'v1' })
    assert.ok(attestation.kind === 'applies')
    const { plan, revision } = attestation.applied[0] ?? assert.fail()
    assert.deepEqual([plan.branch, 'pin' in plan], ['refs/tags/v1', false])
    assert.deepEqual(revision, { kind: 'commit', id: commitA })
  })
})

describe('what a Kustomization of an OCIRepository is applying', () => {
  const spec = { sourceRef: { kind: 'OCIRepository', name: 'fleet' } }
  const status = { lastAttemptedRevision: ociRevision }

  test('is what the artifact was made of, if it is still there', () => {
    assert.equal(commitOf(attest({ spec, status }, found(ociRepository()))), commitA)
  })

  test('is not known once the OCIRepository holds another artifact', () => {
    const other = { lastAttemptedRevision: `latest@sha256:${'e'.repeat(64)}` }
    assert.match(
      whyNot(attest({ spec, status: other }, found(ociRepository()))),
      /^idle: .*another/,
    )
  })

  test('is not told by its own digest, which is the length of a commit id', () => {
    const around = found(ociRepository({}, { 'org.opencontainers.image.revision': null }))
    assert.match(whyNot(attest({ spec, status }, around)), /^refused: .*which commit/)
  })
})

describe('what a Kustomization may delete', () => {
  const ending = { deletionTimestamp: '2026-01-01T00:00:00Z' }
  const deletes = (own: Parts, around: Found = usual) => attest(own, around, 'delete')

  test('is what it prunes, at the revision that it attempts', () => {
    const attestation = deletes({})
    assert.equal(commitOf(attestation), commitA)
    assert.ok(attestation.kind === 'applies')
    assert.equal(attestation.onlyRecreates, undefined)
  })

  for (const prune of [false, null, 'true']) {
    test(`is only what asks to be made anew with prune: ${String(prune)}`, () => {
      const attestation = deletes({ spec: { prune } })
      assert.ok(attestation.kind === 'applies')
      assert.equal(attestation.onlyRecreates, true)
      const applying = attest({ spec: { prune } })
      assert.ok(applying.kind === 'applies' && !('onlyRecreates' in applying))
    })
  }

  const policies: readonly (readonly [JsonObject, boolean])[] = [
    [{}, true],
    [{ deletionPolicy: 'MirrorPrune' }, true],
    [{ prune: false }, false],
    [{ deletionPolicy: 'MirrorPrune', prune: false }, false],
    [{ deletionPolicy: 'Delete', prune: false }, true],
    [{ deletionPolicy: 'WaitForTermination', prune: false }, true],
    [{ deletionPolicy: 'Orphan' }, false],
    [{ deletionPolicy: 'delete' }, false],
    [{ deletionPolicy: 7 }, false],
    [{ suspend: true }, false],
    [{ suspend: 'false' }, false],
    [{ deletionPolicy: 'Delete', suspend: true }, false],
    [{ prune: 'true' }, false],
  ]
  for (const [spec, isAllowed] of policies) {
    const what = JSON.stringify(spec)
    test(`is ${isAllowed ? 'all' : 'nothing'} at its end with ${what}`, () => {
      const attestation = deletes({ metadata: ending, spec })
      if (!isAllowed) return assert.match(whyNot(attestation), /^refused: it leaves what it made/)
      assert.equal(commitOf(attestation), commitA)
      assert.ok(attestation.kind === 'applies')
      assert.equal(attestation.onlyRecreates, undefined)
    })
  }

  test('is nothing more once it let go of itself', () => {
    for (const finalizers of [[], ['other'], null]) {
      const metadata = { ...ending, finalizers }
      assert.match(whyNot(deletes({ metadata })), /^idle: .*done/)
    }
  })

  test('does not depend at its end on variables that are gone before it', () => {
    const spec = { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } }
    assert.match(whyNot(deletes({ spec })), /^idle: ConfigMap/)
    assert.equal(commitOf(deletes({ metadata: ending, spec })), commitA)
  })
})
