import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Found } from '../../../../src/core/engines/engine.ts'
import { helmRelease as kind } from '../../../../src/core/engines/flux/helm-release.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { HelmOptions, Plan } from '../../../../src/core/plans/plan.ts'
import {
  commitA,
  found,
  gitRepository,
  helmChart,
  helmRelease,
  url,
  type Parts,
} from './objects.ts'

const usual = found(gitRepository(), helmChart())

function planOf(own: Parts = {}, around: Found = usual): Plan {
  const answer = kind.plans(helmRelease(own), around)
  assert.ok(answer.kind === 'plans', JSON.stringify(answer))
  const [only, second] = answer.plans
  assert.equal(second, undefined)
  return only?.plan ?? assert.fail()
}

function helmOf(own: Parts = {}, around: Found = usual): HelmOptions {
  return planOf(own, around).helm ?? assert.fail()
}

function whyNot(own: Parts, around: Found = usual): string {
  const answer = kind.plans(helmRelease(own), around)
  return answer.kind === 'plans' ? assert.fail('it has a plan') : `${answer.kind}: ${answer.why}`
}

const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' }

function chart(more: JsonObject): Parts {
  return { spec: { chart: { spec: { chart: 'charts/shop', sourceRef, ...more } } } }
}

describe('the plan of a HelmRelease', () => {
  test('is the chart in the repository, as helm-controller installs it', () => {
    assert.deepEqual(kind.plans(helmRelease(), usual), {
      kind: 'plans',
      plans: [
        {
          url,
          plan: {
            path: 'charts/shop',
            renderer: 'helm',
            branch: 'main',
            namespace: 'web',
            helm: {
              engine: 'flux',
              releaseName: 'shop',
              valuesFiles: [],
              includeCRDs: true,
              apiVersions: [],
              usesClusterVersions: true,
              versionMetadata: '{commit}',
            },
            engine: {
              group: 'helm.toolkit.fluxcd.io',
              kind: 'HelmRelease',
              namespace: 'web',
              name: 'shop',
            },
          },
        },
      ],
    })
  })

  test('does not need the HelmChart that is made of the HelmRelease', () => {
    assert.deepEqual(planOf({}, found(gitRepository())), planOf())
  })

  test('is there while the HelmRelease is suspended', () => {
    assert.deepEqual(planOf({ spec: { suspend: true } }), planOf())
  })

  test('is not changed by what changes only how it is applied', () => {
    const spec = {
      install: { remediation: { retries: 3 }, replace: true, disableHooks: false, strategy: null },
      upgrade: { force: true, cleanupOnFail: true, crds: '' },
      uninstall: { keepHistory: true },
      rollback: {},
      driftDetection: { mode: 'enabled' },
      storageNamespace: 'helm',
      serviceAccountName: 'deployer',
      postRenderers: [],
      maxHistory: 3,
    }
    assert.deepEqual(planOf({ spec }), planOf())
  })

  const long = 'a-very-long-name-of-a-release-that-goes-on'
  const names: readonly (readonly [string, JsonObject, string, string])[] = [
    ['its own', {}, 'shop', 'web'],
    ['the one it is given', { releaseName: 'front' }, 'front', 'web'],
    ['the target namespace first', { targetNamespace: 'prod' }, 'prod-shop', 'prod'],
    ['the one it is given, elsewhere', { targetNamespace: 'prod', releaseName: 'x' }, 'x', 'prod'],
    // 40 characters of it, and 12 of the SHA-256 of the whole.
    [
      'a part and a hash of a long one',
      { targetNamespace: `${long}-and-on` },
      'a-very-long-name-of-a-release-that-goes-on-and-on-shop',
      `${long}-and-on`,
    ],
  ]
  for (const [title, spec, release, namespace] of names) {
    test(`has for its release ${title}`, () => {
      const plan = planOf({ spec })
      const name = plan.helm?.releaseName ?? ''
      assert.equal(plan.namespace, namespace)
      if (release.length <= 53) return assert.equal(name, release)
      assert.equal(name, 'a-very-long-name-of-a-release-that-goes--5856a6e454a6')
    })
  }

  const crds: readonly (readonly [string, string, boolean])[] = [
    ['', '', true],
    ['Skip', '', true],
    ['', 'Skip', true],
    ['Skip', 'CreateReplace', true],
    ['Skip', 'Skip', false],
  ]
  for (const [install, upgrade, isIn] of crds) {
    test(`${isIn ? 'has' : 'lacks'} CRDs with '${install}' and '${upgrade}'`, () => {
      const spec = { install: { crds: install }, upgrade: { crds: upgrade } }
      assert.equal(helmOf({ spec }).includeCRDs, isIn)
    })
  }

  test('creates the namespace that it is told to, and only a target', () => {
    const install = { createNamespace: true }
    assert.equal(planOf({ spec: { install } }).creates, undefined)
    assert.equal(planOf({ spec: { targetNamespace: 'prod' } }).creates, undefined)
    assert.deepEqual(planOf({ spec: { install, targetNamespace: 'prod' } }).creates, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', labels: { name: 'prod' } } },
    ])
  })
})

