import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { text } from './leaves.ts'

/** The public half of a key for ES256. */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

const coordinatePattern = /^[A-Za-z0-9_-]{43}$/

/** Whether it is a point of the curve, written as RFC 7518 6.2.1 wants it. */
export function isPoint({ x, y }: { readonly x: string; readonly y: string }): boolean {
  if (!coordinatePattern.test(x) || !coordinatePattern.test(y)) return false
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

const coordinate = text((value) =>
  coordinatePattern.test(value) ? undefined : 'must be 32 bytes in base64url',
)

export const sharedSecret =
  'is a shared secret: whoever verifies tokens with it can mint them; only ES256 keys will do'
export const privateHalf =
  'is the private half: whoever reads it can mint tokens, so make a new key and publish only jwks.json'

const key = z
  .strictObject({
    kty: z.literal('EC').describe('the kind of key'),
    crv: z.literal('P-256').describe('the curve, which ES256 is for'),
    x: coordinate.describe('one coordinate of the public point'),
    y: coordinate.describe('the other'),
    kid: z
      .string()
      .regex(/^[^\p{Cc}]{1,256}$/u, 'must be 1 to 256 characters')
      .describe('how tokens name the key'),
    use: z.literal('sig').exactOptional().describe('for signatures'),
    alg: z.literal('ES256').exactOptional().describe('the only algorithm'),
    d: z.never(privateHalf).exactOptional(),
    k: z.never(sharedSecret).exactOptional(),
  })
  .superRefine((value, context) => {
    if (isPoint(value)) return
    context.addIssue({ code: 'custom', message: 'is not a public key: no point of P-256' })
  })

export const jwksSchema = z.strictObject({
  keys: z.array(key).min(1).describe('public keys, as `breakglass keygen` writes them'),
})
