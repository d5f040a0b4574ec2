import type { PinnedKeys } from '../breakglass/keys.ts'
import type { Anchor } from './anchors.ts'
import { beginChain, followChain, missing, type ChainState } from './chain-check.ts'
import type { ChainHead } from './chain.ts'
import { whyNotSigned } from './checkpoint.ts'
import { readLink, type Link } from './link.ts'

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

/**
 * `closed` by its last checkpoint. `died`: it was not, and its successor found just this end. `open`:
 * nothing tells whether it goes on, died, or was cut off behind what is vouched for.
 */
type ChainEnd = 'closed' | 'died' | 'open' | 'broken'

interface ChainReport extends ChainHead {
  /** Its first record here. */
  readonly from: number
  readonly end: ChainEnd
  readonly checkpoints: number
  /** The last record that a checkpoint is about. With keys: one that is signed with one of them. */
  readonly vouchedFor: number
}

export interface Verification {
  /** Where each chain ends, in the order of their beginnings. */
  readonly chains: readonly ChainReport[]
  readonly records: number
  /** The first ones. */
  readonly problems: readonly ChainProblem[]
  readonly problemCount: number
  /** Ends of chains of which no record is here, as successors and anchors know them. */
  readonly absent: readonly ChainHead[]
  /** What was removed since it was old, as later records say. */
  readonly removed: readonly ChainHead[]
  /** Half-written last lines: never acknowledged, so no break. */
  readonly halfWritten: readonly Pick<RecordLine, 'file' | 'line'>[]
}

export interface ChainVerifier {
  /** Lines of one chain in their order; chains may alternate. */
  readonly add: (line: RecordLine) => void
  /** Of a file that cannot be read to its end. */
  addDamage(damage: Pick<RecordLine, 'file' | 'line'>): void
  result(): Verification
}

export interface VerifyOptions {
  /** Who may have signed checkpoints. Without them signatures are not looked at. */
  readonly keys?: PinnedKeys | undefined
  readonly anchors?: readonly Anchor[] | undefined
}

interface Chain {
  readonly state: ChainState
  readonly first: RecordLine
  readonly anchors: readonly Anchor[]
  successor: ChainHead | undefined
}

/** What a record says of another chain. */
interface Hearsay {
  readonly line: RecordLine
  readonly by: ChainHead
  readonly about: ChainHead
}

/** A file that is no record file has a problem in each line. */
const mostProblems = 100

/** Folds lines one by one: record files are larger than memory. */
export function chainVerifier({ keys, anchors = [] }: VerifyOptions = {}): ChainVerifier {
  const chains = new Map<string, Chain>()
  const forged = anchors.flatMap((anchor) => forgery(anchor, keys))
  const good = anchors.filter((anchor) => forgery(anchor, keys).length === 0)
  const anchorsOf = Map.groupBy(good, ({ checkpoint }) => checkpoint.writer)
  const problems: ChainProblem[] = []
  const successors: Hearsay[] = []
  const removals: Hearsay[] = []
  const halfWritten: RecordLine[] = []
  let records = 0
  let problemCount = 0
  const report = (problem: ChainProblem): void => {
    problemCount += 1
    if (problems.length < mostProblems) problems.push(problem)
  }
  const begin = (line: RecordLine, link: Link): Chain => {
    const { writer } = link.head
    const its = anchorsOf.get(writer) ?? []
    const state = beginChain(link)
    const chain = { state, first: line, anchors: its, successor: undefined }
    chains.set(writer, chain)
    return chain
  }
  const follow = (line: RecordLine, link: Link): void => {
    const { head, predecessor, removed = [] } = link
    const chain = chains.get(head.writer) ?? begin(line, link)
    records += 1
    if (chain.state.isBroken) return
    const problem = followChain(chain.state, link, keys) ?? whyNotAnchored(chain, head)
    if (problem !== undefined) {
      chain.state.isBroken = true
      report(toProblem(line, head, problem))
      return
    }
    if (predecessor !== undefined) successors.push({ line, by: head, about: predecessor })
    for (const about of removed) removals.push({ line, by: head, about })
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
    addDamage: ({ file, line }) => {
      report({ file, line, writer: undefined, seq: undefined, problem: 'the file is damaged here' })
    },
    result: () => {
      const believed = removals.filter(({ by }) => isBelieved(by, chains, keys))
      const removed = believed.map(({ about }) => about)
      const found = [
        ...problems,
        ...lateBeginnings(chains, removed),
        ...successors.flatMap((one) => wrongEnd(one, chains)),
        ...good.flatMap((anchor) => wrongAnchor(anchor, chains)),
        ...forged,
      ]
      const unseen = found.length - problems.length
      const named = [...successors.map(({ about }) => about), ...good.map(toHead)]
      return {
        chains: [...chains.values()].map(toReport),
        records,
        problems: found.slice(0, mostProblems),
        problemCount: problemCount + unseen,
        absent: absentOf(named, chains, removed),
        removed: furthest(removed),
        halfWritten: halfWritten.map(({ file, line }) => ({ file, line })),
      }
    },
  }
}

