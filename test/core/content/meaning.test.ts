import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSameScalar } from '../../../src/core/content/meaning/same.ts'
import type { Meaning } from '../../../src/core/content/position.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

type Case = readonly [Meaning, Json, Json]

const same: readonly Case[] = [
  ['quantity', '1', '1000m'],
  ['quantity', 1, '1'],
  ['quantity', 0.5, '500m'],
  ['quantity', '1Gi', '1024Mi'],
  ['quantity', '1.5Gi', '1536Mi'],
  ['quantity', '1e3', '1k'],
  ['quantity', '1E3', '1000'],
  ['quantity', '.5', '500m'],
  ['quantity', '5.', '5'],
  ['quantity', '-1', '-1000m'],
  ['quantity', '+1', '1'],
  ['quantity', '0.1n', '1n'],
  ['quantity', '9007199254740993', 9007199254740993n],
  ['duration', '60s', '1m0s'],
  ['duration', '1.5h', '1h30m'],
  ['duration', '.5s', '500ms'],
  ['duration', '0', '0s'],
  ['duration', '-1m', '-60s'],
  ['duration', '1µs', '1us'],
  ['timestamp', '2026-03-01T01:00:00+01:00', '2026-03-01T00:00:00Z'],
  ['timestamp', '2024-02-29T23:30:00-00:30', '2024-03-01T00:00:00Z'],
  ['timestamp', '2026-03-01t00:00:00.5z', '2026-03-01T00:00:00.500Z'],
  ['timestamp', '1970-01-01T00:00:00Z', '1969-12-31T23:00:00-01:00'],
  ['bytes', 'aGk=', 'aG\nk=\r\n'],
  ['exact', 5n, 5],
  ['exact', -0, 0],
  ['exact', null, null],
]

const different: readonly Case[] = [
  ['quantity', '1', '1001m'],
  ['quantity', '1G', '1Gi'],
  ['quantity', '1M', '1m'],
  ['quantity', '', '0'],
  ['quantity', '.', '0'],
  ['quantity', '1 ', '1'],
  ['quantity', '0x1', '1'],
  ['quantity', '1kk', '1k'],
  ['quantity', true, '1'],
  ['quantity', 'a', 'b'],
  ['duration', '1m', '1ms'],
  ['duration', '60', '1m'],
  ['duration', '', '0s'],
  ['timestamp', '2026-03-01', '2026-03-01T00:00:00Z'],
  ['timestamp', '2026-06-31T00:00:00Z', '2026-07-01T00:00:00Z'],
  ['timestamp', '2026-02-29T00:00:00Z', '2026-03-01T00:00:00Z'],
  ['timestamp', '2026-13-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['timestamp', '2026-03-00T00:00:00Z', '2026-02-28T00:00:00Z'],
  ['timestamp', '2026-03-01T24:00:00Z', '2026-03-02T00:00:00Z'],
  ['timestamp', '2026-03-01T00:60:00Z', '2026-03-01T01:00:00Z'],
  ['timestamp', '2026-03-01T00:00:60Z', '2026-03-01T00:01:00Z'],
  ['timestamp', '2026-03-01T00:00:00Z', '2026-03-01T00:00:01Z'],
  ['bytes', 'aGk=', 'aGj='],
  ['bytes', 'aGk=', 'aGk'],
  ['bytes', 'aG k=', 'aGk='],
  ['bytes', 'YQ==', 'YR=='],
  ['exact', 1, '1'],
  ['exact', 5n, 6],
  ['exact', '1', '1000m'],
  ['exact', true, 'true'],
  ['exact', 0, false],
  ['exact', null, ''],
]

describe('two scalars', () => {
  for (const [meaning, a, b] of same) {
    it(`are the same ${meaning}: ${show(a)} and ${show(b)}`, () => {
      assert.equal(isSameScalar(a, b, meaning), true)
      assert.equal(isSameScalar(b, a, meaning), true)
    })
  }
  for (const [meaning, a, b] of different) {
    it(`are not the same ${meaning}: ${show(a)} and ${show(b)}`, () => {
      assert.equal(isSameScalar(a, b, meaning), false)
      assert.equal(isSameScalar(b, a, meaning), false)
    })
  }
})

function show(value: Json): string {
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)
}
