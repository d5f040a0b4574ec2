import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

/** A value of a document and the characters it stands in: from `start` up to `end`. */
export type Located = LocatedMap | LocatedList | LocatedScalar

interface Place {
  readonly start: number
  /** After its last character; what follows on the line, such as a comment, is not part of it. */
  readonly end: number
}

export interface LocatedMap extends Place {
  readonly kind: 'map'
  readonly isFlow: boolean
  readonly entries: readonly LocatedEntry[]
}

export interface LocatedEntry {
  readonly key: string
  /** Of the key. */
  readonly start: number
  /** After the colon. */
  readonly colon: number
  readonly value: Located
}

export interface LocatedList extends Place {
  readonly kind: 'list'
  readonly isFlow: boolean
  readonly items: readonly Located[]
}

export interface LocatedScalar extends Place {
  readonly kind: 'scalar'
  readonly style: 'plain' | 'single' | 'double' | 'block' | 'alias'
}

const styles: Readonly<Record<string, LocatedScalar['style']>> = {
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
}

/**
 * Where everything of one document stands. The document is one that parse.ts reads: it decides what
 * the text means, this only where to write. Undefined for a document of another shape.
 */
export function locate(text: string): Located | undefined {
  const [document] = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'silent',
  }) as readonly Document.Parsed[]
  const contents = document?.contents ?? null
  return contents === null ? undefined : locateNode(contents, text)
}

function locateNode(node: Node, text: string): Located | undefined {
  if (isMap<Node, Node | null>(node)) return locateMap(node, text)
  if (isSeq<Node>(node)) return locateList(node, text)
  const [start, end] = rangeOf(node)
  if (isAlias(node)) return { kind: 'scalar', style: 'alias', start, end }
  if (!isScalar(node)) return undefined
  const style = styles[node.type ?? ''] ?? 'plain'
  return { kind: 'scalar', style, start, end }
}

function locateMap(node: YAMLMap<Node, Node | null>, text: string): LocatedMap | undefined {
  const entries: LocatedEntry[] = []
  for (const { key, value } of node.items) {
    const entry = locateEntry(key, value, text)
    if (entry === undefined) return undefined
    entries.push(entry)
  }
  const [start, end] = rangeOf(node)
  const isFlow = node.flow === true
  return { kind: 'map', isFlow, entries, start, end: isFlow ? end : lastEnd(entries, start) }
}

function locateEntry(key: Node, value: Node | null, text: string): LocatedEntry | undefined {
  if (!isScalar(key)) return undefined
  const [start, end] = rangeOf(key)
  const colon = colonAfter(end, text)
  const at = colon === undefined || value === null ? emptyAt(end) : locateNode(value, text)
  if (colon === undefined || at === undefined) return undefined
  return { key: String(key.value), start, colon, value: isNothing(at) ? emptyAt(colon) : at }
}

function rangeOf({ range }: Pick<Node, 'range'>): readonly [start: number, end: number] {
  const [start = 0, end = start] = range ?? []
  return [start, end]
}

/** A key that is not followed by its colon at once (`? key`) is none that we can write at. */
function colonAfter(end: number, text: string): number | undefined {
  const gap = /^[ \t]*:/.exec(text.slice(end, end + 80))?.[0]
  return gap === undefined ? undefined : end + gap.length
}

function isNothing(at: Located): boolean {
  return at.kind === 'scalar' && at.style === 'plain' && at.start === at.end
}

function emptyAt(offset: number): LocatedScalar {
  return { kind: 'scalar', style: 'plain', start: offset, end: offset }
}

function locateList(node: YAMLSeq<Node>, text: string): LocatedList | undefined {
  const items: Located[] = []
  for (const item of node.items) {
    const at = locateNode(item, text)
    if (at === undefined) return undefined
    items.push(at)
  }
  const [start, end] = rangeOf(node)
  const isFlow = node.flow === true
  return { kind: 'list', isFlow, items, start, end: isFlow ? end : (items.at(-1)?.end ?? start) }
}

function lastEnd(entries: readonly LocatedEntry[], start: number): number {
  return entries.at(-1)?.value.end ?? start
}
