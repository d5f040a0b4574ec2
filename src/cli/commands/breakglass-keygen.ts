import { generateKeyPair, type KeyObject } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { keySet, publicHalf, thumbprint } from '../../core/breakglass/keys.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { print, printable, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  command
    .requiredOption('--out <dir>', 'directory to write to; made if it is missing')
    .addHelpText('after', explanation)
    .action(({ out }: { readonly out: string }) =>
      run((env, output) => breakglassKeygen({ out, output }, env)),
    )
}

const explanation = `
key.pem is the private key (ES256, PKCS#8), which only you can read: whoever has it can mint tokens.
jwks.json is its public half, for spec.breakGlass.issuers of the policy. Nothing is overwritten.`

export interface BreakglassKeygenOptions {
  readonly out: string
  readonly output: OutputFormat
}

export async function breakglassKeygen(
  { out, output }: BreakglassKeygenOptions,
  env: Env,
): Promise<number> {
  const dir = path.resolve(env.cwd, out)
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const jwk = publicHalf(privateKey)
  if (jwk === undefined) throw new Error('the key is not on the curve that was asked for')
  const files = { key: path.join(dir, 'key.pem'), jwks: path.join(dir, 'jwks.json') }
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await writeBoth(files, pemOf(privateKey), `${JSON.stringify(keySet(jwk), null, 2)}\n`)
  } catch (cause) {
    throw new UsageError(whyNotWritten(cause, out), { cause })
  }
  const shown = { kid: thumbprint(jwk), key: files.key, jwks: files.jwks }
  if (output === 'json') await printJson(env, shown)
  else await print(env, printedText(shown))
  return exit.done
}

interface Files {
  readonly key: string
  readonly jwks: string
}

/** Both, or neither: half a pair would be in the way the next time. */
async function writeBoth({ key, jwks }: Files, pem: string, set: string): Promise<void> {
  await writeNew(key, pem, 0o600)
  try {
    await writeNew(jwks, set, 0o644)
  } catch (error) {
    await rm(key)
    throw error
  }
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  // `wx` follows no link and opens nothing that is there.
  await using handle = await open(file, 'wx', mode)
  await handle.writeFile(text)
  await handle.sync()
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function printedText({ kid, key, jwks }: Files & { readonly kid: string }): string {
  const lines = [`key      ${kid}`, `private  ${key}`, `public   ${jwks}`]
  return `${lines.map(printable).join('\n')}\n`
}

function whyNotWritten(cause: unknown, out: string): string {
  const { code, path: place = out } = cause as NodeJS.ErrnoException
  return code === 'EEXIST'
    ? `${place} is there already, and nothing is overwritten`
    : `${place} cannot be written`
}
