import path from 'node:path'
import type { Component } from './component.ts'
import { isOk } from './http.ts'
import type { Layout } from './layout.ts'
import type { ClusterPlan } from './plan.ts'

const loopback = '127.0.0.1'
const readyWithinMs = 120_000

interface ControlPlaneOptions {
  readonly plan: ClusterPlan
  readonly layout: Layout
  readonly ports: {
    readonly etcd: number
    readonly etcdPeer: number
    readonly apiServer: number
    readonly controllerManager: number
  }
  /** PEM of the cluster's authority. */
  readonly ca: string
  readonly issuer: string
}

export function etcdComponent({ plan, layout, ports }: ControlPlaneOptions): Component {
  const client = `http://${loopback}:${ports.etcd}`
  const peer = `http://${loopback}:${ports.etcdPeer}`
  return {
    name: 'etcd',
    file: plan.binaries.etcd.path,
    args: [
      `--data-dir=${layout.etcdData}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // A cluster that is thrown away need not survive a power cut.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    isReady: () => isOk(`${client}/health`),
    readyWithinMs,
    whenDead: 'end-cluster',
  }
}

export function apiServerComponent(options: ControlPlaneOptions): Component {
  const { plan, layout, ports, ca, issuer } = options
  const pki = (file: string) => path.join(layout.pki, file)
  return {
    name: 'kube-apiserver',
    file: plan.binaries['kube-apiserver'].path,
    args: [
      `--etcd-servers=http://${loopback}:${ports.etcd}`,
      `--bind-address=${loopback}`,
      `--advertise-address=${loopback}`,
      `--secure-port=${ports.apiServer}`,
      // Endpoints of the kubernetes Service may not be loopback addresses.
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--admission-control-config-file=${path.join(layout.config, 'admission.json')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('server.crt')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      `--service-account-issuer=${issuer}`,
      `--service-account-key-file=${pki('service-account.pub')}`,
      `--service-account-signing-key-file=${pki('service-account.key')}`,
      `--audit-policy-file=${path.join(layout.config, 'audit-policy.json')}`,
      `--audit-log-path=${layout.auditLog}`,
      '--profiling=false',
      ...(plan.isAuditSent ? auditWebhookFlags(layout) : []),
      ...plan.apiServerFlags,
    ],
    isReady: () => isOk(`https://${loopback}:${ports.apiServer}/readyz`, { ca }),
    readyWithinMs,
    whenDead: 'end-cluster',
  }
}

/** As in docs/audit-reconcile.md, with less to wait for. */
function auditWebhookFlags(layout: Layout): readonly string[] {
  return [
    `--audit-webhook-config-file=${path.join(layout.config, 'audit-webhook.kubeconfig')}`,
    '--audit-webhook-mode=batch',
    '--audit-webhook-batch-max-wait=1s',
    '--audit-webhook-initial-backoff=8s',
  ]
}

export function controllerManagerComponent(options: ControlPlaneOptions): Component {
  const { plan, layout, ports, ca } = options
  const pki = (file: string) => path.join(layout.pki, file)
  const kubeconfig = path.join(layout.config, 'controller-manager.kubeconfig')
  return {
    name: 'kube-controller-manager',
    file: plan.binaries['kube-controller-manager'].path,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--bind-address=${loopback}`,
      `--secure-port=${ports.controllerManager}`,
      `--tls-cert-file=${pki('server.crt')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${pki('service-account.key')}`,
      `--root-ca-file=${pki('ca.crt')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      '--leader-elect=true',
      // After kill -9 the next one waits this long for the Lease.
      '--leader-elect-lease-duration=8s',
      '--leader-elect-renew-deadline=6s',
      '--leader-elect-retry-period=1s',
      // At the default rate most of a start is spent waiting to ask for tokens.
      '--kube-api-qps=300',
      '--kube-api-burst=500',
      '--horizontal-pod-autoscaler-sync-period=2s',
      '--resource-quota-sync-period=5s',
      '--pvclaimbinder-sync-period=5s',
      '--profiling=false',
    ],
    isReady: () => isOk(`https://${loopback}:${ports.controllerManager}/healthz`, { ca }),
    readyWithinMs,
    // It exits whenever it loses its Lease, and a kubelet would start it again.
    whenDead: 'revive',
  }
}
