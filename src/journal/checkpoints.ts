import type { ChainHead } from '../core/audit/chain.ts'
import {
  furthestBack,
  noCheckpoint,
  statementDigest,
  type Checkpoint,
  type Signer,
  type Statement,
} from '../core/audit/checkpoint.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'
import type { Appended } from '../core/audit/sink.ts'
import type { Log } from '../telemetry/log.ts'
import type { BatchLine } from './batch.ts'

export interface CheckpointOptions {
  /** Without it they are not signed. */
  readonly sign?: Signer
  /** Between two, in ms. */
  readonly every?: number
  /** Between two, in records. */
  readonly records?: number
  /** Told of each that is on disk, with all that it is about. */
  readonly onStored?: (checkpoint: Checkpoint) => void
}

/** The chain that they are about. */
interface Chain {
  readonly now: () => number
  readonly log: Log
  readonly head: () => ChainHead
  readonly unrecorded: () => number
  /** Resolves when it is on disk. */
  readonly append: (record: SparseRecord) => Promise<Appended>
}

const aMinute = 60_000
const aThousand = 1000

/**
 * Says now and then, in the chain itself, where it stands. It is signed beside the writing of further
 * records, which nobody waits for; so it may be about a record some places before it.
 */
export class Checkpoints {
  readonly #options: CheckpointOptions
  readonly #chain: Chain
  readonly #timer: NodeJS.Timeout
  /** Records in the chain that are no checkpoints. */
  #count = 0
  /** As many of them there were when one was made last, or could not be. */
  #triedAt = 0
  #lastDigest = noCheckpoint
  /** Place of the last one in the chain. */
  #lastAt = 0
  /** The last record that it is about. */
  #statedFor = 0
  #onPlaced: () => void = () => undefined
  /** The last record that one on disk is about. */
  #vouchedFor = 0
  #making: Promise<void> | undefined
  /** Of all that stand in a file: a slow disk keeps none of the next ones waiting. */
  #storing: Promise<void> = Promise.resolve()

  constructor(options: CheckpointOptions, chain: Chain) {
    this.#options = options
    this.#chain = chain
    this.#timer = setInterval(() => {
      this.#begin()
    }, options.every ?? aMinute).unref()
  }

  /** Told of all that stands in a file, also where the disk failed afterwards. */
  place(lines: readonly BatchLine[]): void {
    for (const { entry, appended } of lines) {
      const { checkpoint } = entry.record
      if (entry.isCheckpoint === true) {
        this.#lastDigest = statementDigest(checkpoint as Checkpoint)
        this.#lastAt = appended.head.seq
        this.#statedFor = (checkpoint as Checkpoint).seq
        this.#onPlaced()
      } else {
        this.#count += 1
      }
    }
    const { records = aThousand } = this.#options
    if (this.#count - this.#triedAt >= records) this.#begin()
  }

  /** Resolves when one that is on disk is about this record; rejects when none could be made. */
  async reach(seq: number): Promise<void> {
    await this.#making
    if (this.#statedFor < seq) this.#begin()
    await this.#making
    await this.#storing
    if (this.#vouchedFor < seq) throw new Error('no checkpoint could be made')
  }

  /** The last one of the chain. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#making
    if (this.#chain.head().seq > 0) await this.#make(true)
    await this.#storing
  }

  #begin(): void {
    if (this.#making !== undefined || this.#chain.head().seq === this.#lastAt) return
    this.#making = this.#make(false).finally(() => {
      this.#making = undefined
    })
  }

  /** Never rejects: the next one says what this one should have. */
  async #make(closes: boolean): Promise<void> {
    this.#triedAt = this.#count
    const statement = this.#statement(closes)
    try {
      const signature = await this.#options.sign?.(statement)
      // Too far behind to be verified by then.
      if (this.#chain.head().seq - statement.seq > furthestBack / 2) return
      await this.#append({ ...statement, ...signature })
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Resolves when it stands in a file, or cannot. */
  async #append(checkpoint: Checkpoint): Promise<void> {
    const placed = Promise.withResolvers<void>()
    this.#onPlaced = placed.resolve
    const before = this.#storing
    const stored = this.#chain.append({ checkpoint }).then(
      () => {
        this.#vouchedFor = checkpoint.seq
        this.#options.onStored?.(checkpoint)
      },
      (error: unknown) => {
        this.#failed(error)
      },
    )
    this.#storing = before.then(() => stored)
    await Promise.race([placed.promise, stored])
  }

  #failed(error: unknown): void {
    this.#chain.log.error('checkpoint_not_written', { err: error as Error })
  }

  #statement(closes: boolean): Statement {
    const { writer, seq, hash } = this.#chain.head()
    return {
      closes,
      count: this.#count,
      head: hash,
      prevCheckpoint: this.#lastDigest,
      seq,
      time: new Date(this.#chain.now()).toISOString(),
      unrecorded: closes ? this.#chain.unrecorded() : 0,
      writer,
    }
  }
}
