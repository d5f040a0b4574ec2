import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAllDocuments } from 'yaml'
import type { ApiClient, KubernetesObject } from './api-client.ts'

const manifestsDir = path.join(import.meta.dirname, '..', '..', 'manifests')
const collection = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const kind = 'ValidatingWebhookConfiguration'
const honouredWithinMs = 10_000

interface Webhook {
  readonly rules?: readonly unknown[]
  readonly clientConfig?: { readonly service?: { readonly path?: string } }
  readonly [field: string]: unknown
}

interface Configuration extends KubernetesObject {
  readonly webhooks: readonly Webhook[]
}

/** What stands in manifests/, with `Fail`, sent to the URL instead of a Service. */
export function webhookConfiguration(caBundle: string, url: string): KubernetesObject {
  const { metadata, webhooks } = shippedConfiguration() ?? plainConfiguration
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: metadata.name },
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      failurePolicy: 'Fail',
      clientConfig: { url, caBundle: Buffer.from(caBundle).toString('base64') },
    })),
  }
}

const plainConfiguration: Configuration = {
  metadata: { name: 'solewriter' },
  webhooks: [
    {
      name: 'writes.solewriter.dev',
      rules: [
        {
          apiGroups: ['*'],
          apiVersions: ['*'],
          resources: ['*/*'],
          operations: ['*'],
          scope: '*',
        },
      ],
      matchPolicy: 'Equivalent',
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 10,
      admissionReviewVersions: ['v1'],
    },
  ],
}

function shippedConfiguration(): Configuration | undefined {
  const documents = manifestFiles().flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as unknown),
  )
  return documents.find(isConfiguration)
}

/** Overlays hold patches, which are no configurations of their own. */
function manifestFiles(): string[] {
  try {
    return readdirSync(manifestsDir, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file) && !file.split(path.sep).includes('overlays'))
      .toSorted()
      .map((file) => path.join(manifestsDir, file))
  } catch {
    return []
  }
}

function isConfiguration(value: unknown): value is Configuration {
  if (typeof value !== 'object' || value === null) return false
  const candidate = value as Partial<Configuration>
  return candidate.kind === kind && candidate.webhooks?.[0]?.rules !== undefined
}

/** Registers it and waits until the API server asks it. */
export async function register(api: ApiClient, configuration: KubernetesObject): Promise<void> {
  await api.ensure(collection, configuration)
  // Configurations are honoured in the order of their creation: once this one refuses, that of
  // the line above is asked too. It refuses a read-like review, of which no record is kept.
  await api.ensure(collection, probe)
  const deadline = Date.now() + honouredWithinMs
  while (Date.now() < deadline && (await isReviewAnswered(api))) await sleep(100)
  await api.send('DELETE', `${collection}/${probe.metadata.name}`)
}

const probe: KubernetesObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'local-cluster-probe' },
  webhooks: [
    {
      name: 'probe.local-cluster.example',
      // Nobody listens there: under Fail the call is a refusal.
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [
        {
          apiGroups: ['authentication.k8s.io'],
          apiVersions: ['*'],
          resources: ['selfsubjectreviews'],
          operations: ['CREATE'],
        },
      ],
      matchConditions: [{ name: 'admin-only', expression: "request.userInfo.username == 'admin'" }],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      timeoutSeconds: 1,
      admissionReviewVersions: ['v1'],
    },
  ],
}

async function isReviewAnswered(api: ApiClient): Promise<boolean> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const { status } = await api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    ...review,
  })
  return status === 201
}
