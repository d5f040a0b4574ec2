import type { Json } from './json.ts'
import { exactFloat, exactInteger } from './strict-json.ts'

export type PlainScalar =
  | { readonly kind: 'value'; readonly value: Json }
  /** YAML 1.1, YAML 1.2 and Kubernetes' reader do not agree on it. */
  | { readonly kind: 'ambiguous'; readonly message: string }

const fixed: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
])

const decimal = /^[-+]?\d+$/
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

/** What readers take for something else than text, and what to call it. The first match counts. */
const doubts: readonly (readonly [RegExp, string])[] = [
  [/^(?:y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/, 'a boolean of YAML 1.1'],
  [/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/, 'a number that JSON cannot hold'],
  [/^(?:<<|=)$/, 'a special key of YAML 1.1'],
  [/^[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?$/, 'a number in base 60 of YAML 1.1'],
  [/^[-+]?0[bB][-+]?[01]+$/, 'a binary number of YAML 1.1'],
  [/^[-+]?0[xX][\da-fA-F]+$/, 'a hexadecimal number'],
  [/^[-+]?0[oO]?\d+$/, 'an octal number'],
  [/^[-+]?0\d+(?:\.\d*(?:[eE][-+]?\d+)?|[eE][-+]?\d+)$/, 'a number with a leading zero'],
]

/**
 * A plain (unquoted) scalar as Kubernetes reads it (Go's YAML 1.1 with strings for dates). What
 * another YAML version would read differently is not guessed: quotes say what is meant.
 */
export function readPlainScalar(text: string): PlainScalar {
  const known = fixed.get(text)
  if (known !== undefined) return { kind: 'value', value: known }
  // Go drops every underscore before it looks for a number.
  const digits = /^[-+\d]/.test(text) ? text.replaceAll('_', '') : text
  const doubt = doubts.find(([pattern]) => pattern.test(digits))
  if (doubt !== undefined) return ambiguous(doubt[1])
  if (!float.test(digits)) return { kind: 'value', value: text }
  if (digits !== text) return ambiguous('a number with underscores')
  const value = decimal.test(text) ? exactInteger(text.replace('+', '')) : exactFloat(text)
  return value === undefined
    ? ambiguous('a number that is not kept exactly')
    : { kind: 'value', value }
}

function ambiguous(what: string): PlainScalar {
  return {
    kind: 'ambiguous',
    message: `an unquoted value may be read as ${what}: quote it, or write true, false or a decimal number`,
  }
}
