import { readObjects, type ManifestObject } from '../manifest/documents.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { splitDocuments, type Chunk } from '../manifest/manifest-text.ts'
import { parseManifests } from '../manifest/parse.ts'
import { parseStrictJson } from '../manifest/strict-json.ts'
import { editsBetween, isList, isSame, type Edit, type EditPath } from './edits.ts'
import type { Splice } from './flow-splice.ts'
import { locate } from './located.ts'
import { mannerOf } from './manner.ts'
import { sourceText } from './source-text.ts'
import { spliceOf } from './splice.ts'

/** An object, and where in its file it stands. */
export interface FileObject extends ManifestObject {
  /** Which document of the file. */
  readonly document: number
  /** Where in the document: not at its top where that is a list. */
  readonly path: EditPath
}

export type Rewritten =
  | { readonly kind: 'text'; readonly text: string }
  /** Nothing is left of the file. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly why: string }

/** What could be read of a file; `namespace` is for objects that name none. */
export function objectsIn(file: string, namespace = 'default'): readonly FileObject[] {
  return readFile(file).flatMap(({ value, chunk }, document) =>
    value === undefined
      ? []
      : openList(value).flatMap(({ object, path }): readonly FileObject[] => {
          const parsed = { documents: [{ object, line: chunk.line }], problems: [] }
          const { objects } = readObjects(parsed, namespace)
          return objects.map((one) => ({ ...one, document, path }))
        }),
  )
}

/** The document that an object is alone in, as it is written; undefined for an item of a list, and JSON. */
export function documentText(file: string, { document, path }: FileObject): string | undefined {
  const chunk = chunksOf(file)[document]
  if (chunk === undefined || path.length > 0 || isJson(file)) return undefined
  return `${chunk.text.trim()}\n`
}

/** The file with that object as it is to be; comments and everything else stay. */
export function withObject(file: string, target: FileObject, next: JsonObject): Rewritten {
  const edits = editsBetween(target.object, next)
  const edited = withEdits(file, target, edits)
  if (edited.kind !== 'text') return edited
  return isAsMeant(file, edited.text, { target, next }) ? edited : refused(file)
}

/** The file without that object, and without the document where it was alone in it. */
export function withoutObject(file: string, target: FileObject): Rewritten {
  const left = objectsIn(file).filter((one) => !isAtSamePlace(one, target))
  if (left.length === 0) return { kind: 'nothing' }
  const isAlone = left.every(({ document }) => document !== target.document)
  const edited: Rewritten = isAlone
    ? { kind: 'text', text: withoutDocument(file, target.document) }
    : withEdits(file, target, [{ kind: 'remove', path: [] }])
  if (edited.kind !== 'text') return edited
  return isAsMeant(file, edited.text, { target, next: undefined }) ? edited : refused(file)
}

/** The file with one more document at its end. */
export function withDocument(file: string, manifest: string): Rewritten {
  if (isJson(file)) return { kind: 'refused', why: 'a JSON file holds one document' }
  const source = sourceText(file)
  const { text } = source
  const separator = text.trim() === '' || /(?:^|\n)---[ \t]*\n$/.test(text) ? '' : '---\n'
  return {
    kind: 'text',
    text: source.with({ start: text.length, end: text.length, text: separator + manifest }),
  }
}

interface FileDocument {
  readonly chunk: Chunk
  /** Undefined for what is empty or cannot be read. */
  readonly value: JsonObject | undefined
}

function readFile(file: string): readonly FileDocument[] {
  return chunksOf(file).map((chunk) => {
    const { documents, problems } = parseManifests(chunk.text)
    const value = problems.length === 0 ? documents[0]?.object : undefined
    return { chunk, value }
  })
}

function chunksOf(file: string): readonly Chunk[] {
  const { text } = sourceText(file)
  if (isJson(file)) return [{ text, line: 1 }]
  const split = splitDocuments(text)
  return split.kind === 'chunks' ? split.chunks : []
}

function isJson(file: string): boolean {
  const text = file.replace(/^\uFEFF/, '')
  return text.trimStart().startsWith('{') && parseStrictJson(text).kind === 'value'
}

interface Found {
  readonly object: JsonObject
  readonly path: EditPath
}

function openList(value: JsonObject, path: EditPath = []): readonly Found[] {
  const items = Object.hasOwn(value, 'items') ? value['items'] : undefined
  if (!isList(items)) return [{ object: value, path }]
  return items.flatMap((item, index) =>
    isJsonObject(item) ? openList(item, [...path, 'items', index]) : [],
  )
}

function withEdits(file: string, target: FileObject, edits: readonly Edit[]): Rewritten {
  let text = file
  for (const edit of edits) {
    const splice = spliceIn(text, target.document, {
      ...edit,
      path: [...target.path, ...edit.path],
    })
    if (splice === undefined) return refused(file)
    text = sourceText(text).with(splice)
  }
  return { kind: 'text', text }
}

function spliceIn(file: string, document: number, edit: Edit): Splice | undefined {
  const chunk = chunksOf(file)[document]
  const root = chunk && locate(chunk.text)
  if (chunk === undefined || root === undefined) return undefined
  const page = { text: chunk.text, manner: mannerOf(root, chunk.text, isJson(file)) }
  const splice = spliceOf(root, edit, page)
  const by = offsetOfLine(sourceText(file).text, chunk.line)
  return splice && { ...splice, start: splice.start + by, end: splice.end + by }
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0
  for (let count = 1; count < line; count += 1) offset = text.indexOf('\n', offset) + 1
  return offset
}

/** With the line that separates it from what is before, or else from what follows. */
function withoutDocument(file: string, document: number): string {
  const source = sourceText(file)
  const chunks = chunksOf(file)
  const startOf = (index: number) => {
    const line = chunks[index]?.line
    return line === undefined ? source.text.length : offsetOfLine(source.text, line)
  }
  const [start, end] =
    document === 0
      ? [0, startOf(1)]
      : [offsetOfLine(source.text, (chunks[document]?.line ?? 2) - 1), endOf(document)]
  function endOf(index: number): number {
    const line = chunks[index + 1]?.line
    return line === undefined ? source.text.length : offsetOfLine(source.text, line - 1)
  }
  return source.with({ start, end, text: '' })
}

/** Whether the new text says what is meant about this object, and the same as before about all others. */
function isAsMeant(
  before: string,
  after: string,
  { target, next }: { readonly target: FileObject; readonly next: JsonObject | undefined },
): boolean {
  if (problemsIn(before) !== problemsIn(after)) return false
  const wanted = objectsIn(before).flatMap((one): Json[] => {
    if (!isAtSamePlace(one, target)) return [one.object]
    return next === undefined ? [] : [next]
  })
  return isSame(
    wanted,
    objectsIn(after).map(({ object }) => object),
  )
}

function problemsIn(file: string): number {
  return parseManifests(file).problems.length
}

function isAtSamePlace(one: FileObject, other: FileObject): boolean {
  return one.document === other.document && isSame(one.path, other.path)
}

function refused(file: string): Rewritten {
  const shares = /(?:^|[\s[{,:-])[&*][\w-]+/m.test(file)
  return {
    kind: 'refused',
    why: shares
      ? 'it shares values by YAML anchors, so that other fields would change too'
      : 'it is written in a way in which this cannot be changed in place',
  }
}
