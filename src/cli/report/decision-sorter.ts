import { open, mkdtemp, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { toDecided, type Decided } from '../../core/report/decided.ts'
import type { Recorded } from '../../core/report/recorded.ts'
import { jsonLines } from '../json-lines.ts'

/** Characters in memory before all goes to a file. */
const mostInMemory = 16 * 1024 * 1024
/** Of an id: its time, to the minute. */
const timeLength = 10
/** Files that are read at once. */
const mostRuns = 64

type Line = readonly [id: string, text: string]

/**
 * Brings the records of each decision together, however many there are and in whatever order they
 * come: sorted runs in files, for their owner alone and gone at the end, which are then read side by
 * side. What is in memory does not grow with the number of records.
 */
export class DecisionSorter implements AsyncDisposable {
  readonly #limit: number
  #lines: Line[] = []
  #size = 0
  #runs: string[] = []
  #made = 0
  #directory: string | undefined

  constructor(limit = mostInMemory) {
    this.#limit = limit
  }

  async add(records: readonly Recorded[]): Promise<void> {
    for (const record of records) {
      const text = JSON.stringify(record)
      this.#lines.push([record.id, text])
      this.#size += text.length
    }
    if (this.#size <= this.#limit) return
    await this.#write(sorted(this.#lines))
    this.#lines = []
    this.#size = 0
  }

  /** By the minute of their ids, and within it by their time. */
  async *decisions(): AsyncGenerator<Decided, void, undefined> {
    let minute = ''
    let waiting: Decided[] = []
    for await (const decided of this.#grouped()) {
      const of = decided.told.id.slice(0, timeLength)
      if (of !== minute) {
        yield* inOrder(waiting)
        waiting = []
        minute = of
      }
      waiting.push(decided)
    }
    yield* inOrder(waiting)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true })
  }

  async *#grouped(): AsyncGenerator<Decided, void, undefined> {
    let group: Recorded[] = []
    for await (const [, text] of this.#merged()) {
      const record = JSON.parse(text) as Recorded
      const [first, ...rest] = group
      if (first !== undefined && first.id !== record.id) {
        yield toDecided([first, ...rest])
        group = []
      }
      group.push(record)
    }
    const [first, ...rest] = group
    if (first !== undefined) yield toDecided([first, ...rest])
  }

  async *#merged(): AsyncGenerator<Line, void, undefined> {
    while (this.#runs.length > mostRuns) {
      const [some, rest] = [this.#runs.slice(0, mostRuns), this.#runs.slice(mostRuns)]
      this.#runs = rest
      await this.#write(merge(some.map((file) => jsonLines<Line>(file))))
      await Promise.all(some.map((file) => rm(file)))
    }
    yield* merge([
      ...this.#runs.map((file) => jsonLines<Line>(file)),
      fromMemory(sorted(this.#lines)),
    ])
  }

  async #write(lines: Iterable<Line> | AsyncIterable<Line>): Promise<void> {
    this.#directory ??= await mkdtemp(path.join(tmpdir(), 'solewriter-report-'))
    this.#made += 1
    const file = path.join(this.#directory, String(this.#made))
    await using handle = await open(file, 'wx', 0o600)
    await writeLines(handle, lines)
    this.#runs.push(file)
  }
}

const chunkSize = 1024 * 1024

async function writeLines(
  handle: FileHandle,
  lines: Iterable<Line> | AsyncIterable<Line>,
): Promise<void> {
  let chunk = ''
  for await (const line of lines) {
    chunk += `${JSON.stringify(line)}\n`
    if (chunk.length < chunkSize) continue
    await handle.appendFile(chunk)
    chunk = ''
  }
  await handle.appendFile(chunk)
}

async function* fromMemory(lines: readonly Line[]): AsyncGenerator<Line, void, undefined> {
  yield* lines
}

/** By id; each source is in that order. */
async function* merge(
  sources: readonly AsyncGenerator<Line, void, undefined>[],
): AsyncGenerator<Line, void, undefined> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, next: await source.next() })),
  )
  const open = heads.filter(({ next }) => next.done !== true)
  while (open.length > 0) {
    const least = open.reduce((a, b) => (idOf(b.next) < idOf(a.next) ? b : a))
    if (least.next.done !== true) yield least.next.value
    least.next = await least.source.next()
    if (least.next.done === true) open.splice(open.indexOf(least), 1)
  }
}

function idOf(next: IteratorResult<Line, void>): string {
  return next.done === true ? '' : next.value[0]
}

function sorted(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
}

function inOrder(decisions: readonly Decided[]): Decided[] {
  return decisions.toSorted((a, b) => a.ms - b.ms || (a.told.id < b.told.id ? -1 : 1))
}
