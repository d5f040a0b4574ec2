import type { Json } from '../manifest/json.ts'
import type { Edit, EditPath } from './edits.ts'
import {
  afterInFlow,
  beforeInFlow,
  removeInFlow,
  withinBrackets,
  type Page,
  type Splice,
} from './flow-splice.ts'
import type { Located, LocatedEntry, LocatedList, LocatedMap, LocatedScalar } from './located.ts'
import { afterLine, beforeOnLine, columnOf, indentAt, lineEnd, lineStart } from './text-lines.ts'
import {
  blockLines,
  blockTextLines,
  entryLines,
  flowText,
  indented,
  isBlockText,
  isContainer,
  itemLines,
  jsonText,
  scalarText,
  stepBelow,
  type Manner,
} from './written-values.ts'

/** A value, and what it hangs on. */
interface Spot {
  readonly node: Located
  readonly entry?: LocatedEntry
  readonly parent?: LocatedMap | LocatedList
  /** Position in its parent. */
  readonly index: number
}

/** Undefined where the document has no such place, or one that cannot be written at. */
export function spliceOf(root: Located, edit: Edit, page: Page): Splice | undefined {
  const spot = find(root, edit.path)
  if (spot === undefined) return undefined
  switch (edit.kind) {
    case 'set':
      return setValue(spot, edit.value, page)
    case 'add':
      return addKey(spot, edit, page)
    case 'insert':
      return insertItem(spot, edit, page)
    case 'remove':
      return isAlone(spot) ? empty(find(root, edit.path.slice(0, -1)), page) : remove(spot, page)
    default:
      return edit satisfies never
  }
}

function find(root: Located, path: EditPath): Spot | undefined {
  let spot: Spot | undefined = { node: root, index: 0 }
  for (const step of path) spot = spot === undefined ? undefined : below(spot.node, step)
  return spot
}

function below(node: Located, step: string | number): Spot | undefined {
  if (node.kind === 'map') {
    const index = node.entries.findIndex(({ key }) => key === step)
    const entry = node.entries[index]
    return entry && { node: entry.value, entry, parent: node, index }
  }
  if (node.kind !== 'list' || typeof step !== 'number') return undefined
  const item = node.items[step]
  return item && { node: item, parent: node, index: step }
}

function setValue(spot: Spot, value: Json, page: Page): Splice | undefined {
  const { node, parent, entry } = spot
  if (parent === undefined) return undefined
  if (page.manner.isJson || parent.isFlow) {
    return { ...placeOf(spot), text: spaced(spot, flowOrLines(value, node, page)) }
  }
  if (node.kind === 'scalar' && !isContainer(value)) return setText(spot, node, value, page)
  return entry === undefined ? setItem(node, value, page) : setEntry(node, entry, { value, page })
}

function placeOf({ node }: Spot): Pick<Splice, 'start' | 'end'> {
  return { start: node.start, end: node.end }
}

/** An empty value stands right behind the colon. */
function spaced({ node, entry }: Spot, text: string): string {
  return entry !== undefined && node.start === entry.colon ? ` ${text}` : text
}

function flowOrLines(value: Json, node: Located, { text, manner }: Page): string {
  if (!isContainer(value)) {
    return scalarOrEmpty(value, node.kind === 'scalar' ? node.style : 'plain', manner)
  }
  const isSpread = manner.isJson && text.trimEnd().includes('\n')
  return isSpread ? jsonText(value, indentAt(text, node.start), manner) : flowText(value, manner)
}

function scalarOrEmpty(value: Json, style: LocatedScalar['style'], manner: Manner): string {
  const isEmpty = typeof value === 'object' && value !== null
  return isEmpty ? flowText(value, manner) : scalarText(value, style, manner)
}

function setText(spot: Spot, node: LocatedScalar, value: Json, page: Page): Splice {
  const { text, manner } = page
  const ending = endingOf(node, text)
  if (!isBlockText(value)) {
    const style = node.style === 'block' ? 'plain' : node.style
    return { ...placeOf(spot), text: spaced(spot, scalarOrEmpty(value, style, manner) + ending) }
  }
  const indent =
    node.style === 'block'
      ? blockIndent(text.slice(node.start, node.end))
      : spot.entry === undefined
        ? columnOf(text, node.start)
        : columnOf(text, spot.entry.start) + manner.step
  const [header = '', ...lines] = blockTextLines(value)
  const comment = commentAfter(node, text)
  const written = [header + comment, ...lines.map((line) => indented(line, indent))].join('\n')
  const end = node.end + comment.length
  return { start: node.start, end, text: spaced(spot, written + ending) }
}

