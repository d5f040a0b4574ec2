import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNotNextStatus } from '../../../src/core/breakglass/status-change.ts'
import { statusWithOutcomes, type UseOutcome } from '../../../src/core/breakglass/use-outcome.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

const at = '2026-11-30T15:00:00Z'
const promoted = { kind: 'Promoted', repository: 'fleet', commit: 'a'.repeat(40), at } as const
const reverted = { ...promoted, kind: 'Reverted' } as const
const use = (n: number, more: JsonObject = {}): JsonObject => ({
  n,
  fingerprint: `sha256:${n}`,
  time: at,
  state: 'Admitted',
  ...more,
})
const stored = { n: 1, state: 'Committed', confirmedAt: at } satisfies UseOutcome

function after(uses: readonly Json[], outcomes: readonly UseOutcome[]) {
  const changed = statusWithOutcomes({ status: { phase: 'Active', uses } }, outcomes)
  return changed.kind === 'store' ? (changed.status['uses'] as Json) : 'left'
}

describe('the outcome of a use', () => {
  test('is added to it, and to no other', () => {
    assert.deepEqual(after([use(1), use(2)], [stored]), [
      use(1, { state: 'Committed', confirmedAt: at }),
      use(2),
    ])
    const all = { ...stored, resolution: promoted, unnecessary: true } as const
    assert.deepEqual(after([use(1)], [all]), [
      use(1, { state: 'Committed', confirmedAt: at, resolution: promoted, unnecessary: true }),
    ])
  })

  test('is nothing where nothing is new', () => {
    assert.equal(after([use(1)], [{ n: 1, state: 'Admitted' }]), 'left')
    assert.equal(after([use(1)], [{ ...stored, n: 2 }]), 'left')
    assert.equal(after([use(1, { state: 'Committed' })], [stored]), 'left')
    assert.equal(statusWithOutcomes({}, [stored]).kind, 'leave')
  })

  test('takes nothing back that is known by now, however late it comes', () => {
    const known = use(1, { state: 'Committed' })
    assert.equal(after([known], [{ n: 1, state: 'NotCommitted', confirmedAt: at }]), 'left')
    const resolved = use(1, { state: 'Committed', resolution: reverted })
    assert.equal(after([resolved], [{ ...stored, resolution: promoted }]), 'left')
  })
})

describe('what stands in a status, whoever writes it:', () => {
  const said = (before: JsonObject, next: JsonObject) =>
    whyNotNextStatus({ uses: [use(1, before)] }, { uses: [use(1, next)] })
  const committed = { state: 'Committed' }
  const nothing = { state: 'NotCommitted' }
  const cases: readonly (readonly [string, JsonObject, JsonObject, boolean])[] = [
    ['a use comes to something', {}, committed, true],
    ['a use comes to nothing', {}, nothing, true],
    ['what came to nothing comes to something after all', nothing, committed, true],
    ['what is stored is not forgotten', committed, {}, false],
    ['what is stored does not come to nothing', committed, nothing, false],
    ['what came to nothing is not open again', nothing, {}, false],
    ['a use is resolved', committed, { ...committed, resolution: promoted }, true],
    ['what is resolved stays resolved', { ...committed, resolution: promoted }, committed, false],
    [
      'and as what it is',
      { ...committed, resolution: promoted },
      { ...committed, resolution: reverted },
      false,
    ],
  ]
  for (const [title, before, next, isAllowed] of cases) {
    test(title, () => {
      assert.equal(said(before, next) === undefined, isAllowed)
    })
  }
})
