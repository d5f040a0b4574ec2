import { isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import { followText, withoutMissing } from './kustomization-edits.ts'
import type { Editing } from './kustomize-editing.ts'
import type { Walk } from './kustomize-walk.ts'

type Command = readonly string[]

/** What the `kustomize` of an Application adds, as repo-server adds it, and the files that it names. */
export async function editForArgoCd(walk: Walk, main: TreeFile, edits: JsonObject): Promise<void> {
  if (Object.keys(edits).length === 0) return
  const folder = main.path.slice(0, Math.max(0, main.path.lastIndexOf('/')))
  const present = await withoutMissing(walk, folder, edits)
  const editing = toEditing(main.path, present)
  if (typeof editing === 'string') {
    walk.found.report({ file: main.path, line: 1 }, `kustomize of the Application: ${editing}`)
    return
  }
  walk.found.edit(editing)
  const { patches = [], components = [] } = present
  await followText(walk, { folder, file: main.path }, { patches, components })
}

/** How each member becomes arguments; undefined for what cannot be one. */
const toArguments: Readonly<
  Record<string, (value: Json, edits: JsonObject) => Command | undefined>
> = {
  namePrefix: (value) => textCommand('nameprefix', value),
  nameSuffix: (value) => textCommand('namesuffix', value),
  images: (value) => listCommand(['edit', 'set', 'image'], value, (one) => one),
  replicas: (value) => listCommand(['edit', 'set', 'replicas'], value, replicaOf),
  commonLabels: (value, edits) =>
    mapCommand(['edit', 'add', 'label', ...flags(edits, labelFlags)], value),
  commonAnnotations: (value, edits) =>
    mapCommand(['edit', 'add', 'annotation', ...flags(edits, annotationFlags)], value),
  namespace: (value) => textCommand('namespace', value),
}

const labelFlags = {
  forceCommonLabels: '--force',
  labelWithoutSelector: '--without-selector',
  labelIncludeTemplates: '--include-templates',
}
const annotationFlags = { forceCommonAnnotations: '--force' }

const others = ['patches', 'components', 'ignoreMissingComponents']
const flagNames = [...Object.keys(labelFlags), ...Object.keys(annotationFlags)]

function toEditing(file: string, edits: JsonObject): Editing | string {
  const known = [...Object.keys(toArguments), ...others, ...flagNames]
  const unknown = Object.keys(edits).find((key) => !known.includes(key))
  if (unknown !== undefined) return `${unknown.slice(0, 60)} is not known here`
  const before = commandsOf(edits)
  if (typeof before === 'string') return before
  const { patches = [], components = [] } = edits
  const after = listCommand(['edit', 'add', 'component'], components, (one) => one)
  if (after === undefined) return 'components are not a list of paths'
  if (!Array.isArray(patches)) return 'patches are not a list'
  const added = patches as readonly Json[]
  return { file, before, patches: added, after: after.length > 0 ? [after] : [] }
}

function commandsOf(edits: JsonObject): readonly Command[] | string {
  const commands: Command[] = []
  for (const [key, make] of Object.entries(toArguments)) {
    const { [key]: value = null } = edits
    const command = value === null ? [] : make(value, edits)
    if (command === undefined) return `${key} is not of the form that Argo CD takes`
    if (command.length > 0) commands.push(command)
  }
  return commands
}

/** No command for nothing. */
function textCommand(what: string, value: Json): Command | undefined {
  if (typeof value !== 'string') return undefined
  return value === '' ? [] : ['edit', 'set', what, '--', value]
}

function listCommand(
  start: Command,
  value: Json,
  toArgument: (item: Json) => Json | undefined,
): Command | undefined {
  if (!Array.isArray(value)) return undefined
  const items = (value as readonly Json[]).map(toArgument)
  if (!items.every(isArgument)) return undefined
  return items.length === 0 ? [] : [...start, ...items]
}

function mapCommand(start: Command, value: Json): Command | undefined {
  if (!isJsonObject(value)) return undefined
  const items = Object.entries(value).map(([key, text]) =>
    typeof text === 'string' ? `${key}:${text}` : undefined,
  )
  if (!items.every(isArgument)) return undefined
  return items.length === 0 ? [] : [...start, ...items]
}

/** What begins with a dash would be an option. */
function isArgument(item: Json | undefined): item is string {
  return typeof item === 'string' && item !== '' && !/^-|\0/.test(item)
}

function replicaOf(item: Json): string | undefined {
  if (!isJsonObject(item)) return undefined
  const { name = null, count = null } = item
  const number = typeof count === 'number' ? String(count) : count
  const isCount = typeof number === 'string' && /^\d+$/.test(number)
  return typeof name === 'string' && isCount ? `${name}=${number}` : undefined
}

function flags(edits: JsonObject, names: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(names).flatMap(([key, flag]) => (edits[key] === true ? [flag] : []))
}
