import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { run } from '../../../src/cli/run.ts'
import { readKeys } from '../../../src/core/breakglass/keys.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

async function keygen(cwd: string, out: string, ...more: readonly string[]) {
  const env = fakeEnv({ cwd })
  const status = await run(['breakglass', 'keygen', '--out', out, ...more], env)
  return { status, out: env.out(), err: env.err() }
}

test('a key for ES256 and its public set are written, the key for its owner alone', async () => {
  const cwd = scratch()
  const { status, out, err } = await keygen(cwd, 'a/keys')
  assert.equal(status, 0, err)
  const dir = path.join(cwd, 'a', 'keys')
  assert.deepEqual(readdirSync(dir).toSorted(), ['jwks.json', 'key.pem'])
  assert.equal(statSync(path.join(dir, 'key.pem')).mode & 0o777, 0o600)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  const pem = readFileSync(path.join(dir, 'key.pem'), 'utf8')
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n/)
  assert.equal(createPrivateKey(pem).asymmetricKeyDetails?.namedCurve, 'prime256v1')
  const text = readFileSync(path.join(dir, 'jwks.json'), 'utf8')
  assert.equal(readKeys(text).kind, 'keys')
  const [jwk] = (JSON.parse(text) as { keys: JWK[] }).keys
  assert.ok(jwk !== undefined)
  assert.deepEqual(Object.keys(jwk), ['kty', 'crv', 'x', 'y', 'kid', 'use', 'alg'])
  const thumbprint = await calculateJwkThumbprint(jwk)
  assert.equal(jwk.kid, thumbprint)
  assert.equal(out, `key      ${thumbprint}\nprivate  ${dir}/key.pem\npublic   ${dir}/jwks.json\n`)
})

test('JSON names the key and the files', async () => {
  const cwd = scratch()
  const { out } = await keygen(cwd, '.', '-o', 'json')
  const { kid, ...files } = JSON.parse(out) as Record<string, string>
  assert.match(kid ?? '', /^[\w-]{43}$/)
  assert.deepEqual(files, { key: path.join(cwd, 'key.pem'), jwks: path.join(cwd, 'jwks.json') })
})

for (const file of ['key.pem', 'jwks.json']) {
  test(`a ${file} that is there is left alone, and nothing is put beside it`, async () => {
    const cwd = scratch({ [file]: 'mine' })
    const { status, out, err } = await keygen(cwd, '.')
    assert.deepEqual([status, out], [2, ''])
    assert.equal(
      err,
      `error: ${path.join(cwd, file)} is there already, and nothing is overwritten: EEXIST\n`,
    )
    assert.deepEqual(readdirSync(cwd), [file])
    assert.equal(readFileSync(path.join(cwd, file), 'utf8'), 'mine')
  })
}

test('a link is not followed', async () => {
  const cwd = scratch({ 'elsewhere/x': '' })
  symlinkSync(path.join(cwd, 'elsewhere', 'key'), path.join(cwd, 'key.pem'))
  assert.equal((await keygen(cwd, '.')).status, 2)
  assert.deepEqual(readdirSync(path.join(cwd, 'elsewhere')), ['x'])
})

test('a directory that cannot be made is usage', async () => {
  const cwd = scratch({ file: '' })
  const { status, err } = await keygen(cwd, 'file/below')
  assert.equal(status, 2)
  assert.match(err, /^error: .*file\/below cannot be written: ENOTDIR$/m)
})

test('a place that is no directory is usage', async () => {
  const cwd = scratch()
  writeFileSync(path.join(cwd, 'file'), '')
  const { status, err } = await keygen(cwd, 'file')
  assert.equal(status, 2)
  assert.match(err, /^error: .*file is there already, and nothing is overwritten: EEXIST$/m)
})
