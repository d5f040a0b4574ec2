import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, test } from 'node:test'
import { ensureBinaries } from '../../cluster/binaries.ts'
import { solewriter } from '../process.ts'
import { scratch } from '../scratch.ts'

const policy = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], sources: [{path: clusters/prod}]}
  writers:
  - {name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet]}
  - {name: argo, subject: {serviceAccount: argocd/argocd-application-controller}, evidence: [argo-cd], repositories: [fleet]}
`

const metadata = 'metadata: {name: fleet, namespace: flux-system}'
const source = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
${metadata}
spec: {interval: 1m, url: "https://git.example.com/fleet.git", ref: {branch: main}}
`
const kustomization = (folder = './apps') => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ${folder}, prune: true, sourceRef: {kind: GitRepository, name: fleet}, targetNamespace: pay}
`
const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.example.com/fleet.git", path: shop, targetRevision: main}
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
`
const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "1"}\n`

const dir = scratch({
  'policy.yaml': policy,
  'fleet/clusters/prod/source.yaml': source,
  'fleet/clusters/prod/apps.yaml': kustomization(),
  'fleet/clusters/prod/shop.yaml': application,
  'fleet/apps/settings.yaml': configMap('settings'),
  'fleet/shop/prices.yaml': configMap('prices'),
  'fleet/evil/settings.yaml': configMap('evil'),
  'state/none.txt': '',
})
const fleet = path.join(dir, 'fleet')

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  return execFileSync('git', [...identity, ...args], { cwd: fleet, encoding: 'utf8' }).trim()
}

git('init', '-q', '-b', 'main')
git('add', '-A')
git('commit', '-q', '-m', 'one')
const commit = git('rev-parse', 'HEAD')

let kustomize = ''
before(async () => {
  const found = await ensureBinaries(['kustomize'], () => undefined)
  kustomize = found.kustomize.path
})

function user(namespace: string, name: string): object {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: '0b1c',
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] },
  }
}

interface Write {
  readonly name: string
  readonly namespace: string
  readonly data?: Readonly<Record<string, string>>
  readonly metadata?: object
  readonly by?: object
  readonly operation?: 'CREATE' | 'DELETE'
}

function review({ name, namespace, data = { a: '1' }, by, operation = 'CREATE', ...rest }: Write) {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...rest.metadata },
    data,
  }
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name,
      namespace,
      operation,
      userInfo: by ?? user('flux-system', 'kustomize-controller'),
      object: operation === 'DELETE' ? null : object,
      oldObject: operation === 'DELETE' ? object : null,
      dryRun: false,
      options: null,
    },
  })
}

const labels = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
}
const settings: Write = { name: 'settings', namespace: 'pay', metadata: { labels } }

interface Answer {
  readonly allowed: boolean
  readonly status?: { readonly message: string }
}

/** `allowed`, or the message, of one review on these objects of the cluster. */
function answerTo(write: Write, ...state: readonly string[]): string {
  writeFileSync(path.join(dir, 'state/objects.yaml'), state.join('---\n'))
  const flags = ['--policy', path.join(dir, 'policy.yaml'), '--repo', `fleet=${fleet}`]
  const at = ['--state', path.join(dir, 'state'), '--kustomize', kustomize]
  const input = review(write)
  const { status, stdout, stderr } = solewriter(['review', '-f', '-', ...flags, ...at], { input })
  assert.equal(status, 0, stderr)
  const { response } = JSON.parse(stdout) as { response: Answer }
  return response.allowed ? 'allowed' : (response.status?.message ?? '')
}

const applying = (folder?: string) =>
  `${kustomization(folder)}status: {lastAttemptedRevision: "main@sha1:${commit}"}\n`

describe('review --state with the objects of Flux', () => {
  test('allows what the Kustomization applies, and nothing else', () => {
    assert.equal(answerTo(settings, applying(), source), 'allowed')
    const other = { ...settings, data: { a: '2' } }
    assert.match(answerTo(other, applying(), source), /^\[ContentMismatch\].*data\.a/)
    const evil = { ...settings, name: 'evil' }
    assert.match(answerTo(evil, applying(), source), /^\[NotDeclared\]/)
  })

  test('refuses it while the Kustomization is idle, or missing', () => {
    assert.match(answerTo(settings, kustomization(), source), /^\[EvidenceMissing\].*no revision/)
    assert.match(answerTo(settings, applying()), /^\[EvidenceMissing\].*does not exist/)
    assert.match(answerTo(settings), /^\[EvidenceMissing\]/)
  })

  test('refuses what a Kustomization applies that is not what Git declares', () => {
    const said = answerTo({ ...settings, name: 'evil' }, applying('./evil'), source)
    assert.match(said, /^\[EvidenceRefused\].*Kustomization flux-system\/apps.*spec\.path/)
  })

  test('refuses to delete what the Kustomization declares', () => {
    const gone = { ...settings, operation: 'DELETE' } as const
    assert.match(answerTo(gone, applying(), source), /^\[StillDeclared\].*apps\/settings\.yaml/)
  })

  test('tells people in which file it is declared', () => {
    const by = { username: 'alice', groups: [] }
    assert.match(
      answerTo({ ...settings, by }, applying(), source),
      /^\[HumanWrite\].*declared in fleet:apps\/settings\.yaml/,
    )
  })
})

describe('review --state with the objects of Argo CD', () => {
  const prices: Write = {
    name: 'prices',
    namespace: 'shop',
    by: user('argocd', 'argocd-application-controller'),
    metadata: {
      annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:shop/prices' },
    },
  }
  const operation = `{sync: {revision: ${commit}}, initiatedBy: {automated: true}}`
  const syncing = `${application}operation: ${operation}\nstatus: {operationState: {phase: Running, operation: ${operation}}}\n`

  test('allows what a running operation applies, and nothing else', () => {
    assert.equal(answerTo(prices, syncing), 'allowed')
    assert.match(answerTo({ ...prices, data: {} }, syncing), /^\[ContentMismatch\]/)
    assert.match(answerTo(prices, application), /^\[EvidenceMissing\].*no operation/)
  })

  test('refuses what somebody sent along with it', () => {
    const local = syncing.replaceAll('sync: {', 'sync: {manifests: ["kind: x"], ')
    assert.match(answerTo(prices, local), /^\[EvidenceRefused\].*sent along/)
  })
})
