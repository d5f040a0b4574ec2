import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { bundleInto } from '../../scripts/bundle.ts'
import { alike, consoleOf, yamlWith } from '../cli/breakglass/console.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { eventually } from './eventually.ts'

// The page of the person on call, as it stands there: with the real kubectl, which finds the plugin.

const root = path.join(import.meta.dirname, '..', '..')
const page = readFileSync(path.join(root, 'docs', 'break-glass.md'), 'utf8')
const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-break-glass-cli-'))
const home = path.join(dir, 'home')
const bin = path.join(dir, 'bin')
const configured = path.join(home, '.config', 'solewriter')

const rightsOfCarol = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: carol }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: solewriter-holder }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: carol }
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: dave }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: scaler, namespace: pay }
rules:
  - { apiGroups: [apps], resources: [deployments], verbs: [get, list] }
  - { apiGroups: [apps], resources: [deployments/scale], verbs: [get, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: carol, namespace: pay }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: scaler }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: carol }
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: dave }
`

let cluster: Cluster

before(async () => {
  await bundleInto(path.join(dir, 'dist'))
  for (const made of [home, bin]) mkdirSync(made)
  for (const program of ['solewriter', 'kubectl-breakglass']) {
    symlinkSync(path.join(dir, 'dist', `${program}.js`), path.join(bin, program))
  }
  await keygen()
  const contexts = yamlWith(page, 'contexts:').replace('prod-eu-1:', 'local:')
  writeFileSync(path.join(configured, 'config.yaml'), contexts)
  writeFileSync(path.join(dir, 'policy.yaml'), policyOfPage())
  writeFileSync(path.join(dir, 'carol.yaml'), rightsOfCarol)
  cluster = await startCluster({
    with: ['webhook'],
    policy: path.join(dir, 'policy.yaml'),
    setup: [
      path.join(import.meta.dirname, 'fixtures', 'break-glass.yaml'),
      path.join(root, 'manifests', 'base', 'roles.yaml'),
      path.join(dir, 'carol.yaml'),
    ],
  })
  symlinkSync(cluster.binaries.kubectl, path.join(bin, 'kubectl'))
})

after(async () => {
  await cluster.stop()
  rmSync(dir, { recursive: true })
})

/** As alice types it. */
function type(command: string, user = 'alice'): Promise<Outcome> {
  const PATH = [bin, path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter)
  const env = { PATH, HOME: home, KUBECONFIG: cluster?.kubeconfigs[user] ?? '' }
  return run('sh', ['-c', command], { cwd: dir, env })
}

/** Step 1 of what has to be done before. */
async function keygen(): Promise<void> {
  const command = /`(solewriter breakglass keygen [^`]+)`/.exec(page)?.[1] ?? ''
  const { code, stderr } = await type(command)
  assert.equal(code, 0, stderr)
  copyFileSync(path.join(configured, 'key.pem'), path.join(dir, 'key.pem'))
}

function policyOfPage(): string {
  const rules = yamlWith(page, 'breakGlass:')
    .replace('spec:\n', '')
    .replace('/etc/solewriter/jwks.json', path.join(configured, 'jwks.json'))
  // Nobody listens there: Git is down.
  return `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: break-glass}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: "https://127.0.0.1:1/fleet.git", branches: [main], sources: [{path: .}]}
${rules}      - subjects: { users: [dave] }
        approvals: { required: 1, groups: [sre-oncall] }
`
}

test('every command of the page prints what the page shows', async () => {
  const names = new Map<string, string>()
  for (const { command, output } of consoleOf(page)) {
    const real = command.replace(/bg-[0-9a-f-]{36}/, (name) => names.get(name) ?? name)
    const { stdout, stderr } = await type(real)
    const printed = stderr + stdout
    assert.equal(alike(printed), alike(output), command)
    const [shown, found] = [output, printed].map((text) => /bg-[0-9a-f-]{36}/.exec(text)?.[0])
    if (shown !== undefined && found !== undefined) names.set(shown, found)
  }
  const ended = await type('kubectl scale deploy/api -n pay --replicas=7')
  assert.match(ended.stderr, /\[GrantEnded\].*In an emergency: kubectl breakglass request/)
})

/** The commands of the block of the page that begins like this. */
function blockOf(beginning: string): readonly string[] {
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text)
  const found = blocks.find((text) => text.startsWith(beginning)) ?? assert.fail(beginning)
  return found.trim().split(/(?<!\\)\n/)
}

interface Shown {
  readonly name: string
  readonly uses: readonly { readonly decisionId: string }[]
}

async function ownGrants(): Promise<readonly Shown[]> {
  const { stdout, stderr } = await type('kubectl breakglass status -o json')
  assert.equal(stderr, '')
  return (JSON.parse(stdout) as { readonly grants: readonly Shown[] }).grants
}

