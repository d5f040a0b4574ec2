import { canonicalJson } from '../manifest/canonical.ts'
import { isJsonObject, type Json } from '../manifest/json.ts'
import { readPlainScalar } from '../manifest/yaml-scalars.ts'
import { yamlText } from '../manifest/yaml-text.ts'
import type { LocatedScalar } from './located.ts'
import { isList } from './edits.ts'

/** How a file is written. */
export interface Manner {
  /** JSON: everything quoted, whatever stands on one line or on several. */
  readonly isJson: boolean
  /** Spaces by which what is below a key stands further right. */
  readonly step: number
  /** Whether that holds for lists too. */
  readonly indentsLists: boolean
}

/** Text that no reader takes for anything else, and that goes on in no other way in braces. */
const plain = /^[A-Za-z0-9_./][\w./:@+=~-]*$/

/** A value that is no container, in the style of the one that stands there. */
export function scalarText(value: Json, style: LocatedScalar['style'], manner: Manner): string {
  if (typeof value !== 'string') return canonicalJson(value)
  if (manner.isJson) return JSON.stringify(value)
  if (style === 'single' && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`
  if (style === 'double') return quotedText(value)
  return isPlain(value) ? value : yamlText(value).trimEnd()
}

function isPlain(value: string): boolean {
  if (!plain.test(value) || value.endsWith(':')) return false
  const read = readPlainScalar(value)
  return read.kind === 'value' && read.value === value
}

/** As yamlText escapes what it quotes. */
function quotedText(value: string): string {
  const text = yamlText(`"${value}`).trimEnd()
  return `"${text.slice(3)}`
}

/** On one line, as in braces. */
export function flowText(value: Json, manner: Manner): string {
  if (isList(value)) return `[${value.map((item) => flowText(item, manner)).join(', ')}]`
  if (!isJsonObject(value)) return scalarText(value, 'plain', manner)
  const entries = Object.entries(value).map(
    ([key, below]) => `${keyText(key, manner)}: ${flowText(below, manner)}`,
  )
  return `{${entries.join(', ')}}`
}

export function keyText(key: string, manner: Manner): string {
  return scalarText(key, 'plain', manner)
}

/** Several lines of JSON; those after the first begin with `indent`. */
export function jsonText(value: Json, indent: string, manner: Manner): string {
  const inner = indent + ' '.repeat(manner.step)
  const [open, close] = isList(value) ? '[]' : '{}'
  const lines = isList(value)
    ? value.map((item) => jsonText(item, inner, manner))
    : isJsonObject(value)
      ? Object.entries(value).map(
          ([key, below]) => `${JSON.stringify(key)}: ${jsonText(below, inner, manner)}`,
        )
      : undefined
  if (lines === undefined) return scalarText(value, 'double', manner)
  if (lines.length === 0) return `${open}${close}`
  return `${open}\n${lines.map((line) => inner + line).join(',\n')}\n${indent}${close}`
}

/** Lines of a value that stands by itself, without indentation. */
export function blockLines(value: Json, manner: Manner): readonly string[] {
  if (isList(value) && value.length > 0) return value.flatMap((item) => itemLines(item, manner))
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, below]) => entryLines(key, below, manner))
  }
  return [flowText(value, manner)]
}

export function itemLines(item: Json, manner: Manner): readonly string[] {
  const [first = '', ...rest] = isBlockText(item) ? blockTextLines(item) : blockLines(item, manner)
  return [`- ${first}`, ...rest.map((line) => indented(line, 2))]
}

export function entryLines(key: string, value: Json, manner: Manner): readonly string[] {
  const name = keyText(key, manner)
  if (isBlockText(value)) {
    const [header = '', ...rest] = blockTextLines(value)
    return [`${name}: ${header}`, ...rest.map((line) => indented(line, manner.step))]
  }
  const lines = blockLines(value, manner)
  if (isContainer(value)) {
    return [`${name}:`, ...lines.map((line) => indented(line, stepBelow(value, manner)))]
  }
  return [`${name}: ${lines[0] ?? ''}`]
}

export function stepBelow(value: Json, { indentsLists, step }: Manner): number {
  return isList(value) && !indentsLists ? 0 : step
}

/** What takes lines of its own. */
export function isContainer(value: Json): boolean {
  return isList(value) ? value.length > 0 : isJsonObject(value) && Object.keys(value).length > 0
}

/** A text of several lines that can be shown as such. */
export function isBlockText(value: Json): value is string {
  if (typeof value !== 'string' || !/[^\n]\n[^\n]/.test(value)) return false
  return /^[^\s\p{Cc}][^\p{Cf}\p{Zl}\p{Zp}]*$/u.test(value) && !/[^\P{Cc}\n]/u.test(value)
}

/** Header and lines; without indentation, which a reader takes from the first line. */
export function blockTextLines(value: string): readonly string[] {
  const body = value.replace(/\n+$/, '')
  const ends = value.length - body.length
  const header = ends === 0 ? '|-' : ends === 1 ? '|' : '|+'
  return [header, ...body.split('\n'), ...Array<string>(Math.max(0, ends - 1)).fill('')]
}

export function indented(line: string, by: number): string {
  return line === '' ? '' : ' '.repeat(by) + line
}

/** A file of its own. */
export function manifestText(manifest: Json): string {
  return `${blockLines(manifest, { isJson: false, step: 2, indentsLists: false }).join('\n')}\n`
}