describe('the version of a chart', () => {
  test('is its own, unless it is packed for each commit', () => {
    assert.equal(helmOf(chart({})).versionMetadata, undefined)
    assert.equal(helmOf(chart({ reconcileStrategy: 'ChartVersion' })).versionMetadata, undefined)
    assert.equal(helmOf(chart({ reconcileStrategy: 'Revision' })).versionMetadata, '{commit}')
  })

  test('tells the generation of the HelmChart that has other default values', () => {
    const valuesFiles = ['./charts/shop/values.yaml', 'env/prod.yaml']
    const { defaultValuesFiles, versionMetadata } = helmOf(chart({ valuesFiles }))
    assert.deepEqual(defaultValuesFiles, ['charts/shop/values.yaml', 'env/prod.yaml'])
    assert.equal(versionMetadata, '4')
    const both = helmOf(chart({ valuesFiles, reconcileStrategy: 'Revision' }))
    assert.equal(both.versionMetadata, '{commit}.4')
    assert.match(whyNot(chart({ valuesFiles }), found(gitRepository())), /^none: HelmChart/)
    const young = helmChart({ metadata: { generation: null } })
    assert.match(whyNot(chart({ valuesFiles }), found(gitRepository(), young)), /generation/)
  })

  test('is its own with values.yaml alone, which says nothing new', () => {
    for (const valuesFiles of [['values.yaml'], ['./values.yaml'], []]) {
      const { defaultValuesFiles, versionMetadata } = helmOf(chart({ valuesFiles }))
      assert.deepEqual([defaultValuesFiles, versionMetadata], [undefined, undefined])
    }
  })

  test('may be of files of which some are missing', () => {
    const valuesFiles = ['env/prod.yaml']
    const options = helmOf(chart({ valuesFiles, ignoreMissingValuesFiles: true }))
    assert.equal(options.ignoresMissingValuesFiles, true)
    assert.equal(helmOf(chart({ valuesFiles })).ignoresMissingValuesFiles, undefined)
  })
})

