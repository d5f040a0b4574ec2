import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { ensureBinaries } from '../cluster/binaries.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { run } from '../cluster/run.ts'
import { makeFleet, type Fleet } from './fleet.ts'

// A job that applies what kustomize and helm print, and the gate that renders the same for itself.

const policy = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: rendered}
spec:
  mode: enforce
  repositories:
  - name: fleet
    url: https://git.example.com/acme/fleet.git
    branches: [main]
    sources:
    - {path: overlays/prod, renderer: kustomize}
    - {path: charts/shop, renderer: helm, helm: {releaseName: live, valuesFiles: [env/prod.yaml]}}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
`
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 0
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: IMAGE}]}
`
const files = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': deployment.replace('NAME', 'web').replace('IMAGE', 'web'),
  'overlays/prod/kustomization.yaml':
    'resources: [../../base]\nnamePrefix: prod-\nimages: [{name: web, newName: registry.example/web, newTag: v1}]\n',
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'charts/shop/values.yaml': 'image: none\n',
  'charts/shop/templates/shop.yaml': deployment
    .replace('NAME', '{{ .Release.Name }}-shop')
    .replace('IMAGE', '{{ .Values.image }}'),
  'env/prod.yaml': 'image: registry.example/shop:v1\n',
}

let cluster: Cluster
let fleet: Fleet
let cwd: string
let commit: string
/** What the released programs print of the commit. */
let manifests: string

before(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'solewriter-rendered-'))
  const file = path.join(cwd, 'policy.yaml')
  writeFileSync(file, policy)
  fleet = await makeFleet()
  commit = await fleet.commit(files)
  cluster = await startCluster({
    with: ['webhook'],
    policy: file,
    repositories: { fleet: fleet.directory },
  })
  manifests = await render()
})

after(async () => {
  await cluster.stop()
  fleet.remove()
  rmSync(cwd, { recursive: true })
})

async function render(): Promise<string> {
  const { kustomize, helm } = await ensureBinaries(['kustomize', 'helm'], () => undefined)
  const tree = path.join(cwd, 'tree')
  await run('git', ['clone', '-q', fleet.directory, tree])
  const built = await run(kustomize.path, ['build', path.join(tree, 'overlays/prod')])
  const values = path.join(tree, 'env/prod.yaml')
  const chart = ['template', 'live', path.join(tree, 'charts/shop'), '-f', values]
  const templated = await run(helm.path, chart)
  assert.deepEqual([built.code, templated.code], [0, 0], built.stderr + templated.stderr)
  return `${built.stdout}---\n${templated.stdout}`
}

async function apply(text: string) {
  const claim = `metadata:\n  annotations: {solewriter.dev/repo: fleet, solewriter.dev/commit: ${commit}}`
  const file = path.join(cwd, 'manifests.yaml')
  // The chart writes its metadata in one line.
  const written = text
    .replace(/^metadata: \{name: (.*)\}$/gm, `${claim}\n  name: $1`)
    .replace(/^metadata:\n {2}name: /gm, `${claim}\n  name: `)
  writeFileSync(file, written)
  return cluster.kubectl('ci', ['apply', '-f', file])
}

test('what kustomize and helm print of the commit is taken, and taken again', async () => {
  for (const verb of ['created', 'unchanged']) {
    const { code, stdout, stderr } = await apply(manifests)
    assert.equal(code, 0, stderr)
    assert.equal(stdout, `deployment.apps/prod-web ${verb}\ndeployment.apps/live-shop ${verb}\n`)
  }
})

test('what they do not print is refused', async () => {
  const { code, stderr } = await apply(manifests.replaceAll(':v1', ':v2'))
  assert.equal(code, 1)
  const refused = ['prod-web', 'live-shop'].map(
    (name) => `[ContentMismatch] deployments.apps default/${name}`,
  )
  for (const text of refused) assert.ok(stderr.includes(text), stderr)
})

test('people are told the file that an object is rendered from', async () => {
  const args = (name: string) => ['delete', 'deployment', name]
  const { stderr } = await cluster.kubectl('alice', args('prod-web'))
  assert.match(stderr, /is declared in fleet:base\/web.yaml \(main\)/)
  const chart = await cluster.kubectl('alice', args('live-shop'))
  assert.match(chart.stderr, /is declared in fleet:charts\/shop\/templates\/shop.yaml \(main\)/)
})
