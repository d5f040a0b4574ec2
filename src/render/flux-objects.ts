import { substitute } from '../core/engines/flux/substitute.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { parseManifests, type ParsedManifests } from '../core/manifest/parse.ts'
import type { FluxRules } from './reading-rules.ts'

type Texts = Readonly<Record<string, string>>

/** A document of a build with the variables of `postBuild` filled in, or why Flux builds nothing. */
export function withVariables(
  bytes: Uint8Array,
  { substitutions }: FluxRules,
): ParsedManifests | string {
  if (substitutions === undefined) return parseManifests(bytes)
  const filled = substitute(new TextDecoder().decode(bytes), substitutions)
  if (filled.kind === 'problem') return filled.message
  const parsed = parseManifests(filled.text)
  // What is wrong with it may quote a value.
  const isOne = parsed.problems.length === 0 && parsed.documents.length <= 1
  return isOne ? parsed : 'postBuild: what the variables make of it is not one readable object'
}

/** With the `commonMetadata` of the Kustomization, or why nobody can say what Flux makes of it. */
export function withCommonMetadata(object: JsonObject, rules: FluxRules): JsonObject | string {
  const { metadata = null } = object
  if (!isJsonObject(metadata)) return object
  const common = Object.entries({ labels: rules.labels, annotations: rules.annotations })
  const added: Record<string, Json> = {}
  for (const [name, texts] of common) {
    if (Object.keys(texts).length === 0) continue
    const present = metadata[name] ?? {}
    // Flux would drop all of them.
    if (!isTexts(present)) return `commonMetadata: metadata.${name} is not a map of texts`
    added[name] = withMembers(present, texts)
  }
  return withMembers(object, { metadata: withMembers(metadata, added) })
}

function isTexts(value: Json): value is Texts {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string')
}

function withMembers(object: JsonObject, members: JsonObject): JsonObject {
  return Object.assign(Object.create(null) as Record<string, Json>, object, members)
}
