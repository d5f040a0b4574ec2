import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { shown } from './names.ts'

type Kind = 'text' | 'flag' | 'texts' | 'map' | 'object' | ItemMembers
/** Of a list of objects: the members of each. */
type ItemMembers = Readonly<Record<string, 'text' | 'flag' | 'count' | 'any'>>

/** Every member there is in Argo CD 3.5: what is not known could change what is applied. */
export const toolMembers: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  directory: { recurse: 'flag', include: 'text', exclude: 'text', jsonnet: 'object' },
  kustomize: {
    namePrefix: 'text',
    nameSuffix: 'text',
    namespace: 'text',
    images: 'texts',
    replicas: { name: 'text', count: 'count' },
    commonLabels: 'map',
    forceCommonLabels: 'flag',
    labelWithoutSelector: 'flag',
    labelIncludeTemplates: 'flag',
    commonAnnotations: 'map',
    forceCommonAnnotations: 'flag',
    commonAnnotationsEnvsubst: 'flag',
    patches: { path: 'text', patch: 'text', target: 'any', options: 'any' },
    components: 'texts',
    ignoreMissingComponents: 'flag',
    version: 'text',
    kubeVersion: 'text',
    apiVersions: 'texts',
  },
  helm: {
    releaseName: 'text',
    namespace: 'text',
    valueFiles: 'texts',
    ignoreMissingValueFiles: 'flag',
    values: 'text',
    valuesObject: 'object',
    parameters: { name: 'text', value: 'text', forceString: 'flag' },
    fileParameters: { name: 'text', path: 'text' },
    skipCrds: 'flag',
    skipTests: 'flag',
    skipSchemaValidation: 'flag',
    passCredentials: 'flag',
    version: 'text',
    kubeVersion: 'text',
    apiVersions: 'texts',
  },
}

type Check = (value: Json) => boolean

const simple: Readonly<Record<Exclude<Kind, ItemMembers> | 'count' | 'any', Check>> = {
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  count: (value) => typeof value !== 'object' && /^\d{1,9}$/.test(`${value}`),
  texts: (value) => isList(value) && value.every((item) => typeof item === 'string'),
  map: (value) =>
    isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string'),
  object: isJsonObject,
  any: () => true,
}

/** Why the members of a tool cannot be read; null says nothing anywhere. */
export function whyNotMembers(tool: string, options: JsonObject): string | undefined {
  const members = toolMembers[tool] ?? {}
  for (const [key, value] of Object.entries(options)) {
    const kind = Object.hasOwn(members, key) ? members[key] : undefined
    if (kind === undefined) return `${tool} has a member that is not known: ${shown(key)}`
    if (value !== null && !isOfKind(value, kind)) return `${tool}.${key} cannot be read`
  }
  return undefined
}

function isOfKind(value: Json, kind: Kind): boolean {
  if (typeof kind === 'string') return simple[kind](value)
  return isList(value) && value.every((item) => isItem(item, kind))
}

function isItem(item: Json, members: ItemMembers): boolean {
  return (
    isJsonObject(item) &&
    Object.entries(item).every(([key, value]) => {
      const kind = Object.hasOwn(members, key) ? members[key] : undefined
      return kind !== undefined && (value === null || simple[kind](value))
    })
  )
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
