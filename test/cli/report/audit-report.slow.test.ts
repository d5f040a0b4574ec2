import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { auditReport, type AuditReportOptions } from '../../../src/cli/commands/audit-report.ts'
import { UsageError } from '../../../src/cli/exit.ts'
import type { Report } from '../../../src/core/report/report.ts'
import { fakeEnv, type FakeEnv } from '../fake-env.ts'
import { solewriter } from '../process.ts'
import { scratch } from '../scratch.ts'
import { writeSample } from './sample.ts'

const dir = scratch()
const sample = writeSample(dir)
const whole = {
  places: ['records'],
  from: '2026-08-01',
  to: '2026-09-01',
  jwks: 'jwks.json',
  anchors: ['anchors.json'],
  state: 'state',
  output: 'text',
} as const satisfies AuditReportOptions

const later = () => Date.UTC(2026, 9, 1)

async function run(
  changes: Partial<AuditReportOptions> = {},
  now = later,
): Promise<{ readonly code: number; readonly env: FakeEnv }> {
  const env = fakeEnv({ cwd: dir, now })
  return { code: await auditReport({ ...whole, ...changes }, env), env }
}

async function reportOf(changes: Partial<AuditReportOptions> = {}, now = later): Promise<Report> {
  const { env } = await run({ ...changes, format: 'json' }, now)
  return JSON.parse(env.out()) as Report
}

test('without --out the page is what is printed', async () => {
  const { code, env } = await run()
  assert.equal(code, 0)
  assert.match(env.out(), /^<!doctype html>/)
  assert.equal(env.err(), '')
})

test('files are for their owner alone, whole or not there, and named in what is printed', async () => {
  const { code, env } = await run({ out: 'report.html' })
  assert.equal(code, 0)
  assert.equal(statSync(path.join(dir, 'report.html')).mode & 0o777, 0o600)
  assert.ok(!existsSync(path.join(dir, 'report.html.part')))
  assert.match(env.out(), /written: report\.html/)
  assert.match(env.out(), /population\s+not provable/)
  const json = await run({ out: 'again.html', output: 'json' })
  const told = JSON.parse(json.env.out()) as { files: string[]; summary: Report['summary'] }
  assert.deepEqual(told.files, ['again.html'])
  assert.equal(told.summary.numbers.changes, 274)
})

test('the report is stable: the same files give the same bytes', async () => {
  const [one, other] = [await run({ format: 'json' }), await run({ format: 'json' })]
  assert.equal(one.env.out(), other.env.out())
  assert.deepEqual(Object.keys(JSON.parse(one.env.out()) as Report), [
    'version',
    'madeAt',
    'period',
    'cluster',
    'inputs',
    'warnings',
    'completeness',
    'summary',
    'timeline',
    'integrity',
    'population',
    'breakGlass',
    'controls',
    'changes',
    'denials',
    'dryRuns',
  ])
})

test('a period that is not over is warned about in every format', async () => {
  const inAugust = () => Date.UTC(2026, 7, 20)
  const report = await reportOf({}, inAugust)
  assert.equal(report.period.isOver, false)
  assert.match(report.warnings.join(), /The period is not over: this report was made at 2026-08-20/)
  assert.match((await run({}, inAugust)).env.out(), /The period is not over/)
  assert.match(
    (await run({ out: 'early.html' }, inAugust)).env.out(),
    /warning: The period is not over/,
  )
  assert.deepEqual((await reportOf()).warnings, [])
})

test('what is not given is said, and nothing is made of it', async () => {
  const { places, from, to, output } = whole
  const env = fakeEnv({ cwd: dir, now: later })
  assert.equal(await auditReport({ places, from, to, output, format: 'json' }, env), 0)
  const report = JSON.parse(env.out()) as Report
  assert.equal(report.breakGlass, null)
  assert.equal(report.population, null)
  assert.equal(report.completeness.standing, 'not-provable')
  assert.equal(report.completeness.records.doubts.length, 2)
  const authors = report.summary.groups.changes_by_author ?? []
  assert.deepEqual(
    authors.map(({ key }) => key),
    ['unknown: no repository given'],
  )
})

test('a record that was changed ends with 1, and the report is made all the same', async () => {
  const file = path.join(sample.records, '0.jsonl')
  const text = readFileSync(file, 'utf8')
  writeFileSync(path.join(dir, 'forged.jsonl'), text.replace('"ns":"pay"', '"ns":"web"'))
  const { code, env } = await run({ places: ['forged.jsonl'], format: 'json' })
  assert.equal(code, 1)
  const report = JSON.parse(env.out()) as Report
  assert.equal(report.completeness.records.standing, 'contradicted')
  assert.ok((report.summary.numbers.chain_problems ?? 0) > 0)
})

test('no records are no answer', async () => {
  writeFileSync(path.join(dir, 'empty.jsonl'), '')
  assert.equal((await run({ places: ['empty.jsonl'], anchors: [], format: 'json' })).code, 3)
})

test('grants are there with all that is known of them', async () => {
  const { breakGlass, summary } = await reportOf()
  const grants = breakGlass?.grants ?? []
  assert.deepEqual(
    grants.map(({ holder, grantPhase, secondsToActivate, review, postMortem }) => [
      holder,
      grantPhase,
      secondsToActivate,
      review?.by,
      postMortem?.slice(0, 3),
    ]),
    [
      ['alice@acme.example', 'Expired', 360, 'carol@acme.example', 'pm-'],
      ['dora@acme.example', 'ApprovalTimeout', null, undefined, undefined],
    ],
  )
  assert.deepEqual(
    grants.flatMap(({ uses }) =>
      uses.map(({ hasRecord, secondsOpen }) => [hasRecord, secondsOpen]),
    ),
    [
      [true, 12_600],
      [true, 15_480],
    ],
  )
  assert.equal(summary.numbers.records_without_use, 0)
  const before = await reportOf({ to: '2026-08-13' })
  assert.deepEqual(before.breakGlass?.grants, [])
})

const misuses: readonly (readonly [string, Partial<AuditReportOptions>, RegExp])[] = [
  ['a period that ends before it begins', { to: '2026-07-01' }, /--from must be before --to/],
  ['a day that is none', { from: '2026-06-31' }, /--from 2026-06-31: must be RFC 3339/],
  ['csv on one output', { format: 'csv' }, /give --out DIR/],
  ['two things on one output', { output: 'json', format: 'html' }, /two things on one output/],
  ['standard input', { places: ['-'] }, /read more than once/],
  ['two sources of grants', { kubeconfig: 'x' }, /not from both/],
  ['state that is not there', { state: 'nowhere' }, /--state .*nowhere is not there/],
  ['records that are not there', { places: ['nowhere'] }, /nowhere cannot be read/],
  ['a place that cannot be written', { out: 'no/such/file.html' }, /cannot be written/],
  ['a directory for a page', { out: 'state' }, /is a directory/],
]

for (const [title, changes, message] of misuses) {
  test(`${title} is refused`, async () => {
    await assert.rejects(
      run(changes),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
}

test('as a process, with -o json as the shorter way to ask for JSON', () => {
  const args = ['audit', 'report', sample.records, '--from', '2026-08-01', '--to', '2026-09-01']
  const ended = solewriter([...args, '-o', 'json'])
  assert.equal(ended.status, 0, ended.stderr)
  assert.equal((JSON.parse(ended.stdout) as Report).version, 'solewriter.dev/audit-report/v1')
  assert.equal(solewriter(['audit', 'report', sample.records]).status, 2)
  assert.equal(solewriter([...args, '--format', 'xml']).status, 2)
})
