import { randomUUID } from 'node:crypto'
import { Option, type Command } from 'commander'
import type { Claims } from '../../core/breakglass/claims.ts'
import { presetNamed, presets } from '../../core/breakglass/presets.ts'
import { audienceOf, verifyToken, type VerifiedToken } from '../../core/breakglass/token.ts'
import type { PinnedKeys } from '../../core/breakglass/keys.ts'
import { makeScope } from '../../core/breakglass/wanted-scope.ts'
import { parseFieldPattern } from '../../core/manifest/field-path.ts'
import { parseDuration } from '../../core/policy/duration.ts'
import { UsageError } from '../exit.ts'
import { checked } from '../option-values.ts'

/** What somebody wants a token for. */
export interface WantedOptions {
  readonly target?: string
  readonly preset?: string
  readonly namespace?: string
  readonly fields?: string
  readonly incident: string
  readonly reason: string
  readonly ttl: string
  readonly session: string
  readonly maxUses?: string
}

export function declareWanted(command: Command): Command {
  return command
    .argument('[RESOURCE/NAME]', 'as kubectl takes it; NAME may end in *, or be * for all')
    .addOption(presetOption())
    .option('-n, --namespace <name>', 'namespace of the objects')
    .option('--fields <paths>', 'fields that may change, by commas, instead of those of the preset')
    .requiredOption('--incident <id>', 'what this is about')
    .requiredOption('--reason <text>', 'why Git is not the way')
    .option('--ttl <duration>', 'time to activate it, at most 15m', checked(whyNotDuration), '15m')
    .option('--session <duration>', 'how long the grant lasts', checked(whyNotDuration), '1h')
    .option(
      '--max-uses <n>',
      'how many writes; what the policy says by default',
      checked(whyNotCount),
    )
}

function presetOption(): Option {
  return new Option('--preset <name>', 'what for; edit if there are only --fields').choices(
    presets.map(({ name }) => name),
  )
}

export const presetHelp = `Presets:
${presets.map(({ name, summary }) => `  ${name.padEnd(11)} ${summary}`).join('\n')}
Without RESOURCE/NAME a preset is for all that it is made for in the namespace. A drain is about
the Pods of every namespace, or of the one given.`

export function scopeOf(options: WantedOptions): Claims['authorization_details'] {
  const { namespace, target } = options
  const fields = options.fields === undefined ? undefined : fieldsOf(options.fields)
  const preset = presetNamed(options.preset ?? (fields === undefined ? '' : 'edit'))
  if (preset === undefined) throw new UsageError('give --preset, or --fields with RESOURCE/NAME')
  const made = makeScope({
    preset,
    ...(namespace !== undefined && { namespace }),
    ...(target !== undefined && { target }),
    ...(fields !== undefined && { fields }),
  })
  if (made.kind === 'refused') throw new UsageError(made.message)
  return made.details
}

interface Bearer {
  readonly issuer: string
  readonly clusterUid: string
  readonly username: string
  /** Epoch ms. */
  readonly now: number
}

export function claimsFor(
  details: Claims['authorization_details'],
  options: WantedOptions,
  { issuer, clusterUid, username, now }: Bearer,
): Claims {
  const iat = Math.floor(now / 1000)
  return {
    iss: issuer,
    aud: audienceOf(clusterUid),
    sub: username,
    iat,
    nbf: iat,
    exp: iat + secondsOf(options.ttl),
    jti: randomUUID(),
    authorization_details: details,
    bg: {
      v: 1,
      session_s: secondsOf(options.session),
      ...(options.maxUses !== undefined && { max_uses: Number(options.maxUses) }),
      incident: options.incident,
      reason: options.reason,
    },
  }
}

/** As a cluster would, so that nobody finds out in an emergency what is wrong with it. */
export async function verifyMinted(
  token: string,
  minted: {
    readonly claims: Claims
    readonly published: PinnedKeys
    readonly clusterUid: string
    readonly now: number
  },
): Promise<VerifiedToken> {
  const { claims, published, clusterUid, now } = minted
  const issuer = { name: claims.iss, keys: published, limits: new Map() }
  const issuers = new Map([[claims.iss, issuer]])
  const context = { issuers, clusterUid, username: claims.sub, at: now }
  const verdict = await verifyToken(token, context)
  if (verdict.kind === 'verified') return verdict
  throw new UsageError(`no cluster would accept the token: ${verdict.rule}: ${verdict.message}`)
}

/** Commas in quotes belong to a key. */
function fieldsOf(text: string): readonly string[] {
  const fields = text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []
  for (const field of fields) parseFieldPattern(field)
  return fields
}

function whyNotDuration(text: string): string | undefined {
  const duration = parseDuration(text)
  return duration !== undefined && duration >= 1000 && duration % 1000 === 0
    ? undefined
    : 'must be a duration in whole seconds such as 15m'
}

function secondsOf(text: string): number {
  return (parseDuration(text) ?? 0) / 1000
}

function whyNotCount(text: string): string | undefined {
  return /^[1-9]\d{0,2}$/.test(text) ? undefined : 'must be a whole number from 1'
}
