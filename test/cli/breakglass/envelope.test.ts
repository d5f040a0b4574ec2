import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'
import { goodClaims, goodHeader, jws, signed } from '../../core/breakglass/issuing.ts'
import { grantName } from '../../core/decision/granting.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

async function envelope(input: string, ...args: readonly string[]) {
  const env = fakeEnv({ input })
  const code = await run(['breakglass', 'envelope', ...args], env)
  return { code, out: env.out(), err: env.err() }
}

test('a token in, what kubectl creates out', async () => {
  const token = signed()
  const { code, out, err } = await envelope(`${token}\n`)
  assert.deepEqual([code, err], [0, ''])
  const { documents, problems } = parseManifests(out)
  assert.deepEqual(problems, [])
  const expected = {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'BreakGlassGrant',
    metadata: { name: grantName },
    spec: { token },
  }
  assert.deepEqual(JSON.parse(JSON.stringify(documents.map(({ object }) => object))), [expected])
  assert.deepEqual(JSON.parse((await envelope(token, '-o', 'json')).out), expected)
})

test('for who shows no credential', async () => {
  const { out } = await envelope(signed(), '--without-credential')
  assert.match(out, /^ {2}credential: none$/m)
})

test('from a file', async () => {
  const dir = scratch({ 'token.jwt': signed() })
  const env = fakeEnv({ cwd: dir })
  assert.equal(await run(['breakglass', 'envelope', '-f', 'token.jwt'], env), 0)
  assert.match(env.out(), /kind: BreakGlassGrant/)
})

for (const [title, token] of [
  ['nothing', ''],
  ['no token', 'kind: Secret'],
  ['a token for something else', jws({ ...goodHeader, typ: 'JWT' }, goodClaims)],
  ['a name that is none', signed({ jti: '../x' })],
  ['YAML in the token', `${signed()}"\nspec: {}`],
] as const) {
  test(`refused, without a word of it: ${title}`, async () => {
    const { code, out, err } = await envelope(token)
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /^error: /)
    for (const part of token.split(/[.\s]/).filter(({ length }) => length > 8)) {
      assert.ok(!err.includes(part))
    }
  })
}
