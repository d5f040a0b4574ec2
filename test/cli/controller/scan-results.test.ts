import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { draftResults, readResults } from '../../../src/cli/controller/scan-results.ts'
import { toScanSettings } from '../../../src/cli/controller/scan-settings.ts'
import { finding, summary } from '../../core/scan/samples.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-scan-results-'))
after(() => {
  rmSync(dir, { recursive: true })
})

test('what was written is read again, and only when it is whole', async () => {
  const file = path.join(dir, 'new', 'scan.jsonl')
  const draft = await draftResults(file)
  // A Role may be called that, and to some readers its name would end the line.
  const odd = { ...finding, object: { ...finding.object, name: 'a\u2028b\u2029c' } }
  await draft.add(odd)
  assert.deepEqual(await readResults(file), { kind: 'unknown', why: 'No scan has run yet.' })
  const unknown = [{ type: 'unknown', what: 'secrets', why: 'role', objects: 0 }] as const
  await draft.finish(summary, unknown)
  assert.deepEqual(await readResults(file), {
    kind: 'known',
    findings: [odd],
    unknown,
    summary,
  })
  assert.equal(existsSync(`${file}.draft`), false)
})

test('a scan that fails leaves what was found before', async () => {
  const file = path.join(dir, 'kept.jsonl')
  await (await draftResults(file)).finish(summary, [])
  const draft = await draftResults(file)
  await draft.add(finding)
  await draft.discard()
  const read = await readResults(file)
  assert.equal(read.kind === 'known' && read.findings.length, 0)
})

test('beyond what a file holds findings are counted', async () => {
  const file = path.join(dir, 'many.jsonl')
  const draft = await draftResults(file)
  for (let i = 0; i < 20_005; i += 1) await draft.add(finding)
  const whole = await draft.finish(summary, [])
  assert.equal(whole.omitted, 5)
})

test('a file that is none is no result', async () => {
  const file = path.join(dir, 'broken.jsonl')
  writeFileSync(file, '{"type":"finding"')
  assert.equal((await readResults(file)).kind, 'unknown')
})

test('results are beside the mirrors, and without mirrors there are none', () => {
  const absolute = (name: string) => path.resolve('/srv', name)
  const of = (given: Parameters<typeof toScanSettings>[0], mirrorDir: string | undefined) =>
    toScanSettings(given, { mirrorDir, absolute })
  assert.deepEqual(of({}, 'state/mirrors'), {
    everyMs: 3_600_000,
    resultsFile: '/srv/state/scan.jsonl',
    readsSecrets: false,
  })
  assert.equal(of({}, undefined), undefined)
  assert.equal(of({ scanEvery: 'off' }, 'mirrors'), undefined)
  assert.equal(of({ scanResults: 'x.jsonl' }, 'mirrors')?.resultsFile, '/srv/x.jsonl')
})
