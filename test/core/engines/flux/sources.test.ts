import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kustomization as kind } from '../../../../src/core/engines/flux/kustomization.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { SourcedPlan } from '../../../../src/core/engines/engine.ts'
import {
  commitA,
  found,
  gitRepository,
  kustomization,
  ociRepository,
  url,
  type Parts,
} from './objects.ts'

function answerFor(source: JsonObject, spec: JsonObject = {}) {
  return kind.plans(kustomization({ spec }), found(source))
}

function planFor(source: JsonObject, spec: JsonObject = {}): SourcedPlan {
  const answer = answerFor(source, spec)
  assert.ok(answer.kind === 'plans', JSON.stringify(answer))
  return answer.plans[0] ?? assert.fail()
}

function whyNot(source: JsonObject, spec: JsonObject = {}): string {
  const answer = answerFor(source, spec)
  return answer.kind === 'plans' ? assert.fail('it has a plan') : `${answer.kind}: ${answer.why}`
}

describe('a GitRepository', () => {
  const git = (spec: JsonObject) => gitRepository({ spec })

  test('is known by its URL as it is written', () => {
    for (const one of ['ssh://git@git.example.com/fleet', 'http://git.local/fleet.git', url]) {
      assert.equal(planFor(git({ url: one })).url, one)
    }
  })

  test('may have what does not change its files', () => {
    const spec = {
      secretRef: { name: 'token' },
      proxySecretRef: { name: 'proxy' },
      verify: { mode: 'HEAD', secretRef: { name: 'keys' } },
      provider: 'generic',
      suspend: true,
      timeout: '60s',
      recurseSubmodules: false,
      include: [],
      sparseCheckout: [],
      ignore: '# nothing\n\n  \n',
    }
    assert.equal(planFor(git(spec)).plan.path, 'apps/prod')
  })

  const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['other repositories in it', { include: [{ repository: { name: 'x' } }] }, /spec\.include/],
    ['includes that are no list', { include: {} }, /spec\.include/],
    ['submodules', { recurseSubmodules: true }, /spec\.recurseSubmodules/],
    ['submodules as text', { recurseSubmodules: 'false' }, /spec\.recurseSubmodules/],
    ['files left out', { ignore: '# all but one\n/*\n!/apps' }, /spec\.ignore.*leaves out/],
    ['patterns that are no text', { ignore: ['/*'] }, /spec\.ignore/],
    ['no URL', { url: null }, /no URL/],
    ['a URL that is a path', { url: '/srv/fleet.git' }, /no URL/],
    ['a URL that is a program', { url: 'ext::sh -c id' }, /no URL/],
    ['a file as URL', { url: 'file:///srv/fleet.git' }, /no URL/],
    ['a field of a later Flux', { overlay: 'x' }, /does not have: overlay/],
    ['a reference of a later Flux', { ref: { newest: true } }, /does not have: newest/],
    ['a reference that is no text', { ref: { branch: 7 } }, /no text/],
    ['a reference that is no object', { ref: 'main' }, /no object/],
    ['a short commit', { ref: { commit: commitA.slice(0, 7) } }, /no full commit id/],
    ['a commit that is a name', { ref: { commit: 'main' } }, /no full commit id/],
    ['a pull request', { ref: { name: 'refs/pull/420/head' } }, /neither a branch nor a tag/],
    ['a merge request', { ref: { name: 'refs/merge-requests/1/head' } }, /neither/],
    ['a name that is not full', { ref: { name: 'main' } }, /neither/],
    ['the name of all branches', { ref: { name: 'refs/heads/' } }, /neither/],
  ]
  for (const [title, spec, why] of refused) {
    test(`is refused with ${title}`, () => {
      const answer = whyNot(git(spec))
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  const checkedOut: readonly (readonly [readonly string[], string, boolean])[] = [
    [['apps'], 'apps/prod', true],
    [['./apps/prod/'], 'apps/prod', true],
    [['infra', 'apps'], 'apps', true],
    [['.'], 'apps', true],
    [['apps/prod'], 'apps', false],
    [['app'], 'apps', false],
    [['infra'], '.', false],
    [['../apps'], 'apps', false],
  ]
  for (const [sparseCheckout, path, isThere] of checkedOut) {
    const where = `${path} where ${sparseCheckout.join(' and ')} is checked out`
    test(`has ${isThere ? 'all' : 'not all'} of ${where}`, () => {
      const source = git({ sparseCheckout })
      if (isThere) assert.equal(planFor(source, { path }).plan.path, path)
      else assert.match(whyNot(source, { path }), /^refused: /)
    })
  }

  test('of which a part is checked out may lack a component that the commit has', () => {
    const spec = { ignoreMissingComponents: true, components: ['../../shared'] }
    assert.match(whyNot(git({ sparseCheckout: ['apps'] }), spec), /^refused: .*MissingComponents/)
  })
})

describe('an OCIRepository', () => {
  const sourceRef = { kind: 'OCIRepository', name: 'fleet' }
  const oci = (own: Parts, metadata: JsonObject = {}) => ociRepository(own, metadata)

  test('is where its artifact was made, in the folder and of the branch that Git says', () => {
    const annotations = { 'solewriter.dev/path': './deploy/', 'solewriter.dev/branch': 'main' }
    const { url: from, plan } = planFor(oci({ metadata: { annotations } }), { sourceRef })
    assert.deepEqual([from, plan.path, plan.branch], [url, 'deploy/apps/prod', 'main'])
    assert.equal('pin' in plan, false)
  })

  test('is the root of no branch in particular without annotations', () => {
    const { plan } = planFor(oci({}), { sourceRef })
    assert.deepEqual([plan.path, plan.branch], ['apps/prod', ''])
    const annotations = { 'solewriter.dev/path': 'deploy' }
    const root = planFor(oci({ metadata: { annotations } }), { sourceRef, path: '' })
    assert.equal(root.plan.path, 'deploy')
  })

  test('is of the repository that Git says, whatever its artifact says', () => {
    const annotations = { 'solewriter.dev/repo': 'platform' }
    assert.equal(planFor(oci({ metadata: { annotations } }), { sourceRef }).url, 'platform')
  })

  test('takes no branch from its artifact, which whoever pushes it writes', () => {
    const said = { 'org.opencontainers.image.revision': `staging@sha1:${commitA}` }
    assert.equal(planFor(oci({}, said), { sourceRef }).plan.branch, '')
  })

  test('is pinned by a digest, and by no tag', () => {
    const digest = { ref: { digest: `sha256:${'c'.repeat(64)}` } }
    assert.equal(planFor(oci({ spec: digest }), { sourceRef }).plan.pin, commitA)
    for (const ref of [{ tag: 'v1.2.3' }, { semver: '>=1' }, {}]) {
      assert.equal('pin' in planFor(oci({ spec: { ref } }), { sourceRef }).plan, false)
    }
  })

  for (const revision of [commitA, `sha1:${commitA}`, `refs/heads/main@sha1:${commitA}`]) {
    test(`has an artifact that says ${revision.slice(0, 20)}...`, () => {
      const said = { 'org.opencontainers.image.revision': revision }
      assert.equal(planFor(oci({}, said), { sourceRef }).url, url)
    })
  }

  const refused: readonly (readonly [string, Parts, JsonObject, RegExp])[] = [
    ['no commit', {}, { 'org.opencontainers.image.revision': null }, /which commit/],
    ['a short commit', {}, { 'org.opencontainers.image.revision': 'abc1234' }, /no full commit id/],
    ['a tag alone', {}, { 'org.opencontainers.image.revision': 'v1.2.3' }, /no full commit id/],
    ['no repository', {}, { 'org.opencontainers.image.source': null }, /which repository/],
    ['files left out', { spec: { ignore: '*.md' } }, {}, /spec\.ignore/],
    ['a field of a later Flux', { spec: { overlay: 1 } }, {}, /does not have: overlay/],
    ['a reference that is no text', { spec: { ref: { digest: 7 } } }, {}, /no text/],
    [
      'a folder that climbs',
      { metadata: { annotations: { 'solewriter.dev/path': '../..' } } },
      {},
      /lead elsewhere/,
    ],
  ]
  for (const [title, own, metadata, why] of refused) {
    test(`is refused with ${title}`, () => {
      const answer = whyNot(oci(own, metadata), { sourceRef })
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  test('has nothing before it fetched', () => {
    assert.match(whyNot(oci({ status: { artifact: null } }), { sourceRef }), /^none: .*nothing yet/)
  })
})
