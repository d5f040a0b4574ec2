import { isUtf8 } from 'node:buffer'
import { GuardError } from '../errors.ts'
import type { Json } from '../manifest/json.ts'

const digitsOf2To53 = 16
const zero = 0x30
const nine = 0x39
const minus = 0x2d
/** What can stand before a number outside of a string: `:`, `,`, `[` and white space. */
const beforeNumber: ReadonlySet<number> = new Set([0x3a, 0x2c, 0x5b, 0x20, 0x09, 0x0a, 0x0d])

/**
 * Reads a body that the API server wrote. Plain JSON.parse, unless the bytes hold a number of 16
 * digits (perhaps an integer beyond 2^53, which JSON.parse rounds, so that two objects compare equal
 * that are not) or a `__proto__` key: those take the lossless reader, at six times the cost. Of
 * duplicate keys the last one counts, in both.
 */
export function parseJson(body: Buffer): Json {
  try {
    // Bytes that are not UTF-8 are refused, not replaced: two objects must not look the same.
    if (!isUtf8(body)) throw new GuardError('ReviewMalformed', 'the body is not JSON')
    const text = body.toString('utf8')
    return needsLosslessReader(body, text) ? readLossless(text) : (JSON.parse(text) as Json)
  } catch (cause) {
    if (cause instanceof GuardError) throw cause
    throw new GuardError('ReviewMalformed', 'the body is not JSON', { cause })
  }
}

function needsLosslessReader(body: Buffer, text: string): boolean {
  // Go's encoder never escapes these letters, and whoever can forge a body needs no disguise. Where
  // there are many underscores V8 finds six letters seven times faster than nine.
  const hasProto = text.includes('_proto') && text.includes('__proto__')
  return hasProto || hasLongNumber(body)
}

function hasLongNumber(body: Buffer): boolean {
  // A run of 16 digits covers some position i with i % 16 === 15, so only those are looked at.
  for (let i = digitsOf2To53 - 1; i < body.length; i += digitsOf2To53) {
    const byte = body[i] ?? 0
    if (byte >= zero && byte <= nine && isLongNumber(body, i)) return true
  }
  return false
}

/** Digits in a string (`"17…"`) or behind a decimal point are not what JSON.parse would round. */
function isLongNumber(body: Buffer, position: number): boolean {
  let start = position
  while (isDigit(body[start - 1])) start -= 1
  let end = position
  while (isDigit(body[end + 1])) end += 1
  if (end - start + 1 < digitsOf2To53) return false
  const before = body[start - 1] === minus ? body[start - 2] : body[start - 1]
  return before === undefined || beforeNumber.has(before)
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

/** Integers beyond 2^53 become bigint; every object is rebuilt without a prototype. */
function readLossless(text: string): Json {
  const reviver = (
    _key: string,
    value: unknown,
    context: { readonly source?: string },
  ): unknown => {
    if (typeof value === 'number') return exactNumber(value, context.source)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.assign(Object.create(null) as object, value)
  }
  return JSON.parse(
    text,
    reviver as (this: unknown, key: string, value: unknown) => unknown,
  ) as Json
}

function exactNumber(value: number, source: string | undefined): number | bigint {
  if (!Number.isFinite(value)) throw new GuardError('ReviewMalformed', 'a number is out of range')
  if (Number.isSafeInteger(value) || source === undefined || !/^-?\d+$/.test(source)) return value
  return BigInt(source)
}
