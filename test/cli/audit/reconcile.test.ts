import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Partitions } from '../../../src/cli/audit/partitions.ts'
import { run } from '../../../src/cli/run.ts'
import type { Reconciliation } from '../../../src/core/audit/reconcile/result.ts'
import type { Entry, Routed } from '../../../src/core/audit/reconcile/routing.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { event, Ground, heartbeats } from '../../core/audit/reconcile/ground.ts'
import { fakeEnv } from '../fake-env.ts'

const ground = new Ground()
const written = Array.from({ length: 30 }, (_, i) => ground.asked({ at: 100 + i, name: `n${i}` }))
const events = [...written.map((told) => told.event), ...heartbeats(0, 600)]
const records = written.map(({ line }) => line)
const unseen = event({ at: 300, name: 'evil\u001B[2J' })

let directory = ''

before(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'solewriter-reconcile-test-'))
  const file = (name: string, content: string | Buffer) => {
    mkdirSync(path.join(directory, path.dirname(name)), { recursive: true })
    writeFileSync(path.join(directory, name), content)
  }
  file('records/a.jsonl', textOf(records))
  file('parts/1.jsonl', textOf(records.slice(0, 10)))
  file('parts/2.jsonl.gz', gzipSync(textOf(records.slice(10))))
  file('good.log', textOf(events))
  file('bad.log', textOf([...events, unseen]))
  file('cp-1/audit-2026-08-23T12-05-00.000.log.gz', gzipSync(textOf(events.slice(0, 20))))
  file('cp-1/audit.log', textOf(events.slice(20)))
  file('cp-2/audit.log', textOf([...heartbeats(0, 200), ...heartbeats(400, 600)]))
  file('cut.log', `${textOf(events)}{"kind":"Event","auditID":`)
  const cut = `${textOf(events)}{"kind":"Event","auditID":`
  file('old/audit-2026-08-23T12-05-00.000.log', cut)
  file('old-gz/audit.log.gz', gzipSync(cut))
  file('half/audit.log.gz', gzipSync(textOf(events)).subarray(0, -40))
  file('half/z.jsonl.gz', gzipSync(textOf(records.slice(10))).subarray(0, -40))
  file('lists.jsonl', textOf([{ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: events }]))
  file('broken.log', `${textOf(events)}{"kind":"Event","auditID":\n`)
  const line = JSON.parse(records[0] ?? '') as JsonObject
  file('mixed/a.jsonl', textOf([records[0] ?? '', { ...line, cluster: 'cluster-2' }]))
})

after(() => {
  rmSync(directory, { recursive: true })
})

