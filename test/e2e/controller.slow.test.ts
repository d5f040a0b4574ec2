import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createInterface } from 'node:readline'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { createAuthority } from '../cluster/pki.ts'
import { freePort } from '../cluster/ports.ts'
import { main } from '../cli/process.ts'
import { openClosedGate, type ClosedGate } from './closed-gate.ts'
import { eventually } from './eventually.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures', 'controller')
const namespace = 'solewriter-system'
const policy = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: any}
spec: {mode: enforce}
`

interface Running {
  readonly child: ChildProcess
  readonly health: string
  readonly events: string[]
}

let gate: ClosedGate
let cluster: Cluster
let dir: string
let kubeconfig: string
const started: ChildProcess[] = []

/** From its start on, the API server trusts another authority than that of the webhook. */
before(async () => {
  gate = await openClosedGate()
  const stranger = (await createAuthority('stranger')).cert
  cluster = await startCluster({
    externalWebhook: { ...gate.webhook, caBundle: stranger },
    setup: [path.join(fixtures, 'rights.yaml')],
  })
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-controller-'))
  writeFileSync(path.join(dir, 'policy.yaml'), policy)
  writeFileSync(path.join(dir, 'ca.crt'), gate.webhook.caBundle)
  writeFileSync(path.join(dir, 'tls.crt'), gate.serving.cert)
  writeFileSync(path.join(dir, 'tls.key'), gate.serving.key)
  kubeconfig = await cluster.kubeconfig({
    kind: 'service-account',
    namespace,
    name: 'solewriter-controller',
    isPodBound: false,
  })
})

after(async () => {
  for (const child of started) child.kill('SIGKILL')
  await cluster.stop()
  await gate.close()
  rmSync(dir, { recursive: true })
})

async function startController(...args: readonly string[]): Promise<Running> {
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [
      [main, 'controller', '--kubeconfig', kubeconfig, '--policy', path.join(dir, 'policy.yaml')],
      ['--health-listen', `127.0.0.1:${port}`],
      args,
    ].flat(),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  started.push(child)
  const events: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    events.push((JSON.parse(line) as { event: string }).event)
  })
  return { child, health: `http://127.0.0.1:${port}`, events }
}

async function stop({ child }: Running): Promise<number | null> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

async function get(...args: readonly string[]): Promise<string> {
  return (await cluster.kubectl('ci', ['get', ...args])).stdout
}

async function bundleOf(name: string): Promise<string> {
  const field = 'jsonpath={.webhooks[0].clientConfig.caBundle}'
  const text = await get('validatingwebhookconfiguration', name, '-o', field)
  return Buffer.from(text, 'base64').toString('utf8')
}

async function secret(key: string): Promise<string> {
  const field = `jsonpath={.data.${key.replace('.', '\\.')}}`
  const text = await get('secret', '-n', namespace, 'solewriter-certs', '-o', field)
  return Buffer.from(text, 'base64').toString('utf8')
}

function holder(): Promise<string> {
  const field = 'jsonpath={.spec.holderIdentity}'
  return get('lease', '-n', namespace, 'solewriter-controller', '-o', field)
}

async function metrics({ health }: Running): Promise<string> {
  return (await exchange({ url: `${health}/metrics` })).text
}

test('a bundle that lets no review through is put right, though no Lease can be had', async () => {
  const args = ['create', 'configmap', 'a-write', '--dry-run=server']
  assert.match((await cluster.kubectl('ci', args)).stderr, /failed calling webhook/)
  const controller = await startController('--certs-dir', dir)
  await eventually('a good bundle', async () => (await cluster.kubectl('ci', args)).code === 0)
  assert.equal(await bundleOf('solewriter'), gate.webhook.caBundle)
  await eventually('the Lease', () => controller.events.includes('lease_acquired'))
  assert.equal(await stop(controller), 0)
  assert.equal(await holder(), '')
})

test('of two the active one makes certificates, the other one takes over', async () => {
  await cluster.kubectl('ci', ['create', '-f', path.join(fixtures, 'bundled.yaml')])
  const args = ['--certs-secret', 'solewriter-certs', '--webhook-configuration', 'bundled']
  const first = await startController(...args)
  await eventually('the Lease', () => first.events.includes('lease_acquired'))
  const firstHolder = await holder()
  const second = await startController(...args)
  await eventually('a bundle', async () => (await bundleOf('bundled')) !== '')
  const leaf = new X509Certificate(await secret('tls.crt'))
  const authority = new X509Certificate(await secret('ca.crt'))
  assert.ok(leaf.verify(authority.publicKey))
  assert.ok(leaf.checkHost(`solewriter.${namespace}.svc`) !== undefined)
  assert.equal(await bundleOf('bundled'), await secret('ca.crt'))

  // Both are ready; only one leads, and both report what is wrong with the configuration.
  for (const [controller, leading] of [
    [first, 1],
    [second, 0],
  ] as const) {
    await eventually('readiness', async () => {
      return (
        (await exchange({ url: `${controller.health}/readyz` }).catch(() => null))?.status === 200
      )
    })
    const text = await metrics(controller)
    assert.match(text, new RegExp(`^solewriter_controller_leading ${leading}$`, 'm'))
    assert.match(
      text,
      /^solewriter_webhook_configuration_faults{fault="failure-policy-ignore"} 1$/m,
    )
    assert.match(text, /^solewriter_webhook_configuration_faults{fault="absent"} 0$/m)
  }

  await cluster.kubectl('ci', ['delete', 'secret', '-n', namespace, 'solewriter-certs'])
  first.child.kill('SIGKILL')
  await eventually('another holder', async () => (await holder()) !== firstHolder)
  await eventually('a new authority', async () => {
    const made = await secret('ca.crt')
    return made !== '' && made !== authority.toString() && (await bundleOf('bundled')) === made
  })
  assert.equal(await stop(second), 0)
  assert.equal(await holder(), '')
})

test('changes to the configuration as it was applied are found', async () => {
  const manifest = path.join(dir, 'bundled.yaml')
  cpSync(path.join(fixtures, 'bundled.yaml'), manifest)
  const flags = ['--webhook-configuration', 'bundled', '--webhook-manifest', manifest]
  const controller = await startController(...flags)
  const faults = /^solewriter_webhook_configuration_faults{fault="changed"} (\d+)$/m
  const count = async () => faults.exec(await metrics(controller).catch(() => ''))?.[1]
  await eventually('no change', async () => (await count()) === '0')
  const change = '[{"op":"add","path":"/webhooks/0/timeoutSeconds","value":1}]'
  const patch = ['patch', 'validatingwebhookconfiguration', 'bundled', '--type=json', '-p', change]
  await cluster.kubectl('ci', patch)
  await eventually('a change', async () => (await count()) === '1')
  assert.equal(await stop(controller), 0)
})

test('a policy that is not good ends it with 2', async () => {
  writeFileSync(path.join(dir, 'policy.yaml'), 'kind: Nothing')
  const { child } = await startController()
  await once(child, 'exit')
  assert.equal(child.exitCode, 2)
})
