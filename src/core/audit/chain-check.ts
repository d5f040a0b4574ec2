import type { PinnedKeys } from '../breakglass/keys.ts'
import { emptyChain, type ChainHead } from './chain.ts'
import {
  furthestBack,
  mostUnvouched,
  noCheckpoint,
  statementDigest,
  whyNotSigned,
  type Checkpoint,
} from './checkpoint.ts'
import type { Link } from './link.ts'

/** What a chain has shown so far, up to the first thing that is wrong with it. */
export interface ChainState {
  head: ChainHead
  /** Its first record here. */
  readonly from: number
  /** What its first record here was written behind. */
  readonly before: ChainHead
  isBroken: boolean
  isClosed: boolean
  checkpoints: number
  /** The last record that a good checkpoint is about. */
  vouchedFor: number
  /** The last statement, and what stands behind it. */
  readonly since: Since
}

interface Since {
  digest: string | undefined
  /** Records that are no checkpoints. Undefined while nobody has told how many came before. */
  count: number | undefined
  /** Of the records that a checkpoint may be about, by their number. */
  readonly marks: Map<number, Mark>
}

interface Mark {
  readonly hash: string
  readonly count: number | undefined
}

export function beginChain(first: Link): ChainState {
  const { writer, seq } = first.head
  const isWhole = seq === 1
  const before = isWhole ? emptyChain(writer) : { writer, seq: seq - 1, hash: first.prev }
  return {
    head: before,
    from: seq,
    before,
    isBroken: false,
    isClosed: false,
    checkpoints: 0,
    vouchedFor: 0,
    since: {
      digest: isWhole ? noCheckpoint : undefined,
      count: isWhole ? 0 : undefined,
      marks: new Map([[seq - 1, { hash: before.hash, count: isWhole ? 0 : undefined }]]),
    },
  }
}

/** Takes the next record; answers what is wrong with it, and then takes no more. */
export function followChain(
  state: ChainState,
  link: Link,
  keys: PinnedKeys | undefined,
): string | undefined {
  if (state.isBroken) return undefined
  const problem =
    whyNotNext(state, link) ??
    (link.checkpoint === undefined
      ? whyUnvouched(state, link, keys)
      : takeCheckpoint(state, link.checkpoint, { at: link.head.seq, keys }))
  if (problem !== undefined) {
    state.isBroken = true
    return problem
  }
  state.head = link.head
  mark(state, link)
  return undefined
}

function mark({ since }: ChainState, { head, checkpoint }: Link): void {
  if (checkpoint === undefined && since.count !== undefined) since.count += 1
  since.marks.set(head.seq, { hash: head.hash, count: since.count })
  if (since.marks.size <= furthestBack) return
  for (const seq of since.marks.keys()) {
    since.marks.delete(seq)
    break
  }
}

function whyNotNext({ head, from, isClosed }: ChainState, next: Link): string | undefined {
  const { seq } = next.head
  if (seq <= head.seq) return `record ${seq} stands behind record ${head.seq}`
  if (isClosed) return `record ${seq} stands behind the checkpoint that closes its chain`
  if (seq > head.seq + 1) return missing(head.seq + 1, seq - 1)
  if (next.prev === head.hash) return undefined
  return head.seq < from
    ? 'the first record names a record before it'
    : `record ${head.seq} is not the one that this record was written behind`
}

export function missing(from: number, to: number): string {
  return from === to ? `record ${from} is missing` : `records ${from} to ${to} are missing`
}

/** Who has no key leaves checkpoints out: a writer with a key is never so long without one. */
function whyUnvouched(
  { vouchedFor, from }: ChainState,
  { head }: Link,
  keys: PinnedKeys | undefined,
): string | undefined {
  const since = Math.max(vouchedFor, from - 1)
  return keys !== undefined && head.seq - since > mostUnvouched
    ? `no checkpoint vouches for anything behind record ${since}`
    : undefined
}

function takeCheckpoint(
  state: ChainState,
  checkpoint: Checkpoint,
  { at, keys }: { readonly at: number; readonly keys: PinnedKeys | undefined },
): string | undefined {
  const problem =
    whyNotAbout(state, checkpoint, at) ??
    (keys === undefined ? undefined : whyNotSigned(checkpoint, keys))
  if (problem !== undefined) return `the checkpoint ${problem}`
  const { since } = state
  const { seq } = checkpoint
  if (since.count === undefined && since.marks.has(seq)) learnCount(state, checkpoint)
  for (const marked of since.marks.keys()) {
    if (marked > seq) break
    since.marks.delete(marked)
  }
  since.digest = statementDigest(checkpoint)
  state.checkpoints += 1
  state.vouchedFor = seq
  state.isClosed = checkpoint.closes
  return undefined
}

/** Of a chain whose beginning is gone the first checkpoint tells how many records there were. */
function learnCount({ since }: ChainState, { seq, count }: Checkpoint): void {
  let behind = count
  for (const [marked, { hash }] of since.marks) {
    if (marked <= seq) continue
    behind += 1
    since.marks.set(marked, { hash, count: behind })
  }
  since.count = behind
}

function whyNotAbout(
  { head, before, since }: ChainState,
  checkpoint: Checkpoint,
  at: number,
): string | undefined {
  const { seq, closes } = checkpoint
  if (checkpoint.writer !== head.writer) return `is about ${checkpoint.writer}`
  if (closes && seq !== at - 1) return `closes its chain, and is not about record ${at - 1}`
  // Of what is not here any more nothing is known.
  if (since.digest === undefined && seq < before.seq) return undefined
  if (since.digest !== undefined && checkpoint.prevCheckpoint !== since.digest) {
    return 'does not follow the one before it'
  }
  return whyNotMarked(since.marks.get(seq), checkpoint)
}

/** Marks up to the last checkpoint are gone: none goes back. */
function whyNotMarked(
  mark: Mark | undefined,
  { seq, head, count }: Checkpoint,
): string | undefined {
  if (mark === undefined || seq === 0) {
    return `is about record ${seq}, which is none of those behind the last one`
  }
  if (mark.hash !== head) return `knows another record ${seq}`
  return mark.count === undefined || mark.count === count
    ? undefined
    : `counts ${count} records, where there are ${mark.count}`
}
