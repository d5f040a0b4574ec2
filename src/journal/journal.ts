import { mkdir } from 'node:fs/promises'
import { emptyChain, type ChainHead } from '../core/audit/chain.ts'
import type { Checkpoint } from '../core/audit/checkpoint.ts'
import type { Appended, AppendOptions } from '../core/audit/sink.ts'
import { ulid } from '../core/decision/ulid.ts'
import { GuardError } from '../core/errors.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'
import { keptOf, toBatch, type Batch, type BatchFailure, type BatchLine } from './batch.ts'
import { Checkpoints } from './checkpoints.ts'
import { DiskQueue, type SyncFailure, type Written } from './disk-queue.ts'
import { AwaitedEntry, CheckpointEntry, NotedEntry, refuseOthers, type Entry } from './entry.ts'
import { FileSequence } from './file-sequence.ts'
import type { Journal, JournalOptions } from './options.ts'
import { findPredecessor, type Predecessor } from './predecessor.ts'
import { Housekeeping } from './housekeeping.ts'
import type { RecordFile } from './record-file.ts'
import { isDiskFull, Reserve, type ReserveState } from './reserve.ts'
import { afterMicrotasks, endOfTurn } from './turns.ts'

const defaultQueue = 4096
/** Hashing a batch must not keep other reviews waiting: this many take about two milliseconds. */
const mostInBatch = 128
/** How long a record that nobody waits for may wait for others: one write costs as much as hashing ten. */
const lingerMs = 25

