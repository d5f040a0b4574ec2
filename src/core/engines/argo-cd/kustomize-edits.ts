import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { shown } from './names.ts'
import { ofCommit, substitute } from './substitution.ts'

type Environment = Readonly<Record<string, string>>

/**
 * Another kustomize than ours may be registered as a version, and versions of Kubernetes are for charts
 * inside a kustomization, which no renderer inflates: what is written is compared anyway.
 */
const withoutEffect: ReadonlySet<string> = new Set([
  'version',
  'kubeVersion',
  'apiVersions',
  'commonAnnotationsEnvsubst',
])

/** The options of a source as changes of its kustomization, with the environment put in. */
export function kustomizeEdits(own: JsonObject, environment: Environment): JsonObject | string {
  const isPutIn = own['commonAnnotationsEnvsubst'] === true
  const edits: Record<string, Json> = {}
  for (const [key, value] of Object.entries(own)) {
    if (withoutEffect.has(key) || value === null) continue
    const isTemplate =
      key === 'images' || key === 'commonLabels' || (isPutIn && key === 'commonAnnotations')
    const edit = isTemplate ? putIn(value, environment) : value
    if (edit === undefined) return `kustomize.${key} ${ofCommit}`
    const flag = argumentsOf(key, edit).find((text) => text.startsWith('-'))
    if (flag !== undefined) return `kustomize.${key} would be read as an option: ${shown(flag)}`
    edits[key] = edit
  }
  return edits
}

/** Argo CD hands these to `kustomize edit` without a `--` before them. */
function argumentsOf(key: string, value: Json): readonly string[] {
  if (key === 'images' || key === 'components') return (value as readonly string[]).slice()
  if (key === 'commonLabels' || key === 'commonAnnotations') return Object.keys(value as JsonObject)
  if (key !== 'replicas') return []
  return (value as readonly JsonObject[]).map(({ name }) => (typeof name === 'string' ? name : ''))
}

function putIn(value: Json, environment: Environment): Json | undefined {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => putIn(item, environment))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (typeof value === 'string') return substitute(value, environment)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).map(([key, one]) => [key, putIn(one, environment)] as const)
  const known = entries.flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const]))
  return known.length === entries.length ? Object.fromEntries(known) : undefined
}
