import type { AdmissionRequest, Operation } from '../../../src/core/admission/request.ts'
import { matchBuiltIn, type ExceptionMatch } from '../../../src/core/exceptions/match.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import type { Cluster } from '../../../src/core/exceptions/cluster.ts'
import type { BuiltInRow } from '../../../src/core/exceptions/row.ts'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { accountScenes } from './account-scenes.ts'
import { controlScenes } from './control-scenes.ts'
import { nodeScenes } from './node-scenes.ts'
import { simpleScenes, workloadScenes, type Scene } from './scenes.ts'
import { volumeScenes } from './volume-scenes.ts'
import { userOf } from './users.ts'
import { worldOf } from './world.ts'

export const scenes: Readonly<Record<string, Scene>> = {
  ...workloadScenes,
  ...simpleScenes,
  ...controlScenes,
  ...accountScenes,
  ...nodeScenes,
  ...volumeScenes,
}

/** A write that the row covers, and where it does. */
export interface Sample {
  readonly row: BuiltInRow
  readonly request: AdmissionRequest
  readonly cluster: Cluster
}

const signal = new AbortController().signal

/** One for each operation on each resource of the row; every field of the row changes. */
export function samplesOf(row: BuiltInRow, parts: Partial<Scene> = {}): readonly Sample[] {
  return row.operations.flatMap((operation) =>
    row.resources.map((resource) => sampleOf(row, { operation, resource }, parts)),
  )
}

interface Kind {
  readonly operation: Operation
  readonly resource: string
}

function sampleOf(row: BuiltInRow, { operation, resource }: Kind, parts: Partial<Scene>): Sample {
  const scene: Partial<Scene> = { world: {}, options: {}, ...scenes[row.name], ...parts }
  const place = placeOf(row, scene)
  const base: JsonObject = { metadata: { ...place } }
  const old = merge(base, scene.old ?? {})
  const from = operation === 'CREATE' ? base : old
  const next = merge(withFields(from, row.fields ?? [], scene), scene.object ?? {})
  return {
    row,
    cluster: worldOf(scene.world ?? {}),
    request: {
      uid: 'r',
      kind: { group: '', version: 'v1', kind: 'Thing' },
      ...resourceOf(resource),
      ...place,
      operation,
      user: userOf(row.subject),
      object: operation === 'DELETE' ? null : next,
      oldObject: operation === 'CREATE' ? null : old,
      options: scene.options ?? null,
      dryRun: false,
    },
  }
}

function placeOf(row: BuiltInRow, { name, namespace }: Partial<Scene>) {
  return {
    name: name ?? row.names?.[0] ?? 'thing',
    namespace: namespace ?? row.namespaces?.[0] ?? 'shop',
  }
}

export function resourceOf(text: string): Pick<AdmissionRequest, 'resource' | 'subresource'> {
  const [main = '', subresource = ''] = text.replace('*', 'widgets.example.com').split('/')
  const [resource = '', ...group] = main.split('.')
  return { resource: { group: group.join('.'), version: 'v1', resource }, subresource }
}

/** Something at every place that the row opens; the scene may say what. */
function withFields(
  object: JsonObject,
  fields: readonly string[],
  { without = [] }: Partial<Scene>,
) {
  return fields
    .filter((field) => field !== '*' && !without.includes(field))
    .map((field) => parseFieldPattern(field).map((step) => (step.kind === 'key' ? step.key : '')))
    .filter(([first, second]) => first !== 'metadata' || second !== 'name')
    .reduce((next, keys) => merge(next, nested(keys, 'changed')), object)
}

export function nested(keys: readonly string[], value: Json): JsonObject {
  return keys.toReversed().reduce<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject
}

export function merge(left: JsonObject, right: JsonObject): JsonObject {
  const both = Object.entries(right).map(([key, value]) => {
    const former = left[key]
    return [key, isJsonObject(former) && isJsonObject(value) ? merge(former, value) : value]
  })
  return { ...left, ...(Object.fromEntries(both) as JsonObject) }
}

export function ask(request: AdmissionRequest, cluster: Cluster): Promise<ExceptionMatch> {
  return matchBuiltIn(request, { cluster, signal, changed: () => changedFields(request) })
}
