import { createReadStream } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { chainVerifier, type ChainProblem, type Verification } from '../../core/audit/verify.ts'
import { recordLines } from '../../journal/record-lines.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import {
  counted,
  header,
  painter,
  print,
  printable,
  printJson,
  progress,
  table,
  type OutputFormat,
} from '../output.ts'
import { filesAt, standardInput } from '../records.ts'

export const declare: Declare = (command, run) => {
  command
    .argument('<RECORDS...>', 'files of records, directories of *.jsonl, or - for standard input')
    .addHelpText('after', explanation)
    .action((places: readonly string[]) =>
      run((env, output) => auditVerify({ places, output }, env)),
    )
}

const explanation = `
Each process writes one chain, in which every record holds the hash of the one before it: what was
changed, left out, put in or moved shows, and the first record that shows it is named. What was cut
off the end of a chain shows when a later process of the same pod is there too.`

export interface AuditVerifyOptions {
  readonly places: readonly string[]
  readonly output: OutputFormat
}

export async function auditVerify(options: AuditVerifyOptions, env: Env): Promise<number> {
  const found = await verify(options.places, env)
  const isOk = found.problemCount === 0
  if (options.output === 'json') await printJson(env, { ok: isOk && found.records > 0, ...found })
  else await printText(found, env)
  if (!isOk) return exit.no
  // No records are no proof: perhaps all of them were removed.
  return found.records === 0 ? exit.unknown : exit.done
}

async function verify(places: readonly string[], env: Env): Promise<Verification> {
  const files: string[] = []
  for (const place of places) files.push(...(await filesAt(place, env)))
  // A chain goes on in the file that sorts next, whatever the order of the arguments.
  files.sort((a, b) => (path.basename(a) < path.basename(b) ? -1 : 1))
  using shown = progress(env, 'verifying records')
  const verifier = chainVerifier()
  let lines = 0
  for (const file of new Set(files)) {
    for await (const line of recordLines(textOf(file, env), file)) {
      env.signal.throwIfAborted()
      verifier.add(line)
      lines += 1
      shown.update(`verifying records: ${lines}`)
    }
  }
  return verifier.result()
}

function textOf(file: string, env: Env): AsyncIterable<string> {
  const stream: Readable =
    file === standardInput ? env.stdin : createReadStream(path.resolve(env.cwd, file))
  return stream.setEncoding('utf8') as AsyncIterable<string>
}

async function printText(found: Verification, env: Env): Promise<void> {
  const { chains, records, problems, problemCount, absent, halfWritten } = found
  const paint = painter(env.stdout, env.vars)
  const more = problemCount - problems.length
  const lines = [
    ...problems.map(problemText).map((text) => `${paint('red', 'broken')}: ${text}\n`),
    ...(more > 0 ? [`and ${more} more\n`] : []),
    ...halfWritten.map(({ file, line }) => `${printable(`${file}:${line}`)}: ${halfLine}\n`),
    ...absent.map(({ writer, seq }) => `${printable(writer)}: its ${seq} records are not here\n`),
    `${verdict(found, paint)}: ${counted(records, 'records')} in ${counted(chains.length, 'chains')}\n`,
  ]
  const rows = chains.map(({ writer, seq, hash }) => [writer, String(seq), hash])
  const list = chains.length === 0 ? '' : `\n${table([header(...titles), ...rows], paint)}`
  await print(env, lines.join('') + list)
}

const titles = ['WRITER', 'INTACT', 'LAST HASH']
const halfLine = 'half a line, which its process died over: nothing was answered on it'

function problemText({ file, line, writer, seq, problem }: ChainProblem): string {
  const record = writer === undefined ? '' : `record ${seq ?? '?'} of ${writer}: `
  return printable(`${file}:${line}: ${record}${problem}`)
}

function verdict(found: Verification, paint: ReturnType<typeof painter>): string {
  if (found.problemCount > 0) return paint('red', 'not ok')
  return found.records === 0 ? paint('yellow', 'nothing to verify') : paint('green', 'ok')
}
