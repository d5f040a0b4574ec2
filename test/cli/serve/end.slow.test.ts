import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { describe, test, type TestContext } from 'node:test'
import { lineHash } from '../../../src/core/audit/chain.ts'
import { linesIn, verified } from '../../journal/reading.ts'
import { policyWith, testerException } from './policies.ts'
import { reviewOf } from './reviews.ts'
import { eventually, makeSite, type Answer, type Serve, type Site } from './serving.ts'

const policy = policyWith({ exceptions: [testerException] })

describe('SIGTERM', () => {
  test('ends after the lame-duck time, in which reviews are answered on connections that close', async (t) => {
    const site = await makeSite(t, { policy })
    const serve = await site.start({ args: ['--drain-delay', '3s'] })
    const agent = serve.agent()
    assert.notEqual((await serve.review(reviewOf('tester'), agent)).headers['connection'], 'close')
    serve.child.kill('SIGTERM')
    await serve.log.told('drain_started')
    const { status, ready, checks } = await serve.readiness()
    assert.equal(status, 503)
    assert.equal(ready, false)
    assert.deepEqual(checks['gate'], { ok: false, detail: 'is draining' })
    const answer = await serve.review(reviewOf('tester'), agent)
    assert.equal(answer.allowed, true)
    assert.equal(answer.headers['connection'], 'close')
    assert.equal(await serve.ended(), 0)
    assert.equal(serve.log.complaints, '')
    assert.equal(serve.log.count('drain_ended'), 1)
  })

  test('answers what had begun, and tells what begins too late to try again elsewhere', async (t) => {
    const site = await makeSite(t, { policy })
    const serve = await site.start({ args: ['--drain-delay', '1s'] })
    const body = reviewOf('tester')
    const lines = [
      'POST /validate?timeout=10s HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      `Content-Length: ${String(Buffer.byteLength(body))}`,
    ]
    const head = `${lines.join('\r\n')}\r\n\r\n`
    const begun = await open(t, site, serve)
    const late = await open(t, site, serve)
    begun.write(head + body.slice(0, 100))
    late.write(head.slice(0, 20))
    // Both have arrived: a review on a third connection was answered after them.
    await serve.review(body)
    serve.child.kill('SIGTERM')
    await eventually('a closed port', () => isClosed(serve.port))
    late.write(head.slice(20) + body)
    const refusal = await answerOn(late)
    begun.write(body.slice(100))
    const answer = await answerOn(begun)
    assert.match(answer, /^HTTP\/1\.1 200 [^]*"allowed":true/)
    assert.match(refusal, /^HTTP\/1\.1 503 /)
    assert.match(refusal, /\r\nRetry-After: 1\r\n/i)
    assert.match(refusal, /\r\nConnection: close\r\n/i)
    assert.equal(await serve.ended(), 0)
  })

  test('loses no record of what was answered', async (t) => {
    const site = await makeSite(t, { policy })
    const serve = await site.start({ args: ['--drain-delay', '1s'] })
    const answers: Answer[] = []
    const sender = async (agent = serve.agent()) => {
      for (;;) {
        // At the end there is nobody to connect to, which is what stops it.
        const answer = await serve.review(reviewOf('tester'), agent).catch(() => undefined)
        if (answer === undefined) return
        answers.push(answer)
      }
    }
    const senders = Promise.all([sender(), sender(), sender(), sender()])
    await eventually('some answers', () => answers.length > 200)
    serve.child.kill('SIGTERM')
    await senders
    assert.equal(await serve.ended(), 0)
    const records = path.join(site.dir, 'serve-0-records')
    const lines = (await linesIn(records)).filter(({ text }) => text.includes('"decisionId":'))
    const hashes = new Set(lines.map(({ text }) => lineHash(text)))
    const decided = answers.filter(({ status }) => status === 200)
    assert.ok(decided.length > 200)
    for (const { annotations } of decided) assert.ok(hashes.has(annotations['record-hash'] ?? ''))
    assert.equal(hashes.size, decided.length)
    assert.deepEqual((await verified(records)).problems, [])
  })
})

describe('two signals', () => {
  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
  ] as const) {
    test(`end it at once: ${first}, ${second}`, async (t) => {
      const site = await makeSite(t, { policy })
      // The first one alone would let it wait longer than this test may take.
      const serve = await site.start({ args: ['--drain-delay', '1h'] })
      serve.child.kill(first)
      await serve.log.told('drain_started')
      serve.child.kill(second)
      assert.equal(await serve.ended(), second)
    })
  }
})

async function open(t: TestContext, { pki }: Site, { port }: Serve): Promise<TLSSocket> {
  const { certificatePem: cert, keyPem: key } = pki.client
  const ca = pki.authority.certificatePem
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca, cert, key })
  t.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

async function answerOn(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

function isClosed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, '127.0.0.1')
    socket.once('connect', () => resolve(false))
    socket.once('error', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })
}
