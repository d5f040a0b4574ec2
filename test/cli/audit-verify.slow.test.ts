import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tmpdir } from 'node:os'
import type { Verification } from '../../src/core/audit/verify.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, noon, quiet } from '../journal/reading.ts'

const main = path.join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

function auditVerify(args: readonly string[], input = '') {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, 'audit', 'verify', ...args],
    { encoding: 'utf8', input },
  )
  return { stdout, stderr, status }
}

describe('audit verify', () => {
  let directory = ''
  let files: readonly string[] = []

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'solewriter-verify-'))
    for (const [i, writer] of ['pod-0', 'pod-1', 'pod-0'].entries()) {
      const journal = await openJournal({
        directory,
        writer,
        now: () => noon + i,
        log: quiet,
        fileBytes: 3000,
      })
      for (let n = 0; n < 5; n += 1) await journal.append(record({ name: `n${n}` }))
      await journal.stop()
    }
    files = filesIn(directory)
  })
  after(() => {
    rmSync(directory, { recursive: true })
  })

  test('says that a directory of records is intact, and where its chains end', () => {
    const { stdout, status } = auditVerify([directory])
    assert.equal(status, 0)
    assert.match(stdout, /^ok: 15 records in 3 chains\n\nWRITER +INTACT +LAST HASH\n/)
    assert.match(stdout, /^pod-1\/[0-9A-Z]{26} +5 +sha256:[0-9a-f]{64}$/m)
  })

  test('takes files in any order', () => {
    assert.equal(auditVerify([...files.toReversed(), ...files]).status, 0)
  })

  test('reads standard input', () => {
    const text = files.map((file) => readFileSync(file, 'utf8')).join('')
    const { stdout, status } = auditVerify(['-'], text)
    assert.equal(status, 0)
    assert.match(stdout, /^ok: 15 records/)
  })

  test('names the first record that does not fit', () => {
    const texts = files
      .map((file) => readFileSync(file, 'utf8'))
      .join('')
      .split('\n')
    const tampered = texts.with(1, (texts[1] ?? '').replace('deny', 'allow')).join('\n')
    const { stdout, status } = auditVerify(['-', '-o', 'json'], tampered)
    assert.equal(status, 1)
    const found = JSON.parse(stdout) as Verification & { ok: boolean }
    assert.equal(found.ok, false)
    assert.deepEqual(
      found.problems.map(({ line, seq }) => [line, seq]),
      [[3, 3]],
    )
    const { stdout: shown } = auditVerify(['-'], tampered)
    assert.match(
      shown,
      /^broken: -:3: record 3 of pod-0\/\S+: record 2 is not the one .*\nnot ok: /,
    )
  })

  test('misses a file that is gone', () => {
    const [first = '', ...others] = files
    assert.equal(auditVerify(others).status, 1)
    assert.notEqual(first, '')
  })

  test('notes half a line, which is no break', () => {
    const file = path.join(directory, 'copy.txt')
    writeFileSync(file, readFileSync(files[0] ?? '', 'utf8'))
    appendFileSync(file, '{"v":1')
    const { stdout, status } = auditVerify([file])
    rmSync(file)
    assert.equal(status, 0)
    assert.match(stdout, /copy\.txt:\d+: half a line/)
  })

  test('cannot say anything about no records', () => {
    const { stdout, status } = auditVerify(['-'])
    assert.equal(status, 3)
    assert.match(stdout, /^nothing to verify: 0 records/)
    assert.equal((JSON.parse(auditVerify(['-', '-o', 'json']).stdout) as { ok: boolean }).ok, false)
  })

  test('is told a place that is not there', () => {
    assert.equal(auditVerify([path.join(directory, 'nowhere')]).status, 2)
    assert.equal(auditVerify([]).status, 2)
  })
})
