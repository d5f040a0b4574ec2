import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { AuditRecord } from '../../src/core/audit/record.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { newKeys } from '../core/audit/chains.ts'
import { record } from '../core/audit/decisions.ts'
import { filesIn, noon, quiet } from '../journal/reading.ts'
import { solewriter } from './process.ts'

let directory = ''
let texts: readonly string[] = []
const id = (n: number) => `01K3W7Q2${String(n).padStart(18, '0')}`
const commit = 'abc123'.padEnd(40, '0')

function one(n: number, changes: Partial<AuditRecord>): AuditRecord {
  const time = new Date(noon + n * 60_000).toISOString()
  return { ...record(), time, decisionId: id(n), ...changes }
}

const git = { repo: 'fleet', commit, path: 'a.yaml:1', evidence: 'annotation', verified: true }
const records: readonly AuditRecord[] = [
  one(0, { user: 'alice', ns: 'pay', name: 'api', gvr: 'apps/v1/deployments' }),
  one(1, { user: 'ci', decision: 'allow', reason: 'VerifiedCommit', git, name: 'web' }),
  one(2, {
    user: 'bob',
    decision: 'allow',
    reason: 'BreakGlass',
    rule: 'bg-1',
    ns: 'shop',
    name: 'api',
  }),
  one(3, {
    user: 'bob',
    reason: 'OwnObject',
    gvr: 'solewriter.dev/v1/breakglassgrants',
    name: 'bg-1',
    ns: '',
  }),
  one(4, {
    user: 'eve|=\u001b[31m',
    ns: 'pay',
    name: 'api',
    gvr: 'apps/v1/deployments',
    sub: 'scale',
  }),
]

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'solewriter-show-'))
  const journal = await openJournal({
    directory,
    writer: 'pod-0',
    now: () => noon,
    log: quiet,
    checkpoints: { sign: newKeys().sign },
  })
  for (const each of records) await journal.append(each)
  await journal.stop()
  const [file = ''] = filesIn(directory)
  texts = readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, records.length)
})

after(() => {
  rmSync(directory, { recursive: true })
})

function show(...args: readonly string[]) {
  return solewriter(['audit', 'show', ...args])
}

/** Numbers of the records that it prints. */
function found(...args: readonly string[]): readonly number[] {
  const { status, stdout, stderr } = show(directory, '--format', 'jsonl', ...args)
  assert.equal(status, 0, stderr)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => texts.indexOf(line))
}

describe('audit show', () => {
  test('prints a line for each decision, in which nothing moves the cursor', () => {
    const { status, stdout } = show(directory)
    assert.equal(status, 0)
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, records.length)
    assert.match(
      lines[0] ?? '',
      /^2026-08-23T12:00:00\.000Z {2}deny +HumanWrite +alice +\w+ +deployments\.apps +pay\/api +\(01K3/,
    )
    assert.match(lines[2] ?? '', /allow +BreakGlass +bob/)
    assert.ok(!stdout.includes('\u001b'))
  })

  test('finds what is asked for', () => {
    assert.deepEqual(found(), [0, 1, 2, 3, 4])
    for (const [args, expected] of [
      [['--user', 'alice'], [0]],
      [['--reason', 'VerifiedCommit'], [1]],
      [['--commit', 'ABC123'], [1]],
      [
        ['--grant', 'bg-1'],
        [2, 3],
      ],
      [
        ['--object', 'pay/api'],
        [0, 4],
      ],
      [
        ['--resource', 'deployments.apps'],
        [0, 4],
      ],
      [['--resource', 'deployments/scale'], [4]],
      [
        ['--from', '2026-08-23T12:01:00Z', '--to', '2026-08-23T12:03:00Z'],
        [1, 2],
      ],
      [['--to', '2026-08-23'], []],
      [['--user', 'bob', '--reason', 'BreakGlass'], [2]],
    ] as const) {
      assert.deepEqual(found(...args), expected, args.join(' '))
    }
  })

  test('shows a decision in full by its id, in any case, and misses one that is not there', () => {
    const { status, stdout } = show(id(1).toLowerCase(), directory)
    assert.equal(status, 0)
    assert.match(stdout, /^decision 01K3\w+: allow\n/)
    assert.match(stdout, new RegExp(`commit +fleet@${commit} a\\.yaml:1\n`))
    assert.match(stdout, /evidence +annotation, shown by Git\n/)
    const missed = show(id(9), directory)
    assert.equal(missed.status, 3)
    assert.match(missed.stderr, /: no record here has it/)
    assert.equal(show(id(1)).status, 2)
  })

  test('prints JSON that is whole, also when there is nothing', () => {
    const read = (...args: readonly string[]) =>
      JSON.parse(show(directory, '-o', 'json', ...args).stdout) as {
        readonly records: readonly AuditRecord[]
        readonly count: number
      }
    const all = read()
    assert.equal(all.count, records.length)
    assert.deepEqual(
      all.records.map(({ decisionId }) => decisionId),
      records.map(({ decisionId }) => decisionId),
    )
    assert.deepEqual(read('--user', 'nobody'), { records: [], count: 0 })
    assert.equal(show(directory, '-o', 'json', '--format', 'cef').status, 2)
  })

  test('prints a line for each in OCSF and CEF', () => {
    const ocsf = show(directory, '--format', 'ocsf').stdout.trimEnd().split('\n')
    assert.equal(ocsf.length, records.length)
    for (const line of ocsf)
      assert.equal((JSON.parse(line) as { class_uid: number }).class_uid, 6003)
    const cef = show(directory, '--format', 'cef').stdout.trimEnd().split('\n')
    assert.equal(cef.length, records.length)
    for (const line of cef) assert.match(line, /^CEF:0\|solewriter\|solewriter\|[^|]+\|\w+\|/)
    assert.match(cef[4] ?? '', /suser=eve\|\\=\\\\u001b\[31m /)
  })

  test('says what could not be read, and goes on', () => {
    const file = path.join(directory, 'other.jsonl')
    writeFileSync(file, `no record\n${texts[0] ?? ''}\n`)
    appendFileSync(file, '{"half')
    const { status, stdout, stderr } = show(file)
    assert.equal(status, 3)
    assert.equal(stdout.trimEnd().split('\n').length, 1)
    assert.match(stderr, /^1 line could not be read as records/)
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)).subarray(0, 40))
    const damaged = show(`${file}.gz`)
    rmSync(file)
    rmSync(`${file}.gz`)
    assert.equal(damaged.status, 3)
    assert.match(damaged.stderr, /is damaged/)
    assert.equal(show(path.join(directory, 'none')).status, 2)
    assert.equal(show(directory, '--from', 'yesterday').status, 2)
  })
})
