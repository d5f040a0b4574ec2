import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Sink } from '../../src/core/breakglass/outbox/sink.ts'
import { cloudEventsSink } from '../../src/sinks/cloudevents.ts'
import { pagerDutySink } from '../../src/sinks/pagerduty.ts'
import { slackSink } from '../../src/sinks/slack.ts'
import { createAuthority, issue } from '../cluster/pki.ts'
import { messageOf, messages } from './messages.ts'
import { openReceiver, type Answer, type Receiver } from './receiver.ts'

const { signal } = new AbortController()
const key = '0123456789abcdef0123456789abcdef'
const secretPath = '/services/T0/B0/very-secret'
const head = { name: 'one', mandatory: true }
const message = messageOf('breakglass.activated')

let dir: string
let receiver: Receiver
const now = () => 1_772_000_000_000

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-sinks-'))
  receiver = await openReceiver()
  writeFileSync(path.join(dir, 'key'), `${key}\n`)
  writeFileSync(path.join(dir, 'url'), `${receiver.url}${secretPath}\n`)
})
beforeEach(() => {
  receiver.answer = () => ({ status: 202 })
  ;(receiver.received as unknown[]).length = 0
})
after(async () => {
  await receiver.close()
  rmSync(dir, { recursive: true })
})

const kinds: Readonly<Record<string, () => Sink>> = {
  cloudevents: () => cloudEventsSink({ ...head, url: `${receiver.url}/hook?a=b` }, now),
  pagerduty: () =>
    pagerDutySink({ ...head, routingKeyFile: path.join(dir, 'key'), url: receiver.url }, now),
  slack: () => slackSink({ ...head, urlFile: path.join(dir, 'url') }, now),
}

async function answered(sink: Sink, answer: Answer) {
  receiver.answer = () => answer
  return sink.deliver(message, signal)
}

for (const [kind, make] of Object.entries(kinds)) {
  describe(kind, () => {
    for (const status of [200, 201, 202, 204]) {
      test(`takes ${status} for a yes`, async () => {
        assert.equal((await answered(make(), { status })).kind, 'delivered')
      })
    }

    for (const status of [400, 404, 410, 415]) {
      test(`takes ${status} for a no`, async () => {
        const outcome = await answered(make(), { status })
        assert.deepEqual(outcome, { kind: 'refused', why: `answers ${status}` })
      })
    }

    for (const status of [408, 429, 500, 502, 503]) {
      test(`comes back after ${status}`, async () => {
        const outcome = await answered(make(), { status })
        assert.deepEqual(outcome, { kind: 'later', why: `answers ${status}` })
      })
    }

    test('comes back when it is asked to', async () => {
      const date = new Date(Math.ceil(now() / 1000) * 1000 + 90_000)
      for (const [text, expected] of [
        ['7', now() + 7_000],
        [date.toUTCString(), date.getTime()],
        ['soon', undefined],
        ['-1', undefined],
        ['2026', now() + 2_026_000],
      ] as const) {
        const headers = { 'retry-after': text }
        const outcome = await answered(make(), { status: 429, headers })
        assert.ok(outcome.kind === 'later')
        assert.equal(outcome.notBefore, expected, text)
      }
    })

    test('follows nobody to another place', async () => {
      const elsewhere = await openReceiver()
      const headers = { location: elsewhere.url }
      for (const status of [301, 302, 307, 308]) {
        const outcome = await answered(make(), { status, headers })
        assert.ok(outcome.kind === 'later')
        assert.match(outcome.why, new RegExp(`answers ${status}, and nobody is followed`))
      }
      assert.equal(elsewhere.received.length, 0)
      await elsewhere.close()
    })

    test('says what went wrong, and no secret', async () => {
      const outcome = await answered(make(), 'hang-up')
      assert.deepEqual(outcome, { kind: 'later', why: 'no answer: ECONNRESET' })
    })

    test('stops when nobody waits any more', async () => {
      const ending = new AbortController()
      receiver.answer = () => {
        ending.abort()
        return 'silence'
      }
      const outcome = await make().deliver(message, ending.signal)
      assert.equal(outcome.kind, 'later')
    })
  })
}

describe('a CloudEvents receiver', () => {
  test('gets each event as it is', async () => {
    const sink = kinds['cloudevents']?.() ?? assert.fail()
    for (const one of messages) {
      assert.ok(sink.wants(one.type, ''))
      await sink.deliver(one, signal)
    }
    assert.deepEqual(
      receiver.received.map(({ body }) => body),
      messages.map(({ event }) => event),
    )
    const { type, path: asked } = receiver.received[0] ?? assert.fail()
    assert.equal(type, 'application/cloudevents+json; charset=utf-8')
    assert.equal(asked, '/hook?a=b')
  })

  test('may have a certificate of an authority of its own, and of no other', async () => {
    const authority = await createAuthority('own')
    const use = { kind: 'server', dnsNames: [], ips: ['127.0.0.1'] } as const
    const tls = await openReceiver({ tls: await issue(authority, use) })
    const caFile = path.join(dir, 'ca.crt')
    writeFileSync(caFile, authority.cert)
    const known = cloudEventsSink({ ...head, url: tls.url, caFile }, now)
    assert.equal((await known.deliver(message, signal)).kind, 'delivered')
    const unknown = await cloudEventsSink({ ...head, url: tls.url }, now).deliver(message, signal)
    assert.ok(unknown.kind === 'later')
    assert.match(unknown.why, /^no answer: [A-Z_]+$/)
    assert.equal(tls.received.length, 1)
    await tls.close()
  })
})

