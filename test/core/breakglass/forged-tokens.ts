import { createHmac } from 'node:crypto'
import {
  encode,
  es256,
  goodClaims,
  goodHeader,
  iss,
  jws,
  kid,
  otherKey,
  publicPem,
  signed,
} from './issuing.ts'

const good = signed()
const [goodHead = '', goodBody = '', goodSignature = ''] = good.split('.')

export const wrongSignature = 'Signature: the signature is not by this key of issuer oncall'
const notCompact = 'Malformed: this is no compact JWS: three parts in base64url without padding'
const readAlike = 'that all readers read alike (UTF-8, no member twice)'
const notHeader = `Header: the header is no JSON object ${readAlike}`
const notClaims = `Malformed: the claims are no JSON object ${readAlike}`
const otherMembers = 'Header: the header has members other than alg, typ and kid'
const noKid = 'Header: the header needs a kid that is a text'
const noAlgorithm = 'Algorithm: alg must be ES256'
const noType = 'Type: typ must be breakglass+jwt: this token was made for something else'
export const noKey = 'UnknownKey: issuer oncall has no key of this kid: it may have been removed'
const noIssuer = 'UnknownIssuer: no issuer of the policy has the iss of this token'

const hmac = (input: string) => createHmac('sha256', publicPem).update(input).digest()
const header = (change: object) => jws({ ...goodHeader, ...change }, goodClaims)
const publicJwk = otherKey().export({ format: 'jwk' })

export const forged: readonly [title: string, token: string, verdict: string][] = [
  ['nothing', '', notCompact],
  ['two parts', `${goodHead}.${goodBody}`, notCompact],
  ['five parts, as a JWE has them', `${good}.a.b`, notCompact],
  ['no signature', `${goodHead}.${goodBody}.`, notCompact],
  ['detached claims', `${goodHead}..${goodSignature}`, notCompact],
  ['JSON serialization', JSON.stringify({ protected: goodHead, payload: goodBody }), notCompact],
  ['padding', `${goodHead}.${goodBody}.${goodSignature}==`, notCompact],
  ['base64 with its other alphabet', `${goodHead}.${goodBody}.${'+/'.repeat(43)}`, notCompact],
  ['a newline at its end', `${good}\n`, notCompact],
  ['a space inside', `${goodHead} .${goodBody}.${goodSignature}`, notCompact],
  ['bits that decode to nothing', looseBits(good), notCompact],
  ['8 KiB and a byte', 'a'.repeat(8193), 'TooLong: a token is at most 8192 bytes long'],
  ['a list for a header', jws('[]', goodClaims), notHeader],
  ['a member of the header twice', jws(twice(goodHeader, 'alg'), goodClaims), notHeader],
  ['an escaped member twice', jws(twice(goodHeader, 'alg', '\\u0061lg'), goodClaims), notHeader],
  ['a header that is not UTF-8', `${latin1('"\u00ff"')}.${goodBody}.${goodSignature}`, notHeader],
  ['claims that are no object', jws(goodHeader, '"x"'), notClaims],
  ['a claim twice', jws(goodHeader, twice(goodClaims, 'sub')), notClaims],
  [
    'a member of the scope twice',
    jws(goodHeader, JSON.stringify(goodClaims).replace('"names"', '"names":["x"],"names"')),
    notClaims,
  ],
  ['claims that are not UTF-8', `${goodHead}.${latin1('{"a":"\u00ff"}')}.AAAA`, notClaims],
  ['no algorithm', `${encode({ ...goodHeader, alg: 'none' })}.${goodBody}.AAAA`, noAlgorithm],
  ['NONE', header({ alg: 'NONE' }), noAlgorithm],
  ['HMAC with the public key', jws({ ...goodHeader, alg: 'HS256' }, goodClaims, hmac), noAlgorithm],
  ['HMAC that says ES256', jws(goodHeader, goodClaims, hmac), wrongSignature],
  ['another curve', header({ alg: 'ES384' }), noAlgorithm],
  [
    'another curve that says ES256',
    jws(goodHeader, goodClaims, es256(otherKey('P-384'))),
    wrongSignature,
  ],
  ['RSA', header({ alg: 'RS256' }), noAlgorithm],
  ['a list of algorithms', header({ alg: ['ES256'] }), noAlgorithm],
  ['no alg', header({ alg: undefined }), noAlgorithm],
  ['another key', jws(goodHeader, goodClaims, es256(otherKey())), wrongSignature],
  ['zeros for a signature', `${goodHead}.${goodBody}.${encode('\0'.repeat(64))}`, wrongSignature],
  ['a DER signature', jws(goodHeader, goodClaims, () => Buffer.alloc(70, 0x30)), wrongSignature],
  ['a key of its own', jws({ ...goodHeader, jwk: publicJwk }, goodClaims, es256()), otherMembers],
  ['a URL of keys', header({ jku: 'https://evil.example/jwks.json' }), otherMembers],
  ['a certificate', header({ x5c: ['MII'] }), otherMembers],
  ['a URL of a certificate', header({ x5u: 'https://evil.example/c' }), otherMembers],
  ['crit', header({ crit: ['b64'], b64: false }), otherMembers],
  ['an empty crit', header({ crit: [] }), otherMembers],
  ['b64', header({ b64: true }), otherMembers],
  ['zip', header({ zip: 'DEF' }), otherMembers],
  [
    'a prototype',
    jws(JSON.stringify(goodHeader).replace('{', '{"__proto__":{},'), goodClaims),
    otherMembers,
  ],
  ['no kid', header({ kid: undefined }), noKid],
  ['an empty kid', header({ kid: '' }), noKid],
  ['a list of kids', header({ kid: [kid] }), noKid],
  ['a kid that names a member of every object', header({ kid: '__proto__' }), noKey],
  ['a kid that names a file', header({ kid: '../../dev/null' }), noKey],
  [
    'a kid of another case',
    header({ kid: kid.toLowerCase() === kid ? 'X' : kid.toLowerCase() }),
    noKey,
  ],
  ['no typ', header({ typ: undefined }), noType],
  ['a login token', header({ typ: 'breakglass-login+jwt' }), noType],
  ['an approval', header({ typ: 'breakglass-approval+jwt' }), noType],
  ['an ordinary JWT', header({ typ: 'JWT' }), noType],
  ['typ with its media type', header({ typ: 'application/breakglass+jwt' }), noType],
  ['typ in capitals', header({ typ: 'BREAKGLASS+JWT' }), noType],
  ['no iss', signed({ iss: undefined }), noIssuer],
  ['an iss with a slash more', signed({ iss: `${iss}/` }), noIssuer],
  ['an iss in capitals', signed({ iss: iss.toUpperCase() }), noIssuer],
  ['a list of iss', signed({ iss: [iss] }), noIssuer],
  ['an iss that every object has', signed({ iss: 'constructor' }), noIssuer],
]

/** The last character changed in bits that stand for nothing: decoders mostly ignore them. */
function looseBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + (alphabet[last + 1] ?? '')
}

function twice(object: object, key: string, again = key): string {
  return JSON.stringify(object).replace('{', `{"${again}":"x",`).replace(`"${key}"`, `"${key}"`)
}

function latin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url')
}
