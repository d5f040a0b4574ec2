import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { shown } from './names.ts'
import { toolMembers } from './tool-members.ts'

/**
 * A source with the options of a parameter file of its folder on top, as `.argocd-source.yaml` has them.
 * Argo CD decodes the merged text into the options that it has: it never removes anything, and mixes the
 * items of two lists, so that neither is followed.
 */
export function mergeParameters(source: JsonObject, parameters: JsonObject): JsonObject | string {
  const merged = copyOf(source)
  for (const [tool, options] of Object.entries(parameters)) {
    // Where the source is, no file may say; what else there is says nothing about the objects.
    if (unheard.includes(tool)) continue
    if (!Object.hasOwn(toolMembers, tool) || !isJsonObject(options)) {
      return `${shown(tool)} is none of ${Object.keys(toolMembers).join(', ')}, or has no options`
    }
    const into = mergeOptions(objectAt(source, tool), options, tool)
    if (typeof into === 'string') return into
    merged[tool] = into
  }
  return merged
}

const unheard = ['repoURL', 'path', 'targetRevision', 'chart', 'name', 'ref', 'tagPrefix']

function mergeOptions(old: JsonObject, next: JsonObject, tool: string): JsonObject | string {
  const merged = copyOf(old)
  for (const [key, value] of Object.entries(next)) {
    const before = Object.hasOwn(old, key) ? (old[key] ?? null) : null
    const kind = toolMembers[tool]?.[key]
    const why = whyNotMerged(before, value, typeof kind === 'object')
    if (why !== undefined) return `${tool}.${shown(key)} ${why}`
    merged[key] = typeof kind === 'object' ? spelt(value, Object.keys(kind)) : mix(before, value)
  }
  return merged
}

function whyNotMerged(before: Json, value: Json, isListOfObjects: boolean): string | undefined {
  if (holdsNull(value)) return 'removes something, which Argo CD does not follow'
  const isReplaced = isListOfObjects && Array.isArray(before) && before.length > 0
  return isReplaced ? 'replaces a list of the Application: say it in one place' : undefined
}

function holdsNull(value: Json): boolean {
  if (isList(value)) return value.some(holdsNull)
  return isJsonObject(value) ? Object.values(value).some(holdsNull) : value === null
}

/** A merge patch without removals. */
function mix(before: Json, value: Json): Json {
  if (!isJsonObject(before) || !isJsonObject(value)) return value
  const mixed = copyOf(before)
  for (const [key, one] of Object.entries(value)) {
    mixed[key] = mix(Object.hasOwn(before, key) ? (before[key] ?? null) : null, one)
  }
  return mixed
}

/** Go reads names in any case, and tools write them so: `forcestring`. */
function spelt(items: Json, names: readonly string[]): Json {
  if (!isList(items)) return items
  return items.map((item) => {
    if (!isJsonObject(item)) return item
    const entries = Object.entries(item).map(
      ([key, value]) => [names.find((name) => isAlike(name, key)) ?? key, value] as const,
    )
    // Two spellings of one name stay as they are, and are not known.
    const isClear = new Set(entries.map(([key]) => key)).size === entries.length
    return isClear ? Object.fromEntries(entries) : item
  })
}

function isAlike(name: string, key: string): boolean {
  return name.toLowerCase() === key.toLowerCase()
}

/** Any key is a key of it, `__proto__` too. */
function copyOf(object: JsonObject): Record<string, Json> {
  return Object.assign(Object.create(null) as Record<string, Json>, object)
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  return isJsonObject(value) ? value : {}
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
