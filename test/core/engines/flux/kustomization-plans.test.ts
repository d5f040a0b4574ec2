import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Found } from '../../../../src/core/engines/engine.ts'
import { kustomization as kind } from '../../../../src/core/engines/flux/kustomization.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { Plan } from '../../../../src/core/plans/plan.ts'
import { commitA, configMap, found, gitRepository, kustomization, url } from './objects.ts'

const usual = found(gitRepository())

function planOf(spec: JsonObject, around: Found = usual): Plan {
  const answer = kind.plans(kustomization({ spec }), around)
  assert.ok(answer.kind === 'plans', JSON.stringify(answer))
  const [only, second] = answer.plans
  assert.equal(second, undefined)
  return only?.plan ?? assert.fail()
}

function whyNot(object: JsonObject, around: Found = usual): string {
  const answer = kind.plans(object, around)
  return answer.kind === 'plans' ? assert.fail('it has a plan') : `${answer.kind}: ${answer.why}`
}

describe('the plan of a Kustomization', () => {
  test('is what kustomize makes of its path at the head of the branch of its source', () => {
    const answer = kind.plans(kustomization(), usual)
    assert.deepEqual(structuredClone(answer), {
      kind: 'plans',
      plans: [
        {
          url,
          plan: {
            path: 'apps/prod',
            branch: 'main',
            renderer: 'kustomize',
            namespace: '',
            kustomize: { engine: 'flux', edits: {} },
            engine: {
              group: 'kustomize.toolkit.fluxcd.io',
              kind: 'Kustomization',
              namespace: 'flux-system',
              name: 'apps',
            },
          },
        },
      ],
    })
  })

  const paths: readonly (readonly [string, string | null, string])[] = [
    ['no path', null, '.'],
    ['an empty path', '', '.'],
    ['the root', './', '.'],
    ['a path from the root', '/apps/prod', 'apps/prod'],
    ['a path with needless parts', './apps//./prod/', 'apps/prod'],
    ['a folder with dots in its name', 'apps/..prod', 'apps/..prod'],
  ]
  for (const [title, path, expected] of paths) {
    test(`is at ${expected} with ${title}`, () => assert.equal(planOf({ path }).path, expected))
  }

  test('holds what the Kustomization adds to what is at its path, and nothing that is empty', () => {
    const edits = {
      targetNamespace: 'pay',
      namePrefix: 'a-',
      nameSuffix: '-b',
      patches: [{ patch: '- {op: remove, path: /spec}', target: { kind: 'Deployment' } }],
      images: [{ name: 'app', newTag: '2' }],
      components: ['../one'],
      ignoreMissingComponents: true,
      commonMetadata: { labels: { team: '' } },
      buildMetadata: ['originAnnotations'],
    }
    assert.deepEqual({ ...planOf(edits).kustomize?.edits }, edits)
    const empty = {
      targetNamespace: '',
      patches: [],
      images: [],
      ignoreMissingComponents: false,
      commonMetadata: { labels: {} },
    }
    assert.deepEqual({ ...planOf(empty).kustomize?.edits }, {})
  })

  test('is there while the Kustomization is suspended', () => {
    assert.equal(planOf({ suspend: true }).path, 'apps/prod')
  })

  test('says that files are decrypted', () => {
    const { kustomize } = planOf({ decryption: { provider: 'sops', secretRef: { name: 'keys' } } })
    assert.equal(kustomize?.encryptedFiles, 'sops')
  })

  test('is not changed by what changes only how it is applied', () => {
    const spec = {
      force: true,
      wait: true,
      timeout: '1m',
      retryInterval: '1m',
      serviceAccountName: 'deployer',
      deletionPolicy: 'Orphan',
      dependsOn: [{ name: 'infra' }],
      healthChecks: [],
      ignore: [{ paths: ['/spec/replicas'] }],
    }
    assert.deepEqual(planOf(spec), planOf({}))
  })
})

