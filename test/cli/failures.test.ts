import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { exitCodeOf } from '../../src/cli/exit.ts'
import { run } from '../../src/cli/run.ts'
import { errorCodes } from '../../src/core/errors.ts'
import { fakeEnv } from './fake-env.ts'

test('what the caller can put right is usage, all else is unknown, and nothing is an answer', () => {
  assert.deepEqual(
    errorCodes.filter((code) => exitCodeOf(code) === 2),
    [
      'BodyTooLarge',
      'CertificateInvalid',
      'ManifestInvalid',
      'PolicyInvalid',
      'PolicyUnreadable',
      'ReviewMalformed',
      'SettingsInvalid',
    ],
  )
  assert.ok(errorCodes.every((code) => [2, 3].includes(exitCodeOf(code))))
})

test('every issue of a policy is a line of its own, and none can write to the terminal', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-cli-'))
  try {
    writeFileSync(path.join(dir, 'p.yaml'), '"\\e[2J": 1\nkind: Policy\n')
    const env = fakeEnv({ cwd: dir, columns: 80 })
    assert.equal(await run(['policy', 'suggest', '-', '--policy', 'p.yaml'], env), 2)
    const label = '\u001B[31merror:\u001B[39m '
    const [, said = ''] = env.err().split(label)
    assert.match(said, /^p\.yaml:1:1: .*\np\.yaml:/)
    assert.ok(!said.includes('\u001B'))
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a bug shows where it is and is no answer', async () => {
  const env = fakeEnv()
  const broken = { ...env, now: () => assert.fail('no clock') }
  assert.equal(await run(['certs', 'bootstrap', '--out', '/nowhere', '--dns', 'a'], broken), 3)
  assert.match(env.err(), /^error: internal: .*no clock\n.*failures\.test\.ts/s)
})
