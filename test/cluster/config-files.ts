import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { credentialFields, writeKubeconfig } from './kubeconfig.ts'
import type { Layout } from './layout.ts'
import type { ClusterPki } from './pki-files.ts'
import type { ExternalWebhook } from './plan.ts'

interface ConfigFilesOptions {
  readonly layout: Layout
  readonly pki: ClusterPki
  readonly server: string
  /** host:port of our own webhook. */
  readonly webhookHost: string
  /** host:port where `controller` takes audit events; undefined if it takes none. */
  readonly auditHost: string | undefined
  readonly externalWebhook: ExternalWebhook | null
}

/** What the API server and the controller-manager are configured with, apart from flags. */
export function writeConfigFiles(options: ConfigFilesOptions): void {
  const { layout, pki, server } = options
  const callerKubeconfig = path.join(layout.config, 'webhook-caller.kubeconfig')
  writeJson(callerKubeconfig, callerConfig(options))
  writeJson(path.join(layout.config, 'admission.json'), admissionConfig(callerKubeconfig))
  writeJson(path.join(layout.config, 'audit-policy.json'), auditPolicy)
  if (options.auditHost !== undefined) {
    writeKubeconfig({
      file: path.join(layout.config, 'audit-webhook.kubeconfig'),
      server: `https://${options.auditHost}/audit`,
      ca: pki.webhookAuthority.cert,
      user: 'kube-apiserver',
      credential: pki.caller,
    })
  }
  writeKubeconfig({
    file: path.join(layout.config, 'controller-manager.kubeconfig'),
    server,
    ca: pki.authority.cert,
    user: 'system:kube-controller-manager',
    credential: pki.controllerManager,
  })
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

function admissionConfig(kubeConfigFile: string) {
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile,
  }
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [{ name: 'ValidatingAdmissionWebhook', configuration }],
  }
}

/**
 * Users are found by the webhook's host:port. Never `*`: whoever registers a webhook of their own
 * would be shown this certificate too.
 */
function callerConfig({ pki, webhookHost, externalWebhook }: ConfigFilesOptions) {
  const ours = { name: webhookHost, user: credentialFields(pki.caller) }
  const users = externalWebhook === null ? [ours] : [ours, externalUser(externalWebhook, pki)]
  return { apiVersion: 'v1', kind: 'Config', users }
}

function externalUser({ url, client }: ExternalWebhook, pki: ClusterPki) {
  return { name: new URL(url).host, user: credentialFields(client ?? pki.caller) }
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
}
