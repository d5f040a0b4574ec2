import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { ensureBinaries } from '../cluster/binaries.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { jobsOf, type Jobs } from './bad-jobs.ts'
import { policyOf, policyParts, section, type PolicyKey } from './engines-page.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { authentication } from './oidc-example.ts'
import { startIssuers } from './oidc-issuer.ts'

// A cluster under the policies that docs/engines.md has for whoever pushes, and machines of CI on
// which its commands are run.

/** A checkout of one commit, as a runner has it. */
export interface Checkout {
  readonly directory: string
  readonly commit: string
  /** Runs a script of the page, with kubectl, helm and git at hand. */
  sh(script: string, env: Readonly<Record<string, string>>): Promise<Outcome>
}

export interface PushGround {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly jobs: Jobs
  /** Paths of kubeconfigs: of `ci/deployer`, and of nobody. */
  readonly deployer: string
  readonly userless: string
  checkOut(): Promise<Checkout>
  /** In place of the whole of what the page has; `serve` notices in a moment. */
  putPolicy(without?: readonly PolicyKey[]): void
  /** What kubectl prints as admin. */
  get(...args: readonly string[]): Promise<string>
  end(): Promise<void>
}

type Files = Parameters<typeof makeFleet>[0]

export async function startPushing(files: Files): Promise<PushGround> {
  const running = new AsyncDisposableStack()
  try {
    return await start(files, running)
  } catch (error) {
    await running.disposeAsync()
    throw error
  }
}

async function start(files: Files, running: AsyncDisposableStack): Promise<PushGround> {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-push-'))
  running.defer(() => rmSync(dir, { recursive: true }))
  const issuers = await startIssuers(['github', 'gitlab', 'bare'])
  running.defer(() => issuers.close())
  const fleet = await makeFleet(files)
  running.defer(() => fleet.remove())
  const flags = path.join(dir, 'authentication.yaml')
  writeFileSync(flags, stringify(authentication(issuers)))
  const policy = path.join(dir, 'policy.yaml')
  const putPolicy: PushGround['putPolicy'] = (without = []) => {
    const text = stringify(documentedPolicy(without), { aliasDuplicateObjects: false })
    writeFileSync(`${policy}.new`, text)
    renameSync(`${policy}.new`, policy)
  }
  putPolicy()
  const { helm } = await ensureBinaries(['helm'], () => undefined)
  const cluster = await startCluster({
    with: ['webhook'],
    apiServerFlags: [`--authentication-config=${flags}`],
    setup: [path.join(import.meta.dirname, 'fixtures', 'push.yaml')],
    policy,
    repositories: { fleet: fleet.directory },
  })
  running.defer(() => cluster.stop())
  await fleet.commit({ 'ci/kubeconfig': kubeconfigWithoutUser(cluster) })
  const jobs = jobsOf(issuers)
  // The keys of an issuer are fetched in the background.
  for (const token of [jobs.github(), jobs.gitlab()]) {
    const flag = `--token=${await token}`
    await eventually('an issuer that is known', async () => {
      const { code } = await cluster.kubectl(withoutUser(dir, cluster), [flag, 'auth', 'whoami'])
      return code === 0
    })
  }
  let checkouts = 0
  return {
    cluster,
    fleet,
    jobs,
    deployer: cluster.kubeconfigs['ci'] ?? '',
    userless: withoutUser(dir, cluster),
    putPolicy,
    async checkOut() {
      const directory = path.join(dir, `checkout-${(checkouts += 1)}`)
      const { code, stderr } = await run('git', ['clone', '-q', fleet.directory, directory])
      assert.equal(code, 0, stderr)
      const commit = await fleet.git(['rev-parse', 'main'])
      const programs = [cluster.binaries.kubectl, helm.path].map((file) => path.dirname(file))
      const home = {
        HOME: directory,
        PATH: [...programs, process.env['PATH']].join(path.delimiter),
      }
      const sh: Checkout['sh'] = (script, env) =>
        run('bash', ['-ec', script], { cwd: directory, env: { ...home, ...env } })
      return { directory, commit, sh }
    },
    async get(...args) {
      const { code, stdout, stderr } = await cluster.kubectl('admin', ['get', ...args])
      assert.equal(code, 0, stderr)
      return stdout
    },
    end: () => running.disposeAsync(),
  }
}

/** All that the page has for pushing, in one, and its writers under the other names that it mentions. */
function documentedPolicy(without: readonly PolicyKey[]): object {
  const headings = ['kubectl in CI', 'Helm in CI', 'Without a token of the job', 'A hub']
  const parts = headings.flatMap((heading) => policyParts(section(heading)))
  const all = (key: PolicyKey): readonly object[] =>
    without.includes(key) ? [] : distinct(parts.flatMap((part) => part[key] ?? []))
  const repositories = parts.flatMap((part) => part.repositories ?? [])
  const fleet = {
    ...repositories[0],
    aliases: ['https://gitlab.com/acme/fleet'],
    grace: '0s',
    sources: distinct(repositories.flatMap((one) => one['sources'] as readonly object[])),
  }
  const writers = all('writers')
  const subjects = [{ user: 'gitlab:acme/fleet' }, { serviceAccount: 'kube-system/argocd-manager' }]
  const [ofGitHub, ofHub] = ['fleet-jobs', 'hub'].map((name) =>
    writers.find((writer) => 'name' in writer && writer.name === name),
  )
  return policyOf({
    mode: 'enforce',
    repositories: [fleet],
    writers: [
      ...writers,
      { ...ofGitHub, name: 'gitlab', subject: subjects[0] },
      { ...ofHub, name: 'manager', subject: subjects[1] },
    ],
    exceptions: all('exceptions'),
    tolerations: all('tolerations'),
  })
}

function distinct(objects: readonly object[]): readonly object[] {
  const byText = new Map(objects.map((one) => [JSON.stringify(one), one]))
  return [...byText.values()]
}

interface Kubeconfig {
  readonly clusters: readonly object[]
  readonly contexts: readonly { readonly name: string; readonly context: { cluster: string } }[]
  readonly [key: string]: unknown
}

/** As the repository has it: the API server and its authority. */
function kubeconfigWithoutUser({ kubeconfigs }: Cluster): string {
  const whole = JSON.parse(readFileSync(kubeconfigs['admin'] ?? '', 'utf8')) as Kubeconfig
  const contexts = whole.contexts.map(({ name, context: { cluster } }) => ({
    name,
    context: { cluster },
  }))
  return stringify({ ...whole, users: [], contexts })
}

function withoutUser(dir: string, cluster: Cluster): string {
  const file = path.join(dir, 'kubeconfig')
  writeFileSync(file, kubeconfigWithoutUser(cluster))
  return file
}
