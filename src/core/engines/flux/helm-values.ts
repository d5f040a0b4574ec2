import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { parseManifests } from '../../manifest/parse.ts'
import type { Found } from '../engine.ts'
import { flagAt, listAt, textAt } from './object-fields.ts'
import { known, none, refused, type Obstacle, type Outcome } from './outcome.ts'
import { readData, readReferences, referencesIn, type DataReference } from './referenced-data.ts'
import { setAtPath } from './target-path.ts'
import { copyOf, emptyMap, merged, type ValueMap } from './value-map.ts'

interface Layers {
  /** Of what `valuesFrom` has given so far. */
  result: ValueMap
  readonly own: ValueMap
}

/**
 * The values of a HelmRelease: those of `valuesFrom` in their order, then its own, as
 * github.com/fluxcd/pkg/chartutil 1.27 merges them. A `targetPath` sets one value over both.
 */
export function readValues(object: JsonObject, found: Found): Outcome<JsonObject> {
  const own = at(object, 'spec', 'values') ?? {}
  if (!isJsonObject(own)) return refused('spec.values is no map')
  const list = listAt(referencesIn(object, 'valuesFrom'))
  const references = readReferences(object, 'valuesFrom')
  if (references.kind !== 'known') return references
  const layers: Layers = { result: emptyMap(), own: copyOf(own) }
  for (const [position, reference] of references.value.entries()) {
    const text = readText(list?.[position], reference, found)
    if (text.kind !== 'known') return text
    const obstacle = addText(layers, text.value)
    if (obstacle !== undefined) return obstacle
  }
  return known(merged(layers.result, layers.own))
}

interface ValuesText {
  readonly targetPath: string
  readonly isLiteral: boolean
  /** Undefined if it is missing, and may be. */
  readonly text: string | undefined
}

function readText(
  item: Json | undefined,
  reference: DataReference,
  found: Found,
): Outcome<ValuesText> {
  const targetPath = textAt(item, 'targetPath')
  const isLiteral = flagAt(item, 'literal')
  const key = textAt(item, 'valuesKey')
  if (targetPath === undefined || isLiteral === undefined || key === undefined) {
    return refused('valuesFrom is not of the form that Flux takes')
  }
  const data = readData(reference, found)
  if (data.kind !== 'known') return data
  const text = data.value?.get(key === '' ? 'values.yaml' : key)
  if (text === undefined && !reference.isOptional) {
    return none(`${reference.kind} ${reference.namespace}/${reference.name} lacks a key for values`)
  }
  return known({ targetPath, isLiteral, text })
}

function addText(
  layers: Layers,
  { targetPath, isLiteral, text }: ValuesText,
): Obstacle | undefined {
  if (text === undefined) return undefined
  if (targetPath !== '') {
    layers.result = merged(layers.result, layers.own)
    return setAtPath(layers.result, { path: targetPath, text, isLiteral })
  }
  const { documents, problems } = parseManifests(text)
  const [document, second] = documents
  const [problem] = problems
  if (problem !== undefined) {
    return refused(`valuesFrom: line ${problem.line} of its values: ${problem.message}`)
  }
  if (second !== undefined) return refused('valuesFrom: Flux reads the first document alone')
  layers.result = merged(
    layers.result,
    document === undefined ? emptyMap() : copyOf(document.object),
  )
  return undefined
}