/** On the line on which a value ends: it moves to the one on which the next value begins. */
function commentAfter(node: Located, text: string): string {
  if (endingOf(node, text) !== '') return ''
  return /^[ \t]*(?:#.*)?$/.exec(text.slice(node.end, lineEnd(text, node.end)))?.[0] ?? ''
}

function blockIndent(block: string): number {
  const [, ...lines] = block.split('\n')
  const line = lines.find((one) => one.trim() !== '') ?? '  '
  return line.length - line.trimStart().length
}

/** Starts where the item does, right of its dash. */
function setItem(node: Located, value: Json, { text, manner }: Page): Splice {
  const by = columnOf(text, node.start)
  const written = blockLines(value, manner).map((line, i) => (i === 0 ? line : indented(line, by)))
  return { start: node.start, end: node.end, text: written.join('\n') + endingOf(node, text) }
}

/** Everything behind the colon, apart from a comment on the line of the key. */
function setEntry(
  node: Located,
  entry: LocatedEntry,
  { value, page: { text, manner } }: { readonly value: Json; readonly page: Page },
): Splice {
  const ending = endingOf(node, text)
  if (!isContainer(value)) {
    const written = ` ${scalarOrEmpty(value, 'plain', manner)}`
    return { start: entry.colon, end: node.end, text: written + ending }
  }
  const by = columnOf(text, entry.start) + stepBelow(value, manner)
  const lines = blockLines(value, manner).map((line) => `\n${indented(line, by)}`)
  const end = lineEnd(text, entry.colon)
  if (node.start > end) return { start: end, end: node.end, text: lines.join('') + ending }
  const comment = commentAfter(node, text)
  return {
    start: entry.colon,
    end: node.end + comment.length,
    text: comment + lines.join('') + ending,
  }
}

/** A block of text ends with its line, everything else before the end of it. */
function endingOf({ start, end }: Located, text: string): string {
  return end > start && text[end - 1] === '\n' ? '\n' : ''
}

function addKey(
  spot: Spot,
  { key, value }: Extract<Edit, { kind: 'add' }>,
  page: Page,
): Splice | undefined {
  const { node, parent } = spot
  if (node.kind !== 'map') return undefined
  const last = node.entries.at(-1)
  if (last === undefined) {
    if (isInBlock(parent, page)) return setValue(spot, { [key]: value }, page)
    return withinBrackets(node, [key, value], page)
  }
  const place = { start: last.start, end: last.value.end }
  if (node.isFlow) return afterInFlow(place, [key, value], page)
  const lines = entryLines(key, value, page.manner)
  return insertLines(place.end, lines, columnOf(page.text, last.start), page.text)
}

function isInBlock(parent: Spot['parent'], { manner }: Page): boolean {
  return parent?.isFlow === false && !manner.isJson
}

function insertItem(
  spot: Spot,
  { index, value }: Extract<Edit, { kind: 'insert' }>,
  page: Page,
): Splice | undefined {
  const { node, parent } = spot
  if (node.kind !== 'list') return undefined
  const [first, before] = [node.items[0], node.items[index - 1]]
  if (first === undefined) {
    if (isInBlock(parent, page)) return setValue(spot, [value], page)
    return withinBrackets(node, [undefined, value], page)
  }
  if (!node.isFlow) return insertBlockItem(node, before, { value, page })
  if (before !== undefined) return afterInFlow(before, [undefined, value], page)
  return beforeInFlow(first.start, [undefined, value], page)
}

function insertBlockItem(
  { start }: LocatedList,
  before: Located | undefined,
  { value, page: { text, manner } }: { readonly value: Json; readonly page: Page },
): Splice | undefined {
  const lines = itemLines(value, manner)
  const column = columnOf(text, start)
  if (before !== undefined) return insertLines(before.end, lines, column, text)
  if (beforeOnLine(text, start).trim() !== '') return undefined
  const at = lineStart(text, start)
  return { start: at, end: at, text: textOf(lines, column) }
}

/** Below the line on which something ends. */
function insertLines(end: number, lines: readonly string[], column: number, text: string): Splice {
  const at = afterLine(text, end)
  return { start: at, end: at, text: textOf(lines, column) }
}

function textOf(lines: readonly string[], column: number): string {
  return lines.map((line) => `${indented(line, column)}\n`).join('')
}

function isAlone({ parent }: Spot): boolean {
  return parent !== undefined && placesIn(parent, '').length === 1
}

/** Nothing is left of it but brackets. */
function empty(spot: Spot | undefined, page: Page): Splice | undefined {
  return spot && setValue(spot, spot.node.kind === 'list' ? [] : {}, page)
}

function remove({ parent, index }: Spot, { text }: Page): Splice | undefined {
  if (parent === undefined) return undefined
  const places = placesIn(parent, text)
  const [place, next] = [places[index], places[index + 1]]
  if (place === undefined) return undefined
  if (parent.isFlow) return removeInFlow(places, index)
  if (beforeOnLine(text, place.start).trim() === '') {
    return { start: lineStart(text, place.start), end: afterLine(text, place.end), text: '' }
  }
  // It begins on the line of something else, whose place the next one takes.
  return next && { start: place.start, end: next.start, text: '' }
}

/** From key or dash to the end of the value. */
function placesIn(parent: LocatedMap | LocatedList, text: string) {
  if (parent.kind === 'map') {
    return parent.entries.map(({ start, value }) => ({ start, end: value.end }))
  }
  const { items, isFlow } = parent
  return items.map(({ start, end }) => ({
    start: isFlow ? start : text.lastIndexOf('-', start - 1),
    end,
  }))
}
