import type { DiffRow } from '../breakglass/diff.ts'
import { digestAt } from '../breakglass/field-values.ts'
import { parseFieldPattern, type FieldPattern } from '../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { parseStrictJson } from '../manifest/strict-json.ts'

/** What a use wrote, as far as it is stored. */
export interface UseRecord {
  readonly paths: readonly string[]
  readonly post: string | undefined
  readonly diff: readonly DiffRow[]
}

/** A text may be one, or a value written as JSON: every way of reading them is tried. */
const mostGuesses = 64

/** An object that has at the paths of a use what it wrote there; undefined where nobody knows. */
export function valuesOf(use: UseRecord, live: JsonObject | undefined): JsonObject | undefined {
  if (live !== undefined && isWritten(use, live)) return live
  const guesses = guessesOf(use)
  return guesses.find((guess) => isWritten(use, guess))
}

function isWritten({ paths, post }: UseRecord, object: JsonObject): boolean {
  return post !== undefined && digestAt(object, paths) === post
}

/** Objects that the rows of a diff may be from. */
function guessesOf({ paths, diff }: UseRecord): readonly JsonObject[] {
  const rows = paths.map((path) =>
    diff.find((row) => row.path === path && row.hidden === undefined),
  )
  if (!rows.every((row) => row !== undefined)) return []
  let guesses: readonly JsonObject[] = [{}]
  for (const { path, op, value } of rows) {
    const steps = parseFieldPattern(path)
    if (steps.length === 0 || steps.some(({ kind }) => kind === 'any')) return []
    const values = op === 'remove' || value === undefined ? [undefined] : readings(value)
    guesses = guesses.flatMap((guess) =>
      values.map((one) => (one === undefined ? guess : put(guess, steps, one))),
    )
    if (guesses.length > mostGuesses) return []
  }
  return guesses
}

function readings(text: string): readonly Json[] {
  const read = parseStrictJson(text)
  return read.kind === 'value' && typeof read.value !== 'object'
    ? [read.value, text]
    : read.kind === 'value'
      ? [text, read.value]
      : [text]
}

function put(object: JsonObject, [step, ...more]: FieldPattern, value: Json): JsonObject {
  if (step?.kind !== 'key') return object
  const below = own(object, step.key)
  return { ...object, [step.key]: putBelow(below, more, value) }
}

function putBelow(there: Json | undefined, steps: FieldPattern, value: Json): Json {
  const [step, ...more] = steps
  if (step === undefined) return value
  if (step.kind !== 'item') return put(isJsonObject(there) ? there : {}, steps, value)
  const { field, value: name } = step
  const items = Array.isArray(there) ? (there as readonly Json[]) : []
  const isMeant = (item: Json) => stringAt(item, field) === name
  const item = items.find(isMeant) ?? { [field]: name }
  const next = putBelow(item, more, value)
  return [...items.filter((one) => !isMeant(one)), next]
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** The rows of a stored use that can be read. */
export function diffRowsOf(use: JsonObject): readonly DiffRow[] {
  const rows = at(use, 'diff')
  if (!Array.isArray(rows)) return []
  return (rows as readonly Json[]).flatMap((row): readonly DiffRow[] => {
    const op = (['add', 'remove', 'replace'] as const).find((one) => one === at(row, 'op'))
    const path = stringAt(row, 'path')
    if (op === undefined || path === undefined) return []
    const value = stringAt(row, 'value')
    const isHidden = at(row, 'hidden') !== undefined
    return [
      { op, path, ...(value !== undefined && { value }), ...(isHidden && { hidden: 'Document' }) },
    ]
  })
}
