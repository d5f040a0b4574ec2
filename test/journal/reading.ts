import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import {
  chainVerifier,
  type RecordLine,
  type Verification,
  type VerifyOptions,
} from '../../src/core/audit/verify.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { openJournal } from '../../src/journal/journal.ts'
import type { Journal, JournalOptions } from '../../src/journal/options.ts'
import { bytesOf } from '../../src/journal/record-bytes.ts'
import { recordLines } from '../../src/journal/record-lines.ts'
import type { Log } from '../../src/telemetry/log.ts'

export const noon = Date.UTC(2026, 7, 23, 12)
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }

export function temporary(context: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-journal-'))
  context.after(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** A journal that is stopped at the end of the test, if it still can be. */
export async function journalIn(
  context: TestContext,
  directory: string,
  options: Partial<JournalOptions> = {},
): Promise<Journal> {
  const journal = await openJournal({
    directory,
    writer: 'pod-0',
    now: () => noon,
    log: quiet,
    ...options,
  })
  context.after(() => journal.stop().catch(() => {}))
  return journal
}

/** Of records: beside them there is what has been sent of them, and the reserve. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => /\.jsonl(?:\.gz)?(?:\.part\.gz)?$/.test(name))
    .toSorted()
    .map((name) => path.join(directory, name))
}

export async function linesIn(directory: string): Promise<readonly RecordLine[]> {
  const lines: RecordLine[] = []
  for (const file of filesIn(directory)) {
    for await (const some of recordLines(bytesOf(file), file)) lines.push(...some)
  }
  return lines
}

export async function recordsIn(directory: string): Promise<readonly JsonObject[]> {
  const lines = await linesIn(directory)
  return lines.filter(({ isWhole }) => isWhole).map(({ text }) => JSON.parse(text) as JsonObject)
}

export async function verified(
  directory: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const verifier = chainVerifier(options)
  for (const line of await linesIn(directory)) verifier.add(line)
  return verifier.result()
}
