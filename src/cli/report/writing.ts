import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { rowFileHeader, rowKinds, rowLine, smallFiles } from '../../core/report/exports.ts'
import { reportPage } from '../../core/report/page.ts'
import type { Report } from '../../core/report/report.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { print } from '../output.ts'
import type { RowSpool } from './row-spool.ts'

export const reportFormats = ['html', 'csv', 'json'] as const
export type ReportFormat = (typeof reportFormats)[number]

interface Written {
  readonly report: Report
  readonly rows: RowSpool
}

/** To a file, a directory of files, or standard output. Answers the files, as they were named. */
export async function writeReport(
  written: Written,
  { format, out }: { readonly format: ReportFormat; readonly out: string | undefined },
  env: Env,
): Promise<readonly string[]> {
  const texts = format === 'json' ? jsonTexts(written) : pageTexts(written)
  if (format !== 'csv' && out === undefined) {
    for await (const text of texts) await print(env, text)
    return []
  }
  if (out === undefined) throw new UsageError('--format csv is several files: give --out DIR')
  if (format === 'csv') return writeFiles(written, out, env)
  await writeFile(path.resolve(env.cwd, out), texts)
  return [out]
}

async function writeFiles(
  { report, rows }: Written,
  out: string,
  env: Env,
): Promise<readonly string[]> {
  const directory = path.resolve(env.cwd, out)
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(unusable(out))
  const files: string[] = []
  const write = async (name: string, texts: AsyncIterable<string>): Promise<void> => {
    await writeFile(path.join(directory, name), texts)
    files.push(path.join(out, name))
  }
  for (const kind of rowKinds) await write(`${kind}.csv`, rowTexts(kind, rows))
  for (const [name, text] of smallFiles(report)) await write(name, only(text))
  return files
}

/** People are named in it: it is for its owner alone. Whoever reads it meanwhile reads the old one. */
async function writeFile(file: string, texts: AsyncIterable<string>): Promise<void> {
  const isDirectory = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isDirectory) throw new UsageError(`${file} is a directory`)
  const half = `${file}.part`
  const handle = await open(half, 'w', 0o600).catch(unusable(file))
  try {
    await appendAll(handle, texts)
    await handle.close()
    await rename(half, file)
  } catch (error) {
    await handle.close()
    await rm(half, { force: true })
    throw error
  }
}

async function appendAll(handle: FileHandle, texts: AsyncIterable<string>): Promise<void> {
  for await (const text of texts) await handle.appendFile(text)
}

function unusable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new UsageError(`${file} cannot be written`, { cause })
  }
}

async function* only(text: string): AsyncGenerator<string, void, undefined> {
  yield text
}

async function* pageTexts({ report }: Written): AsyncGenerator<string, void, undefined> {
  yield reportPage(report)
}

const rowsAtOnce = 1000

async function* rowTexts(
  kind: (typeof rowKinds)[number],
  rows: RowSpool,
): AsyncGenerator<string, void, undefined> {
  yield rowFileHeader(kind)
  yield* together(rows.rows(kind), (row) => rowLine(kind, row))
}

/** The report with its rows behind it: one value, whatever its size. */
async function* jsonTexts({ report, rows }: Written): AsyncGenerator<string, void, undefined> {
  yield JSON.stringify(report, withoutBigInt, 2).slice(0, -'\n}'.length)
  for (const kind of rowKinds) {
    yield `,\n  ${JSON.stringify(keyOf[kind])}: [`
    let separator = '\n    '
    yield* together(rows.rows(kind), (row) => {
      const text = `${separator}${JSON.stringify(row)}`
      separator = ',\n    '
      return text
    })
    yield '\n  ]'
  }
  yield '\n}\n'
}

const keyOf = { changes: 'changes', denials: 'denials', 'dry-runs': 'dryRuns' } as const

function withoutBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

async function* together<T>(
  items: AsyncIterable<T>,
  textOf: (item: T) => string,
): AsyncGenerator<string, void, undefined> {
  let chunk: string[] = []
  for await (const item of items) {
    chunk.push(textOf(item))
    if (chunk.length < rowsAtOnce) continue
    yield chunk.join('')
    chunk = []
  }
  yield chunk.join('')
}
