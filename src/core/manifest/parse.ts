import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  parseAllDocuments,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { deepestNesting } from './canonical.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import {
  decodeManifest,
  findTextDoubt,
  lineAt,
  splitDocuments,
  type Chunk,
  type ManifestProblem,
} from './manifest-text.ts'
import { parseStrictJson } from './strict-json.ts'
import { readPlainScalar } from './yaml-scalars.ts'
import { findBlockDoubt, findSourceDoubt } from './yaml-source.ts'

interface ParsedDocument {
  readonly object: JsonObject
  /** The line of the file, from 1, on which the object begins. */
  readonly line: number
}

export interface ParsedManifests {
  readonly documents: readonly ParsedDocument[]
  readonly problems: readonly ManifestProblem[]
}

const mostAliases = 100
const mostNodesFromAliases = 10_000

/**
 * Reads a YAML or JSON file as kubectl reads it. Whatever the two could read differently is refused,
 * never guessed: a document alone where that is sound, else the file.
 */
export function parseManifests(content: string | Uint8Array): ParsedManifests {
  const decoded = decodeManifest(content)
  if (decoded.kind === 'refused') return { documents: [], problems: [decoded.problem] }
  const { text } = decoded
  const json = text.trimStart().startsWith('{') ? readJsonFile(text) : undefined
  return json ?? readYamlFile(text)
}

/** Undefined if the file, though it begins like JSON, is YAML in braces. */
function readJsonFile(text: string): ParsedManifests | undefined {
  const file: Chunk = { text, line: 1 }
  const read = parseStrictJson(text)
  if (read.kind === 'syntax') return undefined
  if (read.kind === 'refused') return onlyProblem(lineAt(file, read.offset), read.message)
  if (!isJsonObject(read.value)) return onlyProblem(1, 'the file is not an object')
  const line = lineAt(file, text.indexOf('{'))
  return { documents: [{ object: read.value, line }], problems: [] }
}

function onlyProblem(line: number, message: string): ParsedManifests {
  return { documents: [], problems: [{ line, message }] }
}

function readYamlFile(text: string): ParsedManifests {
  const split = splitDocuments(text)
  if (split.kind === 'refused') return { documents: [], problems: [split.problem] }
  const documents: ParsedDocument[] = []
  const problems: ManifestProblem[] = []
  for (const chunk of split.chunks) {
    const read = readChunk(chunk)
    if (read === undefined) continue
    if ('object' in read) documents.push(read)
    else problems.push(read)
  }
  return { documents, problems }
}

type ChunkReading = ParsedDocument | ManifestProblem | undefined

function readChunk(chunk: Chunk): ChunkReading {
  const doubt = findTextDoubt(chunk.text) ?? findTab(chunk.text)
  if (doubt !== undefined) return { line: lineAt(chunk, doubt.offset), message: doubt.message }
  const [document, second] = parseAllDocuments(chunk.text, {
    // Every scalar stays text here; yaml-scalars.ts says what Kubernetes makes of it.
    schema: 'failsafe',
    // The library's own check of duplicate keys takes minutes for a map of 60,000 keys.
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: 'silent',
  }) as readonly Document.Parsed[]
  if (document === undefined) return undefined
  if (second !== undefined) {
    const message = 'a second document begins without a separator (---)'
    return { line: lineAt(chunk, second.range[0]), message }
  }
  return readDocument(chunk, document)
}

function readDocument(chunk: Chunk, document: Document.Parsed): ChunkReading {
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) {
    // The library's message may quote the document, which may be a Secret; its code does not.
    const what = error.code.toLowerCase().replaceAll('_', ' ')
    return { line: lineAt(chunk, error.pos[0]), message: `the YAML is not well-formed: ${what}` }
  }
  const reading: Reading = {
    text: chunk.text,
    anchors: new Map(),
    nodes: 0,
    aliases: 0,
    borrowed: 0,
  }
  const value = readNode(document.contents, 0, reading)
  const { problem } = reading
  if (problem !== undefined) {
    return { line: lineAt(chunk, problem.offset), message: problem.message }
  }
  if (value === null) return undefined
  const line = lineAt(chunk, document.contents?.range[0] ?? 0)
  return isJsonObject(value) ? { object: value, line } : { line, message: 'not an object' }
}

/** Put by the lexer between the text's own parts; findTextDoubt saw that the text has none. */
const lexerMarks: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f'])

/** A tab between tokens: the YAML versions disagree on where it may stand. */
function findTab(text: string): { offset: number; message: string } | undefined {
  if (!text.includes('\t')) return undefined
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (/^[ \t]*\t[ \t]*$/.test(lexeme)) {
      return { offset, message: 'a tab between values: use spaces' }
    }
    if (!lexerMarks.has(lexeme)) offset += lexeme.length
  }
  return undefined
}

