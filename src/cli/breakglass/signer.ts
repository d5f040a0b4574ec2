import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Claims } from '../../core/breakglass/claims.ts'
import { algorithm, tokenType } from '../../core/breakglass/compact.ts'
import { readKeys, type PinnedKeys } from '../../core/breakglass/keys.ts'
import { signToken } from '../../core/breakglass/token.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import type { SigningChoice } from './configuration.ts'
import { readKeyFile } from './key-file.ts'

/** Makes tokens with one key, wherever that is. */
export interface Signer {
  readonly published: PinnedKeys
  sign(claims: Claims): Promise<string>
}

export async function openSigner({ by }: SigningChoice, env: Env): Promise<Signer> {
  if (by.kind === 'key') {
    const { kid, secret, published } = await readKeyFile(by.file, env)
    return { published, sign: (claims) => signToken(claims, kid, secret) }
  }
  const published = await readPublished(by.jwks)
  const kid = chosen(published, by)
  return { published, sign: (claims) => signBy(by, { kid, claims }, env) }
}

type Command = Extract<SigningChoice['by'], { readonly kind: 'command' }>

/** Bytes of r and s for P-256, as JWS has them (RFC 7518, 3.4). */
const rawLength = 64
const mostOutput = 1024

async function signBy(
  command: Command,
  { kid, claims }: { readonly kid: string; readonly claims: Claims },
  env: Env,
): Promise<string> {
  const header = { alg: algorithm, typ: tokenType, kid }
  const input = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.')
  const signature = await run(command, input, env)
  if (signature.length === rawLength) return `${input}.${signature.toString('base64url')}`
  const hint = signature[0] === 0x30 ? ': it looks like DER, which has to be made raw' : ''
  throw failed(
    command,
    `wrote ${signature.length} bytes, and a raw ES256 signature (r, then s) has ${rawLength}${hint}`,
  )
}

/** What it has to say to somebody, such as to touch a key, it says on its standard error. */
async function run(command: Command, input: string, env: Env): Promise<Buffer> {
  const { words, timeoutMs } = command
  const [program = '', ...args] = words
  const limit = AbortSignal.timeout(timeoutMs)
  const child = spawn(program, args, {
    cwd: env.cwd,
    env: env.vars,
    stdio: 'pipe',
    killSignal: 'SIGKILL',
    signal: AbortSignal.any([limit, env.signal]),
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    if (Buffer.concat(chunks).length <= mostOutput) chunks.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => env.stderr.write(chunk))
  // It may know what to do without reading all.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    if (code !== 0) throw failed(command, `ended with ${code ?? signal ?? 'nothing'}`)
    return Buffer.concat(chunks)
  } catch (cause) {
    // Its own children may hold its pipes open.
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
    if (limit.aborted) throw failed(command, `was given ${timeoutMs / 1000} s and did not end`)
    if (cause instanceof UsageError) throw cause
    throw failed(command, `cannot be run: ${(cause as NodeJS.ErrnoException).code ?? 'ended'}`)
  }
}

function failed({ words }: Command, what: string): UsageError {
  return new UsageError(`the signer ${words[0] ?? ''} ${what}`)
}

async function readPublished(file: string): Promise<PinnedKeys> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read`, { cause })
  })
  const read = readKeys(text)
  if (read.kind === 'refused') throw new UsageError(`${file} ${read.message}`)
  return read.keys
}

function chosen(published: PinnedKeys, { kid, jwks }: Command): string {
  const all = [...published.keys()]
  const [only = ''] = kid === undefined ? all : all.filter((one) => one === kid)
  if (only !== '' && (kid !== undefined || all.length === 1)) return only
  throw new UsageError(`${jwks} has keys ${all.join(', ')}: kid says which one the signer has`)
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
