import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { Verification } from '../../../src/core/audit/verify.ts'
import { linesIn } from '../../journal/reading.ts'
import { solewriter } from '../process.ts'
import { policyWith, testerException } from './policies.ts'
import { receiveRecords } from './record-receiver.ts'
import { reviewOf } from './reviews.ts'
import { eventually, makeSite, type Serve, type Site } from './serving.ts'

// Real processes of `serve`, and somebody on this machine that they send their records to.

const policy = policyWith({ exceptions: [testerException] })

interface Keys {
  readonly key: string
  readonly jwks: string
}

function keysIn({ dir }: Site): Keys {
  const { stdout } = solewriter(['audit', 'keygen', '--out', path.join(dir, 'key'), '-o', 'json'])
  return JSON.parse(stdout) as Keys
}

function verify(copy: string, { jwks }: Keys): Verification & { readonly ok: boolean } {
  const args = ['audit', 'verify', copy, '--jwks', jwks, '--complete', '-o', 'json']
  const { stdout, stderr } = solewriter(args)
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Verification & { readonly ok: boolean }
}

async function decide(serve: Serve, count: number): Promise<void> {
  const ask = () => serve.review(reviewOf('tester'))
  for (let n = 0; n < count; n += 1) await ask()
}

async function linesOf(directory: string): Promise<readonly string[]> {
  return (await linesIn(directory)).filter(({ isWhole }) => isWhole).map(({ text }) => text)
}

async function assertWhole(site: Site, copy: string, keys: Keys): Promise<Verification> {
  const records = path.join(site.dir, 'serve-0-records')
  assert.deepEqual((await linesOf(copy)).toSorted(), (await linesOf(records)).toSorted())
  const found = verify(copy, keys)
  assert.deepEqual(found.problems, [])
  assert.equal(found.ok, true)
  return found
}

async function metric(serve: Serve, name: string): Promise<number> {
  const line = (await serve.metrics()).split('\n').find((one) => one.startsWith(`${name}{`))
  return Number(line?.split(' ').at(-1))
}

const errors = 'solewriter_audit_export_errors_total'
const lag = 'solewriter_audit_export_lag_seconds'

describe('a receiver over HTTP', () => {
  test('that fails in every way, and a replica that is killed in between, lose nothing', async (t) => {
    const site = await makeSite(t, { policy })
    const keys = keysIn(site)
    const receiver = await receiveRecords(t, site.dir)
    site.write('token', 'a-token\n')
    const args = [
      ['--to', receiver.url, '--to-token-file', path.join(site.dir, 'token')],
      ['--checkpoint-key-file', keys.key],
    ].flat()

    const first = await site.start({ args })
    await decide(first, 20)
    await eventually('the first records', () => receiver.batches.length > 0)
    for (const fate of [
      'cut',
      'taken-unanswered',
      { status: 500 },
      { status: 404 },
      { status: 302 },
      { status: 429, retryAfter: '1' },
      'silence',
    ] as const) {
      let isMet = false
      receiver.fate = () => {
        const here = isMet ? 'take' : fate
        isMet = true
        return here
      }
      await decide(first, 5)
      await eventually(`something after ${JSON.stringify(fate)}`, () => isMet)
    }
    assert.ok((await metric(first, errors)) >= 5)
    const { checks } = await first.readiness()
    assert.ok(checks[`records to ${receiver.url}`])

    receiver.fate = () => ({ status: 503 })
    const { length } = receiver.batches
    await decide(first, 50)
    await eventually('an outage', async () => (await metric(first, lag)) > 0)
    first.child.kill('SIGKILL')
    assert.equal(await first.ended(), 'SIGKILL')
    assert.equal(receiver.batches.length, length)

    const second = await site.start({ args })
    await decide(second, 50)
    receiver.fate = () => (receiver.asked() % 3 === 0 ? 'taken-unanswered' : 'take')
    await eventually('no lag', async () => {
      const known = await linesOf(path.join(site.dir, 'serve-0-records'))
      return (await linesOf(receiver.copy)).length >= known.length - 1
    })
    receiver.fate = () => 'take'
    await decide(second, 5)
    second.child.kill('SIGTERM')
    assert.equal(await second.ended(), 0)

    const found = await assertWhole(site, receiver.copy, keys)
    assert.deepEqual(
      found.chains.map(({ end }) => end),
      ['died', 'closed'],
    )
    for (const { type, authorization, key } of receiver.batches) {
      assert.equal(type, 'application/x-ndjson')
      assert.equal(authorization, 'Bearer a-token')
      assert.match(key, /^serve-0\/[0-9A-Z]{26}\/\d+-\d+$/)
    }
  })

  test('that is asked for patience is asked nothing more, and the end waits for nobody', async (t) => {
    const site = await makeSite(t, { policy })
    const receiver = await receiveRecords(t, site.dir)
    receiver.fate = () => ({ status: 429, retryAfter: '3600' })
    const serve = await site.start({ args: ['--to', receiver.url] })
    await decide(serve, 5)
    await serve.log.told('records_not_shipped')
    await decide(serve, 5)
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    assert.equal(serve.log.count('records_not_shipped_at_end'), 1)
    assert.equal(receiver.asked(), 1)
  })
})

describe('other places', () => {
  test('a directory and standard output get the same lines', async (t) => {
    const site = await makeSite(t, { policy })
    const keys = keysIn(site)
    const copy = path.join(site.dir, 'copy')
    const args = ['--to', `file:${copy}`, '--to', 'stdout', '--checkpoint-key-file', keys.key]
    const serve = await site.start({ args })
    let printed = ''
    serve.child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')))
    await decide(serve, 30)
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    await assertWhole(site, copy, keys)
    const records = await linesOf(path.join(site.dir, 'serve-0-records'))
    const lines = printed.split('\n').filter((line) => line.includes('"prev":"sha256:'))
    assert.deepEqual(lines, records)
    for (const line of printed.split('\n')) if (line !== '') JSON.parse(line)
  })

  test('a directory that cannot be written to gets everything once it can', async (t) => {
    const site = await makeSite(t, { policy })
    const keys = keysIn(site)
    const copy = path.join(site.dir, 'copy')
    writeFileSync(copy, 'no directory')
    const serve = await site.start({ args: ['--to', copy, '--checkpoint-key-file', keys.key] })
    await decide(serve, 10)
    await serve.log.told('records_not_shipped')
    const before = readFileSync(copy, 'utf8')
    assert.equal(before, 'no directory')
    rmSync(copy)
    await serve.log.told('records_shipped_again')
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    await assertWhole(site, copy, keys)
  })
})