/** The state of reading one document. The first problem ends it: every later node reads as null. */
interface Reading {
  readonly text: string
  readonly anchors: Map<string, { readonly value: Json; readonly nodes: number }>
  nodes: number
  aliases: number
  borrowed: number
  problem?: { readonly offset: number; readonly message: string }
}

function refuse(reading: Reading, node: Node, message: string): null {
  reading.problem ??= { offset: node.range?.[0] ?? 0, message }
  return null
}

function readNode(node: Node | null, depth: number, reading: Reading): Json {
  if (node === null || reading.problem !== undefined) return null
  if (isAlias(node)) return readAlias(node, reading)
  if (node.tag !== undefined)
    return refuse(reading, node, 'a YAML tag: leave it out, or use quotes')
  if (depth > deepestNesting) {
    return refuse(reading, node, `nested deeper than ${deepestNesting} levels`)
  }
  const before = reading.nodes
  reading.nodes += 1
  const value = readValue(node, depth, reading)
  const { anchor } = node as { readonly anchor?: string }
  if (anchor === undefined) return value
  // YAML lets an anchor be set again, and an alias be part of what it names; readers differ there.
  if (reading.anchors.has(anchor) || !/^[\w-]+$/.test(anchor)) {
    return refuse(reading, node, 'an anchor set twice, or with an unusual name')
  }
  reading.anchors.set(anchor, { value, nodes: reading.nodes - before })
  return value
}

function readValue(node: Node, depth: number, reading: Reading): Json {
  if (isMap<Node, Node | null>(node)) return readMap(node, depth, reading)
  if (isSeq<Node>(node)) return readList(node, depth, reading)
  return isScalar(node) ? readScalar(node, reading) : refuse(reading, node, 'an unknown YAML node')
}

function readAlias(node: Alias, reading: Reading): Json {
  const target = reading.anchors.get(node.source)
  if (target === undefined) return refuse(reading, node, 'an alias of nothing, or of itself')
  reading.aliases += 1
  reading.borrowed += target.nodes
  reading.nodes += target.nodes
  if (reading.aliases > mostAliases || reading.borrowed > mostNodesFromAliases) {
    return refuse(reading, node, 'too many YAML aliases: write the values out')
  }
  return target.value
}

function readList(node: YAMLSeq<Node>, depth: number, reading: Reading): Json {
  const list: Json[] = []
  for (const item of node.items) {
    if (reading.problem !== undefined) return null
    list.push(readNode(item, depth + 1, reading))
  }
  return list
}

function readMap(node: YAMLMap<Node, Node | null>, depth: number, reading: Reading): Json {
  const keys = new Set<string>()
  const map = Object.create(null) as Record<string, Json>
  for (const { key: keyNode, value } of node.items) {
    const key = readKey(keyNode, reading)
    if (key === undefined) return null
    if (keys.has(key)) {
      return refuse(reading, keyNode, `the key ${JSON.stringify(key)} stands twice in one map`)
    }
    keys.add(key)
    map[key] = readNode(value, depth + 1, reading)
    if (reading.problem !== undefined) return null
  }
  return map
}

function readKey(node: Node, reading: Reading): string | undefined {
  // In braces, Go may take a colon before other punctuation for a part of the key.
  const end = node.range?.[1] ?? 0
  const isPlain = isScalar(node) && node.type === 'PLAIN'
  if (isPlain && /^:[,[\]{}]/.test(reading.text.slice(end, end + 2))) {
    refuse(reading, node, 'a colon without a space after it')
    return undefined
  }
  const key = readNode(node, 0, reading)
  // A quoted << is a plain key in one YAML version only.
  if (typeof key === 'string' && key !== '<<') return key
  refuse(reading, node, 'a key that is not text: quote it')
  return undefined
}

function readScalar(node: Scalar, reading: Reading): Json {
  const text = String(node.value)
  const source = reading.text.slice(node.range?.[0], node.range?.[1])
  const doubt =
    findSourceDoubt(node.type, source) ??
    findBlockDoubt(node.type, source, () => blankLinesAt(reading.text, node.range?.[1] ?? 0))
  if (doubt !== undefined) return refuse(reading, node, doubt)
  if (node.type !== 'PLAIN') return text
  const read = readPlainScalar(text)
  return read.kind === 'value' ? read.value : refuse(reading, node, read.message)
}

/** The library leaves out of a block's range some of the blank lines that end it. */
function blankLinesAt(text: string, offset: number): string {
  const blank = /(?: *\n)*/y
  blank.lastIndex = offset
  return blank.exec(text)?.[0] ?? ''
}
