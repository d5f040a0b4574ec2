import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { signerWith } from '../src/core/audit/checkpoint.ts'
import type { SparseRecord } from '../src/core/audit/record-text.ts'
import type { Durability } from '../src/core/audit/sink.ts'
import { keySet, publicHalf, thumbprint } from '../src/core/breakglass/keys.ts'
import { openJournal } from '../src/journal/journal.ts'
import { record } from '../test/core/audit/decisions.ts'
import type { Bar } from './bars.ts'
import { median } from './measure.ts'

// What it costs to keep records, against plain appends of the same bytes, and to verify them, against
// sha256sum of the same files.

export interface AuditResults {
  readonly records: number
  readonly mebibytes: number
  /** Seconds, by round. */
  readonly sha256sum: readonly number[]
  readonly verify: readonly number[]
  /** Records per second. */
  readonly appended: Readonly<Record<Durability | 'plain', number>>
}

const main = path.join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const rounds = 5
const atOnce = 128
/** Of the heap that verifying may take, however many records there are. */
const heapMib = 96
/** A little more than 0.15 of its throughput. */
const mostOfSha256sum = 6.6

export async function measureAudit(
  records: number,
  say: (what: string) => void,
): Promise<AuditResults> {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-audit-'))
  try {
    const kept = path.join(directory, 'records')
    const jwks = path.join(directory, 'jwks.json')
    say(`${records} records`)
    const file = await append(kept, { records, durability: 'file', jwks })
    const files = readdirSync(kept).map((name) => path.join(kept, name))
    say('records on disk')
    const some = Math.ceil(records / 10)
    const disk = await append(path.join(directory, 'disk'), { records: some, durability: 'disk' })
    const plain = appendPlainly(path.join(directory, 'plain'), files, records)
    const [sha256sum, verify]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      say(`verification, ${round + 1} of ${rounds}`)
      sha256sum.push(seconds('sha256sum', files))
      const limit = `--max-old-space-size=${heapMib}`
      verify.push(seconds(process.execPath, [limit, main, 'audit', 'verify', kept, '--jwks', jwks]))
    }
    const bytes = files.reduce((sum, name) => sum + statSync(name).size, 0)
    return {
      records,
      mebibytes: bytes / 2 ** 20,
      sha256sum,
      verify,
      appended: { file, disk, plain },
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

export function auditBars({ sha256sum, verify }: AuditResults): readonly Bar[] {
  return [
    {
      name: `time to verify, in ${heapMib} MiB`,
      value: median(verify) / median(sha256sum),
      most: mostOfSha256sum,
      unit: 'x sha256sum',
    },
  ]
}

export function auditRows(results: AuditResults): readonly (readonly string[])[] {
  const { mebibytes, appended } = results
  const rate = (times: readonly number[]) => `${(mebibytes / median(times)).toFixed(0)} MiB/s`
  const perSecond = (kind: keyof typeof appended) =>
    `${appended[kind].toFixed(0)} records/s, ${(appended[kind] / appended.plain).toFixed(2)}x plain`
  return [
    ['records', `${results.records} in ${mebibytes.toFixed(0)} MiB`],
    ['sha256sum', rate(results.sha256sum)],
    ['audit verify', rate(results.verify)],
    ['plain appends', perSecond('plain')],
    ['appended to the file', perSecond('file')],
    ['appended to disk', perSecond('disk')],
  ]
}

interface Appending {
  readonly records: number
  readonly durability: Durability
  /** Where the public half of the key goes. */
  readonly jwks?: string
}

/** Answers the records per second. */
async function append(directory: string, options: Appending): Promise<number> {
  const { records, durability, jwks } = options
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicHalf(privateKey)
  if (jwk === undefined) throw new Error('the key is not on the curve that was asked for')
  if (jwks !== undefined) writeFileSync(jwks, JSON.stringify(keySet(jwk)))
  const journal = await openJournal({
    directory,
    writer: 'bench',
    now: Date.now,
    log: silent,
    checkpoints: { sign: signerWith(thumbprint(jwk), privateKey) },
  })
  const one: SparseRecord = record()
  const startedAt = performance.now()
  for (let left = records; left > 0; left -= atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, left) }, () =>
      journal.append(one, { durability }),
    )
    await Promise.all(batch)
    // As reviews come in: what goes on beside them has its turn too.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const took = performance.now() - startedAt
  await journal.stop()
  return (records / took) * 1000
}

/** The same bytes, in writes of the same size, by somebody who makes nothing of them. */
function appendPlainly(file: string, files: readonly string[], records: number): number {
  const bytes = files.reduce((sum, name) => sum + statSync(name).size, 0)
  const chunk = Buffer.alloc(Math.round((bytes / records) * atOnce), 'x')
  const descriptor = openSync(file, 'ax')
  const startedAt = performance.now()
  for (let left = records; left > 0; left -= atOnce) writeSync(descriptor, chunk)
  const took = performance.now() - startedAt
  closeSync(descriptor)
  return (records / took) * 1000
}

function seconds(program: string, args: readonly string[]): number {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${path.basename(program)} ended with ${status}: ${stderr}`)
  return (performance.now() - startedAt) / 1000
}
