import { backOff } from '../core/breakglass/outbox/back-off.ts'
import type { RecordTarget, Shipment, Shipped } from '../core/audit/shipment.ts'
import type { Log } from '../telemetry/log.ts'
import { DamagedFile } from './record-bytes.ts'
import { unlessGone, type KnownFile, type NamedFile } from './record-files.ts'
import { chainsIn, furthest, hasAll, hasEnded, isQuiet, type ChainFiles } from './ship-chains.ts'
import type { Cursor, Position, Positions } from './ship-cursor.ts'
import { countLines, nextShipment, timeOf } from './ship-read.ts'
import { openLines, type LineReader } from './ship-reader.ts'
import { pause } from './turns.ts'

export interface ShipperOptions {
  readonly directory: string
  /** Name of this replica in the names of files. */
  readonly pod: string
  readonly target: RecordTarget
  readonly cursor: Cursor
  /** The file that this process writes, and how much stands in it for good. */
  readonly written: () => { readonly path: string; readonly size: number } | undefined
  readonly now: () => number
  readonly log: Log
  readonly onFailure: () => void
  /** Of a file that can never be sent. */
  readonly onLost: () => void
  /** Between two looks at the files, in ms. */
  readonly every?: number
  /** Bytes that are sent at once. */
  readonly most?: number
}

const aSecond = 1_000
const aMinute = 60_000
const aDay = 24 * 60 * aMinute
const usualBytes = 512 * 1024

/**
 * Copies the records of a directory to a target, in their order, from what stands on disk: nothing of
 * it is ever waited for by a review, and nothing is lost while the target is away.
 */
export class Shipper {
  readonly #options: ShipperOptions
  readonly #stopping = new AbortController()
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #most: number
  /** When the oldest record that the target lacks was written, in epoch ms. */
  #waitingSince: number | undefined
  /** Why nothing can be sent. */
  #why: string | undefined
  #cannotSave = false

  constructor(options: ShipperOptions) {
    this.#options = options
    this.#most = options.most ?? usualBytes
  }

