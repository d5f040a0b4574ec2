import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Cluster } from '../cluster/cluster.ts'
import { isOk } from '../cluster/http.ts'
import { freePort, holdPort, type HeldPort } from '../cluster/ports.ts'
import { eventually } from './eventually.ts'

// What `kubectl apply -k` installs, with processes in place of containers.

const root = path.join(import.meta.dirname, '..', '..')
const main = path.join(root, 'src', 'cli', 'main.ts')
const namespace = 'solewriter-system'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: object
  readonly webhooks?: readonly object[]
}

/** As kubectl builds it, in its order. */
export async function build(cluster: Cluster, dir: string): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', [
    'kustomize',
    path.resolve(root, dir),
  ])
  assert.equal(code, 0, stderr)
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
}

/** There is no network between Pods here: the webhook is where its process listens. */
export function reachedAt(url: string, manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map(({ webhooks, ...rest }) =>
    webhooks === undefined
      ? rest
      : { ...rest, webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { url } })) },
  )
}

/** Server-side, with unknown fields refused; throws what kubectl says. */
export async function apply(
  cluster: Cluster,
  user: string,
  manifests: readonly Manifest[],
  ...flags: readonly string[]
): Promise<void> {
  const args = ['apply', '--server-side', '--validate=strict', ...flags, '-f', '-']
  const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
  const { code, stderr } = await cluster.kubectl(user, args, { input })
  assert.equal(code, 0, stderr)
}

/** The processes of `serve` and `controller`, as the accounts that the manifests make. */
export class Replicas implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #policy = path.join(root, 'manifests', 'overlays', 'enforce', 'policy.yaml')
  readonly #dir = mkdtempSync(path.join(tmpdir(), 'solewriter-install-'))
  readonly #children: ChildProcess[] = []
  /** Ours from the start: the configuration names it long before anybody serves there. */
  readonly #port: HeldPort

  private constructor(cluster: Cluster, port: HeldPort) {
    this.#cluster = cluster
    this.#port = port
  }

  static async create(cluster: Cluster): Promise<Replicas> {
    return new Replicas(cluster, await holdPort())
  }

  get url(): string {
    return `https://localhost:${this.#port.port}/validate`
  }

  /** Where its health and metrics are. */
  async startController(...flags: readonly string[]): Promise<string> {
    return this.#start('controller', 'solewriter-controller', [
      '--certs-secret=solewriter-certs',
      '--dns=localhost',
      ...flags,
      `--mirror-dir=${path.join(this.#dir, 'controller-mirrors')}`,
    ])
  }

  /** The certificate is put where the kubelet would mount it. */
  async startServe(): Promise<string> {
    const args = ['get', 'secret', '-n', namespace, 'solewriter-certs', '-o', 'json']
    const { stdout } = await this.#cluster.kubectl('admin', args)
    const { data } = JSON.parse(stdout) as { data: Readonly<Record<string, string>> }
    for (const name of ['tls.crt', 'tls.key']) {
      const file = path.join(this.#dir, name)
      writeFileSync(file, Buffer.from(data[name] ?? '', 'base64'), { mode: 0o600 })
    }
    await this.#port.release()
    return this.#start('serve', 'solewriter', [
      '--caller-auth=none',
      `--listen=127.0.0.1:${this.#port.port}`,
      `--cert-file=${path.join(this.#dir, 'tls.crt')}`,
      `--key-file=${path.join(this.#dir, 'tls.key')}`,
      `--mirror-dir=${path.join(this.#dir, 'mirrors')}`,
      `--records-dir=${path.join(this.#dir, 'records')}`,
    ])
  }

  /** At once, as when a machine is lost. */
  async killAll(): Promise<void> {
    const running = this.#children.splice(0).filter(({ exitCode }) => exitCode === null)
    const ended = running.map((child) => once(child, 'exit'))
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(ended)
    await this.#port.hold()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll()
    await this.#port.release()
    rmSync(this.#dir, { recursive: true })
  }

  async #start(command: string, account: string, args: readonly string[]): Promise<string> {
    const identity = { kind: 'service-account', namespace, name: account } as const
    const kubeconfig = await this.#cluster.kubeconfig({ ...identity, isPodBound: false })
    const health = await freePort()
    const all = [main, command, `--kubeconfig=${kubeconfig}`, `--policy=${this.#policy}`]
    all.push(`--health-listen=127.0.0.1:${health}`, ...args)
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'inherit'] })
    this.#children.push(child)
    await eventually(`${command} to be ready`, () => {
      assert.equal(child.exitCode, null, `${command} ended`)
      return isOk(`http://127.0.0.1:${health}/readyz`)
    })
    return `http://127.0.0.1:${health}`
  }
}