function textOf(lines: readonly (string | JsonObject)[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
}

async function reconcile(args: readonly string[], input?: string) {
  const env = fakeEnv({ cwd: directory, ...(input === undefined ? {} : { input }) })
  const status = await run(['audit', 'reconcile', ...args], env)
  return { status, out: env.out(), err: env.err() }
}

describe('audit reconcile', () => {
  test('says that every write has its decision', async () => {
    const { status, out } = await reconcile(['records', '--apiserver-log', 'good.log'])
    assert.equal(status, 0)
    assert.match(out, /^ok: 30 writes, 30 with a decision, 0 unseen, 0 more exempt, 0 denied\n/m)
  })

  test('prints what it found as JSON', async () => {
    const { status, out } = await reconcile(['records', '--apiserver-log', 'bad.log', '-o', 'json'])
    assert.equal(status, 1)
    const found = JSON.parse(out) as Reconciliation & { ok: boolean }
    assert.equal(found.ok, false)
    assert.equal(found.verdict, 'unexplained')
    assert.equal(found.unseen.count, 1)
    assert.equal(found.counts.decided, 30)
  })

  test('raises nothing unless it is told to, and says so', async () => {
    const { out } = await reconcile(['records', '--apiserver-log', 'bad.log', '-o', 'json'])
    assert.equal((JSON.parse(out) as { raised: unknown }).raised, null)
    const args = ['records', '--apiserver-log', 'bad.log', '--kubeconfig', 'none']
    const { status, err } = await reconcile(args)
    assert.equal(status, 2)
    assert.match(err, /--kubeconfig is of no use without --raise/)
  })

  test('shows names that would move the cursor as they are written', async () => {
    const { status, out } = await reconcile(['records', '--apiserver-log', 'bad.log'])
    assert.equal(status, 1)
    assert.match(out, /^unseen: .*\(1\)\nTIME .*\n.* create +configmaps +pay\/evil\\u001b\[2J /)
    assert.equal(out.includes('\u001B'), false)
  })

  test('reads files of records in their order, whatever that of the arguments', async () => {
    const files = ['parts/2.jsonl.gz', 'parts/1.jsonl']
    const { status, out } = await reconcile([...files, '--apiserver-log', 'good.log'])
    assert.equal(status, 0, out)
  })

  test('reads rotated and compressed logs of a directory', async () => {
    const { status, out } = await reconcile(['records', '--apiserver-log', 'cp-1'])
    assert.equal(status, 0, out)
  })

  test('reads lists of events, as the API server sends them to a webhook', async () => {
    const { status, out } = await reconcile(['records', '--apiserver-log', 'lists.jsonl'])
    assert.equal(status, 0, out)
  })

  test('sees that the log of one of several API servers has a hole', async () => {
    const logs = ['--apiserver-log', 'cp-1', '--apiserver-log', 'cp-2']
    const { status, out } = await reconcile(['records', ...logs])
    assert.equal(status, 3, out)
    assert.match(out, /^not provable: .*\(1\)\nFROM .*\n.* all events +cp-2\n/m)
  })

  test('reads a file once, however often it is named', async () => {
    const logs = ['--apiserver-log', 'good.log', '--apiserver-log', './good.log']
    const { status, out } = await reconcile(['records', 'records/a.jsonl', ...logs])
    assert.equal(status, 0, out)
  })

  test('reads standard input, as one of both', async () => {
    const log = await reconcile(['records', '--apiserver-log', '-'], textOf(events))
    assert.equal(log.status, 0, log.out)
    const own = await reconcile(['-', '--apiserver-log', 'good.log'], textOf(records))
    assert.equal(own.status, 0, own.out)
    assert.equal((await reconcile(['-', '--apiserver-log', '-'])).status, 2)
  })

  test('takes half a line at the end for what is being written, and nowhere else', async () => {
    assert.equal((await reconcile(['records', '--apiserver-log', 'cut.log'])).status, 0)
    const { status, out } = await reconcile(['records', '--apiserver-log', 'broken.log'])
    assert.equal(status, 3)
    assert.match(out, /, 1 line that cannot be read$/m)
  })

  test('misses what is missing at the end of a file that nobody writes any more', async () => {
    const rotated = 'audit-2026-08-23T12-05-00.000.log'
    for (const log of [`old/${rotated}`, 'old-gz/audit.log.gz']) {
      const { status, out } = await reconcile(['records', '--apiserver-log', log])
      assert.equal(status, 3, log)
      assert.match(out, /, 1 line that cannot be read$/m)
    }
  })

  test('reads a damaged file up to the damage, and says so', async () => {
    const half = ['records', '--apiserver-log', 'half/audit.log.gz', '-o', 'json']
    const { status, out, err } = await reconcile(half)
    assert.equal(status, 3, out)
    assert.match(err, /^half\/audit\.log\.gz: the compressed file is damaged: /m)
    const found = JSON.parse(out) as Reconciliation
    assert.equal(found.read.unreadableEvents, 1)
    const records = await reconcile([
      'parts/1.jsonl',
      'half/z.jsonl.gz',
      '--apiserver-log',
      'good.log',
    ])
    assert.equal(
      records.status,
      1,
      'the log knows of decisions whose records are behind the damage',
    )
    assert.match(records.err, /^half\/z\.jsonl\.gz: /m)
  })

  test('compares the days that it is asked for', async () => {
    const period = ['--from', '2026-08-23T12:00:01Z', '--to', '2026-08-23T12:02:00Z']
    const { status, out } = await reconcile(['records', '--apiserver-log', 'bad.log', ...period])
    assert.equal(status, 0, out)
    assert.match(out, /^ok: 21 writes/m)
    const empty = ['--from', '2026-08-22', '--to', '2026-08-23']
    assert.equal((await reconcile(['records', '--apiserver-log', 'bad.log', ...empty])).status, 3)
  })

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no log', ['records'], /--apiserver-log/],
    ['a log that is not there', ['records', '--apiserver-log', 'x'], /x cannot be read: ENOENT/],
    ['a directory without logs', ['records', '--apiserver-log', '.git'], /cannot be read/],
    [
      'no time',
      ['records', '--apiserver-log', 'good.log', '--from', 'noon'],
      /--from noon: must be/,
    ],
    [
      'times in the wrong order',
      ['records', '--apiserver-log', 'good.log', '--from', '2026-08-24', '--to', '2026-08-23'],
      /--from must be before --to/,
    ],
    ['records of two clusters', ['mixed', '--apiserver-log', 'good.log'], /records of 2 clusters/],
    [
      'a policy that is none',
      ['records', '--apiserver-log', 'good.log', '--policy', 'good.log'],
      /./,
    ],
  ]
  for (const [title, args, message] of wrong) {
    test(`refuses ${title}`, async () => {
      const { status, err } = await reconcile(args)
      assert.equal(status, 2, err)
      assert.match(err, message)
    })
  }

  test('cannot say anything about no records', async () => {
    writeFileSync(path.join(directory, 'empty.jsonl'), '')
    const { status } = await reconcile(['empty.jsonl', '--apiserver-log', 'good.log'])
    assert.equal(status, 1, 'the log knows of decisions')
  })
})

describe('partitions', () => {
  const entry = (id: string): Entry => ({
    kind: 'record',
    record: { decisionId: id } as Extract<Entry, { kind: 'record' }>['record'],
  })
  let scratch = ''
  const usual = process.env['TMPDIR']

  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-partitions-test-'))
    process.env['TMPDIR'] = scratch
  })
  after(() => {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    rmSync(scratch, { recursive: true })
  })

  for (const [title, limit] of [
    ['in memory', 1_000_000],
    ['in files', 1000],
  ] as const) {
    test(`bring together what has one key, ${title}, and leave nothing`, async () => {
      const keys = Array.from({ length: 500 }, (_, i) => `key ${i % 170}\n${'é'.repeat(i % 3)}`)
      const expected = Map.groupBy(keys.keys(), (i) => keys[i] ?? '')
      const groups: string[][] = []
      {
        await using partitions = new Partitions(limit)
        for (const [i, key] of keys.entries()) {
          await partitions.add([
            { round: 'requests', key, entry: entry(String(i)) } satisfies Routed,
          ])
        }
        for await (const { records: all } of partitions.groups()) {
          groups.push(all.map(({ decisionId }) => decisionId))
        }
        assert.equal(readdirSync(scratch).length, limit > 1000 ? 0 : 1)
      }
      const sorted = (all: readonly (readonly string[])[]) =>
        all.map((one) => one.join()).toSorted()
      assert.deepEqual(sorted(groups), sorted([...expected.values()].map((all) => all.map(String))))
      assert.deepEqual(readdirSync(scratch), [])
    })
  }
})
