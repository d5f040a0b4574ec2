import type { Json } from '../manifest/json.ts'
import type { Located } from './located.ts'
import { beforeOnLine, indentAt } from './text-lines.ts'
import { flowText, isContainer, jsonText, keyText, type Manner } from './written-values.ts'

/** These characters are replaced by that text; nothing else of the document changes. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Page {
  readonly text: string
  readonly manner: Manner
}

/** A key with its value, or an item. */
export type Written = readonly [key: string | undefined, value: Json]

/** Between the brackets of what is empty. */
export function withinBrackets({ start, end }: Located, written: Written, page: Page): Splice {
  const { text, manner } = page
  const [key, value] = written
  if (manner.isJson && text.includes('\n')) {
    const whole: Json = key === undefined ? [value] : { [key]: value }
    return { start, end, text: jsonText(whole, indentAt(text, start), manner) }
  }
  return { start: start + 1, end: end - 1, text: oneInFlow(written, undefined, manner) }
}

/** On a line of its own where what stands before has one. */
export function afterInFlow(
  { start, end }: Pick<Splice, 'start' | 'end'>,
  written: Written,
  { text, manner }: Page,
): Splice {
  const indent = ownLine(text, start)
  const separator = indent === undefined ? ', ' : `,\n${indent}`
  return { start: end, end, text: separator + oneInFlow(written, indent, manner) }
}

export function beforeInFlow(start: number, written: Written, { text, manner }: Page): Splice {
  const indent = ownLine(text, start)
  const separator = indent === undefined ? ', ' : `,\n${indent}`
  return { start, end: start, text: oneInFlow(written, indent, manner) + separator }
}

/** With the comma that is not needed any more. */
export function removeInFlow(
  places: readonly Pick<Splice, 'start' | 'end'>[],
  index: number,
): Splice {
  const [before, place, next] = [places[index - 1], places[index], places[index + 1]]
  const { start = 0, end = start } = place ?? {}
  if (next !== undefined) return { start, end: next.start, text: '' }
  return { start: before?.end ?? start, end, text: '' }
}

/** The indentation of what begins its line. */
function ownLine(text: string, start: number): string | undefined {
  const before = beforeOnLine(text, start)
  return before !== '' && before.trim() === '' ? before : undefined
}

function oneInFlow([key, value]: Written, indent: string | undefined, manner: Manner): string {
  const isSpread = manner.isJson && indent !== undefined && isContainer(value)
  const below = isSpread ? jsonText(value, indent, manner) : flowText(value, manner)
  return key === undefined ? below : `${keyText(key, manner)}: ${below}`
}
