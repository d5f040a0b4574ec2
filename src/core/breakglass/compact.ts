import { isUtf8 } from 'node:buffer'
import { isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { parseStrictJson } from '../manifest/strict-json.ts'
import { refuse, type Refusal } from './refusal.ts'

/** In bytes. */
const longestToken = 8 * 1024
export const tokenType = 'breakglass+jwt'
export const algorithm = 'ES256'

/** What a token says before anything of it is believed. */
export interface UnverifiedToken {
  readonly kind: 'unverified'
  readonly kid: string
  /** Only to find the issuer by. */
  readonly iss: string
  readonly payload: JsonObject
}

/** RFC 7515 compact serialization, with exactly the header members that we know. */
export function readCompact(token: string): UnverifiedToken | Refusal {
  if (token.length > longestToken) {
    return refuse('TooLong', `a token is at most ${longestToken} bytes long`)
  }
  const parts = token.split('.')
  const [header, payload] = parts.map(decode)
  if (parts.length !== 3 || parts.some((part) => !isCanonical(part))) {
    return refuse('Malformed', 'this is no compact JWS: three parts in base64url without padding')
  }
  if (!isJsonObject(header)) return refuse('Header', `the header is no JSON object${whatElse}`)
  if (!isJsonObject(payload)) return refuse('Malformed', `the claims are no JSON object${whatElse}`)
  return (
    whyNotHeader(header) ?? {
      kind: 'unverified',
      kid: stringAt(header, 'kid') ?? '',
      iss: stringAt(payload, 'iss') ?? '',
      payload,
    }
  )
}

const whatElse = ' that all readers read alike (UTF-8, no member twice)'

function whyNotHeader(header: JsonObject): Refusal | undefined {
  const { alg, typ, kid, ...others } = header
  // `crit`, `b64`, `jwk`, `jku`, `x5c`, ...: whoever made the token would choose how it is checked.
  if (Object.keys(others).length > 0) {
    return refuse('Header', 'the header has members other than alg, typ and kid')
  }
  if (alg !== algorithm) return refuse('Algorithm', `alg must be ${algorithm}`)
  if (typ !== tokenType) {
    return refuse('Type', `typ must be ${tokenType}: this token was made for something else`)
  }
  return typeof kid === 'string' && kid !== ''
    ? undefined
    : refuse('Header', 'the header needs a kid that is a text')
}

/** Two spellings of one text would make two tokens of one. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part
}

function decode(part: string): Json | undefined {
  const bytes = Buffer.from(part, 'base64url')
  if (!isUtf8(bytes)) return undefined
  const parsed = parseStrictJson(bytes.toString('utf8'))
  return parsed.kind === 'value' ? parsed.value : undefined
}
