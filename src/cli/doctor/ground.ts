import { catalogueFor } from '../../core/content/catalogue.ts'
import { GuardError } from '../../core/errors.ts'
import type { Ground } from '../../core/lint/facts.ts'
import { readObjects } from '../../core/manifest/documents.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import { parseManifests } from '../../core/manifest/parse.ts'
import { parsePolicy } from '../../core/policy/parse.ts'
import { readCertificatesOrNone } from '../../certs/pem.ts'
import { isGood, type Api } from '../../kubernetes/api.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import { nameOf } from '../../kubernetes/webhook-configuration.ts'
import { readConfigurationFile } from '../configuration-file.ts'
import type { Env } from '../env.ts'
import { readPolicy } from '../policy.ts'

export interface GroundOptions {
  readonly namespace: string
  readonly configurationName: string
  /** Files; what is not given is looked for in the ConfigMaps that our manifests make. */
  readonly policy?: string
  readonly webhookManifest?: string
}

export interface Given {
  readonly ground: Ground
  /** Where the policy and the manifest are from, for people. */
  readonly origins: { readonly policy: string; readonly manifest: string }
}

/** What is compared with, besides the cluster. */
export async function groundFor(options: GroundOptions, api: Api, env: Env): Promise<Given> {
  const { namespace, configurationName } = options
  const policy = await policyFor(options, api, env)
  const shipped = await shippedFor(options, api, env)
  return {
    ground: {
      namespace,
      configurationName,
      policy: policy?.value,
      shipped: shipped?.value,
      now: env.now(),
      certificatesOf,
      isMeasured,
    },
    origins: { policy: policy?.origin ?? 'none', manifest: shipped?.origin ?? 'none' },
  }
}

export function certificatesOf(pem: string): ReturnType<Ground['certificatesOf']> {
  return readCertificatesOrNone(pem).map((certificate) => ({
    subject: certificate.subject,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }))
}

export function isMeasured(version: string): boolean {
  return catalogueFor(version).isExact
}

async function policyFor({ policy: file, namespace }: GroundOptions, api: Api, env: Env) {
  if (file !== undefined) return { value: (await readPolicy(file, env)).policy, origin: file }
  const name = `ConfigMap ${namespace}/solewriter-policy`
  const text = await textIn(api, namespace, ['solewriter-policy', 'policy.yaml'], env.signal)
  if (text === undefined) return undefined
  const parsed = parsePolicy(text, name)
  if (parsed.kind === 'ok') return { value: parsed.policy, origin: name }
  return { value: undefined, origin: `none, ${name} does not hold a good one` }
}

async function shippedFor(options: GroundOptions, api: Api, env: Env) {
  const { webhookManifest: file, configurationName, namespace } = options
  if (file !== undefined) {
    const found = (await readConfigurationFile(file)).find(
      (one) => nameOf(one) === configurationName,
    )
    if (found !== undefined) return { value: found, origin: file }
    throw new GuardError(
      'SettingsInvalid',
      `${file}: holds no webhook configuration ${configurationName}`,
    )
  }
  const text = await textIn(api, namespace, ['solewriter-webhook', 'webhook.yaml'], env.signal)
  if (text === undefined) return undefined
  const value = configurationIn(text, configurationName)
  return value && { value, origin: `ConfigMap ${namespace}/solewriter-webhook` }
}

function configurationIn(text: string, name: string): JsonObject | undefined {
  const { objects } = readObjects(parseManifests(Buffer.from(text)), 'default')
  return objects
    .filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')
    .map(({ object }) => object)
    .find((one) => nameOf(one) === name)
}

/** Undefined where it is not there, or not for us to read: then there is less to compare with. */
async function textIn(
  api: Api,
  namespace: string,
  [name, key]: readonly [string, string],
  signal: AbortSignal,
): Promise<string | undefined> {
  const where = { group: '', version: 'v1', resource: 'configmaps', namespace }
  const answer = await api.send({ method: 'GET', path: pathOf(where, name), signal })
  return isGood(answer) ? stringAt(answer.body, 'data', key) : undefined
}
