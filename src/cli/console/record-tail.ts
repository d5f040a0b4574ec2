import { open } from 'node:fs/promises'
import { decisionFacts, type DecisionFacts } from '../../core/console/decision-facts.ts'
import type { Json } from '../../core/manifest/json.ts'
import { bytesOf } from '../../journal/record-bytes.ts'
import { recordLines } from '../../journal/record-lines.ts'

export interface Tail {
  /** In the order of the file. */
  readonly decisions: readonly DecisionFacts[]
  /** Where the next reading goes on: behind the last whole line. */
  readonly offset: number
  /** Something before was left out. */
  readonly isCut: boolean
}

const chunkBytes = 1024 * 1024
const newline = 0x0a

/** The decisions behind `from`: of much, only the end of at most about `most` bytes. */
export async function readTail(
  file: string,
  range: { readonly from: number; readonly size: number; readonly most: number },
): Promise<Tail> {
  const { from, size, most } = range
  const start = Math.max(from, size - most)
  const isCut = start > from
  await using handle = await open(file, 'r')
  const decisions: DecisionFacts[] = []
  let rest: Buffer = Buffer.alloc(0)
  let position = start
  // What a cut begins with is a piece of a line.
  let isInside = isCut
  while (position < size) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - position))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) break
    position += bytesRead
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    const end = bytes.lastIndexOf(newline) + 1
    const lines = bytes.toString('utf8', 0, end).split('\n')
    if (isInside && end > 0) lines.shift()
    isInside &&= end === 0
    for (const line of lines) take(line, decisions)
    rest = bytes.subarray(end)
  }
  return { decisions, offset: position - rest.length, isCut }
}

/** Of a compressed file of that size, which is read as a whole and kept from the end. */
export async function readCompressed(file: string, size: number, most: number): Promise<Tail> {
  const decisions: DecisionFacts[] = []
  let isCut = false
  for await (const lines of recordLines(bytesOf(file), file)) {
    for (const { text } of lines) take(text, decisions)
    if (decisions.length > 2 * most) {
      decisions.splice(0, decisions.length - most)
      isCut = true
    }
  }
  return { decisions, offset: size, isCut }
}

function take(line: string, into: DecisionFacts[]): void {
  const facts = factsIn(line)
  if (facts !== undefined) into.push(facts)
}

/** Undefined for what is no decision: what a chain says of itself, or half a line. */
export function factsIn(line: string): DecisionFacts | undefined {
  if (!line.includes('"decisionId"')) return undefined
  try {
    return decisionFacts(JSON.parse(line) as Json)
  } catch {
    return undefined
  }
}