/** Rejects with AuditWriteFailed when no record could be written there. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, writer, now } = options
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(writer)) {
    throw new GuardError('SettingsInvalid', `${JSON.stringify(writer)} cannot name a writer`)
  }
  const boot = ulid(now(), crypto.getRandomValues(new Uint8Array(10)))
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const predecessor = await findPredecessor(directory, writer).catch((cause: unknown) => {
      options.log.warn('earlier_records_unreadable', { err: cause as Error })
      return undefined
    })
    const journal = new FileJournal(options, boot, predecessor)
    await journal.start()
    return journal
  } catch (cause) {
    throw new GuardError('AuditWriteFailed', `no records can be kept in ${directory}`, { cause })
  }
}

class FileJournal implements Journal {
  readonly #options: JournalOptions
  readonly #files: FileSequence
  readonly #predecessor: Predecessor | undefined
  readonly #disk = new DiskQueue((file, failure) => this.#unsynced(file, failure))
  readonly #checkpoints: Checkpoints | undefined
  readonly #housekeeping: Housekeeping | undefined
  readonly #reserve: Reserve | undefined
  #queue: Entry[] = []
  #head: ChainHead
  #writing: Promise<void> | undefined
  /** How many of the queue are to be written now. */
  #due = 0
  #lingering: NodeJS.Timeout | undefined
  #unrecorded = 0
  #error: GuardError | undefined
  #isStopped = false

  constructor(options: JournalOptions, boot: string, predecessor: Predecessor | undefined) {
    this.#options = options
    const onFailure = (file: RecordFile, cause: unknown) => this.#fail(file, cause)
    this.#files = new FileSequence(options, { boot, onFailure })
    this.#predecessor = predecessor
    this.#head = emptyChain(`${options.writer}/${boot}`)
    const { directory, writer, now, log, checkpoints, housekeeping, reserve } = options
    if (reserve !== undefined) this.#reserve = new Reserve(reserve, { directory, log })
    if (checkpoints !== undefined) {
      this.#checkpoints = new Checkpoints(checkpoints, {
        now,
        log,
        head: () => this.#head,
        unrecorded: () => this.#unrecorded,
        append: (record) => this.#appendCheckpoint(record),
      })
    }
    if (housekeeping === undefined) return
    this.#housekeeping = new Housekeeping(housekeeping, {
      directory,
      boot,
      pod: writer,
      now,
      log,
      index: () => this.#files.index,
      state: (record) => this.#state(record),
    })
  }

  async start(): Promise<void> {
    await this.#reserve?.start()
    await this.#files.withRoomFor(0)
    // It closes the chain of a process that did not: nobody knows when the first decision comes.
    if (
      this.#checkpoints !== undefined &&
      this.#predecessor !== undefined &&
      !this.#predecessor.closing
    ) {
      await this.#begin()
    }
    void this.tidy()
  }

  /** A disk that is full is no reason not to start: what the reserve is for still gets through. */
  async #begin(): Promise<void> {
    const time = new Date(this.#options.now()).toISOString()
    await this.append({ begins: true, time }).catch((error: GuardError) => {
      const isFull = this.#reserve?.isSpent === true || isDiskFull(error.cause ?? error)
      if (this.#reserve === undefined || !isFull) throw error
    })
  }

  async tidy(): Promise<void> {
    await this.#housekeeping?.run()
  }

  append(record: SparseRecord, options: AppendOptions = {}): Promise<Appended> {
    const { queue = defaultQueue } = this.#options
    const entry = new AwaitedEntry(record, options)
    if (this.#take(entry, queue)) this.#writeNow()
    return entry.done
  }

  note(record: SparseRecord, onLost: (error: GuardError) => void): void {
    const { queue = defaultQueue } = this.#options
    // Half of it stays free for what is waited for, however many denials there are.
    if (!this.#take(new NotedEntry(record, onLost), queue / 2)) return
    if (this.#queue.length >= mostInBatch) this.#writeNow()
    else this.#linger()
  }

  head(): ChainHead {
    return this.#head
  }

  written(): RecordFile | undefined {
    return this.#files.last
  }

  closedBefore(): Checkpoint | undefined {
    return this.#predecessor?.closing
  }

  lastError(): GuardError | undefined {
    return this.#error
  }

  reserve(): ReserveState | undefined {
    return this.#reserve?.state
  }

  async stop(): Promise<void> {
    await this.#housekeeping?.stop()
    await this.#reserve?.stop()
    this.#isStopped = true
    this.#writeNow()
    await this.#writing
    await this.#checkpoints?.close()
    await this.#disk.idle()
    try {
      await this.#files.end()
    } catch (cause) {
      throw new GuardError('AuditWriteFailed', 'the last records may not be on disk', { cause })
    }
  }

  /** Of the journal itself, before it removes files: on a full disk that is what makes room. */
  async #state(record: SparseRecord): Promise<void> {
    const { head } = await this.append(record, { durability: 'disk', isUrgent: true })
    await this.#checkpoints?.reach(head.seq)
  }

  #appendCheckpoint(record: SparseRecord): Promise<Appended> {
    const entry = new CheckpointEntry(record)
    this.#queue.push(entry)
    this.#writeNow()
    return entry.done
  }

  #take(entry: Entry, most: number): boolean {
    if (this.#isStopped) entry.refuse('the journal is closed')
    else if (this.#queue.length >= most) entry.refuse('too many records wait to be written')
    if (entry.isSettled) this.#unrecorded += 1
    else this.#queue.push(entry)
    return !entry.isSettled
  }

  #writeNow(): void {
    clearTimeout(this.#lingering)
    this.#lingering = undefined
    this.#due = this.#queue.length
    if (this.#due > 0) this.#writing ??= this.#writeDue()
  }

  #linger(): void {
    if (this.#writing !== undefined) return
    this.#lingering ??= setTimeout(() => {
      this.#writeNow()
    }, lingerMs)
  }

  async #writeDue(): Promise<void> {
    // Reviews that are decided together share one write, which costs as much as deciding on one.
    await afterMicrotasks()
    while (this.#due > 0) {
      const taken = this.#queue.splice(0, mostInBatch)
      this.#due -= taken.length
      const entries = this.#admitted(taken.filter(({ isSettled }) => !isSettled))
      this.#unrecorded += taken.length - entries.length
      const batch = toBatch(entries, this.#head, this.#remarks())
      this.#unrecorded += entries.length - batch.lines.length
      if (batch.lines.length > 0) await this.#write(batch)
      if (this.#due > 0) await endOfTurn()
    }
    // In the same turn as the look at what is due: whoever comes later starts again.
    this.#writing = undefined
    if (this.#queue.length > 0) this.#linger()
  }

  /** What was held for others is not for everybody, as long as the disk is full. */
  #admitted(entries: readonly Entry[]): readonly Entry[] {
    if (this.#reserve?.isSpent !== true) return entries
    return refuseOthers(
      entries,
      ({ isUrgent, isCheckpoint }) => isUrgent === true || isCheckpoint === true,
    )
  }

  async #write(batch: Batch): Promise<void> {
    const failure = await this.#tryToWrite(batch)
    if (failure === undefined) return
    const { file, kept, cause } = failure
    const urgent = kept === 0 && isDiskFull(cause) ? this.#spendFor(batch) : []
    if (urgent.length > 0) {
      if (file !== undefined && file.size > 0) await this.#files.leave(file)
      const again = toBatch(urgent, this.#head, this.#remarks())
      if (again.lines.length > 0) await this.#write(again)
      return
    }
    this.#place(keptOf(batch, kept))
    this.#refuse(batch, cause)
    // An empty one may serve once there is space: a full disk must not fill up with empty files.
    if (file !== undefined && file.size > 0) await this.#fail(file, cause)
  }

  async #tryToWrite(batch: Batch): Promise<BatchFailure | undefined> {
    let file: RecordFile
    try {
      file = await this.#files.withRoomFor(batch.bytes.length)
    } catch (cause) {
      return { file: undefined, kept: 0, cause }
    }
    const written = file.append(batch.bytes)
    if (written.kind === 'failed') return { file, ...written }
    this.#accept(batch, file)
    return undefined
  }

  /** Those that get the space that was held for them; the others of the batch are refused. */
  #spendFor({ lines }: Batch): readonly Entry[] {
    const entries = lines.map(({ entry }) => entry)
    const hasUrgent = entries.some(({ isUrgent }) => isUrgent === true)
    if (!hasUrgent || this.#reserve?.spend() !== true) return []
    const urgent = refuseOthers(entries, ({ isUrgent }) => isUrgent === true)
    this.#unrecorded += entries.length - urgent.length
    return urgent
  }

  #accept({ lines }: Batch, file: RecordFile): void {
    if (this.#error !== undefined) {
      this.#options.log.info('records_written_again', { unrecorded: this.#unrecorded })
    }
    this.#error = undefined
    this.#place(lines)
    const forDisk: Written[] = []
    for (const { entry, appended } of lines) {
      if (entry.isForDisk) forDisk.push({ entry, appended, file })
      else entry.accept(appended)
    }
    this.#disk.add(forDisk)
  }

  /** They stand in a file: the chain goes on behind them. */
  #place(lines: readonly BatchLine[]): void {
    this.#head = lines.at(-1)?.appended.head ?? this.#head
    if (lines.some(({ entry }) => entry.isCheckpoint !== true)) this.#unrecorded = 0
    this.#checkpoints?.place(lines)
  }

  /** Lines that stand in a file all the same name decisions that were not answered so. */
  #refuse({ lines }: Batch, cause: unknown): void {
    for (const { entry, appended } of lines) {
      if (appended.head.seq > this.#head.seq) this.#unrecorded += 1
      entry.refuse('the record cannot be written', cause)
    }
    this.#remember(cause)
  }

  /** Some file systems only say then that they are full. Whoever asks again gets what was held for him. */
  #unsynced(file: RecordFile, { cause, isUrgent }: SyncFailure): void {
    if (isUrgent && isDiskFull(cause)) this.#reserve?.spend()
    void this.#fail(file, cause)
  }

  async #fail(file: RecordFile, cause: unknown): Promise<void> {
    this.#remember(cause)
    await this.#files.leave(file)
  }

  #remember(cause: unknown): void {
    if (this.#error === undefined) {
      this.#options.log.error('records_not_written', { err: cause as Error })
    }
    this.#error = new GuardError('AuditWriteFailed', 'the last record was not written', { cause })
  }

  /** What the next record has to say of the time before it; mostly nothing. */
  #remarks(): SparseRecord | undefined {
    const before = this.#head.seq === 0 ? this.#predecessor?.head : undefined
    if (before === undefined && this.#unrecorded === 0) return undefined
    return {
      ...(before === undefined ? {} : { predecessor: { ...before } }),
      ...(this.#unrecorded > 0 ? { unrecorded: this.#unrecorded } : {}),
    }
  }
}
