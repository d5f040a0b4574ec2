import { createHash } from 'node:crypto'
import { GuardError } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/** Levels of nesting that manifests and their canonical text may have. */
export const deepestNesting = 100

/**
 * RFC 8785 text: one text per value, whatever the order of keys or the spelling of numbers. Integers
 * beyond 2^53 keep all their digits (an extension: the RFC would round two of them into one).
 */
export function canonicalJson(value: Json): string {
  const parts: string[] = []
  write(value, 0, parts)
  return parts.join('')
}

/** Equal digests: the values say the same. */
export function digest(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex')}`
}

function write(value: Json, depth: number, parts: string[]): void {
  if (depth > deepestNesting) throw invalid(`nesting deeper than ${deepestNesting} levels`)
  if (isList(value)) return writeList(value, depth, parts)
  if (isJsonObject(value)) return writeObject(value, depth, parts)
  parts.push(scalarText(value))
}

function writeList(list: readonly Json[], depth: number, parts: string[]): void {
  parts.push('[')
  for (const [position, item] of list.entries()) {
    if (position > 0) parts.push(',')
    write(item, depth + 1, parts)
  }
  parts.push(']')
}

function writeObject(object: JsonObject, depth: number, parts: string[]): void {
  parts.push('{')
  // The default sort compares UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  for (const [position, key] of Object.keys(object).toSorted().entries()) {
    if (position > 0) parts.push(',')
    parts.push(quote(key), ':')
    write(object[key] ?? null, depth + 1, parts)
  }
  parts.push('}')
}

function scalarText(value: null | boolean | number | bigint | string): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'number') return String(value)
  if (!Number.isFinite(value)) throw invalid('a number out of range')
  // String(-0) is "0", and elsewhere it is ECMAScript's Number::toString, which the RFC takes over.
  return String(value)
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw invalid('text with half a surrogate pair')
  return JSON.stringify(text)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function invalid(what: string): GuardError {
  return new GuardError('ManifestInvalid', `the object holds ${what}`)
}
