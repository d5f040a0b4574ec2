import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BringUp } from './bring-up.ts'
import { checkpointKey } from './checkpoint-key.ts'
import type { ClusterAccess } from './identities.ts'
import type { Component } from './component.ts'
import { defaultPolicy } from './default-policy.ts'
import type { Root } from './engine-apis.ts'
import { isOk } from './http.ts'
import type { Layout } from './layout.ts'
import { callerName } from './pki-files.ts'
import { enginesIn, type ClusterPlan } from './plan.ts'
import { followPolicy } from './policy-aliases.ts'
import { freePort } from './ports.ts'

const readyWithinMs = 60_000

export interface ServeReplica {
  readonly component: Component
  readonly port: number
  readonly healthPort: number
}

export interface ServeOptions {
  readonly plan: ClusterPlan
  readonly layout: Layout
  readonly access: ClusterAccess
  readonly kubeconfig: string
  readonly policy: string
  /** Where `controller` takes audit events. */
  readonly auditPort?: number
}

/** The file given, which may be edited while the cluster runs, or one that we write. */
export function policyFile(
  { plan, layout, git, onClose }: BringUp,
  roots: readonly Root[],
): string {
  const file = path.join(layout.config, 'policy.yaml')
  if (plan.policy === null) {
    const repositories = Object.keys(plan.repositories)
    const options = { name: plan.name, repositories, git, engines: enginesIn(plan.with), roots }
    writeFileSync(file, defaultPolicy(options), { mode: 0o600 })
    return file
  }
  if (Object.keys(git).length === 0) return plan.policy
  onClose(followPolicy(plan.policy, file, git))
  return file
}

/** `solewriter serve` number `index`; port 0 picks a free one. */
export async function serveReplica(
  options: ServeOptions,
  index: number,
  fixedPort: number,
): Promise<ServeReplica> {
  const { plan, layout } = options
  const port = fixedPort === 0 ? await freePort() : fixedPort
  const healthPort = await freePort()
  const name = `serve-${index}`
  const mirrors = path.join(layout.replicas, name, 'mirrors')
  mkdirSync(mirrors, { recursive: true, mode: 0o700 })
  const component: Component = {
    name,
    file: process.execPath,
    args: [
      [plan.cli, 'serve'],
      ['--listen', `127.0.0.1:${port}`],
      ['--health-listen', `127.0.0.1:${healthPort}`],
      ['--policy', options.policy],
      ['--cert-file', path.join(layout.pki, 'webhook.crt')],
      ['--key-file', path.join(layout.pki, 'webhook.key')],
      ['--client-ca-file', path.join(layout.pki, 'webhook-ca.crt')],
      ['--client-name', callerName],
      ['--caller-auth', 'mtls'],
      ['--mirror-dir', mirrors],
      ['--records-dir', layout.records],
      ['--writer-name', name],
      ['--checkpoint-key-file', checkpointKey(layout)],
      ['--kubeconfig', options.kubeconfig],
      ['--drain-delay', '1s'],
      ['--kustomize', plan.renderers.kustomize, '--helm', plan.renderers.helm],
      repositoryArguments(plan),
    ].flat(),
    isReady: () => isOk(`http://127.0.0.1:${healthPort}/readyz`),
    readyWithinMs,
    whenDead: 'stay-away',
  }
  return { component, port, healthPort }
}

export async function controllerComponent(
  options: ServeOptions,
): Promise<{ readonly component: Component; readonly metrics: string }> {
  const { plan, layout } = options
  const healthPort = await freePort()
  const mirrors = path.join(layout.replicas, 'controller', 'mirrors')
  mkdirSync(mirrors, { recursive: true, mode: 0o700 })
  const component: Component = {
    name: 'controller',
    file: process.execPath,
    args: [
      [plan.cli, 'controller'],
      ['--kubeconfig', options.kubeconfig],
      ['--policy', options.policy],
      ['--health-listen', `127.0.0.1:${healthPort}`],
      ['--mirror-dir', mirrors],
      ['--kustomize', plan.renderers.kustomize, '--helm', plan.renderers.helm],
      repositoryArguments(plan),
      auditArguments(options),
    ].flat(),
    isReady: () => isOk(`http://127.0.0.1:${healthPort}/readyz`),
    readyWithinMs,
    whenDead: 'stay-away',
  }
  return { component, metrics: `http://127.0.0.1:${healthPort}/metrics` }
}

function auditArguments({ layout, auditPort }: ServeOptions): string[] {
  if (auditPort === undefined) return []
  return [
    ['--audit-listen', `127.0.0.1:${auditPort}`],
    ['--audit-cert-file', path.join(layout.pki, 'webhook.crt')],
    ['--audit-key-file', path.join(layout.pki, 'webhook.key')],
    ['--audit-client-ca-file', path.join(layout.pki, 'webhook-ca.crt')],
    ['--audit-client-name', callerName],
  ].flat()
}

function repositoryArguments(plan: ClusterPlan): string[] {
  return Object.entries(plan.repositories).flatMap(([name, dir]) => ['--repo', `${name}=${dir}`])
}
