import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tmpdir } from 'node:os'
import { gzipSync } from 'node:zlib'
import { chainLine, emptyChain } from '../../src/core/audit/chain.ts'
import { signerWith, type Checkpoint } from '../../src/core/audit/checkpoint.ts'
import type { Verification } from '../../src/core/audit/verify.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, noon, quiet } from '../journal/reading.ts'

const main = path.join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

function anchorText(spec: Checkpoint): string {
  return JSON.stringify({ items: [{ kind: 'AuditCheckpoint', spec }] })
}

function auditVerify(args: readonly string[], input = '') {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, 'audit', 'verify', ...args],
    { encoding: 'utf8', input },
  )
  return { stdout, stderr, status }
}

describe('audit verify with keys', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-keys-'))
  after(() => {
    rmSync(directory, { recursive: true })
  })

  test('checks what a journal has signed with a key of audit keygen', async () => {
    const made = spawnSync(
      process.execPath,
      [main, 'audit', 'keygen', '--out', path.join(directory, 'key'), '-o', 'json'],
      { encoding: 'utf8' },
    )
    const { kid, key, jwks } = JSON.parse(made.stdout) as Record<'kid' | 'key' | 'jwks', string>
    const records = path.join(directory, 'records')
    const anchors = path.join(directory, 'anchors.json')
    const journal = await openJournal({
      directory: records,
      writer: 'pod-0',
      now: () => noon,
      log: quiet,
      checkpoints: {
        sign: signerWith(kid, createPrivateKey(readFileSync(key))),
        onStored: (spec) => writeFileSync(anchors, anchorText(spec)),
      },
    })
    await journal.append(record())
    await journal.stop()
    const { stdout, status } = auditVerify([records, '--jwks', jwks])
    assert.equal(status, 0)
    assert.match(stdout, /^ok: 2 records in 1 chain\n[^]*closed +2 +1 +sha256/)
    assert.match(auditVerify([records]).stdout, /signatures not checked: give --jwks/)

    const [file = ''] = filesIn(records)
    const [first = ''] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, `${first}\n`)
    const cut = auditVerify([records, '--jwks', jwks])
    assert.equal(cut.status, 0)
    assert.match(cut.stdout, /^ok: 1 record in 1 chain, without checkpoints/)
    const missed = auditVerify([records, '--jwks', jwks, '--anchors', anchors])
    assert.equal(missed.status, 1)
    assert.match(missed.stdout, /^broken: \S+anchors\.json:1: .* record 2 is missing at the end of/)

    const elsewhere = path.join(directory, 'other.jsonl')
    writeFileSync(
      elsewhere,
      chainLine(record(), emptyChain('pod-1/01K3W7Q2000000000000000000')).line,
    )
    appendFileSync(elsewhere, '\n')
    const some = [elsewhere, '--jwks', jwks, '--anchors', anchors]
    assert.equal(auditVerify(some).status, 0)
    const all = auditVerify([...some, '--complete'])
    assert.equal(all.status, 1)
    assert.match(all.stdout, /^pod-0\/\w+: its 1 records are not here\nnot ok: /)
  })
})

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
    assert.match(
      stdout,
      /^ok: 15 records in 3 chains, without checkpoints\n\nWRITER +END +INTACT +CHECKPOINT +LAST HASH\n/,
    )
    assert.match(stdout, /^pod-1\/[0-9A-Z]{26} +open +5 +0 +sha256:[0-9a-f]{64}$/m)
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

  test('reads what is compressed, and names where it is damaged', () => {
    const copies = mkdtempSync(path.join(tmpdir(), 'solewriter-verify-'))
    for (const file of files) {
      const name = path.join(copies, path.basename(file))
      writeFileSync(`${name}.gz`, gzipSync(readFileSync(file)))
    }
    const [first = ''] = filesIn(copies)
    // Somebody died before removing it: one of the two is read.
    writeFileSync(first.slice(0, -3), readFileSync(files[0] ?? ''))
    assert.match(auditVerify([copies]).stdout, /^ok: 15 records in 3 chains/)
    rmSync(first.slice(0, -3))
    writeFileSync(first, readFileSync(first).subarray(0, 200))
    const { stdout, status } = auditVerify([copies])
    rmSync(copies, { recursive: true })
    assert.equal(status, 1)
    assert.match(stdout, /^broken: \S+000001\.jsonl\.gz:1: the file is damaged here\n/)
  })

  test('is told a set of keys or anchors that is none', () => {
    const file = path.join(directory, 'bad.json')
    writeFileSync(file, '{"keys":[]}')
    assert.match(auditVerify([directory, '--jwks', file]).stderr, /between 1 and 64 keys/)
    const { status, stderr } = auditVerify([directory, '--anchors', file])
    rmSync(file)
    assert.equal(status, 2)
    assert.match(stderr, /holds something that is no AuditCheckpoint/)
    assert.equal(auditVerify(['-', '--anchors', '-']).status, 2)
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