test('a token minted by a colleague works with nothing but kubectl, once, for its user', async () => {
  const [mint = ''] = blockOf('solewriter breakglass mint')
  const minted = await type(mint.replace('--cluster UID', `--cluster ${cluster.clusterUid}`))
  assert.equal(minted.code, 0, minted.stderr)
  const stolen = await type('kubectl breakglass activate -f token.jwt', 'bob')
  assert.deepEqual([stolen.code, stolen.stdout], [1, ''])
  assert.match(stolen.stderr, /^WrongUser: the token is for alice, and you are bob\./)

  const [activate = '', envelope = ''] = blockOf('kubectl breakglass activate')
  const created = await type(envelope)
  assert.equal(created.code, 0, created.stderr)
  const [name = ''] = /bg-[0-9a-f-]{36}/.exec(created.stdout) ?? []
  const [, wait = ''] = /`(kubectl wait [^`]+)`/.exec(page) ?? []
  const waited = await type(`${wait.replace('NAME', name)} --timeout=60s`)
  assert.equal(waited.code, 0, waited.stderr)
  const used = await type(activate)
  assert.equal(used.code, 1, used.stderr)
  assert.match(used.stderr, /^Used: the token has been used already: there is a grant bg-/)
})

test('its uses are explained, and somebody else revokes it', async () => {
  const scaled = await type('kubectl scale deploy/api -n pay --replicas=6')
  assert.match(scaled.stderr, /BREAK-GLASS bg-\S+ use 1\/20/)
  const [grant, ...others] = await ownGrants()
  assert.ok(grant !== undefined)
  assert.deepEqual(others, [])
  const explained = await type(`kubectl breakglass explain ${grant.uses[0]?.decisionId}`)
  assert.match(explained.stdout, /^what {6}UPDATE deployments\.apps\/scale pay\/api$/m)

  const revoke = `kubectl breakglass revoke ${grant.name} --reason "drill is over"`
  const revoked = await type(revoke, 'bob')
  assert.deepEqual([revoked.code, revoked.stderr], [0, ''])
  const refused = await type('kubectl scale deploy/api -n pay --replicas=5')
  assert.match(refused.stderr, /\[GrantEnded\]/)
  const { code, stdout } = await type(`kubectl breakglass status ${grant.name}`)
  assert.equal(code, 1)
  assert.match(stdout, /^phase {8}Revoked by bob: drill is over$/m)
})

test('whoever has only the role of a holder is told what RBAC leaves of it', async () => {
  const carol = await cluster.kubeconfig({ kind: 'user', user: 'carol', groups: ['sre-oncall'] })
  const as = (command: string) => type(`export KUBECONFIG='${carol}'; ${command}`)
  const about = '--incident INC-1 --reason "what may carol do"'
  const wanted = `kubectl breakglass request --preset scale -n pay deploy/api ${about}`
  const unreadable = await as(wanted)
  assert.equal(unreadable.code, 2)
  assert.match(unreadable.stderr, /may not read the namespace kube-system/)

  const file = path.join(configured, 'config.yaml')
  const kept = readFileSync(file, 'utf8')
  writeFileSync(file, `${kept}    cluster: ${cluster.clusterUid}\n`)
  const hopeless = await as(`kubectl breakglass request --preset exec -n pay pod/shell ${about}`)
  assert.equal(hopeless.code, 1, hopeless.stderr + hopeless.stdout)
  assert.equal(hopeless.stderr.split('\n')[0], 'RBAC refuses carol: create pods/exec shell in pay')
  const partly = await as(wanted)
  writeFileSync(file, kept)
  assert.equal(partly.code, 0, partly.stderr)
  assert.equal(partly.stderr, 'RBAC refuses carol: patch deployments.apps api in pay\n')
  const scaled = await as('kubectl scale deploy/api -n pay --replicas=8')
  assert.deepEqual([scaled.code, scaled.stdout], [0, 'deployment.apps/api scaled\n'])
})

test('whoever needs an approval waits for it, and gets through with it', async () => {
  const dave = await cluster.kubeconfig({ kind: 'user', user: 'dave', groups: ['juniors'] })
  const as = (command: string) => type(`export KUBECONFIG='${dave}'; ${command}`)
  const file = path.join(configured, 'config.yaml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}    cluster: ${cluster.clusterUid}\n`)
  const about = '--incident INC-2 --reason "first night on call"'
  const waiting = as(`kubectl breakglass request --preset scale -n pay deploy/api ${about}`)
  let name = ''
  await eventually('the grant waits', async () => {
    const { stdout } = await type('kubectl breakglass list -o json', 'bob')
    const { grants } = JSON.parse(stdout) as {
      readonly grants: readonly { readonly name: string; readonly phase: string }[]
    }
    name = grants.find(({ phase }) => phase === 'Pending')?.name ?? ''
    return name !== ''
  })
  const pending = await as('kubectl scale deploy/api -n pay --replicas=9')
  assert.match(pending.stderr, /\[GrantPending\]/)
  const approved = await type(`kubectl breakglass approve ${name} --yes`, 'bob')
  assert.deepEqual([approved.code, approved.stdout], [0, `${name} is approved\n`])
  const { code, stdout, stderr } = await waiting
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^phase {8}Active, /m)
  const scaled = await as('kubectl scale deploy/api -n pay --replicas=9')
  assert.deepEqual([scaled.code, scaled.stdout], [0, 'deployment.apps/api scaled\n'])
})
