import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isUnconfirmed } from '../../../src/core/breakglass/confirmation.ts'
import type { LiveTarget } from '../../../src/core/breakglass/live-target.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import type { TrackedUse } from '../../../src/core/breakglass/tracked-use.ts'
import { begun, found, gone, stateAfter, stored, updated, used } from './tracking.ts'
import { write } from './writes.ts'

const admitted = { state: 'Admitted' } as const
const scaled = updated({ replicas: 3 }, { replicas: 5 }, admitted)
const created = used(write({ operation: 'CREATE', next: stored() }), admitted)
const deleted = used(write({ operation: 'DELETE', old: stored() }), admitted)
const evicted = used(
  write({
    group: '',
    resource: 'pods',
    subresource: 'eviction',
    operation: 'CREATE',
    next: { metadata: { name: 'api' } },
  }),
  admitted,
)
const at = (time: number, more: object = {}) =>
  found(stored({ metadata: { creationTimestamp: momentText(time), ...more } }))
const [soon, late] = [2_000, 50_000]

type Case = readonly [
  title: string,
  use: TrackedUse,
  live: LiveTarget,
  expected: readonly [soon: string, late: string],
]

const cases: readonly Case[] = [
  ['shows', scaled, found(stored({ replicas: 5 })), ['Committed', 'Committed']],
  [
    'shows, and something else was changed too',
    scaled,
    found(stored({ replicas: 5, image: 'b:1' })),
    ['Committed', 'Committed'],
  ],
  ['does not show: it may still come', scaled, found(stored()), ['Admitted', 'NotCommitted']],
  [
    'was written over: what came of it may be part of that',
    scaled,
    found(stored({ replicas: 7 })),
    ['Admitted', 'Committed'],
  ],
  ['was to an object that is gone', scaled, gone, ['Admitted', 'Committed']],
  [
    'cannot be looked at',
    scaled,
    { kind: 'unreadable', why: 'no rights' },
    ['Admitted', 'Admitted'],
  ],
  ['made an object that is there', created, at(begun - 1_000), ['Committed', 'Committed']],
  [
    'made an object that was there before',
    created,
    at(begun - 60_000),
    ['Admitted', 'NotCommitted'],
  ],
  ['made an object that is not there', created, gone, ['Admitted', 'NotCommitted']],
  ['deleted an object that is gone', deleted, gone, ['Committed', 'Committed']],
  ['deleted an object that is there', deleted, found(stored()), ['Admitted', 'NotCommitted']],
  [
    'deleted an object that is going',
    deleted,
    found(stored({ metadata: { deletionTimestamp: momentText(begun) } })),
    ['Committed', 'Committed'],
  ],
  [
    'deleted an object, and there is another one of the name',
    deleted,
    found(stored({ metadata: { uid: 'd2' } })),
    ['Committed', 'Committed'],
  ],
  ['evicted a Pod that is there', evicted, at(begun - 60_000), ['Admitted', 'NotCommitted']],
  ['evicted a Pod that is made anew', evicted, at(begun + 1_000), ['Committed', 'Committed']],
]

describe('a use that', () => {
  for (const [title, use, live, expected] of cases) {
    test(`${title}: ${expected.join(', then ')}`, () => {
      const states = [soon, late].map((after) => stateAfter(use, live, { after }))
      assert.deepEqual(states, expected)
    })
  }

  test('changes nothing that digests tell is taken for stored', () => {
    const use = { ...scaled, post: scaled.pre }
    assert.equal(stateAfter(use, found(stored()), { after: late }), 'Committed')
  })

  test('a later one has found is stored, whatever stands there by now', () => {
    const later = updated({ replicas: 5 }, { replicas: 3 }, { n: 2, after: 1_000 })
    const live = found(stored({ replicas: 3 }))
    assert.equal(stateAfter(scaled, live, { after: late, others: [later] }), 'Committed')
    // Of another field the same value says nothing.
    const other = { ...later, paths: ['spec.minReadySeconds'] }
    assert.equal(stateAfter(scaled, live, { after: late, others: [other] }), 'NotCommitted')
    // Nor does an earlier one.
    const earlier = { ...later, grant: 'bg-0', time: begun - 60_000 }
    assert.equal(stateAfter(scaled, live, { after: late, others: [earlier] }), 'NotCommitted')
  })

  test('made what a later one has deleted is stored', () => {
    const later = used(write({ operation: 'DELETE', old: stored() }), { n: 2, after: 1_000 })
    assert.equal(stateAfter(created, gone, { after: late, others: [later] }), 'Committed')
  })
})

describe('that a use came to nothing', () => {
  const live = found(stored({ replicas: 5 }))
  const nothing = { ...scaled, state: 'NotCommitted' as const }

  test('is taken back for as long as the same write counts as it, and then stays', () => {
    assert.equal(stateAfter(nothing, live, { after: 90_000 }), 'Committed')
    assert.equal(stateAfter(nothing, live, { after: 110_000 }), 'NotCommitted')
    assert.equal(isUnconfirmed(nothing, begun + 90_000), true)
    assert.equal(isUnconfirmed(nothing, begun + 110_000), false)
  })

  test('is never said of what was stored', () => {
    const stored_ = { ...scaled, state: 'Committed' as const }
    assert.equal(stateAfter(stored_, found(stored()), { after: late }), 'Committed')
  })
})

describe('nobody looks for', () => {
  const exec = write({ group: '', resource: 'pods', subresource: 'exec', operation: 'CONNECT' })
  const secret = write({
    group: '',
    resource: 'secrets',
    old: { data: { a: 'x' } },
    next: { data: { a: 'y' } },
  })
  for (const [title, request] of [
    ['what is only an act', exec],
    ['what solewriter does not read', secret],
  ] as const) {
    test(title, () => {
      const use = used(request, admitted)
      assert.equal(isUnconfirmed(use, begun), false)
      assert.equal(stateAfter(use, gone, { after: late }), 'Admitted')
    })
  }
})
