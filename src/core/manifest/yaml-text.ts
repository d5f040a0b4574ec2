import { isJsonObject, type Json, type JsonObject } from './json.ts'

/** A value as YAML that every reader takes for the same. */
export function yamlText(value: Json): string {
  return linesOf(value)
    .map((line) => `${line}\n`)
    .join('')
}

function linesOf(value: Json): readonly string[] {
  if (isList(value)) return listLines(value)
  if (isJsonObject(value)) return mapLines(value)
  return [typeof value === 'string' ? text(value) : String(value)]
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function listLines(list: readonly Json[]): readonly string[] {
  if (list.length === 0) return ['[]']
  return list.flatMap((item) => {
    const [first = '', ...rest] = isBlock(item) ? blockLines(item) : linesOf(item)
    return [`- ${first}`, ...rest.map(indented)]
  })
}

function mapLines(map: JsonObject): readonly string[] {
  const entries = Object.entries(map)
  if (entries.length === 0) return ['{}']
  return entries.flatMap(([key, value]) => entryLines(text(key), value))
}

function entryLines(key: string, value: Json): readonly string[] {
  if (isBlock(value)) {
    const [header = '', ...rest] = blockLines(value)
    return [`${key}: ${header}`, ...rest.map(indented)]
  }
  const lines = linesOf(value)
  if (isList(value) && value.length > 0) return [`${key}:`, ...lines]
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return [`${key}:`, ...lines.map(indented)]
  }
  return [`${key}: ${lines[0] ?? ''}`]
}

/** A text of several lines that can be shown as such. */
function isBlock(value: Json): value is string {
  if (typeof value !== 'string' || !/.\n./s.test(value)) return false
  return /^[\x21-\x7e][\x20-\x7e\n]*$/.test(value) && !/ \n| $|\n\n$/.test(value)
}

function blockLines(value: string): readonly string[] {
  const isEnded = value.endsWith('\n')
  return [isEnded ? '|' : '|-', ...(isEnded ? value.slice(0, -1) : value).split('\n')]
}

function indented(line: string): string {
  return line === '' ? '' : `  ${line}`
}

const plain = /^[A-Za-z_/][\w./-]*(?: [\w./-]+)*$/
/** What one version of YAML or another reads as something else. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null)$/i

/** What JSON leaves as it is, and YAML takes for the end of a line or for nothing at all. */
const unprintable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g

function text(value: string): string {
  if (plain.test(value) && !reserved.test(value)) return value
  return JSON.stringify(value).replace(unprintable, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
