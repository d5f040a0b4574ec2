import { mostUses } from '../claims.ts'

// `breakglass.use.admitted/1-40,42`: one text for each type, so that a hundred uses fit into a status
// that has to hold the uses as well, and people can read what a sink has.

const number = /^[1-9]\d{0,2}$/

/** Texts that say which events these are; see keyOf. */
export function foldKeys(keys: ReadonlySet<string>): readonly string[] {
  const parts = new Map<string, string[]>()
  for (const key of keys) {
    const [type = '', part] = key.split('/')
    const own = parts.get(type) ?? []
    if (part !== undefined) own.push(part)
    parts.set(type, own)
  }
  return Array.from(parts, ([type, own]) => foldType(type, own)).toSorted()
}

/** What cannot be read says nothing: an event told twice is better than none. */
export function unfoldKeys(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap(unfoldType))
}

function foldType(type: string, parts: readonly string[]): string {
  if (parts.length === 0) return type
  const numbers = parts.filter((part) => number.test(part)).map(Number)
  const words = parts.filter((part) => !number.test(part)).toSorted()
  const ranges = toRanges(numbers.toSorted((a, b) => a - b))
  const texts = ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return `${type}/${[...texts, ...words].join(',')}`
}

function toRanges(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = []
  for (const one of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && one === last[1] + 1) last[1] = one
    else ranges.push([one, one])
  }
  return ranges
}

function unfoldType(text: string): readonly string[] {
  const [type = '', parts] = text.split('/')
  if (parts === undefined) return [type]
  return parts.split(',').flatMap((part) => unfoldPart(part).map((one) => `${type}/${one}`))
}

function unfoldPart(part: string): readonly string[] {
  const [, from, to] = /^(\d{1,3})-(\d{1,3})$/.exec(part) ?? []
  if (from === undefined || to === undefined) return [part]
  const [first, last] = [Number(from), Math.min(Number(to), mostUses)]
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => String(first + i))
}
