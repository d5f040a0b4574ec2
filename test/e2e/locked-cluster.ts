import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { run, type Outcome } from '../cluster/run.ts'
import { main } from '../cli/process.ts'
import { openClosedGate, type ClosedGate } from './closed-gate.ts'
import { eventually } from './eventually.ts'

export const namespace = 'solewriter-system'
export const kind = 'validatingwebhookconfiguration'

export interface Configuration {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly webhooks: readonly unknown[]
}

export async function lockCluster(): Promise<LockedCluster> {
  const gate = await openClosedGate()
  const cluster = await startCluster({ externalWebhook: gate.webhook })
  const cwd = mkdtempSync(path.join(tmpdir(), 'solewriter-emergency-'))
  return new LockedCluster(cluster, gate, cwd)
}

/** A cluster in which no person may write anything, and what people do about it. */
export class LockedCluster {
  readonly cluster: Cluster
  readonly gate: ClosedGate
  /** Where the command is run. */
  readonly cwd: string
  /** What `on` restores. */
  original: Configuration = { metadata: { name: '', resourceVersion: '' }, webhooks: [] }

  constructor(cluster: Cluster, gate: ClosedGate, cwd: string) {
    this.cluster = cluster
    this.gate = gate
    this.cwd = cwd
  }

  /** Each test begins with this. */
  async close(): Promise<void> {
    await this.gate.revive()
    await eventually('a closed gate', async () => !(await this.mayWrite()))
  }

  async end(): Promise<void> {
    await this.cluster.stop()
    await this.gate.close()
    rmSync(this.cwd, { recursive: true })
  }

  readonly mayWrite = async (): Promise<boolean> => {
    const args = ['create', 'configmap', 'a-write', '--dry-run=server']
    return (await this.cluster.kubectl('alice', args)).code === 0
  }

  emergency(...args: readonly string[]): Promise<Outcome> {
    return this.emergencyAs('alice', ...args)
  }

  emergencyAs(user: string, ...args: readonly string[]): Promise<Outcome> {
    const kubeconfig = this.cluster.kubeconfigs[user] ?? user
    const command = [main, 'emergency', ...args, '--kubeconfig', kubeconfig]
    return run(process.execPath, command, { cwd: this.cwd })
  }

  async read(): Promise<Configuration> {
    const args = ['get', kind, 'solewriter', '-o', 'json']
    const { code, stdout, stderr } = await this.cluster.kubectl('alice', args)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Configuration
  }

  async isThere(): Promise<boolean> {
    return (await this.cluster.kubectl('alice', ['get', kind, 'solewriter'])).code === 0
  }

  async marker(): Promise<Record<string, string> | undefined> {
    const args = ['get', 'configmap', '-n', namespace, 'solewriter-emergency', '-o', 'json']
    const { code, stdout } = await this.cluster.kubectl('alice', args)
    return code === 0 ? (JSON.parse(stdout) as { data: Record<string, string> }).data : undefined
  }

  /** By kubectl alone. */
  async off(): Promise<void> {
    if (await this.isThere()) this.original = await this.read()
    await this.cluster.kubectl('alice', ['delete', kind, 'solewriter'])
    await eventually('an open gate', this.mayWrite)
  }

  async on(user = 'alice'): Promise<void> {
    const { name } = this.original.metadata
    const { code, stderr } = await this.cluster.kubectl(user, ['create', '-f', '-'], {
      input: JSON.stringify({ ...this.original, metadata: { name } }),
    })
    assert.equal(code, 0, stderr)
    await eventually('a closed gate', async () => !(await this.mayWrite()))
  }

  /** The one of an installation, for the marker. The gate is closed again whatever happens. */
  async withNamespace(work: () => Promise<void>): Promise<void> {
    await this.off()
    await this.cluster.kubectl('alice', ['create', 'namespace', namespace])
    await this.on()
    try {
      await work()
    } finally {
      await this.off()
      await this.cluster.kubectl('alice', ['delete', 'namespace', namespace])
      await this.on()
    }
  }

  savedFiles(): string[] {
    return readdirSync(this.cwd).map((file) => path.join(this.cwd, file))
  }

  async savedIn(): Promise<Configuration> {
    const text = (await this.marker())?.['configurations.json'] ?? '[]'
    const [saved = assert.fail('nothing saved')] = JSON.parse(text) as Configuration[]
    return saved
  }

  /** To the byte, with nothing left lying about. */
  async assertRestored(webhooks: readonly unknown[]): Promise<void> {
    assert.equal(JSON.stringify((await this.read()).webhooks), JSON.stringify(webhooks))
    await eventually('a closed gate', async () => !(await this.mayWrite()))
    assert.equal(await this.marker(), undefined)
    assert.deepEqual(this.savedFiles(), [])
  }
}
