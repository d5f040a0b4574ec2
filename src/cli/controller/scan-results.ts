import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Finding, ScanLine, ScanSummary, Unknown } from '../../core/scan/result.ts'
import { jsonLines } from '../json-lines.ts'

/** What the last scan found, as its file says. */
export type ScanResults =
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known'
      readonly summary: ScanSummary
      readonly findings: readonly Finding[]
      readonly unknown: readonly Unknown[]
    }

/** Findings in one file; the rest is counted. */
const mostKept = 20_000
const batch = 500

/** A file of results that is being written beside the one before, which it replaces at its end. */
export interface ResultsDraft {
  add(finding: Finding): Promise<void>
  /** Takes the place of the results before, whole. */
  finish(summary: ScanSummary, unknown: readonly Unknown[]): Promise<ScanSummary>
  discard(): Promise<void>
}

export async function draftResults(file: string): Promise<ResultsDraft> {
  const draft = `${file}.draft`
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const handle: FileHandle = await open(draft, 'w', 0o600)
  let [waiting, count]: [ScanLine[], number] = [[], 0]
  const write = async () => {
    const text = waiting.map((line) => `${JSON.stringify(line)}\n`).join('')
    waiting = []
    // All of it: a write alone may end early.
    await handle.appendFile(text)
  }
  return {
    async add(finding) {
      count += 1
      if (count > mostKept) return
      waiting.push(finding)
      if (waiting.length >= batch) await write()
    },
    async finish(summary, unknown) {
      const whole = { ...summary, omitted: Math.max(0, count - mostKept) }
      waiting.push(...unknown, whole)
      await write()
      await handle.sync()
      await handle.close()
      await rename(draft, file)
      return whole
    },
    async discard() {
      await handle.close().catch(() => undefined)
      await rm(draft, { force: true })
    },
  }
}

/** Never rejects: that there are no results is an answer. */
export async function readResults(file: string): Promise<ScanResults> {
  try {
    const findings: Finding[] = []
    const unknown: Unknown[] = []
    let summary: ScanSummary | undefined
    for await (const line of jsonLines<ScanLine>(file)) {
      if (line.type === 'finding') findings.push(line)
      else if (line.type === 'unknown') unknown.push(line)
      else summary = line
    }
    if (summary !== undefined) return { kind: 'known', summary, findings, unknown }
    return { kind: 'unknown', why: 'The results of the last scan have no end.' }
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = isAbsent ? 'No scan has run yet.' : 'The results of the last scan cannot be read.'
    return { kind: 'unknown', why }
  }
}