describe('PagerDuty', () => {
  const sent = () => receiver.received.map(({ path: asked, body }) => ({ asked, body }))

  test('hears of an alert that ends with the post-mortem, and of changes in between', async () => {
    const sink = kinds['pagerduty']?.() ?? assert.fail()
    const wanted = messages.filter(({ type }) => sink.wants(type, ''))
    for (const one of wanted) await sink.deliver(one, signal)
    const said = sent().map(({ asked, body }) => {
      const { event_action: action = 'change' } = body as { event_action?: string }
      return `${asked} ${action}`
    })
    assert.equal(said[0], '/v2/enqueue trigger')
    assert.equal(said.at(-1), '/v2/enqueue resolve')
    assert.equal(said.filter((one) => one === '/v2/change/enqueue change').length, 5)
  })

  test('gets what its API asks for', async () => {
    const sink = kinds['pagerduty']?.() ?? assert.fail()
    const outcome = await sink.deliver(message, signal)
    const { event } = message
    const dedup = `solewriter/6f1c2d2e-0f0b-4c55-9e0f-3a8b8a2f7c10/${message.grant}`
    assert.deepEqual(outcome, { kind: 'delivered', externalId: dedup })
    assert.deepEqual(sent()[0]?.body, {
      routing_key: key,
      event_action: 'trigger',
      dedup_key: dedup,
      payload: {
        summary: message.headline,
        source: event.source,
        severity: 'warning',
        timestamp: event.time,
        custom_details: { ...event.data, id: event.id, type: event.type },
      },
    })
    assert.ok(dedup.length <= 255)
    await sink.deliver(messageOf('postmortem.closed'), signal)
    const [, second] = sent()
    assert.equal((second?.body as { dedup_key?: string } | undefined)?.dedup_key, dedup)
  })
})

describe('a chat', () => {
  test('reads sentences, in which nobody is called', async () => {
    const sink = kinds['slack']?.() ?? assert.fail()
    const hostile = { ...message, headline: 'a <!channel> & <https://evil|b>' }
    await sink.deliver(hostile, signal)
    const { body, path: asked } = receiver.received[0] ?? assert.fail()
    assert.equal(asked, secretPath)
    assert.match(JSON.stringify(body), /a &lt;!channel&gt; &amp; &lt;https:\/\/evil\|b&gt;/)
    assert.ok(JSON.stringify(body).includes(message.event.id))
  })

  test('that refuses otherwise does so for good', async () => {
    for (const status of [403, 405, 413]) {
      const sink = kinds['slack']?.() ?? assert.fail()
      assert.equal((await answered(sink, { status })).kind, 'refused')
    }
  })
})

describe('a file with a secret', () => {
  const file = () => path.join(dir, 'secret')
  const sinks = {
    slack: () => slackSink({ ...head, urlFile: file() }, now),
    pagerduty: () => pagerDutySink({ ...head, routingKeyFile: file(), url: receiver.url }, now),
  }

  test('is read for each delivery', async () => {
    const sink = sinks.pagerduty()
    for (const word of ['first', 'second']) {
      writeFileSync(file(), word)
      await sink.deliver(message, signal)
    }
    const keys = receiver.received.map(({ body }) => (body as { routing_key: string }).routing_key)
    assert.deepEqual(keys, ['first', 'second'])
  })

  test('makes another revision when it is written, and without it there is one too', async () => {
    const sink = sinks.slack()
    rmSync(file(), { force: true })
    const revisions = [await sink.revision()]
    writeFileSync(file(), 'x')
    revisions.push(await sink.revision())
    utimesSync(file(), 1, 1)
    revisions.push(await sink.revision())
    assert.equal(new Set(revisions).size, 3)
    assert.equal(await sink.revision(), revisions[2])
    const other = slackSink({ ...head, mandatory: false, urlFile: file() }, now)
    assert.notEqual(await other.revision(), revisions[2])
  })

  for (const [title, text, expected] of [
    ['is not there', undefined, /^its file cannot be read: ENOENT$/],
    ['is empty', '\n', /^its file does not hold one word$/],
    ['holds something else', 'hush hush', /^its file does not hold one word$/],
  ] as const) {
    test(`that ${title} is said without showing it`, async () => {
      rmSync(file(), { force: true })
      if (text !== undefined) writeFileSync(file(), text)
      for (const make of Object.values(sinks)) {
        await assert.rejects(make().deliver(message, signal), (error: Error) => {
          assert.match(error.message, expected)
          return true
        })
      }
      assert.equal(receiver.received.length, 0)
    })
  }

  for (const text of ['http://hooks.example/secret', 'hush', 'file:///secret']) {
    test(`is no address: ${text}`, async () => {
      writeFileSync(file(), text)
      const sent = sinks.slack().deliver(message, signal)
      await assert.rejects(sent, /its file does not hold an https URL$/)
    })
  }
})
