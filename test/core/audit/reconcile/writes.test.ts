import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { found, plain, removal, run } from './found.ts'
import { callFailed, event, failedOpen, failure, Ground } from './ground.ts'

let ground = new Ground()
beforeEach(() => {
  ground = new Ground()
})

describe('an address', () => {
  test('is the one that nobody but the API server has written, and a few before it', () => {
    const forwarded = Array.from({ length: 2000 }, (_, i) => `192.0.2.${i % 250}`)
    const witness = ground.asked({ at: 200, name: 'witness' })
    const result = run([witness], [event(plain, { sourceIPs: [...forwarded, '10.9.9.9'] })])
    const [first] = result.unseen.list
    assert.equal(first?.sourceIps.length, 5)
    assert.deepEqual([first.sourceIps[0], first.sourceIps.at(-1)], ['192.0.2.0', '10.9.9.9'])
  })
})

describe('a write', () => {
  test('with its decision is explained', () => {
    const result = run([ground.asked(plain)])
    assert.equal(result.verdict, 'explained')
    assert.deepEqual(found(result), [])
    assert.equal(result.counts.written, 1)
    assert.equal(result.counts.decided, 1)
    assert.deepEqual(result.clusters, ['cluster-1'])
    assert.deepEqual(result.period, {
      from: '2026-08-23T12:00:00.005Z',
      to: '2026-08-23T12:10:00.005Z',
    })
  })

  const unasked: readonly (readonly [string, JsonObject, readonly string[]])[] = [
    ['that nobody was asked about is unseen', {}, ['unseen settings not-asked']],
    [
      'that went on without our answer is unseen',
      { annotations: failedOpen },
      ['unseen settings failed-open'],
    ],
    [
      'that went on without the answer of somebody else is unseen as well',
      { annotations: { 'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'x' } },
      ['unseen settings not-asked'],
    ],
    ['that was refused is nothing', { responseStatus: failure(409) }, []],
    ['that could not be asked about is nothing', { responseStatus: callFailed }, []],
    [
      'of which the answer says nothing may be stored',
      { responseStatus: failure(504) },
      ['unsure settings no-answer'],
    ],
    [
      'over which the API server broke down may be stored',
      { stage: 'Panic', responseStatus: failure(500) },
      ['unsure settings no-answer'],
    ],
    ['without an answer may be stored', { responseStatus: {} }, ['unsure settings no-answer']],
    ['that has only begun is nothing yet', { stage: 'RequestReceived' }, []],
    ['that is a dry run is nothing', { requestURI: '/api/v1/x?dryRun=All' }, []],
    [
      'that only seems to be a dry run is none',
      { requestURI: '/api/v1/x?dryRun=All;a&dryRun=All' },
      ['unseen settings not-asked'],
    ],
    [
      'with an unclear query is none',
      { requestURI: '/api/v1/x?a=dryRun=All' },
      ['unseen settings not-asked'],
    ],
    [
      'to a service is no connection into it',
      { verb: 'update', objectRef: { resource: 'services', namespace: 'pay', name: 'settings' } },
      ['unseen settings not-asked'],
    ],
  ]
  for (const [title, changes, expected] of unasked) {
    test(title, () => {
      const witness = ground.asked({ at: 200, name: 'witness' })
      const result = run([witness], [event(plain, changes)])
      assert.deepEqual(found(result), expected)
      assert.equal(result.counts.decided, 1)
    })
  }

  test('is one of its own, whatever id its client has given the request', () => {
    const same = { auditID: 'chosen' }
    const witness = ground.asked({ at: 200, name: 'witness' }, same)
    const again = ground.asked({ at: 201, name: 'again' }, same)
    const result = run(
      [witness, again],
      [
        event({ at: 290, name: 'first' }, same),
        event({ at: 291, name: 'second' }, same),
        event({ at: 291, name: 'third' }, same),
        event({ at: 299, name: 'first' }, { ...same, responseStatus: failure(504) }),
        // What two API servers, or a log and its copy, tell of one request.
        event({ at: 291, name: 'second' }, same),
      ],
    )
    assert.deepEqual(found(result), [
      'unseen first not-asked',
      'unseen second not-asked',
      'unseen third not-asked',
      'unsure first no-answer',
    ])
    assert.equal(result.counts.decided, 2)
    assert.equal(result.counts.written, 5)
  })

  test('that deletes is no dry run because its URL says so: its body counts', () => {
    const changes = { requestURI: '/api/v1/x?dryRun=All' }
    for (const verb of ['delete', 'deletecollection']) {
      const unseen = event({ ...plain, operation: 'DELETE' }, { ...changes, verb })
      const after = removal('delete')
      assert.equal(run([], [after, unseen]).counts.dryRuns, 0)
      assert.equal(found(run([], [after, unseen])).length, 1, verb)
    }
  })

  test('that deletes is a dry run when we were told so', () => {
    const told = ground.asked({ ...plain, operation: 'DELETE', changes: { dryRun: true } })
    const result = run([told])
    assert.deepEqual(found(result), [])
    assert.equal(result.counts.dryRuns, 1)
    assert.equal(result.counts.written, 0)
  })

  test('that was admitted and then refused is listed, and is explained', () => {
    const told = ground.asked(plain, { responseStatus: failure(409) })
    const result = run([told])
    assert.deepEqual(found(result), ['notCommitted settings refused-later'])
    assert.equal(result.verdict, 'explained')
  })

  test('that was admitted and got no answer is listed as such', () => {
    const result = run([ground.asked(plain, { responseStatus: failure(504) })])
    assert.deepEqual(found(result), ['notCommitted settings no-answer'])
  })

  test('that was denied is counted', () => {
    const told = ground.asked({ ...plain, isAllowed: false }, { responseStatus: failure(403) })
    const result = run([told])
    assert.deepEqual(found(result), [])
    assert.equal(result.counts.denied, 1)
    assert.equal(result.verdict, 'explained')
  })

  test('is told by two events when it takes long, and by two logs that overlap', () => {
    const told = ground.asked({
      at: 300,
      name: 'api-0',
      operation: 'CONNECT',
      changes: { resource: { group: '', version: 'v1', resource: 'pods' }, subresource: 'exec' },
    })
    const { event: complete, line } = told
    const started = { ...complete, stage: 'ResponseStarted', responseStatus: { code: 101 } }
    const result = run([{ event: complete, line }], [started, complete])
    assert.deepEqual(found(result), [])
    assert.equal(result.counts.connections, 1)
    const alone = run([], [started].map(withoutWords))
    assert.deepEqual(found(alone), ['unseen api-0 not-asked'])
    assert.equal(run([], [withoutWords(started), withoutWords(complete)]).unseen.count, 1)
  })

  test('through a proxy is one whatever is behind it answers', () => {
    const objectRef = { resource: 'pods', namespace: 'pay', name: 'p', subresource: 'proxy' }
    const through = event(plain, { verb: 'get', objectRef, responseStatus: { code: 500 } })
    assert.deepEqual(found(run([], [through])), ['unseen p not-asked'])
    const refused = event(plain, { verb: 'get', objectRef, responseStatus: failure(403) })
    assert.deepEqual(found(run([], [refused])), [])
  })
})

function withoutWords(one: JsonObject): JsonObject {
  return { ...one, annotations: {} }
}