function whyNotAnchored({ anchors }: Chain, head: ChainHead): string | undefined {
  const isOther = anchors.some(
    ({ checkpoint }) => checkpoint.seq === head.seq && checkpoint.head !== head.hash,
  )
  return isOther ? `the anchor knows another record ${head.seq}` : undefined
}

/** Where checkpoints are signed, whoever has no key cannot say that something was removed. */
function isBelieved(
  { writer, seq }: ChainHead,
  chains: ReadonlyMap<string, Chain>,
  keys: PinnedKeys | undefined,
): boolean {
  return keys === undefined || (chains.get(writer)?.state.vouchedFor ?? 0) >= seq
}

function lateBeginnings(
  chains: ReadonlyMap<string, Chain>,
  removed: readonly ChainHead[],
): readonly ChainProblem[] {
  return Array.from(chains.values()).flatMap(({ state, first }) => {
    const { from, before, head } = state
    if (from === 1) return []
    const isTold = removed.some(
      ({ writer, seq, hash }) =>
        writer === before.writer && seq === before.seq && hash === before.hash,
    )
    if (isTold) return []
    state.isBroken = true
    return [toProblem(first, { ...head, seq: from }, missing(1, from - 1))]
  })
}

/** A process names the end of its predecessor, so that this end cannot be cut off unseen. */
function wrongEnd(
  { line, by, about }: Hearsay,
  chains: ReadonlyMap<string, Chain>,
): readonly ChainProblem[] {
  const chain = chains.get(about.writer)
  // Without any record of that chain its files were archived, or stand in another directory.
  if (chain === undefined || chain.state.isBroken) return []
  const problem = whyNotEnd(chain.state, about)
  chain.successor = by
  if (problem === undefined) return []
  chain.state.isBroken = true
  return [toProblem(line, by, problem)]
}

function whyNotEnd({ head, vouchedFor }: ChainState, about: ChainHead): string | undefined {
  if (head.seq < about.seq) return missingAtEnd(head.seq + 1, about)
  if (head.seq === about.seq) {
    return head.hash === about.hash
      ? undefined
      : `the last record of ${about.writer} is not the one that its successor found`
  }
  // Both went on at once, if the one that was there first was able to say so.
  return vouchedFor > about.seq
    ? undefined
    : `${about.writer} goes on behind record ${about.seq}, where its successor found its end`
}

function missingAtEnd(from: number, { writer, seq }: ChainHead): string {
  return `${missing(from, seq)} at the end of ${writer}`
}

function forgery(anchor: Anchor, keys: PinnedKeys | undefined): readonly ChainProblem[] {
  const problem = keys === undefined ? undefined : whyNotSigned(anchor.checkpoint, keys)
  return problem === undefined ? [] : [anchorProblem(anchor, `the anchor ${problem}`)]
}

function wrongAnchor(anchor: Anchor, chains: ReadonlyMap<string, Chain>): readonly ChainProblem[] {
  const problem = whyCut(anchor.checkpoint, chains.get(anchor.checkpoint.writer)?.state)
  return problem === undefined ? [] : [anchorProblem(anchor, problem)]
}

function anchorProblem(anchor: Anchor, problem: string): ChainProblem {
  return toProblem({ file: anchor.file, line: anchor.item }, toHead(anchor), problem)
}

function whyCut(
  { seq, head, closes, writer }: Anchor['checkpoint'],
  state: ChainState | undefined,
): string | undefined {
  if (state === undefined || state.isBroken) return undefined
  if (seq === state.before.seq && state.from > 1 && head !== state.before.hash) {
    return `the anchor knows another record ${seq}`
  }
  // To the line of the checkpoint itself, which stands right behind what a closing one is about.
  const least = closes ? seq + 1 : seq
  if (state.head.seq >= least) return undefined
  state.isBroken = true
  return missingAtEnd(state.head.seq + 1, { writer, seq: least, hash: head })
}

function absentOf(
  named: readonly ChainHead[],
  chains: ReadonlyMap<string, Chain>,
  removed: readonly ChainHead[],
): readonly ChainHead[] {
  return furthest(named).filter(({ writer, seq }) => {
    const isRemoved = removed.some((one) => one.writer === writer && one.seq >= seq)
    return !chains.has(writer) && !isRemoved
  })
}

/** The last one of each chain. */
function furthest(heads: readonly ChainHead[]): readonly ChainHead[] {
  const last = new Map<string, ChainHead>()
  for (const head of heads) {
    const known = last.get(head.writer)
    if (known === undefined || known.seq < head.seq) last.set(head.writer, head)
  }
  return [...last.values()]
}

function toReport({ state, successor }: Chain): ChainReport {
  const { head, from, checkpoints, vouchedFor, isBroken, isClosed } = state
  const ended = successor === undefined ? 'open' : 'died'
  const end = isBroken ? 'broken' : isClosed ? 'closed' : ended
  return { ...head, from, end, checkpoints, vouchedFor }
}

function toHead({ checkpoint }: Pick<Anchor, 'checkpoint'>): ChainHead {
  const { writer, seq, head } = checkpoint
  return { writer, seq, hash: head }
}

function toProblem(
  { file, line }: Pick<RecordLine, 'file' | 'line'>,
  head: ChainHead | undefined,
  problem: string,
): ChainProblem {
  return { file, line, writer: head?.writer, seq: head?.seq, problem }
}
