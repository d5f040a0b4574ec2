import { deepestNesting } from './canonical.ts'
import type { Json } from './json.ts'

export type StrictJson =
  | { readonly kind: 'value'; readonly value: Json }
  /** Not JSON at all. */
  | { readonly kind: 'syntax' }
  /** JSON that readers disagree about. */
  | { readonly kind: 'refused'; readonly offset: number; readonly message: string }

const token = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\]:]|-?\d[\d.eE+-]*/g
const highestInt64 = 2n ** 63n - 1n

/** Reads JSON without losing anything: exact integers, `__proto__` keys; duplicates are refused. */
export function parseStrictJson(text: string): StrictJson {
  const doubt = findDoubt(text)
  try {
    const value = JSON.parse(text, revive as (key: string, value: unknown) => unknown) as Json
    return doubt === undefined ? { kind: 'value', value } : { kind: 'refused', ...doubt }
  } catch (error) {
    // Only nesting makes JSON.parse fail with anything but a SyntaxError, and that is a doubt.
    if (doubt !== undefined && !(error instanceof SyntaxError)) return { kind: 'refused', ...doubt }
    return { kind: 'syntax' }
  }
}

/** An integer that Kubernetes keeps exact (it reads larger ones as floats); undefined otherwise. */
export function exactInteger(digits: string): number | bigint | undefined {
  const value = Number(digits)
  // `+ 0` turns -0 into 0, as an integer reader does.
  if (Number.isSafeInteger(value)) return value + 0
  const big = BigInt(digits)
  return big <= highestInt64 && big >= -highestInt64 - 1n ? big : undefined
}

/** A float that no reader rounds, overflows or prints as a different integer. */
export function exactFloat(text: string): number | undefined {
  const value = Number(text)
  if (Object.is(value, -0) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return undefined
  return Number.isNaN(value) ? undefined : value
}

function revive(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value === 'number') {
    const source = context.source ?? String(value)
    return /^-?\d+$/.test(source) ? exactInteger(source) : exactFloat(source)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.assign(Object.create(null) as object, value)
}

interface Doubt {
  readonly offset: number
  readonly message: string
}

/** What JSON.parse would hide; sound for any JSON, meaningless for other text. */
function findDoubt(text: string): Doubt | undefined {
  const open: (Set<string> | undefined)[] = []
  let previous = ''
  for (const { 0: symbol, index } of text.matchAll(token)) {
    const message =
      symbol === ':' ? keyDoubt(previous, open.at(-1)) : (nest(symbol, open) ?? scalarDoubt(symbol))
    if (message !== undefined) return { offset: index, message }
    previous = symbol
  }
  return undefined
}

function nest(symbol: string, open: (Set<string> | undefined)[]): string | undefined {
  if (symbol === '{') open.push(new Set())
  if (symbol === '[') open.push(undefined)
  if (symbol === '}' || symbol === ']') open.pop()
  return open.length > deepestNesting ? `nested deeper than ${deepestNesting} levels` : undefined
}

function keyDoubt(quoted: string, keys: Set<string> | undefined): string | undefined {
  const key = unquote(quoted)
  if (key === undefined) return undefined
  if (keys?.has(key) === true) return `the key ${JSON.stringify(key)} stands twice in one map`
  keys?.add(key)
  return undefined
}

function scalarDoubt(symbol: string): string | undefined {
  if (symbol.startsWith('"')) {
    return unquote(symbol)?.isWellFormed() === false ? 'text with half a surrogate pair' : undefined
  }
  if (!/^[-\d]/.test(symbol)) return undefined
  const value = /^-?\d+$/.test(symbol) ? exactInteger(symbol) : exactFloat(symbol)
  return value === undefined ? 'a number is out of the range that is kept exactly' : undefined
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return undefined
  }
}
