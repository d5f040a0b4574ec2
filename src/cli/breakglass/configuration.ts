import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { listOf, matching, members } from '../../core/breakglass/shape.ts'
import { isJsonObject, type JsonObject } from '../../core/manifest/json.ts'
import { parseManifests } from '../../core/manifest/parse.ts'
import { whyNotIssuer } from '../../core/policy/break-glass-leaves.ts'
import { parseDuration } from '../../core/policy/duration.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'

/** Who signs tokens for a cluster, as somebody has written it down beforehand. Paths are absolute. */
export interface SigningChoice {
  readonly issuer: string
  /** uid of kube-system, for those who may not read it. */
  readonly cluster?: string
  readonly by:
    | { readonly kind: 'key'; readonly file: string }
    | {
        readonly kind: 'command'
        readonly words: readonly string[]
        /** The public half. */
        readonly jwks: string
        readonly kid?: string
        readonly timeoutMs: number
      }
}

/** In place of what the file says. */
export interface SigningOptions {
  readonly issuer?: string
  readonly key?: string
}

export const configurationFile = '~/.config/solewriter/config.yaml'
/** Time to touch a key, or to log in. */
const defaultTimeout = '60s'

const text = matching(/./, 'a text')
const word = matching(/^[^\p{Cc}]+$/u, 'a text')
const entry = members(
  { issuer: text },
  {
    key: word,
    signer: listOf(word, 64),
    jwks: word,
    kid: word,
    cluster: matching(/^[\w.-]{1,128}$/, 'the uid of the namespace kube-system'),
    timeout: matching(/^\d+(?:s|m)$/, 'a duration such as 60s'),
  },
)

/** Others' entries are not looked into: they may be for another version. */
const whole = members({}, { contexts: members({}, {}, 'ignored') })

/** Throws UsageError, with what to write where. */
export async function signingChoice(
  context: string,
  options: SigningOptions,
  env: Env,
): Promise<SigningChoice> {
  const file = path.join(env.home, '.config', 'solewriter', 'config.yaml')
  if (options.issuer !== undefined && options.key !== undefined) {
    const by = { kind: 'key', file: path.resolve(env.cwd, options.key) } as const
    return { issuer: options.issuer, by }
  }
  const found = entryOf(await readConfiguration(file), context, file)
  if (found === undefined) throw new UsageError(missing(context))
  const choice = choiceOf(found, { file, env, place: `contexts.${context}` })
  const by = options.key === undefined ? choice.by : keyIn(options.key, env)
  return { ...choice, by, ...(options.issuer !== undefined && { issuer: options.issuer }) }
}

function keyIn(file: string, env: Env): SigningChoice['by'] {
  return { kind: 'key', file: path.resolve(env.cwd, file) }
}

function missing(context: string): string {
  return `${configurationFile} says nothing about context ${context}. Write there:
contexts:
  ${context}:
    issuer: https://breakglass.example.com
    key: key.pem
Or give --issuer and --key. Without a key of your own a colleague mints a token for you:
solewriter breakglass mint --user YOU ... and you: kubectl breakglass activate`
}

async function readConfiguration(file: string): Promise<JsonObject> {
  const content = await readFile(file).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new UsageError(`${file} cannot be read`, { cause })
  })
  if (content === undefined) return {}
  const { documents, problems } = parseManifests(content)
  const [problem] = problems
  if (problem !== undefined) throw new UsageError(`${file}:${problem.line}: ${problem.message}`)
  return documents[0]?.object ?? {}
}

function entryOf(configuration: JsonObject, context: string, file: string): JsonObject | undefined {
  const unfit = whole(configuration, '')
  if (unfit !== undefined) throw new UsageError(`${file}: ${unfit}`)
  const contexts = configuration['contexts'] ?? {}
  const found =
    isJsonObject(contexts) && Object.hasOwn(contexts, context) ? contexts[context] : null
  if (!isJsonObject(found)) return undefined
  const problem = entry(found, `contexts.${context}`)
  if (problem !== undefined) throw new UsageError(`${file}: ${problem}`)
  return found
}

interface Place {
  readonly file: string
  readonly place: string
  readonly env: Env
}

/** Of an entry whose members are what they have to be. */
function choiceOf(found: JsonObject, { file, place, env }: Place): SigningChoice {
  const refuse = (message: string) => new UsageError(`${file}: ${place}${message}`)
  const {
    issuer,
    key,
    signer,
    jwks,
    kid,
    cluster,
    timeout = defaultTimeout,
  } = found as unknown as {
    readonly issuer: string
    readonly key?: string
    readonly signer?: readonly string[]
    readonly jwks?: string
    readonly kid?: string
    readonly cluster?: string
    readonly timeout?: string
  }
  const unfit = whyNotIssuer(issuer)
  if (unfit !== undefined) throw refuse(`.issuer ${unfit}`)
  const at = (named: string) => absolute(named, path.dirname(file), env)
  const whole = { issuer, ...(cluster !== undefined && { cluster }) }
  if ((key === undefined) === (signer === undefined)) throw refuse(' needs one of key and signer')
  if (key !== undefined) return { ...whole, by: { kind: 'key', file: at(key) } }
  if (jwks === undefined) throw refuse('.jwks is required with signer: the file of the public half')
  const timeoutMs = parseDuration(timeout) ?? 0
  const by = { words: signer ?? [], jwks: at(jwks), timeoutMs, ...(kid !== undefined && { kid }) }
  return { ...whole, by: { kind: 'command', ...by } }
}

function absolute(named: string, dir: string, env: Env): string {
  return named.startsWith('~/') ? path.join(env.home, named.slice(2)) : path.resolve(dir, named)
}
