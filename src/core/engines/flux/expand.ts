import type { Expansion, Part, Template } from './template.ts'
import { withoutEnd, withoutStart } from './glob-trim.ts'

export type Variables = Readonly<Record<string, string>>

export type Expanded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly message: string }

/** Undefined: Flux fails, or its answer depends on what is not repeated here. */
type Operation = (value: string, words: readonly string[]) => string | undefined

const longestText = 16 * 1024 * 1024

/** What github.com/fluxcd/pkg/envsubst v1.7 makes of a template; `:+` and `:?` are plain defaults to it. */
export function expand(template: Template, variables: Variables): Expanded {
  let text = ''
  for (const part of template) {
    const expanded = expandPart(part, variables)
    if (typeof expanded !== 'string') return { kind: 'problem', message: messageFor(expanded) }
    text += expanded
    if (text.length > longestText) return { kind: 'problem', message: 'the text becomes too long' }
  }
  return { kind: 'text', text }
}

function messageFor({ variable, operator }: Expansion): string {
  return `\${${variable.slice(0, 60)}${operator}...} is not followed for its value`
}

/** The expansion itself, if it cannot be followed. */
function expandPart(part: Part, variables: Variables): string | Expansion {
  if (typeof part === 'string') return part
  const words: string[] = []
  let length = 0
  for (const word of part.words) {
    const expanded = expandPart(word, variables)
    if (typeof expanded !== 'string') return expanded
    length += expanded.length
    if (length > longestText) return part
    words.push(expanded)
  }
  const { variable, operator } = part
  const value = Object.hasOwn(variables, variable) ? (variables[variable] ?? '') : ''
  const operation = Object.hasOwn(operations, operator) ? operations[operator] : undefined
  return (operation ?? orDefault)(value, words) ?? part
}

const operations: Readonly<Record<string, Operation>> = {
  '#length': (value) => String(Buffer.byteLength(value)),
  ',': ascii((value) => value.slice(0, 1).toLowerCase() + value.slice(1)),
  ',,': ascii((value) => value.toLowerCase()),
  '^': ascii((value) => value.slice(0, 1).toUpperCase() + value.slice(1)),
  '^^': ascii((value) => value.toUpperCase()),
  '#': ascii((value, [pattern = '']) => withoutStart(value, pattern, 'shortest')),
  '##': ascii((value, [pattern = '']) => withoutStart(value, pattern, 'longest')),
  '%': ascii((value, [pattern = '']) => withoutEnd(value, pattern, 'shortest')),
  '%%': ascii((value, [pattern = '']) => withoutEnd(value, pattern, 'longest')),
  ':': ascii(range),
  '/': replaced((value, from, to = '') => replaceAt(value, from, to)),
  '//': replaced((value, from, to = '') => value.replaceAll(from, () => to)),
  '/#': replaced((value, from, to) =>
    to !== undefined && value.startsWith(from) ? replaceAt(value, from, to) : value,
  ),
  '/%': replaced((value, from, to) =>
    to !== undefined && value.endsWith(from) ? value.slice(0, -from.length) + to : value,
  ),
}

function orDefault(value: string, words: readonly string[]): string {
  return value === '' ? words.join('') : value
}

/** Go counts bytes, and folds case by its own tables. */
function ascii(operation: Operation): Operation {
  const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text)
  return (value, words) => ([value, ...words].every(isAscii) ? operation(value, words) : undefined)
}

type Replacing = (value: string, from: string, to: string | undefined) => string

/** Nothing is found everywhere, and something may become very much. */
function replaced(replace: Replacing): Operation {
  return (value, [from = '', to]) => {
    const most = (value.length / from.length) * (to?.length ?? 0)
    return from === '' || most > longestText ? undefined : replace(value, from, to)
  }
}

function replaceAt(value: string, from: string, to: string): string {
  return value.replace(from, () => to)
}

/** A word that is no number leaves the value as it is; a negative length makes Flux panic. */
function range(value: string, [from = '', length]: readonly string[]): string | undefined {
  const position = toInteger(from)
  if (position === 'none') return value
  const count = length === undefined ? value.length : toInteger(length)
  if (count === 'none') return value
  if (position === 'huge' || count === 'huge') return undefined
  const start = Math.max(0, position < 0 ? value.length + position : position)
  if (start + count >= value.length) return value.slice(start)
  return count < 0 ? undefined : value.slice(start, start + count)
}

function toInteger(text: string): number | 'none' | 'huge' {
  if (!/^[-+]?\d+$/.test(text)) return 'none'
  const value = Number(text)
  return Math.abs(value) < 1e9 ? value : 'huge'
}
