import { statfsSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { openJournal } from '../../src/journal/journal.ts'
import type { Journal } from '../../src/journal/options.ts'
import type { Log } from '../../src/telemetry/log.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'

// A process whose records are on a small file system. It reads commands from standard input, one word
// for each line, and answers each with a line of JSON. `reserve-appender.ts DIRECTORY RESERVE-BYTES
// [KEEP-BYTES]`: with the last one old files go, which are of 1 MiB then.

const [directory = '', reserve = '', keepBytes] = process.argv.slice(2)
const tidying =
  keepBytes === undefined
    ? {}
    : { fileBytes: 1024 * 1024, housekeeping: { keepBytes: Number(keepBytes), every: 3_600_000 } }
const events: string[] = []
const told = (event: string) => {
  events.push(event)
}
const log: Log = { debug() {}, info: told, warn: told, error: told }
const keys = newKeys()
const filler = path.join(directory, 'filler')

async function open(): Promise<Journal> {
  return openJournal({
    directory,
    writer: 'pod-0',
    now: Date.now,
    log,
    reserve: { bytes: Number(reserve), every: 50 },
    checkpoints: { sign: keys.sign, every: 3_600_000 },
    ...tidying,
  })
}

let journal = await open()
const long = record({ name: 'x'.repeat(200) })

/** How many were taken before one was refused. */
async function untilRefused(isUrgent: boolean): Promise<number> {
  for (let taken = 0; ; taken += 1) {
    const isTaken = await take(isUrgent)
    if (!isTaken) return taken
  }
}

function take(isUrgent: boolean): Promise<boolean> {
  return journal.append(long, { isUrgent, durability: isUrgent ? 'disk' : 'file' }).then(
    () => true,
    () => false,
  )
}

const commands: Readonly<Record<string, () => unknown>> = {
  ordinary: () => take(false),
  urgent: () => take(true),
  /** What is refused together with it is refused alone. */
  both: () => Promise.all([take(false), take(true), take(false)]),
  'fill-ordinary': () => untilRefused(false),
  'fill-urgent': () => untilRefused(true),
  free: () => {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  },
  remove: () => unlinkSync(filler),
  events: () => events,
  tidy: async () => {
    await journal.tidy()
    return true
  },
  restart: async () => {
    await journal.stop()
    journal = await open()
    return true
  },
  stop: async () => {
    await journal.stop()
    return true
  },
}

process.stdout.write('"opened"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const answer: unknown = await commands[line]?.()
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`)
}
