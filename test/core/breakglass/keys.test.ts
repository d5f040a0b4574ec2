import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { keySet, publicHalf, readKeys, thumbprint } from '../../../src/core/breakglass/keys.ts'
import { otherKey } from './issuing.ts'

const secret = otherKey()
const jwk = publicHalf(secret) ?? assert.fail()

function set(...changes: readonly object[]): string {
  return JSON.stringify({ keys: changes.map((change) => ({ ...jwk, kid: 'a', ...change })) })
}

function refusal(text: string): string {
  const read = readKeys(text)
  return read.kind === 'refused' ? read.message : 'read'
}

test('a thumbprint is that of RFC 7638, as computed elsewhere', () => {
  // The key of RFC 7517, appendix A.1; the digest was computed by another implementation.
  const known = {
    kty: 'EC',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  } as const
  assert.equal(thumbprint(known), 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s')
})

test('the set that is published is the set that is read', () => {
  const read = readKeys(JSON.stringify(keySet(jwk)))
  assert.ok(read.kind === 'keys')
  assert.deepEqual([...read.keys.keys()], [thumbprint(jwk)])
  const [key] = read.keys.values()
  assert.equal(key?.type, 'public')
  assert.deepEqual(key.export({ format: 'jwk' }), jwk)
})

test('several keys, and members that are for others, are read', () => {
  const read = readKeys(set({ x5t: 'a', use: 'sig' }, { kid: '__proto__', alg: 'ES256' }))
  assert.ok(read.kind === 'keys')
  assert.deepEqual([...read.keys.keys()], ['a', '__proto__'])
})

test('only a key on P-256 has a public half for us', () => {
  assert.equal(publicHalf(otherKey('P-384')), undefined)
  assert.equal(publicHalf(generateKeyPairSync('ed25519').privateKey), undefined)
})

const p384 = otherKey('P-384').export({ format: 'jwk' })
const isPrivate =
  'is the private half: whoever reads it can mint tokens, so make a new key and publish only jwks.json'
const curve = 'must be an EC key on P-256'

const cases: readonly [title: string, text: string, message: string][] = [
  ['no JSON', '{', 'is not JSON'],
  [
    'a member twice',
    '{"keys":[],"keys":[]}',
    'is doubtful JSON: the key "keys" stands twice in one map',
  ],
  ['one key instead of a set', JSON.stringify(jwk), 'is no JWK Set: keys must be a list'],
  ['a set without keys', '{"keys":[]}', 'must have between 1 and 64 keys'],
  [
    '65 keys',
    set(...Array.from({ length: 65 }, (_, i) => ({ kid: String(i) }))),
    'must have between 1 and 64 keys',
  ],
  ['a key that is none', '{"keys":[1]}', 'keys[0] must be an object'],
  ['a private key', set({}, { kid: 'b', d: 'x' }), `keys[1] ${isPrivate}`],
  ['a private key of another kind', set({ kty: 'RSA', p: 'x' }), `keys[0] ${isPrivate}`],
  [
    'a symmetric key',
    set({ kty: 'oct', k: 'x' }),
    'keys[0] is a shared secret: whoever verifies tokens with it can mint them; only ES256 keys will do',
  ],
  ['another curve', set({ ...p384, d: undefined }), `keys[0] ${curve}`],
  ['another kind', set({ kty: 'RSA' }), `keys[0] ${curve}`],
  ['another use', set({ use: 'enc' }), 'keys[0] is not for ES256 signatures'],
  ['another algorithm', set({ alg: 'ES384' }), 'keys[0] is not for ES256 signatures'],
  ['no kid', set({ kid: undefined }), 'keys[0] needs a kid of 1 to 256 characters'],
  ['an empty kid', set({ kid: '' }), 'keys[0] needs a kid of 1 to 256 characters'],
  ['a kid that is no text', set({ kid: 1 }), 'keys[0] needs a kid of 1 to 256 characters'],
  ['a kid twice', set({}, {}), 'keys[1] has the kid of another key'],
  ['a point that is on no curve', set({ x: 'A'.repeat(43) }), 'keys[0] is no point of P-256'],
  ['a point without a coordinate', set({ y: undefined }), 'keys[0] is no point of P-256'],
  ['a point with padding', set({ x: `${jwk.x}=` }), 'keys[0] is no point of P-256'],
]

for (const [title, text, message] of cases) {
  test(`refused as keys: ${title}`, () => {
    assert.equal(refusal(text), message)
  })
}
