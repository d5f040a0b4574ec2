import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import type { Anchor } from '../../src/core/audit/anchors.ts'
import type { Checkpoint } from '../../src/core/audit/checkpoint.ts'
import { openJournal } from '../../src/journal/journal.ts'
import type { Journal } from '../../src/journal/options.ts'
import { createRecordFile, type CreateRecordFile } from '../../src/journal/record-file.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, quiet } from './reading.ts'

/** Whole lines, by file. */
export type Files = ReadonlyMap<string, readonly string[]>

export interface HonestLog {
  readonly files: Files
  readonly anchors: readonly Anchor[]
  readonly halfLines: number
}

export const keys = newKeys()

type Step =
  | { readonly kind: 'append' | 'note'; readonly pod: number; readonly count: number }
  | { readonly kind: 'end'; readonly pod: number }
  | { readonly kind: 'crash'; readonly pod: number; readonly lost: number; readonly half: number }
  | { readonly kind: 'expire'; readonly pod: number; readonly count: number }

const pod = fc.nat({ max: 1 })

export const plans: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('append'),
        pod,
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('note'),
        pod,
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), pod }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('crash'),
        pod,
        lost: fc.nat({ max: 3 }),
        half: fc.nat({ max: 90 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('expire'),
        pod,
        count: fc.integer({ min: 1, max: 2 }),
      }),
    },
  ) as fc.Arbitrary<Step>,
  { minLength: 3, maxLength: 12 },
)

const day = 24 * 60 * 60 * 1000

/** What real journals of two pods leave behind, as the plan says; in the end both are stopped. */
export async function writeHonestLog(plan: readonly Step[]): Promise<HonestLog> {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-honest-'))
  try {
    const pods = [
      new Pod(directory, 'pod-0', 'pod-1'),
      new Pod(directory, 'pod-1', 'pod-0'),
    ] as const
    for (const step of plan) await pods[step.pod === 0 ? 0 : 1].take(step)
    for (const one of pods) {
      // Whoever died is found by the next one.
      await one.append(1)
      await one.end()
    }
    return readLog(
      directory,
      pods.flatMap(({ anchors }) => [...anchors.values()]),
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}

class Pod {
  readonly anchors = new Map<string, Checkpoint>()
  readonly #directory: string
  readonly #name: string
  readonly #other: string
  #journal: Journal | undefined
  /** Of the chain that goes on: what a sync is known to have covered. */
  #synced = 0
  #life = { isOver: false }

  constructor(directory: string, name: string, other: string) {
    this.#directory = directory
    this.#name = name
    this.#other = other
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'append') await this.append(step.count)
    else if (step.kind === 'note') await this.#note(step.count)
    else if (step.kind === 'end') await this.end()
    else if (step.kind === 'crash') await this.#crash(step.lost, step.half)
    else await this.#expire(step.count)
  }

  async append(count: number): Promise<void> {
    const journal = await this.#running()
    for (let n = 0; n < count; n += 1) await journal.append(record({ name: `a${n}` }))
  }

  async end(): Promise<void> {
    await this.#journal?.stop()
    this.#journal = undefined
  }

  async #note(count: number): Promise<void> {
    const journal = await this.#running()
    const before = journal.head().seq
    for (let n = 0; n < count; n += 1) journal.note(record({ name: `n${n}` }), () => {})
    while (journal.head().seq < before + count) await nextTurn()
  }

  /** The machine goes: records that no sync has covered are lost, and one of them is there by half. */
  async #crash(lost: number, half: number): Promise<void> {
    const journal = await this.#running()
    // What is under way would go on in this process.
    await nextTurn()
    await nextTurn()
    const { writer } = journal.head()
    const boot = writer.split('/')[1] ?? ''
    const file = filesIn(this.#directory).findLast((name) => name.includes(boot))
    this.#journal = undefined
    this.#life.isOver = true
    if (file === undefined) return
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    const kept = lines.findLastIndex((line) => isSynced(line, this.#synced)) + 1
    const left = Math.max(kept, lines.length - lost)
    const text = lines.slice(0, left).map((line) => `${line}\n`)
    truncateSync(file, Buffer.byteLength(text.join('')))
    appendFileSync(file, (lines[left] ?? lines[0] ?? '').slice(0, half))
  }

  async #expire(count: number): Promise<void> {
    const journal = await this.#running()
    const old = (Date.now() - 100 * day) / 1000
    const own = filesIn(this.#directory).filter((file) => !file.includes(`-${this.#other}-`))
    // Neither this process nor the other one has a file that it has not written for so long.
    const files = own.slice(0, -1)
    for (const file of files.slice(0, count)) utimesSync(file, old, old)
    await journal.tidy()
    await journal.tidy()
  }

  async #running(): Promise<Journal> {
    if (this.#journal !== undefined) return this.#journal
    // Two processes of a pod do not begin in the same millisecond.
    const began = Date.now()
    while (Date.now() === began) await nextTurn()
    this.#synced = 0
    const life = { isOver: false }
    this.#life = life
    this.#journal = await openJournal({
      directory: this.#directory,
      writer: this.#name,
      now: Date.now,
      log: quiet,
      fileBytes: 4000,
      createFile: mortal(life),
      checkpoints: {
        sign: keys.sign,
        records: 5,
        onStored: (checkpoint) => {
          if (life.isOver) return
          this.anchors.set(checkpoint.writer, checkpoint)
          this.#synced = checkpoint.seq
        },
      },
      housekeeping: { keepFor: 90 * day },
    })
    return this.#journal
  }
}

/** Files that take nothing more once their process is gone, which in fact goes on. */
function mortal(life: { readonly isOver: boolean }): CreateRecordFile {
  const cause = new Error('nobody is there')
  return async (file) => {
    if (life.isOver) throw cause
    const real = await createRecordFile(file)
    return {
      path: real.path,
      get size() {
        return real.size
      },
      append: (bytes) => (life.isOver ? { kind: 'failed', kept: 0, cause } : real.append(bytes)),
      sync: () => (life.isOver ? Promise.reject(cause) : real.sync()),
      finish: () => real.finish(),
      abandon: () => real.abandon(),
    }
  }
}

function readLog(directory: string, checkpoints: readonly Checkpoint[]): HonestLog {
  const files = new Map<string, readonly string[]>()
  let halfLines = 0
  for (const file of filesIn(directory)) {
    const lines = readFileSync(file, 'utf8').split('\n')
    if (lines.pop() !== '') halfLines += 1
    if (lines.length > 0) files.set(path.basename(file), lines)
  }
  const anchors = checkpoints.map((checkpoint, i) => ({ file: 'anchors', item: i + 1, checkpoint }))
  return { files, anchors, halfLines }
}

/** What the last checkpoint on disk is about, and its own line. */
function isSynced(line: string, vouchedFor: number): boolean {
  const { seq, checkpoint } = JSON.parse(line) as { seq: number; checkpoint?: Checkpoint }
  return seq <= vouchedFor || checkpoint?.seq === vouchedFor
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
