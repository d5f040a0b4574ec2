import { GuardError } from '../errors.ts'
import { isJsonObject, type Json } from './json.ts'

/**
 * The one grammar for fields: `spec.replicas`, `metadata.annotations["a/b"]`, `containers[*].image`,
 * `containers[name=app].image`, and `*` for the whole object. A pattern covers its subtree.
 */
export type FieldPattern = readonly PatternStep[]
type PatternStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'item'; readonly field: string; readonly value: string }

/** Where in an object something is. A list step carries the items it stands for, old and new. */
export type FieldPath = readonly FieldStep[]
export type FieldStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'item'; readonly items: readonly Json[] }

/** Text of JSON. */
const quoted = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"`
const step = new RegExp(
  String.raw`\.?([A-Za-z_$][\w$-]*)|\[(${quoted})\]|\[(\*)\]|\[([\w.-]+)=(${quoted}|[^"\]]*)\]`,
  'y',
)

/** Throws PolicyInvalid with the position of the first character that fits no step. */
export function parseFieldPattern(text: string): FieldPattern {
  if (text === '*') return []
  const steps: PatternStep[] = []
  step.lastIndex = 0
  let position = 0
  while (position < text.length) {
    const match = step.exec(text)
    if (match === null || !separated(text, position)) {
      throw badPattern(text, position)
    }
    steps.push(toStep(match))
    position = step.lastIndex
  }
  if (steps[0]?.kind !== 'key') throw badPattern(text, 0)
  return steps
}

/** A dot stands between keys: before every key but the first, before no bracket. */
function separated(text: string, position: number): boolean {
  return text[position] === '[' || (text[position] === '.') === position > 0
}

function toStep(match: RegExpExecArray): PatternStep {
  const [, key, quoted, any, field, value] = match
  if (key !== undefined) return { kind: 'key', key }
  if (quoted !== undefined) return { kind: 'key', key: unquote(quoted) }
  if (any !== undefined || field === undefined) return { kind: 'any' }
  return { kind: 'item', field, value: unquote(value ?? '') }
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text
}

function badPattern(text: string, position: number): GuardError {
  const shape = 'write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything'
  return new GuardError(
    'PolicyInvalid',
    `field path ${JSON.stringify(text)} cannot be read from character ${position + 1}: ${shape}`,
  )
}

/** The key of a step, undefined for an item of a list or a path that ends before. */
export function keyAt(path: FieldPath, position: number): string | undefined {
  const step = path[position]
  return step?.kind === 'key' ? step.key : undefined
}

/** Whether the pattern covers what is at `path`: it is the same place or above it. */
export function covers(pattern: FieldPattern, path: FieldPath): boolean {
  return pattern.length <= path.length && pattern.every((step, i) => matches(step, path[i]))
}

function matches(pattern: PatternStep, actual: FieldStep | undefined): boolean {
  if (pattern.kind === 'key') return actual?.kind === 'key' && actual.key === pattern.key
  if (actual?.kind !== 'item') return false
  if (pattern.kind === 'any') return true
  return actual.items.every(
    (item) =>
      isJsonObject(item) &&
      Object.hasOwn(item, pattern.field) &&
      item[pattern.field] === pattern.value,
  )
}

const plainKey = /^[A-Za-z_$][\w$-]*$/
const plainName = /^[\w./:-]+$/

export function formatFieldPath(path: FieldPath): string {
  let text = ''
  for (const step of path)
    text += step.kind === 'key' ? formatKey(step.key, text) : formatItem(step)
  return text === '' ? '*' : text
}

const keyTexts = new Map<string, string>()
/** Kubernetes has some thousand names of fields; keys of maps are anybody's. */
const mostKeyTexts = 4000

function formatKey(key: string, before: string): string {
  const known = keyTexts.get(key) ?? keyText(key)
  return before === '' && known.startsWith('.') ? key : known
}

function keyText(key: string): string {
  const text = plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
  if (keyTexts.size >= mostKeyTexts) keyTexts.clear()
  keyTexts.set(key, text)
  return text
}

function formatItem(step: FieldStep & { readonly kind: 'item' }): string {
  const [item] = step.items
  const name = isJsonObject(item) && Object.hasOwn(item, 'name') ? item['name'] : undefined
  if (typeof name !== 'string' || (step.items.length > 1 && !sameName(step.items, name))) {
    return '[*]'
  }
  return `[name=${plainName.test(name) ? name : JSON.stringify(name)}]`
}

function sameName(items: readonly Json[], name: string): boolean {
  return items.every((item) => isJsonObject(item) && item['name'] === name)
}
