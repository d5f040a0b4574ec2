import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import type { ArgoCdOptions, HelmFile, HelmOptions, HelmParameter, Plan } from '../../plans/plan.ts'
import { resolveFile } from './lent-files.ts'
import { ofCommit, substitute } from './substitution.ts'

type Place = Pick<Plan, 'path' | 'namespace'>

/**
 * The options of a source for `helm template`. Whether a schema is checked, credentials are passed on,
 * or which Helm of an install runs, changes no object that is then compared.
 */
export function helmOptions(
  own: JsonObject,
  options: ArgoCdOptions,
  place: Place,
): HelmOptions | string {
  const files = valuesFiles(own, options, place)
  if (typeof files === 'string') return files
  const parameters = parametersOf(own, options)
  if (typeof parameters === 'string') return parameters
  const lent = filesOf(own, options, place)
  if (typeof lent === 'string') return lent
  const release = releaseOf(own, options, place)
  if (typeof release === 'string') return release
  return {
    ...release,
    valuesFiles: files,
    ...valuesOf(own),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(lent.length > 0 ? { files: lent } : {}),
    ...flagsOf(own),
  }
}

type Release = Pick<
  HelmOptions,
  'releaseName' | 'namespace' | 'kubeVersion' | 'apiVersions' | 'usesClusterVersions'
>

/** What templates see of the release, and of the cluster that it is for. */
function releaseOf(
  own: JsonObject,
  { environment }: ArgoCdOptions,
  place: Place,
): Release | string {
  const instance = environment['ARGOCD_APP_NAME'] ?? ''
  const named = textAt(own, 'releaseName')
  const releaseName = named === '' ? instance.slice(instance.indexOf('_') + 1) : named
  const namespace = textAt(own, 'namespace')
  // Helm takes the name for a template, and a dash for an option.
  if (!isName(releaseName) || !(namespace === '' || isName(namespace))) {
    return 'helm.releaseName or helm.namespace is no name'
  }
  const kubeVersion = versionOf(textAt(own, 'kubeVersion'))
  if (kubeVersion === undefined) return 'helm.kubeVersion is no version'
  return {
    releaseName,
    ...(namespace === '' || namespace === place.namespace ? {} : { namespace }),
    ...(kubeVersion === '' ? {} : { kubeVersion }),
    apiVersions: textsAt(own, 'apiVersions'),
    usesClusterVersions: true,
  }
}

function isName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(text)
}

type Flags = Pick<HelmOptions, 'includeCRDs' | 'skipsTests' | 'ignoresMissingValuesFiles'>

function flagsOf(own: JsonObject): Flags {
  return {
    includeCRDs: own['skipCrds'] !== true,
    ...(own['skipTests'] === true ? { skipsTests: true } : {}),
    ...(own['ignoreMissingValueFiles'] === true ? { ignoresMissingValuesFiles: true } : {}),
  }
}

/** Each file once, where it stands first. */
function valuesFiles(
  own: JsonObject,
  options: ArgoCdOptions,
  place: Place,
): readonly string[] | string {
  const files = new Set<string>()
  for (const raw of textsAt(own, 'valueFiles')) {
    const file = resolveFile(raw, options, place.path)
    if (file.kind === 'refused') return `helm.valueFiles: ${file.why}`
    files.add(file.path)
  }
  return [...files]
}

function valuesOf(own: JsonObject): { readonly values?: JsonObject | string } {
  const { valuesObject = null } = own
  if (isJsonObject(valuesObject)) return { values: valuesObject }
  const values = textAt(own, 'values')
  return values === '' ? {} : { values }
}

/** One per name and way of reading; `--set-string` comes after `--set`. */
function parametersOf(
  own: JsonObject,
  { environment }: ArgoCdOptions,
): readonly HelmParameter[] | string {
  const plain = new Map<string, HelmParameter>()
  const strings = new Map<string, HelmParameter>()
  for (const parameter of listAt(own, 'parameters')) {
    const [name, written] = [textAt(parameter, 'name'), textAt(parameter, 'value')]
    const put = substitute(written, environment)
    if (put === undefined) return `helm.parameters: one ${ofCommit}`
    if (name === '') return 'helm.parameters: one has no name'
    const isString = isJsonObject(parameter) && parameter['forceString'] === true
    const kind = isString ? strings : plain
    kind.set(name, { name, value: escapeCommas(put), isString })
  }
  return [...plain.values(), ...strings.values()]
}

/** As Argo CD does: a list in braces keeps its commas, and those that are escaped already stay so. */
function escapeCommas(value: string): string {
  const isList = value.startsWith('{') && value.endsWith('}')
  return isList ? value : value.replace(/(?<!\\),/g, '\\,')
}

function filesOf(
  own: JsonObject,
  options: ArgoCdOptions,
  place: Place,
): readonly HelmFile[] | string {
  const files = new Map<string, HelmFile>()
  for (const parameter of listAt(own, 'fileParameters')) {
    const name = textAt(parameter, 'name')
    const file = resolveFile(textAt(parameter, 'path'), options, place.path)
    if (name === '' || file.kind === 'refused') {
      return `helm.fileParameters: ${file.kind === 'refused' ? file.why : 'one has no name'}`
    }
    files.set(name, { name, path: file.path })
  }
  return [...files.values()]
}

/** The numbers alone, as Argo CD hands them on. */
function versionOf(text: string): string | undefined {
  if (text === '') return ''
  return /^\s*v?(\d+\.\d+(?:\.\d+)*)(?![\d.])/.exec(text)?.[1]
}

function textAt(object: Json, key: string): string {
  const value = isJsonObject(object) && Object.hasOwn(object, key) ? object[key] : undefined
  return typeof value === 'string' ? value : ''
}

function listAt(own: JsonObject, key: string): readonly Json[] {
  const value = Object.hasOwn(own, key) ? own[key] : undefined
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function textsAt(own: JsonObject, key: string): readonly string[] {
  return listAt(own, key).filter((item) => typeof item === 'string')
}
