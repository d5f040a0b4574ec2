import { at, isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { decodeManifest, type ManifestProblem } from '../core/manifest/manifest-text.ts'
import { parseManifests } from '../core/manifest/parse.ts'
import {
  nothingRead,
  type DeclaredLine,
  type InputReading,
  type Reference,
} from './input-reading.ts'

/** Why a field is refused, or the reader of what it refers to. */
type Field = string | ((value: Json, reading: Reading) => void)

interface Reading {
  readonly lines: readonly string[]
  readonly references: Reference[]
  readonly declares: DeclaredLine[]
  readonly problems: ManifestProblem[]
  /** Whether generated names end with a hash of the content, unless they say otherwise. */
  readonly hashesNames: boolean
}

const plugin = 'a plugin is not run'
const chart = 'a chart inside a kustomization is not inflated: make it a source with renderer helm'
const generatorKeys = ['name', 'namespace', 'behavior', 'literals', 'files', 'envs', 'env']
const harmless: Field = () => undefined

/**
 * Every field there is, since what is not known could name something to fetch or to run. Exact
 * spelling: kustomize itself takes any case.
 */
const fields: Readonly<Record<string, Field>> = {
  apiVersion: harmless,
  kind: harmless,
  metadata: harmless,
  namePrefix: harmless,
  nameSuffix: harmless,
  namespace: harmless,
  commonLabels: harmless,
  labels: harmless,
  commonAnnotations: harmless,
  images: harmless,
  imageTags: harmless,
  replicas: harmless,
  vars: harmless,
  sortOptions: harmless,
  generatorOptions: harmless,
  buildMetadata: harmless,
  resources: paths('resource'),
  bases: paths('folder'),
  components: paths('folder'),
  crds: paths('file'),
  configurations: paths('file'),
  transformers: eachText((text, reading) => {
    if (isInline(text)) reading.problems.push(...findPlugins(text, lineOf(reading, text)))
    else refer(reading, 'transformer', text)
  }),
  patchesStrategicMerge: eachText((text, reading) => {
    if (!isInline(text)) refer(reading, 'file', text)
  }),
  patches: eachItem(['path', 'patch', 'target', 'options'], readPatch),
  patchesJson6902: eachItem(['path', 'patch', 'target', 'options'], readPath),
  replacements: eachItem(['path', 'source', 'targets'], readPath),
  openapi: (value, reading) => {
    readItem(value, reading, { keys: ['path', 'version'], read: readPath })
  },
  configMapGenerator: generator('ConfigMap'),
  secretGenerator: generator('Secret'),
  generators: plugin,
  validators: plugin,
  helmCharts: chart,
  helmGlobals: chart,
  helmChartInflationGenerator: chart,
}

/** These have no field that names a file. */
const pathlessTransformers: ReadonlySet<string> = new Set([
  'AnnotationsTransformer',
  'HashTransformer',
  'ImageTagTransformer',
  'LabelTransformer',
  'NamespaceTransformer',
  'PrefixSuffixTransformer',
  'PrefixTransformer',
  'ReplicaCountTransformer',
  'SuffixTransformer',
])

/** A kustomization file: what it opens, and why it must not be built. */
export function readKustomization(bytes: Uint8Array): InputReading {
  const { documents, problems } = parseManifests(bytes)
  if (problems.length > 0) return { ...nothingRead, problems }
  const [document, second] = documents
  if (document === undefined || second !== undefined) {
    const message = 'a kustomization is one document'
    return { ...nothingRead, problems: [{ line: second?.line ?? 1, message }] }
  }
  const decoded = decodeManifest(bytes)
  const text = decoded.kind === 'text' ? decoded.text : ''
  const lines = text.split('\n')
  const hashesNames = !keepsNames(document.object['generatorOptions'])
  const reading: Reading = { lines, references: [], declares: [], problems: [], hashesNames }
  for (const [key, value] of Object.entries(document.object)) readField(key, value, reading)
  return reading
}

/** A file of transformers: only what kustomize itself brings along, and needs no file for, is run. */
export function readTransformers(bytes: Uint8Array): InputReading {
  return { ...nothingRead, problems: findPlugins(bytes, 1) }
}

function readField(key: string, value: Json, reading: Reading): void {
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (typeof field === 'function') {
    if (value !== null) field(value, reading)
    return
  }
  const message = field ?? `a field that kustomize does not have: ${key.slice(0, 60)}`
  reading.problems.push({
    line: lineOfKey(reading, key),
    message: `${key.slice(0, 60)}: ${message}`,
  })
}

function findPlugins(content: string | Uint8Array, start: number): readonly ManifestProblem[] {
  const { documents, problems } = parseManifests(content)
  const plugins = documents.flatMap(({ object, line }) => {
    const { apiVersion, kind } = object
    const isKnown = typeof kind === 'string' && pathlessTransformers.has(kind)
    return apiVersion === 'builtin' && isKnown ? [] : [{ line, message: plugin }]
  })
  return [...problems, ...plugins].map((one) => ({ ...one, line: start + one.line - 1 }))
}

/** No URL reads so: kustomize fetches whatever it cannot read as YAML, `http://a/b: c` too. */
function isInline(text: string): boolean {
  return text.includes('\n') || /^\s*\{/.test(text)
}

function eachText(read: (text: string, reading: Reading) => void): Field {
  return (value, reading) => {
    for (const item of listOf(value)) if (typeof item === 'string') read(item, reading)
  }
}

function paths(use: Reference['use']): Field {
  return eachText((text, reading) => refer(reading, use, text))
}

interface ItemRule {
  readonly keys: readonly string[]
  readonly read: (item: JsonObject, reading: Reading) => void
}

function eachItem(keys: ItemRule['keys'], read: ItemRule['read']): Field {
  return (value, reading) => {
    for (const item of listOf(value)) readItem(item, reading, { keys, read })
  }
}

function readItem(item: Json, reading: Reading, { keys, read }: ItemRule): void {
  if (!isJsonObject(item)) return
  const unknown = Object.keys(item).find((key) => !keys.includes(key))
  if (unknown === undefined) return read(item, reading)
  const message = `a field that kustomize does not have: ${unknown.slice(0, 60)}`
  reading.problems.push({ line: lineOfKey(reading, unknown), message })
}

function readPath({ path = null }: JsonObject, reading: Reading): void {
  if (typeof path === 'string') refer(reading, 'file', path)
}

function readPatch({ path = null }: JsonObject, reading: Reading): void {
  if (typeof path === 'string') refer(reading, 'file', path, true)
}

function keepsNames(options: Json | undefined): boolean {
  return at(options, 'disableNameSuffixHash') === true
}

function generator(kind: string): Field {
  const keys = [...generatorKeys, 'options', ...(kind === 'Secret' ? ['type'] : [])]
  return eachItem(keys, (item, reading) => {
    const { name = '', env = null } = item
    if (typeof name === 'string') {
      reading.declares.push({ kind, name, line: lineOf(reading, name) })
    }
    const files = textsOf(item['files']).map((file) => file.slice(file.indexOf('=') + 1))
    const envs = [...textsOf(item['envs']), ...(typeof env === 'string' ? [env] : [])]
    const isDecrypted = kind === 'Secret' && reading.hashesNames && !keepsNames(item['options'])
    for (const file of [...files, ...envs]) refer(reading, 'file', file, isDecrypted)
    // kustomize would repeat in its complaint what may be a password.
    if (textsOf(item['literals']).every((literal) => literal.indexOf('=') > 0)) return
    const message = 'a literal that is not key=value'
    reading.problems.push({ line: lineOfKey(reading, 'literals'), message })
  })
}

function refer(reading: Reading, use: Reference['use'], path: string, isDecrypted = false): void {
  const line = lineOf(reading, path)
  const problem = whyNotPath(path)
  const mark = isDecrypted ? { isDecrypted: true as const } : {}
  if (problem === undefined) reading.references.push({ use, path, line, ...mark })
  else reading.problems.push({ line, message: problem })
}

/** Messages do not repeat a URL: there may be a password in it. */
export function whyNotPath(path: string): string | undefined {
  if (path === '') return 'an empty path'
  if (path.startsWith('/')) return `an absolute path is not opened: ${path.slice(0, 120)}`
  if (/[\0\\]/.test(path)) return 'a path with a backslash or a NUL'
  const [first = ''] = path.split('/')
  const isRemote = /:\/\/|\?/.test(path) || /[:@]|^(?:www\.)?github\.com$/i.test(first)
  return isRemote ? 'a remote resource is not fetched: keep a copy in the repository' : undefined
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string')
}

/** The first line that holds a text, or its beginning: good enough for a place in a message. */
function lineOf({ lines }: Reading, text: string): number {
  const [wanted = ''] = text.trim().split('\n')
  return lines.findIndex((line) => wanted !== '' && line.includes(wanted)) + 1 || 1
}

function lineOfKey({ lines }: Reading, key: string): number {
  return lines.findIndex((line) => hasKey(line, key)) + 1 || 1
}

function hasKey(line: string, key: string): boolean {
  const at = line.indexOf(key)
  return at !== -1 && /^["']?\s*:/.test(line.slice(at + key.length))
}