  get name(): string {
    return this.#options.target.name
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Sends what it can in that time. Never rejects. */
  async stop(milliseconds: number): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => {
      this.#ending.abort()
    }, milliseconds)
    await this.#running
    clearTimeout(timer)
  }

  lagSeconds(): number {
    const { now } = this.#options
    return this.#waitingSince === undefined ? 0 : Math.max(0, now() - this.#waitingSince) / 1000
  }

  /** Why nothing can be sent; undefined when it can. */
  trouble(): string | undefined {
    return this.#why
  }

  /** Tells files that the target, as far as is known by now, has all of. */
  async has(): Promise<(file: KnownFile) => boolean> {
    const { cursor } = this.#options
    const all = [cursor.positions, ...(await cursor.others())]
    return (file) => hasAll(furthest(all, file.boot), file)
  }

  async #run(): Promise<void> {
    const { every = aSecond } = this.#options
    while (!this.#stopping.signal.aborted) {
      await this.#tryRound()
      await pause(every, this.#stopping.signal)
    }
    if (this.#why === undefined) await this.#tryRound()
    if (this.#waitingSince === undefined) return
    const { log } = this.#options
    log.warn('records_not_shipped_at_end', { target: this.name, why: this.#why ?? 'in time' })
  }

  async #tryRound(): Promise<void> {
    try {
      await this.#round()
    } catch (error) {
      this.#waitingSince ??= this.#options.now()
      this.#failed(error instanceof Error ? error.message : 'unknown')
    }
  }

  async #round(): Promise<void> {
    const { directory, cursor } = this.#options
    const chains = await chainsIn(directory)
    const others = await cursor.others()
    for (const chain of chains) {
      const from = await this.#beginOf(chain, others)
      if (from !== undefined && !(await this.#shipChain(chain, from))) return
    }
    this.#waitingSince = undefined
    const boots = new Set(chains.map(({ boot }) => boot))
    for (const boot of cursor.positions.keys()) {
      if (!boots.has(boot)) cursor.positions.delete(boot)
    }
  }

  /** Undefined where there is nothing to do, or where another process does it. */
  async #beginOf(chain: ChainFiles, others: readonly Positions[]): Promise<Position | undefined> {
    const { cursor, pod, now } = this.#options
    const isOurs = chain.pod === pod
    const known = cursor.positions.get(chain.boot)
    const position = isOurs ? known : furthest([cursor.positions, ...others], chain.boot)
    if (position?.ended === true) return undefined
    if (!isOurs && !(await isQuiet(chain, now()))) return undefined
    return position ?? { index: chain.files[0]?.index ?? 0, offset: 0 }
  }

  /** Answers whether it came to the end of what is there. */
  async #shipChain(chain: ChainFiles, from: Position): Promise<boolean> {
    const { cursor, now } = this.#options
    let position = from
    for (const file of chain.files) {
      if (file.index < position.index) continue
      if (file.index > position.index) position = { index: file.index, offset: 0 }
      const next = await this.#shipFile(file, position)
      if (next === undefined) return false
      position = next
    }
    const before = cursor.positions.get(chain.boot)
    const isNew = before?.index !== position.index || before.offset !== position.offset
    const isOver = await hasEnded(chain, { now: now(), offset: position.offset, isNew })
    if (isNew || isOver)
      await this.#save(chain.boot, { ...position, ...(isOver && { ended: true }) })
    return true
  }

  /** Where it ends; undefined where it could not be sent to its end. */
  async #shipFile(file: NamedFile, from: Position): Promise<Position | undefined> {
    const reader = await openLines(file.path).catch(unlessGone)
    // It was compressed or removed a moment ago: the next round finds what is there.
    if (reader === undefined) return undefined
    try {
      return await this.#shipLines(reader, file, from)
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error
      const { log, onLost } = this.#options
      log.error('records_not_shippable', { target: this.name, file: file.name, err: error })
      onLost()
      return { index: file.index + 1, offset: 0 }
    } finally {
      await reader.close()
    }
  }

  async #shipLines(
    reader: LineReader,
    file: NamedFile,
    from: Position,
  ): Promise<Position | undefined> {
    let position = from
    for (;;) {
      const limit = this.#limitOf(file)
      const shipment = await nextShipment(reader, { file, position, most: this.#most, limit })
      if (shipment === undefined) return { index: file.index, offset: position.offset }
      const end = shipment.offset + shipment.bytes.length
      this.#waitingSince = timeOf(shipment.bytes) ?? this.#options.now()
      await this.#save(file.boot, { index: file.index, offset: shipment.offset, sending: end })
      const outcome = await this.#deliver(shipment)
      if (outcome === undefined) return undefined
      const offset = outcome.kind === 'delivered' ? end : this.#back(shipment, outcome)
      position = { index: file.index, offset }
    }
  }

  /** From where to send again, in another way. */
  #back({ offset, bytes }: Shipment, outcome: Exclude<Shipped, { kind: 'delivered' }>): number {
    if (outcome.kind === 'too-large') this.#most = Math.max(1, Math.floor(bytes.length / 2))
    return outcome.kind === 'behind' ? outcome.offset : offset
  }

  /** A write that fails half-way is taken back: what it left meanwhile is not for others. */
  #limitOf(file: NamedFile): number {
    const written = this.#options.written()
    return written?.path === file.path ? written.size : Infinity
  }

  /** Tries until it succeeds; undefined when it is time to end. */
  async #deliver(shipment: Shipment): Promise<Shipped | undefined> {
    const { target, now } = this.#options
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await target.deliver(shipment, this.#ending.signal)
      if (outcome.kind === 'delivered' || outcome.kind === 'behind') {
        this.#succeeded()
        return outcome
      }
      if (outcome.kind === 'too-large' && countLines(shipment.bytes) > 1) return outcome
      this.#failed(outcome.why)
      const asked = outcome.kind === 'later' ? (outcome.notBefore ?? 0) - now() : 0
      if (!(await this.#wait(attempts, asked))) return undefined
    }
  }

  /** Answers whether to try again. Whoever wants to be left alone is, at the end too. */
  async #wait(attempts: number, asked: number): Promise<boolean> {
    const { signal } = this.#stopping
    if (signal.aborted) return false
    const wait = Math.min(backOff(attempts, Math.random()), aMinute)
    await pause(Math.min(Math.max(wait, asked), aDay), signal)
    return !signal.aborted || asked <= 0
  }

  async #save(boot: string, position: Position): Promise<void> {
    const { cursor, log } = this.#options
    cursor.positions.set(boot, position)
    try {
      await cursor.save()
      this.#cannotSave = false
    } catch (error) {
      // After a restart it would be sent again, which is better than not at all.
      if (!this.#cannotSave)
        log.error('cursor_not_written', { target: this.name, err: error as Error })
      this.#cannotSave = true
    }
  }

  /** Told once for each trouble. */
  #failed(why: string): void {
    const { log, onFailure } = this.#options
    onFailure()
    if (this.#why !== why) log.warn('records_not_shipped', { target: this.name, why })
    this.#why = why
  }

  #succeeded(): void {
    if (this.#why !== undefined)
      this.#options.log.info('records_shipped_again', { target: this.name })
    this.#why = undefined
  }
}
