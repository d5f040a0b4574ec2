import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

const collection = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
  namespace: '',
} as const

/** What every entry of ours is called after its first word, whatever its configuration is called. */
const ownDomain = '.solewriter.dev'

export function configurationPath(name = ''): string {
  return pathOf(collection, name)
}

export async function readConfiguration(
  api: Api,
  name: string,
  signal?: AbortSignal,
): Promise<JsonObject | undefined> {
  const path = configurationPath(name)
  const answer = await api.send({ method: 'GET', path, ...(signal && { signal }) })
  if (answer.status === 404) return undefined
  if (!isGood(answer) || !isJsonObject(answer.body)) {
    throw unexpected(`get validatingwebhookconfigurations ${name}`, answer)
  }
  return answer.body
}

/** The one called `name`, and all others with an entry of ours; those whose list we may not see, not. */
export async function findConfigurations(api: Api, name: string): Promise<readonly JsonObject[]> {
  const answer = await api.send({ method: 'GET', path: configurationPath() })
  if (answer.status === 403) {
    const one = await readConfiguration(api, name)
    return one === undefined ? [] : [one]
  }
  if (!isGood(answer)) throw unexpected('list validatingwebhookconfigurations', answer)
  return listAt(answer.body, 'items').filter(
    (item) =>
      nameOf(item) === name ||
      webhooksOf(item).some((webhook) => stringAt(webhook, 'name')?.endsWith(ownDomain) === true),
  )
}

export function nameOf(configuration: JsonObject): string {
  return stringAt(configuration, 'metadata', 'name') ?? ''
}

export function webhooksOf(configuration: JsonObject): readonly JsonObject[] {
  return listAt(configuration, 'webhooks')
}

function listAt(value: Json | undefined, key: string): readonly JsonObject[] {
  const list: unknown = at(value, key)
  return Array.isArray(list) ? (list as readonly unknown[]).filter(isJsonObject) : []
}
