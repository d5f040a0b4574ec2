import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import {
  chainVerifier,
  type ChainVerifier,
  type Verification,
  type VerifyOptions,
} from '../../core/audit/verify.ts'
import { readKeys, type PinnedKeys } from '../../core/breakglass/keys.ts'
import { DamagedFile } from '../../journal/record-bytes.ts'
import { anchorsAt, usualAnchorsBranch } from '../audit/anchors-source.ts'
import { verificationText } from '../audit/verification-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { print, printJson, progress, type OutputFormat } from '../output.ts'
import { filesAt, linesOf, standardInput } from '../records.ts'

export const declare: Declare = (command, run) => {
  command
    .argument('<RECORDS...>', 'files of records, directories of *.jsonl[.gz], or - for stdin')
    .option('--jwks <file>', 'public keys: every checkpoint has to be signed with one of them')
    .option(
      '--anchors <place>',
      'checkpoints kept elsewhere: a file, a directory of them, a Git repository, or - for stdin',
      collect,
    )
    .option(
      '--anchors-branch <name>',
      `where they are in a repository (default: ${usualAnchorsBranch})`,
    )
    .option('--complete', 'every chain that anything here names has to be here', false)
    .addHelpText('after', explanation)
    .action((places: readonly string[], options: Omit<AuditVerifyOptions, 'places' | 'output'>) =>
      run((env, output) => auditVerify({ ...options, places, output }, env)),
    )
}

const explanation = `
Each process writes one chain, in which every record holds the hash of the one before it: what was
changed, left out, put in or moved shows, and the first record that shows it is named. Checkpoints in
the chain are signed: who has no key can make no chain anew. What was cut off the end shows when a
later process of the same pod is there, or with the newest checkpoints, which are in the cluster too:
  kubectl get auditcheckpoints -o json | solewriter audit verify RECORDS --jwks jwks.json --anchors -`

export interface AuditVerifyOptions {
  readonly places: readonly string[]
  readonly jwks?: string
  readonly anchors?: readonly string[]
  readonly anchorsBranch?: string
  readonly complete?: boolean
  readonly output: OutputFormat
}

export async function auditVerify(options: AuditVerifyOptions, env: Env): Promise<number> {
  const { places, complete = false, output } = options
  const known = await readKnown(options, env)
  const found = await verify(chainVerifier(known), places, env)
  const isOk = found.problemCount === 0 && !(complete && found.absent.length > 0)
  const told = { ok: isOk && found.records > 0, signatures: known.keys !== undefined, ...found }
  if (output === 'json') await printJson(env, told)
  else await print(env, verificationText(told, env))
  if (!isOk) return exit.no
  // No records are no proof: perhaps all of them were removed.
  return found.records === 0 ? exit.unknown : exit.done
}

type KnownOptions = Pick<AuditVerifyOptions, 'places' | 'jwks' | 'anchors' | 'anchorsBranch'>

export async function readKnown(
  { places, jwks, anchors = [], anchorsBranch = usualAnchorsBranch }: KnownOptions,
  env: Env,
): Promise<VerifyOptions> {
  if ([...anchors, ...places].filter((place) => place === standardInput).length > 1) {
    throw new UsageError('standard input can be one thing only')
  }
  return {
    keys: jwks === undefined ? undefined : await readJwks(jwks, env),
    anchors: (
      await Promise.all(anchors.map((place) => anchorsAt(place, anchorsBranch, env)))
    ).flat(),
  }
}

async function verify(
  verifier: ChainVerifier,
  places: readonly string[],
  env: Env,
): Promise<Verification> {
  // A chain goes on in the file that sorts next, whatever the order of the arguments.
  const files = (await filesAt(places, env)).toSorted((a, b) =>
    path.basename(a) < path.basename(b) ? -1 : 1,
  )
  using shown = progress(env, 'verifying records')
  let count = 0
  for (const file of files) {
    await addFile(verifier, file, env, (lines) => {
      count += lines
      shown.update(`verifying records: ${count}`)
    })
  }
  return verifier.result()
}

async function addFile(
  verifier: ChainVerifier,
  file: string,
  env: Env,
  onLines: (count: number) => void,
): Promise<void> {
  let last = 0
  try {
    for await (const lines of linesOf(file, env)) {
      lines.forEach(verifier.add)
      last += lines.length
      onLines(lines.length)
    }
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error
    verifier.addDamage({ file, line: last + 1 })
  }
}

async function readJwks(file: string, env: Env): Promise<PinnedKeys> {
  const read = readKeys(await textOf(file, env))
  if (read.kind === 'refused') throw new UsageError(`${file} ${read.message}`)
  return read.keys
}

async function textOf(file: string, env: Env): Promise<string> {
  if (file === standardInput) return text(env.stdin)
  return readFile(path.resolve(env.cwd, file), 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read`, { cause })
  })
}
