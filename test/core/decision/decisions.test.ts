import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { configMap } from '../../fakes/requests.ts'
import { decide, messageOf } from './deciding.ts'

describe('decisions', () => {
  test('have one id for a request that is run again, at another replica too', async () => {
    const first = await decide({ uid: '1' })
    const second = await decide({
      uid: '2',
      object: {
        ...configMap(),
        metadata: { ...(configMap()['metadata'] as JsonObject), resourceVersion: '8' },
      },
    })
    assert.equal(first.id, second.id)
    assert.notEqual(first.id, (await decide({ name: 'other' })).id)
  })

  test('name what changes, and never a value', async () => {
    const { changed } = await decide({
      operation: 'UPDATE',
      object: configMap({ x: 'secret' }, { a: '2' }),
    })
    assert.deepEqual(changed, ['metadata.annotations.x', 'data.a'])
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']))
    assert.equal((await decide({ object: { data: many } })).changed.length, 20)
  })

  test('never say what makes Flux delete and recreate, and never move a cursor', async () => {
    const name = 'a\u001b[2J\u202efield is immutable'
    const message = await messageOf({ name })
    assert.doesNotMatch(message, /immutable|\p{Cc}|\p{Cf}/iu)
    const long = await messageOf({ name: 'x'.repeat(5000) })
    assert.ok(Buffer.byteLength(long) <= 1024)
    assert.match(long, /\(decision [0-9A-Z]{26}\)$/)
  })

  test('keep those words out of the list of fields too', async () => {
    const decision = await decide({})
    assert.equal(decision.verdict.kind, 'deny')
    const paths = ['immutable', 'spec["this is immutable"]', 'spec["\u202eimmutable field"]']
    const verdict = { ...decision.verdict, kind: 'deny', paths } as const
    const { causes } = toAnswer({ ...decision, verdict }, {})
    assert.deepEqual(causes, [
      'immutable',
      'spec["this is unchangeable"]',
      'spec["\\u{202e}unchangeable field"]',
    ])
  })
})