describe('there is no plan', () => {
  test('while the Kustomization is being deleted', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    assert.match(whyNot(kustomization({ metadata })), /^none: .*deleted/)
  })

  test('for another cluster', () => {
    const spec = { kubeConfig: { secretRef: { name: 'spoke' } } }
    assert.match(whyNot(kustomization({ spec })), /^none: .*another cluster/)
  })

  test('without the source', () => {
    assert.match(whyNot(kustomization(), found()), /^none: GitRepository flux-system\/fleet /)
  })

  test('from a source of the same name in another namespace', () => {
    const elsewhere = found(gitRepository({ metadata: { namespace: 'tenant' } }))
    assert.match(whyNot(kustomization(), elsewhere), /^none: /)
    const spec = { sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: 'tenant' } }
    assert.equal(kind.plans(kustomization({ spec }), elsewhere).kind, 'plans')
    assert.match(whyNot(kustomization({ spec })), /^none: GitRepository tenant\/fleet /)
  })

  const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['a path that climbs', { path: '../..' }, /lead elsewhere/],
    ['a path that climbs in the middle', { path: 'apps/../../other' }, /lead elsewhere/],
    ['a path with a backslash', { path: 'apps\\prod' }, /lead elsewhere/],
    ['a path that is no text', { path: 7 }, /spec\.path/],
    ['a Bucket', { sourceRef: { kind: 'Bucket', name: 'b' } }, /Bucket is not from Git/],
    ['an ExternalArtifact', { sourceRef: { kind: 'ExternalArtifact', name: 'e' } }, /anything/],
    ['a source of an unknown kind', { sourceRef: { kind: 'SvnRepository', name: 's' } }, /unknown/],
    ['a source without a kind', { sourceRef: { name: 'fleet' } }, /unknown kind/],
    ['a source called constructor', { sourceRef: { kind: 'constructor', name: 'f' } }, /unknown/],
    [
      'a source whose name is a path',
      { sourceRef: { kind: 'GitRepository', name: '../secrets/x' } },
      /no valid name/,
    ],
    ['a field of a later Flux', { transform: 'x' }, /Flux 2\.9 does not have: transform/],
    ['another way to decrypt', { decryption: { provider: 'age' } }, /spec\.decryption/],
    [
      'a decryption with a field of a later Flux',
      { decryption: { provider: 'sops', x: 1 } },
      /: x$/,
    ],
    ['images that are no list', { images: { name: 'app' } }, /spec\.images/],
    ['an image with more to it', { images: [{ name: 'app', tagSuffix: 'x' }] }, /spec\.images/],
    ['patches from a file', { patches: [{ path: 'p.yaml' }] }, /spec\.patches/],
    ['a patch with options', { patches: [{ patch: 'x', options: {} }] }, /spec\.patches/],
    ['a prefix that is no text', { namePrefix: 1 }, /spec\.namePrefix/],
    ['components that are no texts', { components: [1] }, /spec\.components/],
    ['metadata that is no text', { commonMetadata: { labels: { a: 1 } } }, /spec\.commonMetadata/],
    ['metadata with more to it', { commonMetadata: { finalizers: [] } }, /spec\.commonMetadata/],
  ]
  for (const [title, spec, why] of refused) {
    test(`with ${title}`, () => {
      const answer = whyNot(kustomization({ spec }))
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  test('without a spec, or a name', () => {
    assert.match(whyNot({ ...kustomization(), spec: null }), /^refused: it has no spec/)
    assert.match(whyNot(kustomization({ metadata: { name: 'a/b' } })), /^refused: .*name/)
  })
})

describe('what a Kustomization needs', () => {
  const needs = (spec: JsonObject) => kind.needs(kustomization({ spec }))

  test('is its source and what variables are taken from, all of which Git must declare', () => {
    const source = { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository' }
    const usualNeed = {
      namespace: 'flux-system',
      name: 'fleet',
      isGoverned: true,
      isOptional: false,
    }
    assert.deepEqual(needs({}), [{ ...source, ...usualNeed }])
    const substituteFrom = [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'keys', optional: true },
    ]
    const own = { namespace: 'flux-system', isGoverned: true }
    assert.deepEqual(needs({ postBuild: { substituteFrom } }).slice(1), [
      { group: '', kind: 'ConfigMap', name: 'vars', ...own, isOptional: false },
      { group: '', kind: 'Secret', name: 'keys', ...own, isOptional: true },
    ])
  })

  test('may be in the namespace of its source', () => {
    const sourceRef = { kind: 'OCIRepository', name: 'fleet', namespace: 'tenant' }
    const [need] = needs({ sourceRef })
    assert.equal(`${need?.kind} ${need?.namespace}/${need?.name}`, 'OCIRepository tenant/fleet')
  })

  test('holds nothing that could lead a request elsewhere', () => {
    const sourceRef = { kind: 'GitRepository', name: '../../secrets/x' }
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'a/b' }] }
    assert.deepEqual(needs({ sourceRef, postBuild }), [])
    assert.deepEqual(kind.needs({ ...kustomization(), metadata: { name: 'apps' } }), [])
  })

  test('may be gone before it when it is being deleted', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    const spec = { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } }
    const [, need] = kind.needs(kustomization({ metadata, spec }))
    assert.equal(need?.isOptional, true)
  })
})

