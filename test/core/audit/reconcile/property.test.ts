import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { account } from '../../../fakes/requests.ts'
import {
  callFailed,
  event,
  failedOpen,
  failure,
  Ground,
  heartbeats,
  reconciled,
  type Written,
} from './ground.ts'

// Any mix of fates, in any order of lines, of several processes: the result names each for what it
// was. One takes as long as fifty of other properties.

const numRuns = Number(process.env['SOLEWRITER_CASES'] ?? 10_000) / 50

interface Lines {
  readonly events: readonly JsonObject[]
  readonly records: readonly string[]
}

type Make = (written: Written, ground: Ground) => Lines

const asked =
  (changes: JsonObject = {}, more: Partial<Written> = {}): Make =>
  (written, ground) => {
    const { event: told, line } = ground.asked({ ...written, ...more }, changes)
    return { events: [told], records: [line] }
  }

const unasked =
  (changes: JsonObject = {}): Make =>
  (written) => ({ events: [event(written, changes)], records: [] })

const fates = {
  written: asked(),
  retried: (written, ground) => {
    const { events, records } = asked()(written, ground)
    const again = ground.record({ ...written, at: written.at + 0.003 })
    return { events, records: [...records, again.line] }
  },
  denied: asked({ responseStatus: failure(403) }, { isAllowed: false }),
  'allowed-at-last': (written, ground) => {
    const denied = { ...written, at: Math.max(written.at, 61), isAllowed: false }
    const first = asked({ responseStatus: failure(403) }, denied)(written, ground)
    const last = asked({}, { at: denied.at + 0.5 })(written, ground)
    return {
      events: [...first.events, ...last.events],
      records: [...first.records, ...last.records],
    }
  },
  'refused-later': asked({ responseStatus: failure(409) }),
  'call-failed': unasked({ responseStatus: callFailed }),
  'answer-lost': (written, ground) => ({
    ...unasked({ responseStatus: callFailed })(written, ground),
    records: [ground.record(written).line],
  }),
  unseen: unasked(),
  'failed-open': unasked({ annotations: failedOpen }),
  'dry-run': unasked({ requestURI: '/x?dryRun=All' }),
  exempt: unasked({ objectRef: { resource: 'events', namespace: 'a', name: 'e' } }),
  'no-record': (written, ground) => ({ ...asked()(written, ground), records: [] }),
  'no-event': (written, ground) => ({ ...asked()(written, ground), events: [] }),
  changed: (written, ground) => {
    const { events, records } = asked()(written, ground)
    return { events, records: records.map((line) => line.replace('"mode":', '"Mode":')) }
  },
} as const satisfies Readonly<Record<string, Make>>

type Fate = keyof typeof fates
const fateNames = Object.keys(fates) as readonly Fate[]

test('every write is told for what it was, in whatever order', () => {
  const write = fc.record({
    fate: fc.constantFrom(...fateNames),
    writer: fc.nat(2),
    user: fc.nat(3),
  })
  fc.assert(
    fc.property(
      fc.array(write, { maxLength: 40 }),
      fc.infiniteStream(fc.nat(999)),
      (writes, order) => {
        const grounds = [0, 1, 2].map((i) => new Ground(`pod-${i}/01K3BOOT`))
        const lines = writes.map(({ fate, writer, user }, i) => {
          const ground = grounds[writer] ?? assert.fail()
          const written = { at: 60 + i, name: `n${i}`, user: account('ci', `u${user}`) }
          return fates[fate](written, ground)
        })
        const shuffled = <T>(all: readonly T[]): readonly T[] =>
          all
            .map((one) => ({ one, place: Number(order.next().value) }))
            .toSorted((a, b) => a.place - b.place)
            .map(({ one }) => one)
        const result = reconciled(
          shuffled(lines.flatMap(({ records }) => records)),
          shuffled([...lines.flatMap(({ events }) => events), ...heartbeats(0, 600)]),
          writes.length % 2 === 0 ? {} : { cluster: 'cluster-1' },
        )
        const named = (fate: Fate) =>
          writes.flatMap((one, i) => (one.fate === fate ? [`n${i}`] : []))
        const count = (...some: readonly Fate[]) =>
          writes.filter(({ fate }) => some.includes(fate)).length
        const names = (
          list: readonly { readonly name: string; readonly why: string }[],
          why: string,
        ) => list.flatMap((one) => (one.why === why ? [one.name] : [])).toSorted()
        const { unseen, withoutRecord, contradictions, notCommitted, counts } = result
        assert.deepEqual(names(unseen.list, 'not-asked'), named('unseen').toSorted())
        assert.deepEqual(names(unseen.list, 'failed-open'), named('failed-open').toSorted())
        assert.deepEqual(names(withoutRecord.list, 'no-record'), named('no-record').toSorted())
        assert.deepEqual(names(contradictions.list, 'record-changed'), named('changed').toSorted())
        assert.deepEqual(
          names(notCommitted.list, 'refused-later'),
          named('refused-later').toSorted(),
        )
        assert.equal(counts.decided, count('written', 'retried', 'allowed-at-last'))
        // A changed record still shares its id with the write that it was about.
        assert.equal(counts.retries, count('retried', 'changed'))
        assert.equal(counts.denied, count('denied', 'allowed-at-last'))
        assert.equal(counts.dryRuns, count('dry-run'))
        assert.equal(counts.exempt, count('exempt'))
        assert.equal(counts.lostAnswers, count('answer-lost'))
        assert.equal(result.withoutEvent.count, count('no-event'))
        assert.equal(
          result.verdict === 'unexplained',
          count('unseen', 'failed-open', 'no-record', 'changed') > 0,
        )
      },
    ),
    { numRuns },
  )
})
