import { GuardError } from '../core/errors.ts'
import { parseJson } from '../core/admission/parse-json.ts'
import { canonicalJson, digest } from '../core/manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import { pathOf } from './paths.ts'
import { withDefaults } from '../core/lint/webhook/differences.ts'
import { configurationPath, nameOf, readConfiguration } from './webhook-configuration.ts'

export const markerName = 'solewriter-emergency'

/** Who switched us off, when, why, and what there was. */
export interface EmergencyMarker {
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  readonly reason: string
  readonly configurations: readonly JsonObject[]
}

/** A write, answered: `refused` carries the API server's words, which only people may see. */
export type Written =
  | { readonly kind: 'done' }
  /** `isFinal`: again will not help. */
  | { readonly kind: 'refused'; readonly why: string; readonly isFinal: boolean }

export async function readMarker(
  api: Api,
  namespace: string,
): Promise<EmergencyMarker | undefined> {
  const answer = await api.send({ method: 'GET', path: markerPath(namespace) })
  if (answer.status === 404) return undefined
  if (!isGood(answer)) throw unexpected(`get configmaps ${namespace}/${markerName}`, answer)
  const text = (key: string) => stringAt(answer.body, 'data', key) ?? ''
  return {
    by: text('by'),
    at: text('at'),
    reason: text('reason'),
    configurations: readConfigurations(text('configurations.json')),
  }
}

/** Creates it, or replaces that of an earlier `off`. */
export async function writeMarker(
  api: Api,
  namespace: string,
  marker: EmergencyMarker,
): Promise<Written> {
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: markerName, labels: { 'app.kubernetes.io/name': 'solewriter' } },
    data: {
      by: marker.by,
      at: marker.at,
      reason: marker.reason,
      'configurations.json': canonicalJson([...marker.configurations]),
    },
  }
  const collection = markerPath(namespace, '')
  const created = await api.send({ method: 'POST', path: collection, body })
  if (created.status !== 409) return toWritten(created)
  return toWritten(await api.send({ method: 'PUT', path: markerPath(namespace), body }))
}

export async function deleteMarker(api: Api, namespace: string): Promise<Written> {
  return toRemoved(await remove(api, markerPath(namespace)))
}

/** As long as it is what was saved: what somebody else wrote meanwhile must not be lost. */
export async function deleteConfiguration(api: Api, saved: JsonObject): Promise<Written> {
  let live: JsonObject | undefined = saved
  while (live !== undefined && isSameConfiguration(live, saved)) {
    const removed = await remove(api, configurationPath(nameOf(live)), onlyThis(live))
    if (removed.status !== 409) return toRemoved(removed)
    // Our controller may have written its bundle.
    live = await readConfiguration(api, nameOf(saved))
  }
  if (live === undefined) return { kind: 'done' }
  return { kind: 'refused', why: 'somebody else has just changed it', isFinal: true }
}

function onlyThis(live: JsonObject): Json {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: {
      uid: stringAt(live, 'metadata', 'uid') ?? '',
      resourceVersion: stringAt(live, 'metadata', 'resourceVersion') ?? '',
    },
  }
}

/** Creates it and reads it back: what is in force has to be what was saved. */
export async function restoreConfiguration(api: Api, saved: JsonObject): Promise<Written> {
  const path = configurationPath()
  const answer = await api.send({ method: 'POST', path, body: toManifest(saved) })
  if (!isGood(answer)) return toWritten(answer)
  const live = await readConfiguration(api, nameOf(saved))
  if (live !== undefined && isSameConfiguration(live, saved)) return { kind: 'done' }
  return { kind: 'refused', why: 'what is there now is not what was saved', isFinal: true }
}

/** What a manifest of it would say: neither who wrote it when nor which object it was. */
export function toManifest(configuration: JsonObject): JsonObject {
  const kept = ['name', 'labels', 'annotations'].flatMap((key) => {
    const value = at(configuration, 'metadata', key)
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: Object.fromEntries(kept),
    webhooks: configuration['webhooks'] ?? [],
  }
}

/** Apart from the bundle, which our controller keeps. */
export function isSameConfiguration(left: JsonObject, right: JsonObject): boolean {
  return digest(rulesOf(left)) === digest(rulesOf(right))
}

/** The configurations in a text of ours: one object, or a list of them. */
function readConfigurations(text: string): readonly JsonObject[] {
  const value: unknown = text === '' ? [] : parseJson(Buffer.from(text))
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => {
    if (isJsonObject(item) && nameOf(item) !== '' && Array.isArray(item['webhooks'])) return item
    throw new GuardError('ManifestInvalid', 'what was saved is no webhook configuration')
  })
}

function rulesOf(configuration: JsonObject): Json {
  const webhooks: unknown = configuration['webhooks'] ?? []
  return (Array.isArray(webhooks) ? (webhooks as readonly Json[]) : []).map((webhook) => {
    if (!isJsonObject(webhook) || !isJsonObject(webhook['clientConfig'])) return webhook
    const { caBundle: _bundle, ...clientConfig } = webhook['clientConfig']
    // A manifest leaves out what the API server fills in.
    return withDefaults({ ...webhook, clientConfig })
  })
}

function markerPath(namespace: string, name = markerName): string {
  return pathOf({ group: '', version: 'v1', resource: 'configmaps', namespace }, name)
}

function remove(api: Api, path: string, body?: Json): Promise<ApiAnswer> {
  return api.send({ method: 'DELETE', path, ...(body === undefined ? {} : { body }) })
}

/** Gone is gone, whoever removed it. */
function toRemoved(answer: ApiAnswer): Written {
  return answer.status === 404 ? { kind: 'done' } : toWritten(answer)
}

function toWritten(answer: ApiAnswer): Written {
  if (isGood(answer)) return { kind: 'done' }
  const message = stringAt(answer.body, 'message') ?? ''
  const why = `${answer.status} ${message.slice(0, 500)}`.trim()
  return { kind: 'refused', why, isFinal: answer.status === 404 }
}
