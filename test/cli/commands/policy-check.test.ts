import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { policyJsonSchema } from '../../../src/core/policy/json-schema.ts'
import { cleanPolicy, head, writer } from '../../core/policy/policies.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

const cwd = scratch({
  'good.yaml': cleanPolicy,
  'bad.yaml': `${head}  mode: enforced\n  writer: []\n`,
  'warned.yaml': `${head}${writer}`,
})
writeFileSync(path.join(cwd, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00]))

async function check(file: string, ...more: readonly string[]) {
  const env = fakeEnv({ cwd })
  const status = await run(['policy', 'check', file, ...more], env)
  return { status, out: env.out(), err: env.err() }
}

test('a good policy is named, counted and hashed in one line', async () => {
  const { status, out } = await check('good.yaml')
  assert.equal(status, 0)
  assert.match(
    out,
    /^good\.yaml: ok: prod-eu-1 in mode enforce, 3 scopes, 2 repositories, 2 writers, 3 exceptions, sha256:[0-9a-f]{64}\n$/,
  )
})

test('all that is wrong is said at once, as compilers say it', async () => {
  const { status, out, err } = await check('bad.yaml')
  assert.equal(status, 1)
  assert.equal(
    out,
    [
      'bad.yaml:5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)',
      'bad.yaml:6:3: spec.writer: is not known (did you mean "writers"?)',
      '',
    ].join('\n'),
  )
  assert.equal(err, '')
})

test('a warning is said before the good line and changes nothing', async () => {
  const { status, out } = await check('warned.yaml')
  assert.equal(status, 0)
  assert.match(
    out,
    /^warned\.yaml:13:20: warning: spec\.writers\[0\]\.repositories\[0\]: repository fleet has no sources.*\nwarned\.yaml: ok: .*, 1 warning, sha256/,
  )
})

test('what is no text is an invalid policy', async () => {
  const { status, out } = await check('binary.yaml')
  assert.equal(status, 1)
  assert.equal(out, 'binary.yaml:1:1: is not UTF-8 text\n')
})

test('a file that cannot be read is no answer about a policy', async () => {
  const { status, out, err } = await check('none.yaml')
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /^error: .*none\.yaml: cannot be read: ENOENT/)
})

test('JSON has the same keys for good and bad, and the issues in parts', async () => {
  const good = JSON.parse((await check('warned.yaml', '-o', 'json')).out) as Record<string, unknown>
  const { hash, warnings, ...rest } = good
  assert.match(String(hash), /^sha256:/)
  assert.equal((warnings as { line: number }[])[0]?.line, 13)
  const counts = { scopes: 0, repositories: 1, writers: 1, exceptions: 0, warnings: 1 }
  assert.deepEqual(rest, {
    file: 'warned.yaml',
    ok: true,
    name: 'prod-eu-1',
    mode: 'audit',
    counts,
    issues: [],
  })
  const { status, out } = await check('bad.yaml', '-o', 'json')
  assert.equal(status, 1)
  const bad = JSON.parse(out) as { issues: unknown[] }
  assert.deepEqual(Object.keys(bad), Object.keys(good))
  assert.deepEqual(bad.issues[1], {
    file: 'bad.yaml',
    line: 6,
    column: 3,
    path: 'spec.writer',
    message: 'is not known (did you mean "writers"?)',
  })
})

test('the schema is printed as it is', async () => {
  const env = fakeEnv()
  assert.equal(await run(['policy', 'schema'], env), 0)
  assert.deepEqual(JSON.parse(env.out()), JSON.parse(JSON.stringify(policyJsonSchema())))
})
