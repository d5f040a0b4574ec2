import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import type { ClusterVersions } from '../../src/core/plans/cluster-versions.ts'
import type { HelmOptions, Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import { saidBy, valueIn, type Said } from './engine-setup.ts'
import { idOf, plain, setUp } from './index-setup.ts'
import { realTools } from './real-tools.ts'

let tools: Tools
before(async () => {
  tools = await realTools()
})

const served = ['v1', 'apps/v1', 'acme.example/v1', 'acme.example/v1/Gauge']
const cluster: ClusterVersions = {
  kubeVersion: 'v1.33.4-gke.1245000',
  apiVersions: new Set(served),
}
const ofFlux: Partial<HelmOptions> = { engine: 'flux', usesClusterVersions: true }
const ofArgoCd: Partial<HelmOptions> = { usesClusterVersions: true }

function filesOf(value: string) {
  return {
    'apps/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
    'apps/templates/web.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {value: "${value}"}
`,
  }
}

function planOf(options: Partial<HelmOptions>): Plan {
  const release = { releaseName: 'live', valuesFiles: [], includeCRDs: true, apiVersions: [] }
  return { ...plain, path: 'apps', renderer: 'helm', helm: { ...release, ...options } }
}

interface Setting {
  readonly options: Partial<HelmOptions>
  readonly versions?: ClusterVersions
}

function said(t: TestContext, value: string, { options, versions }: Setting): Promise<Said> {
  const read = () => Promise.resolve(versions)
  return saidBy(t, planOf(options), { files: filesOf(value), tools, versions: read })
}

async function valueOf(t: TestContext, value: string, setting: Setting): Promise<unknown> {
  const all = await said(t, value, setting)
  assert.deepEqual(all.problems, [])
  return valueIn(all, 'ConfigMap web', 'data', 'value')
}

async function whyNot(t: TestContext, value: string, setting: Setting): Promise<string> {
  const { names, problems } = await said(t, value, setting)
  assert.deepEqual([names, problems[0]?.hides], [[], 'anything'])
  const [{ file, line, message } = { file: '', line: 0, message: '' }] = problems
  return `${file}:${line}: ${message}`
}

describe('a chart that is installed', () => {
  const asking = [
    '{{ .Release.Revision }}',
    '{{ if .Release.IsInstall }}first{{ end }}',
    '{{ if not $.Release.IsUpgrade }}first{{ end }}',
    '{{ with .Release }}{{ .Revision }}{{ end }}',
    '{{ index .Release `Revision` }}',
    '{{ (.Release).Revision }}',
    '{{ $context := dict `r` . }}{{ $context.r.Release.Revision }}',
  ]
  for (const value of asking) {
    test(`may not ask for ${value}`, async (t) => {
      const why = await whyNot(t, value, { options: ofFlux, versions: cluster })
      assert.match(why, /^apps\/templates\/web\.yaml:4: the chart asks for \.Release/)
    })
  }

  test('may ask for what is always the same', async (t) => {
    const value = '{{ .Release.Name }} {{ $.Release.Namespace }} {{ .Release.Service }}'
    assert.equal(await valueOf(t, value, { options: ofFlux }), 'live default Helm')
  })

  test('may ask in values for nothing else', async (t) => {
    const options = { ...ofFlux, values: { a: '{{ .Release.Revision }}' } }
    assert.match(await whyNot(t, 'x', { options }), /asks for \.Release\.Revision/)
  })
})

test('a chart that is only rendered always sees a first installation', async (t) => {
  const value = '{{ .Release.Revision }} {{ .Release.IsInstall }}'
  assert.equal(await valueOf(t, value, { options: ofArgoCd, versions: cluster }), '1 true')
})

describe('a chart that asks for the cluster', () => {
  const version = '{{ .Capabilities.KubeVersion.Version }}'
  const has = (name: string) => `{{ .Capabilities.APIVersions.Has \`${name}\` }}`

  test('is told its version as its engine tells it', async (t) => {
    const flux = { options: ofFlux, versions: cluster }
    assert.equal(await valueOf(t, version, flux), 'v1.33.4-gke.1245000')
    const argoCd = { options: ofArgoCd, versions: cluster }
    assert.equal(await valueOf(t, version, argoCd), 'v1.33.4')
  })

  test('is told what the cluster serves', async (t) => {
    const value = ['acme.example/v1', 'acme.example/v1/Gauge', 'acme.example/v2'].map(has).join(' ')
    for (const options of [ofFlux, ofArgoCd]) {
      assert.equal(await valueOf(t, value, { options, versions: cluster }), 'true true false')
    }
  })

  test('is told all of it where it does not name it', async (t) => {
    const value =
      '{{ range .Capabilities.APIVersions }}{{ if hasPrefix `acme` . }}{{ . }};{{ end }}{{ end }}'
    const argoCd = await valueOf(t, value, { options: ofArgoCd, versions: cluster })
    assert.equal(argoCd, 'acme.example/v1;acme.example/v1/Gauge;')
    const why = await whyNot(t, value, { options: ofFlux, versions: cluster })
    assert.match(why, /asks for \.Capabilities\.APIVersions, of which only/)
  })

  test('is refused where helm assumes what the cluster of Flux does not serve', async (t) => {
    const value = has('policy/v1beta1')
    const why = await whyNot(t, value, { options: ofFlux, versions: cluster })
    assert.match(why, /asks for policy\/v1beta1, which this cluster does not serve/)
    const kind = has('policy/v1beta1/PodSecurityPolicy')
    assert.equal(await valueOf(t, kind, { options: ofFlux, versions: cluster }), 'false')
  })

  test('is refused while nobody knows the cluster', async (t) => {
    for (const value of [version, has('v1')]) {
      for (const options of [ofFlux, ofArgoCd]) {
        assert.match(await whyNot(t, value, { options }), /which only the cluster can tell/)
      }
    }
  })

  test('is told what its engine object says instead', async (t) => {
    const options = { ...ofArgoCd, kubeVersion: '1.30.0', apiVersions: ['other.example/v1'] }
    const value = `${version} ${has('other.example/v1')} ${has('acme.example/v1')}`
    assert.equal(await valueOf(t, value, { options }), 'v1.30.0 true false')
  })

  test('is read again when the cluster may have changed', async (t) => {
    let now = 0
    let versions = cluster
    const read = () => Promise.resolve(versions)
    const setting = { sources: [planOf(ofFlux)], tools, versions: read, now: () => now }
    const { git, find } = await setUp(t, setting)
    const commit = await git.commit(filesOf(version))
    const asked = async () => JSON.stringify(await find(commit, idOf('web')))
    assert.match(await asked(), /v1\.33\.4/)
    versions = { ...cluster, kubeVersion: 'v1.34.0' }
    assert.match(await asked(), /v1\.33\.4/)
    now = 60_001
    assert.match(await asked(), /v1\.34\.0/)
  })
})