describe('a plan at one commit', () => {
  const pinOf = (ref: JsonObject, revision: string) =>
    planOf({}, found(gitRepository({ spec: { ref }, status: { artifact: { revision } } })))

  const pins: readonly (readonly [string, JsonObject, string])[] = [
    ['a range of versions', { semver: '>=1.0' }, `v1.9.0@sha1:${commitA}`],
    ['a commit', { commit: commitA }, ''],
    ['a commit in capitals', { commit: commitA.toUpperCase(), branch: 'main' }, 'whatever'],
  ]
  for (const [title, ref, revision] of pins) {
    test(`is named by ${title}`, () => assert.equal(pinOf(ref, revision).pin, commitA))
  }

  test('has the branch beside the commit, and otherwise none', () => {
    assert.equal(pinOf({ commit: commitA, branch: 'release' }, '').branch, 'release')
    assert.equal(pinOf({ semver: '1', branch: 'release' }, `v1@sha1:${commitA}`).branch, '')
  })

  test('is not there before the source has fetched a version', () => {
    const ref = { semver: '>=1' }
    const source = gitRepository({ spec: { ref }, status: { artifact: null } })
    assert.match(whyNot(kustomization(), found(source)), /^none: .*fetched nothing/)
    const nameless = { artifact: { revision: `sha1:${commitA}` } }
    const other = gitRepository({ spec: { ref }, status: nameless })
    assert.match(whyNot(kustomization(), found(other)), /^none: .*names now/)
  })

  const tags: readonly JsonObject[] = [
    { tag: 'v1.2.3' },
    { tag: 'v1.2.3', semver: '>=2', branch: 'release' },
    { name: 'refs/tags/v1.2.3', tag: 'v2' },
  ]
  for (const ref of tags) {
    test(`is for Git to say where ${JSON.stringify(ref)} names a tag, whatever was fetched`, () => {
      for (const revision of ['', `v1.2.3@sha1:${commitA}`, `v2@sha1:${commitA}`]) {
        const plan = pinOf(ref, revision)
        assert.deepEqual([plan.branch, 'pin' in plan], ['refs/tags/v1.2.3', false])
      }
    })
  }

  test('is none for a branch', () => {
    assert.equal('pin' in planOf({}), false)
    const named = found(gitRepository({ spec: { ref: { name: 'refs/heads/release/1' } } }))
    assert.deepEqual([planOf({}, named).branch, 'pin' in planOf({}, named)], ['release/1', false])
  })
})

test('a ConfigMap that is not named gives no variables', () => {
  const around = found(gitRepository(), configMap('vars', { a: 'b' }))
  assert.equal(planOf({}, around).kustomize?.substitutions, undefined)
})