describe('there is no plan of a HelmRelease', () => {
  test('while it is being deleted', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    assert.match(whyNot({ metadata }), /^none: .*deleted/)
  })

  test('for another cluster', () => {
    assert.match(whyNot({ spec: { kubeConfig: {} } }), /^none: .*another cluster/)
  })

  test('without its repository', () => {
    assert.match(whyNot({}, found(helmChart())), /^none: GitRepository flux-system\/fleet/)
    const here = found(gitRepository({ metadata: { namespace: 'web' } }))
    assert.match(whyNot({}, here), /^none: GitRepository flux-system\/fleet/)
  })

  test('before a version of a range is fetched, and at its commit then', () => {
    const ranged = { spec: { ref: { semver: '>=1' } } }
    const nothing = { ...ranged, status: { artifact: null } }
    assert.match(whyNot({}, found(gitRepository(nothing))), /^none: .*fetched nothing/)
    const status = { artifact: { revision: `v1@sha1:${commitA}` } }
    assert.equal(planOf({}, found(gitRepository({ ...ranged, status }))).pin, commitA)
  })

  const refused: readonly (readonly [string, Parts, RegExp])[] = [
    ['no chart', { spec: { chart: null } }, /not one chart/],
    ['two charts', { spec: { chartRef: { kind: 'HelmChart', name: 'x' } } }, /not one chart/],
    [
      'a chart of a Helm repository',
      chart({ sourceRef: { kind: 'HelmRepository', name: 'public' } }),
      /not in Git: keep the chart in a repository/,
    ],
    ['a chart of a Bucket', chart({ sourceRef: { kind: 'Bucket', name: 'b' } }), /not from Git/],
    [
      'a chart of an OCIRepository',
      { spec: { chart: null, chartRef: { kind: 'OCIRepository', name: 'x' } } },
      /OCIRepository is not in Git/,
    ],
    [
      'a chart of an ExternalArtifact',
      { spec: { chart: null, chartRef: { kind: 'ExternalArtifact', name: 'x' } } },
      /ExternalArtifact is not in Git/,
    ],
    [
      'a reference whose name is a path',
      { spec: { chart: null, chartRef: { kind: 'HelmChart', name: '../x' } } },
      /spec\.chartRef has no valid name/,
    ],
    ['a chart at an absolute path', chart({ chart: '/charts/shop' }), /no relative path/],
    ['a chart at a path that climbs', chart({ chart: '../shop' }), /lead elsewhere/],
    ['values files that climb', chart({ valuesFiles: ['../x.yaml'] }), /lead elsewhere/],
    ['values files that are no list', chart({ valuesFiles: 'x.yaml' }), /no list/],
    ['an unknown strategy', chart({ reconcileStrategy: 'Always' }), /reconcileStrategy/],
    ['a chart with a field of a later Flux', chart({ overlay: 1 }), /does not have: overlay/],
    ['a field of a later Flux', { spec: { valuesFiles: [] } }, /does not have: valuesFiles/],
    ['an install of a later Flux', { spec: { install: { dryRun: true } } }, /: dryRun/],
    ['an upgrade of a later Flux', { spec: { upgrade: { reuseValues: true } } }, /: reuseValues/],
    ['values of the release before', { spec: { upgrade: { preserveValues: true } } }, /not in Git/],
    ['a post-renderer', { spec: { postRenderers: [{ kustomize: {} }] } }, /not followed/],
    ['post-renderers that are no list', { spec: { postRenderers: {} } }, /not followed/],
    ['metadata for all objects', { spec: { commonMetadata: { labels: {} } } }, /not followed/],
    ['an unknown policy for CRDs', { spec: { install: { crds: 'Replace' } } }, /crds is neither/],
    ['an option of helm as its name', { spec: { releaseName: '--post-renderer' } }, /valid name/],
    ['a name that is no text', { spec: { releaseName: 7 } }, /valid name/],
    ['a long name of its own', { spec: { releaseName: 'A'.repeat(60) } }, /valid name/],
    [
      'a namespace that is a path',
      { spec: { targetNamespace: 'a/b', releaseName: 'x' } },
      /namespace/,
    ],
    ['values that are no map', { spec: { values: ['a'] } }, /spec\.values/],
  ]
  for (const [title, own, why] of refused) {
    test(`with ${title}`, () => {
      const answer = whyNot(own)
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  test('with a chart that is not checked out', () => {
    const sparse = (folder: string) =>
      found(gitRepository({ spec: { sparseCheckout: [folder] } }), helmChart())
    assert.match(whyNot({}, sparse('apps')), /^refused: .*leaves out the chart/)
    assert.equal(planOf({}, sparse('charts')).path, 'charts/shop')
    const values = chart({ valuesFiles: ['env/prod.yaml'] })
    assert.match(whyNot(values, sparse('charts')), /^refused: .*or values of it/)
  })
})

describe('what a HelmRelease needs', () => {
  const shown = (own: Parts, around?: Found) =>
    kind
      .needs(helmRelease(own), around)
      .map(({ kind: what, namespace, name, isGoverned, isOptional }) =>
        [
          `${what} ${namespace}/${name}`,
          ...(isGoverned ? ['governed'] : []),
          ...(isOptional ? ['optional'] : []),
        ].join(' '),
      )

  test('is its source, and the HelmChart that is made of it', () => {
    assert.deepEqual(shown({}), [
      'HelmChart flux-system/web-shop optional',
      'GitRepository flux-system/fleet governed',
    ])
  })

  test('is what values are taken from', () => {
    const valuesFrom = [
      { kind: 'ConfigMap', name: 'base' },
      { kind: 'Secret', name: 'keys', optional: true, targetPath: 'a', valuesKey: 'k' },
    ]
    assert.deepEqual(shown({ spec: { valuesFrom } }).slice(2), [
      'ConfigMap web/base governed',
      'Secret web/keys governed optional',
    ])
  })

  test('is the HelmChart that it names, and then the source of that', () => {
    const own = { spec: { chart: null, chartRef: { kind: 'HelmChart', name: 'shared' } } }
    assert.deepEqual(shown(own), ['HelmChart web/shared governed'])
    const named = helmChart({ metadata: { name: 'shared', namespace: 'web' } })
    assert.deepEqual(shown(own, found(named)), [
      'HelmChart web/shared governed',
      'GitRepository web/fleet governed',
    ])
    const there = found(named, gitRepository({ metadata: { namespace: 'web' } }))
    assert.equal(planOf(own, there).path, 'charts/shop')
    assert.match(whyNot(own, found()), /^none: HelmChart web\/shared/)
    assert.match(whyNot(own, found(named)), /^none: GitRepository web\/fleet/)
  })

  test('holds nothing that could lead a request elsewhere', () => {
    const own = { spec: { valuesFrom: [{ kind: 'Secret', name: '../x' }] } }
    assert.equal(shown(own).length, 2)
    assert.deepEqual(shown(chart({ sourceRef: { ...sourceRef, namespace: '../x' } })), [])
    assert.deepEqual(kind.needs({}), [])
  })
})
