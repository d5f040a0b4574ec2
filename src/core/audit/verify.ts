import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { emptyChain, lineHash, recordVersion, type ChainHead } from './chain.ts'

/** One line of a record file. */
export interface RecordLine {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
  /** Whether a newline follows: without one, its writer died over it and nobody was answered. */
  readonly isWhole: boolean
}

/** The first thing that is wrong with a chain; what follows it in that chain proves nothing. */
export interface ChainProblem {
  readonly file: string
  readonly line: number
  /** Undefined when the line does not tell. */
  readonly writer: string | undefined
  readonly seq: number | undefined
  readonly problem: string
}

export interface Verification {
  /** Where each chain ends, in the order of their beginnings. */
  readonly chains: readonly ChainHead[]
  readonly records: number
  /** The first ones. */
  readonly problems: readonly ChainProblem[]
  readonly problemCount: number
  /** Ends of earlier processes of the same pods, of which no record is here. */
  readonly absent: readonly ChainHead[]
  /** Half-written last lines: never acknowledged, so no break. */
  readonly halfWritten: readonly Pick<RecordLine, 'file' | 'line'>[]
}

export interface ChainVerifier {
  /** Lines of one chain in their order; chains may alternate. */
  add(line: RecordLine): void
  result(): Verification
}

interface Link {
  readonly head: ChainHead
  readonly prev: string
  readonly predecessor: ChainHead | undefined
}

interface Chain {
  head: ChainHead
  isBroken: boolean
}

interface Successor {
  readonly line: RecordLine
  readonly head: ChainHead
  readonly predecessor: ChainHead
}

/** A file that is no record file has a problem in each line. */
const mostProblems = 100

/** Folds lines one by one: record files are larger than memory. */
export function chainVerifier(): ChainVerifier {
  const chains = new Map<string, Chain>()
  const problems: ChainProblem[] = []
  const successors: Successor[] = []
  const halfWritten: RecordLine[] = []
  let records = 0
  let problemCount = 0
  const report = (problem: ChainProblem): void => {
    problemCount += 1
    if (problems.length < mostProblems) problems.push(problem)
  }
  const follow = (line: RecordLine, { head, prev, predecessor }: Link): void => {
    const chain = chains.get(head.writer) ?? { head: emptyChain(head.writer), isBroken: false }
    chains.set(head.writer, chain)
    records += 1
    if (chain.isBroken) return
    const problem = whyNotNext(chain.head, head, prev)
    if (problem !== undefined) {
      chain.isBroken = true
      report(toProblem(line, head, problem))
      return
    }
    chain.head = head
    if (predecessor !== undefined) successors.push({ line, head, predecessor })
  }
  return {
    add: (line) => {
      if (!line.isWhole) {
        halfWritten.push(line)
        return
      }
      const link = readLink(line.text)
      if (typeof link === 'string') report(toProblem(line, undefined, link))
      else follow(line, link)
    },
    result: () => {
      const truncations = successors.flatMap((after) => truncation(after, chains))
      return {
        chains: [...chains.values()].map(({ head }) => head),
        records,
        problems: [...problems, ...truncations].slice(0, mostProblems),
        problemCount: problemCount + truncations.length,
        absent: successors
          .map(({ predecessor }) => predecessor)
          .filter(({ writer }) => !chains.has(writer)),
        halfWritten: halfWritten.map(({ file, line }) => ({ file, line })),
      }
    },
  }
}

/** The place of a record, or why the line is no record as we write them. */
function readLink(text: string): Link | string {
  const record = parseLine(text)
  if (record === undefined) return 'the line is no record'
  if (at(record, 'v') !== recordVersion) return `the record is not of version ${recordVersion}`
  const place = toHead(record, lineHash(text))
  const prev = stringAt(record, 'prev')
  if (place === undefined || prev === undefined) return 'the record has no place in a chain'
  const predecessor = at(record, 'predecessor')
  const before = toHead(predecessor, stringAt(predecessor, 'hash') ?? '')
  return { head: place, prev, predecessor: before }
}

/** Another text of the same value would have another hash, so it is not what was written. */
function parseLine(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) && canonicalJson(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

function toHead(value: Json | undefined, hash: string): ChainHead | undefined {
  const writer = stringAt(value, 'writer')
  const seq = at(value, 'seq')
  return writer !== undefined && typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0
    ? { writer, seq, hash }
    : undefined
}

function whyNotNext(last: ChainHead, next: ChainHead, prev: string): string | undefined {
  if (next.seq <= last.seq) return `record ${next.seq} stands behind record ${last.seq}`
  if (next.seq > last.seq + 1) return missing(last.seq + 1, next.seq - 1)
  if (prev === last.hash) return undefined
  return last.seq === 0
    ? 'the first record names a record before it'
    : `record ${last.seq} is not the one that this record was written behind`
}

function missing(from: number, to: number): string {
  return from === to ? `record ${from} is missing` : `records ${from} to ${to} are missing`
}

/** A process names the end of its predecessor, so that this end cannot be cut off unseen. */
function truncation(
  { line, head, predecessor }: Successor,
  chains: ReadonlyMap<string, Chain>,
): readonly ChainProblem[] {
  const chain = chains.get(predecessor.writer)
  // Without any record of that chain its files were archived, or stand in another directory.
  if (chain === undefined || chain.isBroken || chain.head.seq > predecessor.seq) return []
  if (chain.head.seq === predecessor.seq && chain.head.hash === predecessor.hash) return []
  const problem =
    chain.head.seq < predecessor.seq
      ? `${missing(chain.head.seq + 1, predecessor.seq)} at the end of ${predecessor.writer}`
      : `the last record of ${predecessor.writer} is not the one that its successor found`
  return [toProblem(line, head, problem)]
}

function toProblem(
  { file, line }: RecordLine,
  head: ChainHead | undefined,
  problem: string,
): ChainProblem {
  return { file, line, writer: head?.writer, seq: head?.seq, problem }
}
