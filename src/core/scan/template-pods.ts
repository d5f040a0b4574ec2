import { listAt } from '../exceptions/conditions/metadata.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import type { FieldPath, FieldStep } from '../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'

/** What a container is; plugins of the API server and injectors see to the rest of it. */
const ofContainers: readonly string[] = ['image', 'command', 'args', 'securityContext']
const ofPods: readonly string[] = ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers']

const key = (name: string): FieldStep => ({ kind: 'key', key: name })
const item = (one: Json): FieldStep => ({ kind: 'item', items: [one] })

/**
 * What a Pod runs, as whom, and what of its node it sees, where none of the templates says so: of that
 * template which says most of it. Both are specs of Pods as they are stored.
 */
export function foreignInPod(spec: Json, templates: readonly Json[]): readonly FieldPath[] {
  const found = templates.map((template) => foreignTo(template, spec))
  const [least] = found.toSorted((one, other) => one.length - other.length)
  return least ?? [[key('spec')]]
}

function foreignTo(template: Json, spec: Json): readonly FieldPath[] {
  const containers = ['containers', 'initContainers'].flatMap((list) =>
    listAt(spec, list).flatMap((one) => inContainer(one, { list, template })),
  )
  const debuggers = listAt(spec, 'ephemeralContainers').map((one) => [
    key('spec'),
    key('ephemeralContainers'),
    item(one),
  ])
  return [...containers, ...debuggers, ...ofHost(spec, template), ...accountOf(spec, template)]
}

function inContainer(
  container: Json,
  { list, template }: { readonly list: string; readonly template: Json },
): readonly FieldPath[] {
  const name = stringAt(container, 'name')
  const declared = listAt(template, list).find((one) => stringAt(one, 'name') === name)
  const path = [key('spec'), key(list), item(container)]
  if (declared === undefined) return [path]
  return ofContainers
    .filter((field) => !isSame(at(container, field), at(declared, field)))
    .map((field) => [...path, key(field)])
}

function ofHost(spec: Json, template: Json): readonly FieldPath[] {
  const flags = ofPods.filter((field) => !isSame(at(spec, field), at(template, field)))
  const known = new Set(listAt(template, 'volumes').map(canonicalJson))
  const volumes = listAt(spec, 'volumes').filter(
    (one) => at(one, 'hostPath') !== undefined && !known.has(canonicalJson(one)),
  )
  return [
    ...flags.map((field) => [key('spec'), key(field)]),
    ...volumes.map((one) => [key('spec'), key('volumes'), item(one)]),
  ]
}

/** The API server fills it in where a template has none. */
function accountOf(spec: Json, template: Json): readonly FieldPath[] {
  const [live, declared] = [spec, template].map(
    (one) => stringAt(one, 'serviceAccountName') ?? 'default',
  )
  return live === declared ? [] : [[key('spec'), key('serviceAccountName')]]
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null)
}

/** The template of a workload, as the spec of a Pod. */
export function templateOf(workload: JsonObject): Json {
  return at(workload, 'spec', 'template', 'spec') ?? {}
}
