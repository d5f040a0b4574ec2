import { GuardError } from '../errors.ts'
import { isJsonObject, type Json } from '../manifest/json.ts'

/** JSON in which what is undefined counts as absent. */
export interface Sparse {
  readonly [key: string]: Json | Sparse | undefined
}

/** A text from here on is long. */
const longText = 1024
/** So much of them is worth parts of its own: to escape it would cost as much as to parse it. */
const muchText = 32 * 1024

/**
 * What digests of an object are made over, other parts for every other object. Keys as they came:
 * the API server writes the same value the same way each time, and sorting a megabyte would cost
 * more than all the rest of a decision. Long texts right below a top-level map, the files of a
 * ConfigMap for one, follow as they are; the first part says how long each is and where it belongs.
 */
export function digestParts(object: Sparse): readonly string[] {
  const { shell, places, texts } = takeLongTexts(object)
  return texts.length === 0 ? [jsonText(shell)] : [`${jsonText([shell, places])}\n`, ...texts]
}

export function jsonText(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    if (cause instanceof TypeError) return JSON.stringify(value, withAllDigits)
    throw new GuardError('ReviewMalformed', 'the object is nested too deeply', { cause })
  }
}

interface Taken {
  readonly shell: Sparse
  readonly places: (readonly [key: string, below: string, length: number])[]
  readonly texts: string[]
}

function takeLongTexts(object: Sparse): Taken {
  const taken: Taken = { shell: object, places: [], texts: [] }
  if (longLength(object) < muchText) return taken
  let shell: Record<string, Sparse[string]> | undefined
  for (const key of Object.keys(object)) {
    const map = object[key]
    if (!isSparse(map) || !Object.values(map).some(isLongText)) continue
    shell ??= { ...object }
    shell[key] = takeFrom(key, map, taken)
  }
  return shell === undefined ? taken : { ...taken, shell }
}

function longLength(object: Sparse): number {
  let sum = 0
  for (const key of Object.keys(object)) {
    const map = object[key]
    if (!isSparse(map)) continue
    for (const value of Object.values(map)) if (isLongText(value)) sum += value.length
  }
  return sum
}

/** What is left of the map. */
function takeFrom(key: string, map: Sparse, { places, texts }: Taken): Sparse {
  const rest = Object.create(null) as Record<string, Sparse[string]>
  for (const below of Object.keys(map)) {
    const value = map[below]
    if (isLongText(value)) {
      places.push([key, below, value.length])
      texts.push(value)
    } else rest[below] = value
  }
  return rest
}

/** Half a surrogate pair has bytes of its own only where it is escaped. */
function isLongText(value: Sparse[string]): value is string {
  return typeof value === 'string' && value.length >= longText && value.isWellFormed()
}

function isSparse(value: Sparse[string]): value is Sparse {
  return isJsonObject(value)
}

/** Only where needed, since it is slower: JSON.stringify throws on integers beyond 2^53. */
function withAllDigits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJson(String(value)) : value
}

/** Node 24 has it, the types of ES2024 do not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }
