import { at, type JsonObject } from '../../manifest/json.ts'
import type { Found } from '../engine.ts'
import { unknownField } from './known-fields.ts'
import { isTextMap, textAt } from './object-fields.ts'
import { known, refused, type Outcome } from './outcome.ts'
import { readData, readReferences } from './referenced-data.ts'

/**
 * The variables of `postBuild`: those of ConfigMaps and Secrets, later ones over earlier ones, then its
 * own over all of them. Undefined if nothing is substituted.
 */
export function readSubstitutions(
  object: JsonObject,
  found: Found,
): Outcome<Readonly<Record<string, string>> | undefined> {
  const postBuild = at(object, 'spec', 'postBuild') ?? undefined
  if (postBuild === undefined) return known(undefined)
  const unknown = unknownField('postBuild', postBuild)
  if (unknown !== undefined) return unknown
  const variables = readFrom(object, found)
  if (variables.kind !== 'known') return variables
  const own = at(postBuild, 'substitute') ?? {}
  if (!isTextMap(own)) return refused('postBuild.substitute holds what is no text')
  for (const [name, value] of Object.entries(own)) variables.value.set(name, onOneLine(value))
  const strategy = textAt(postBuild, 'substituteStrategy')
  return known(inForce(variables.value, strategy))
}

function readFrom(object: JsonObject, found: Found): Outcome<Map<string, string>> {
  const references = readReferences(object, 'substituteFrom')
  if (references.kind !== 'known') return references
  const variables = new Map<string, string>()
  for (const reference of references.value) {
    const data = readData(reference, found)
    if (data.kind !== 'known') return data
    for (const [name, value] of data.value ?? []) variables.set(name, onOneLine(value))
  }
  return known(variables)
}

function onOneLine(value: string): string {
  return value.replaceAll('\n', '')
}

/** Without any variable Flux leaves the text alone, `${a:=b}` included, unless it is told otherwise. */
function inForce(
  variables: ReadonlyMap<string, string>,
  strategy: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (variables.size === 0 && strategy !== 'Always') return undefined
  return Object.fromEntries(variables)
}
