import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, test } from 'node:test'
import { makeUnusualServer } from '../../certs/unusual-server.ts'
import { linesIn } from '../../journal/reading.ts'
import { makePki } from '../../server/pki.ts'
import { policyWith, testerException } from './policies.ts'
import { receiveRecords, type Batch, type RecordReceiver } from './record-receiver.ts'
import { reviewOf } from './reviews.ts'
import { eventually, makeSite, type Serve, type Site } from './serving.ts'

// A real process of `serve` that sends its records over https, and receivers that are not who they have
// to be, or that take their time.

const policy = policyWith({ exceptions: [testerException] })
const hour = 3_600_000
/** As docs/siem.md says. */
const mostBytes = 512 * 1024

async function decide(serve: Serve, count: number): Promise<void> {
  let left = count
  const worker = async () => {
    for (; left > 0;) {
      left -= 1
      assert.equal((await serve.review(reviewOf('tester'))).allowed, true)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

async function linesOf(directory: string): Promise<readonly string[]> {
  return (await linesIn(directory)).filter(({ isWhole }) => isWhole).map(({ text }) => text)
}

function recordsOf({ dir }: Site): Promise<readonly string[]> {
  return linesOf(path.join(dir, 'serve-0-records'))
}

/** Each follows the one before it, or is the same again. */
function assertInOrder(batches: readonly Batch[]): void {
  let before: Batch | undefined
  for (const batch of batches) {
    const [from = 0, to = 0] = (batch.key.split('/')[2] ?? '').split('-').map(Number)
    assert.equal(batch.text.trimEnd().split('\n').length, to - from + 1, batch.key)
    const end = Number(before?.key.split('-').at(-1) ?? 0)
    if (batch.key !== before?.key) assert.equal(from, end + 1, `${batch.key} after ${before?.key}`)
    before = batch
  }
}

/** All that is there by then, once each, as it stands in the files. */
async function assertWhole(site: Site, receiver: RecordReceiver): Promise<void> {
  assert.deepEqual(await linesOf(receiver.copy), await recordsOf(site))
  assertInOrder(receiver.batches)
}

describe('a receiver over https', () => {
  test('gets nothing, and no token, before it shows a certificate of the authority in its name, and then everything', async (t) => {
    const site = await makeSite(t, { policy })
    const { authority, server: good } = site.pki
    const [other, unnamed, expired] = await Promise.all([
      makePki().then(({ server }) => server),
      makeUnusualServer(authority, { dnsNames: ['logs.example.com'] }),
      makeUnusualServer(authority, { ipAddresses: ['127.0.0.1'], notAfter: Date.now() - hour }),
    ])
    const wrong = await Promise.all(
      (
        [
          ['another-authority', other, /^\d+ s behind: no answer: [A-Z_]*(?:SELF_SIGNED|VERIFY)/],
          ['another-name', unnamed, /no answer: ERR_TLS_CERT_ALTNAME_INVALID$/],
          ['expired', expired, /no answer: CERT_HAS_EXPIRED$/],
        ] as const
      ).map(async ([name, certificate, why]) => {
        return { receiver: await receiveRecords(t, site.dir, { name, certificate }), why }
      }),
    )
    const right = await receiveRecords(t, site.dir, { certificate: good })
    const fates = ['cut', { status: 500 }, 'taken-unanswered'] as const
    right.fate = () => fates[right.asked() - 2] ?? 'take'
    const all = [right, ...wrong.map(({ receiver }) => receiver)]
    site.write('token', 'a-token\n')
    site.write('ca.crt', authority.certificatePem)
    const args = [
      ['--to-token-file', path.join(site.dir, 'token')],
      ['--to-ca-file', path.join(site.dir, 'ca.crt')],
      all.flatMap(({ url }) => ['--to', url]),
    ].flat()

    const serve = await site.start({ args })
    await decide(serve, 40)
    await eventually('the good one has met every fate', async () => {
      await decide(serve, 1)
      return right.asked() > fates.length + 2
    })
    for (const { receiver, why } of wrong) {
      await eventually(`why ${receiver.copy} gets nothing`, async () => {
        const { checks } = await serve.readiness()
        const check = checks[`records to ${receiver.url}`]
        return check?.ok === false && why.test(check.detail)
      })
      assert.equal(receiver.asked(), 0)
      receiver.show(good)
    }
    await decide(serve, 40)
    for (const { receiver } of wrong) {
      await eventually(`a mended ${receiver.copy}`, () => receiver.batches.length > 0)
    }
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    for (const receiver of all) {
      await assertWhole(site, receiver)
      assert.ok(receiver.batches.every(({ authorization }) => authorization === 'Bearer a-token'))
    }
  })

  test('is believed by the authorities of the machine alone without --to-ca-file, and by a new file at once', async (t) => {
    const site = await makeSite(t, { policy })
    const receiver = await receiveRecords(t, site.dir, { certificate: site.pki.server })
    const foreign = await makePki()
    site.write('ca.crt', foreign.authority.certificatePem)
    const serve = await site.start({
      args: ['--to', receiver.url, '--to-ca-file', path.join(site.dir, 'ca.crt')],
    })
    const alone = await site.start({ replica: 'serve-1', args: ['--to', receiver.url] })
    await decide(serve, 5)
    await decide(alone, 5)
    await serve.log.told('records_not_shipped')
    await alone.log.told('records_not_shipped')
    site.write('ca.crt', `${foreign.authority.certificatePem}${site.pki.authority.certificatePem}`)
    await serve.log.told('records_shipped_again')
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    alone.child.kill('SIGTERM')
    assert.equal(await alone.ended(), 0)
    assert.equal(alone.log.count('records_not_shipped_at_end'), 1)
    await assertWhole(site, receiver)
  })

  test('that takes its time is asked one thing at a time, in bounded pieces, and keeps no review waiting', async (t) => {
    const site = await makeSite(t, { policy })
    const receiver = await receiveRecords(t, site.dir, { certificate: site.pki.server })
    site.write('ca.crt', site.pki.authority.certificatePem)
    const open = Promise.withResolvers<undefined>()
    receiver.fate = async () => {
      await open.promise
      return 'take' as const
    }
    const serve = await site.start({
      args: ['--to', receiver.url, '--to-ca-file', path.join(site.dir, 'ca.crt')],
    })
    await decide(serve, 1)
    await eventually('somebody who waits', () => receiver.asked() > 0)
    // All of them are answered meanwhile.
    await decide(serve, 1500)
    assert.equal(receiver.batches.length, 0)
    open.resolve(undefined)
    const bytes = (await recordsOf(site)).join('\n').length
    assert.ok(bytes > 2 * mostBytes, `${bytes} bytes are no load`)
    await eventually('all of it', async () => {
      return (await linesOf(receiver.copy)).length === (await recordsOf(site)).length
    })
    serve.child.kill('SIGTERM')
    assert.equal(await serve.ended(), 0)
    await assertWhole(site, receiver)
    assert.equal(receiver.mostAtOnce(), 1)
    assert.ok(receiver.batches.length >= 3)
    for (const { text, key } of receiver.batches) assert.ok(text.length <= mostBytes, key)
  })
})
