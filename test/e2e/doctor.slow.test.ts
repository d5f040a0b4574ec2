import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { solewriter } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { readExposition } from '../install/exposition.ts'
import { loosened, plants } from './doctor-plants.ts'
import { eventually } from './eventually.ts'
import { apply, build, reachedAt, Replicas, type Manifest } from './installation.ts'

// One installation under `enforce`: `doctor` finds nothing wrong with it, and then each thing that is
// planted. The tests follow each other.

const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-doctor-'))
const manifestFile = path.join(scratch, 'webhook.json')
const policyFile = path.join(scratch, 'policy.yaml')
const registration = [
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]
const policy = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: doctor}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: https://git.example.com/fleet.git, branches: [main], sources: [{path: ., renderer: plain}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
`

interface Found {
  readonly severity: string
  readonly kind: string
  readonly what: string
  readonly fix: string
  readonly command?: string
  readonly facts: Readonly<Record<string, string | readonly string[]>>
}

interface Report {
  readonly verdict: string
  readonly counts: Readonly<Record<string, number>>
  readonly checks: readonly {
    readonly check: string
    readonly status: string
    readonly findings: readonly Found[]
    readonly unknown: readonly { readonly what: string; readonly why: string }[]
  }[]
}

let cluster: Cluster
let replicas: Replicas
let health: string
let serving: string
let emergency: string
let wanted: readonly Manifest[]

before(async () => {
  cluster = await startCluster()
  replicas = await Replicas.create(cluster)
  writeFileSync(policyFile, policy)
  const all = reachedAt(replicas.url, await build(cluster, 'manifests/overlays/enforce'))
  wanted = all.filter(({ kind }) => registration.includes(kind))
  writeFileSync(manifestFile, JSON.stringify(wanted.find(isConfiguration)))
  await apply(
    cluster,
    'admin',
    all.filter(({ kind }) => !registration.includes(kind)),
  )
  await bindDoctor()
  health = await replicas.startController(`--webhook-manifest=${manifestFile}`)
  await eventually('the certificates', async () => {
    const secret = ['get', 'secret', 'solewriter-certs', '-n', 'solewriter-system']
    return (await cluster.kubectl('admin', secret)).code === 0
  })
  serving = await replicas.startServe()
  await apply(cluster, 'admin', wanted)
  const groups = ['solewriter:emergency', 'system:masters']
  emergency = await cluster.kubeconfig({ kind: 'user', user: 'firefighter', groups })
  await eventually('an answer of ours', async () => {
    const args = ['create', 'configmap', 'mine', '--dry-run=server']
    return (await cluster.kubectl('alice', args)).stderr.includes('[HumanWrite]')
  })
})

after(async () => {
  await replicas[Symbol.asyncDispose]()
  await cluster.stop()
  rmSync(scratch, { recursive: true })
})

function isConfiguration({ kind }: Manifest): boolean {
  return kind === 'ValidatingWebhookConfiguration'
}

/** What docs/doctor.md says that it takes. */
async function bindDoctor(): Promise<void> {
  const args = ['create', 'clusterrolebinding', 'doctors', '--clusterrole=solewriter-doctor']
  await kubectl('admin', ...args, '--user=nurse')
}

async function kubectl(user: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(user, args)
  assert.equal(code, 0, stderr)
}

async function asNurse(): Promise<string> {
  return cluster.kubeconfig({ kind: 'user', user: 'nurse', groups: [] })
}

function doctor(kubeconfig: string, ...flags: readonly string[]) {
  const files = [`--policy=${policyFile}`, `--webhook-manifest=${manifestFile}`]
  return solewriter(['doctor', `--kubeconfig=${kubeconfig}`, ...files, ...flags])
}

async function reportOf(): Promise<{ readonly status: number | null; readonly report: Report }> {
  const { status, stdout, stderr } = doctor(await asNurse(), '-o', 'json')
  assert.equal(stderr, '')
  return { status, report: JSON.parse(stdout) as Report }
}

function problemsOf({ checks }: Report): readonly string[] {
  return checks
    .flatMap(({ check, findings }) =>
      findings
        .filter(({ severity }) => severity === 'problem')
        .map(({ kind, facts }) => [check, kind, facts['subject'], facts['path'], facts['object']]),
    )
    .map((parts) => parts.filter((part) => part !== undefined && part !== '').join(' '))
    .toSorted()
}

async function metricOf(line: string): Promise<string | undefined> {
  const { text } = await exchange({ url: `${health}/metrics` })
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found?.slice(line.length + 1)
}

async function readyText(): Promise<string> {
  return (await exchange({ url: `${health}/readyz` })).text
}

/** Past the webhook, while its configuration is away. */
async function plant(...manifests: readonly object[]): Promise<void> {
  await apply(cluster, emergency, manifests as readonly Manifest[])
}

test('a clean installation has no problem, for whoever has the role', async () => {
  const { status, report } = await reportOf()
  assert.deepEqual(problemsOf(report), [])
  assert.deepEqual(
    report.checks.flatMap(({ unknown }) => unknown),
    [],
  )
  assert.equal(status, 0)
  assert.equal(report.verdict, 'warning')
  // The harness makes them cluster-admins.
  const warnings = report.checks.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity === 'warning'),
  )
  assert.deepEqual(
    warnings.map(({ kind, facts }) => `${kind} ${String(facts['subject'])}`).toSorted(),
    ['everything alice', 'everything bob', 'everything system:serviceaccount:ci:deployer'],
  )
  await eventually(
    'a good selfcheck',
    async () => (await metricOf('solewriter_selfcheck_ok')) === '1',
  )
  await eventually('a lint', async () => {
    const line = 'solewriter_lint_findings{check="holders",severity="problem"}'
    return (await metricOf(line)) === '0'
  })
})

test('what alerts and panels name is exposed by the two that run', async () => {
  const texts = await Promise.all(
    [health, serving].map(async (url) => (await exchange({ url: `${url}/metrics` })).text),
  )
  const exposed = readExposition(texts.join('\n'))
  const dir = path.join(import.meta.dirname, '..', '..', 'manifests', 'monitoring')
  const expressions = [
    ...readFileSync(path.join(dir, 'rules.yaml'), 'utf8').matchAll(/solewriter_\w+/g),
    ...readFileSync(path.join(dir, 'dashboard.json'), 'utf8').matchAll(/solewriter_\w+/g),
  ].map(([name]) => name.replace(/_bucket$/, ''))
  assert.deepEqual(
    [...new Set(expressions)].filter((name) => !exposed.has(name)),
    [],
  )
})

test('who may read nothing is told what, and nothing is called good', async () => {
  const stranger = await cluster.kubeconfig({ kind: 'user', user: 'stranger', groups: [] })
  const { status, stdout } = doctor(stranger, '-o', 'json')
  const { checks, verdict } = JSON.parse(stdout) as Report
  assert.equal(status, 3)
  assert.equal(verdict, 'unknown')
  const unknown = checks.flatMap((one) => one.unknown.map(({ what, why }) => `${what}: ${why}`))
  assert.ok(unknown.includes('list clusterrolebindings.rbac.authorization.k8s.io: forbidden'))
  assert.equal(checks.find(({ check }) => check === 'api-server')?.status, 'ok')
})

test('without the configuration the controller says so, and doctor', async () => {
  await kubectl(emergency, 'delete', 'validatingwebhookconfiguration', 'solewriter')
  await eventually('the alarm', async () => (await metricOf('solewriter_selfcheck_ok')) === '0')
  assert.match(await readyText(), /absent/)
  const { status, report } = await reportOf()
  assert.equal(status, 1)
  assert.ok(problemsOf(report).includes('webhook absent'))
})

test('each thing that is planted is named, and nothing else', async () => {
  await plant(...plants, weakened(), loosened(wanted))
  await eventually('the bundle', async () => {
    const { report } = await reportOf()
    return !problemsOf(report).some((problem) => problem.includes('ca-bundle-missing'))
  })
  const { status, report } = await reportOf()
  assert.equal(status, 1)
  assert.deepEqual(problemsOf(report), [
    'coverage namespace-selector',
    'guard guard-weak',
    'holders impersonate bob',
    'holders tokens dave',
    'mutators mutates-ours planted-injector',
    'policies speaks-as-us writes.solewriter.dev',
    'policies validates-ours planted-refuser',
    'webhook failure-policy-ignore failurePolicy',
    'webhook selector namespaceSelector',
  ])
  for (const { severity, fix, what } of report.checks.flatMap(({ findings }) => findings)) {
    assert.ok(severity === 'note' || fix !== '', what)
  }
  const injected = report.checks.flatMap(({ findings }) => findings)
  assert.ok(injected.some(({ kind }) => kind === 'mutates-declared'))
  const excluded = injected.find(({ kind }) => kind === 'namespace-selector')
  assert.equal(excluded?.facts['detail'], 'default')
})

/** As it was applied, but for two fields. */
function weakened(): object {
  const configuration = wanted.find(isConfiguration)
  const key = 'kubernetes.io/metadata.name'
  return {
    ...configuration,
    webhooks: configuration?.webhooks?.map((webhook) => ({
      ...webhook,
      failurePolicy: 'Ignore',
      namespaceSelector: { matchExpressions: [{ key, operator: 'NotIn', values: ['default'] }] },
    })),
  }
}

test('the controller has found the same, by itself', async () => {
  assert.equal(await metricOf('solewriter_selfcheck_ok'), '0')
  const words = ['failure-policy-ignore', 'selector', 'planted-injector', 'planted-refuser']
  for (const word of words) {
    await eventually(word, async () => (await readyText()).includes(word))
  }
})

test('a person reads what is wrong and what to do', async () => {
  const { status, stdout } = doctor(await asNurse())
  assert.equal(status, 1)
  assert.match(stdout, /^problem {2}who could write past Git: /m)
  assert.match(stdout, /- User bob may impersonate users, by ClusterRoleBinding planted-forger/)
  assert.match(stdout, /\$ kubectl delete clusterrolebinding planted-forger/)
  assert.match(stdout, /MutatingWebhookConfiguration planted-injector \(inject\.example\.com\)/)
  assert.ok(!stdout.includes('\u001B'))
})

test('put right again, everything is good again', async () => {
  const planted = [
    ['mutatingwebhookconfiguration', 'planted-injector'],
    ['validatingadmissionpolicybinding', 'planted-refuser'],
    ['validatingadmissionpolicy', 'planted-refuser'],
    ['validatingadmissionpolicy', 'writes.solewriter.dev'],
    ['clusterrolebinding', 'planted-forger'],
  ]
  await kubectl(emergency, 'delete', 'validatingwebhookconfiguration', 'solewriter')
  for (const names of planted) await kubectl(emergency, 'delete', ...names)
  await kubectl(emergency, 'delete', 'rolebinding', '-n', 'ci', 'planted-minter')
  await apply(cluster, emergency, wanted)
  await eventually(
    'a good selfcheck',
    async () => (await metricOf('solewriter_selfcheck_ok')) === '1',
  )
  const { status, report } = await reportOf()
  assert.deepEqual(problemsOf(report), [])
  assert.equal(status, 0)
})
