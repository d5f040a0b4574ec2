import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Anchor } from '../../../src/core/audit/anchors.ts'
import type { Reconciliation } from '../../../src/core/audit/reconcile/result.ts'
import type { RecordLine } from '../../../src/core/audit/verify.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { completenessOf, type Completeness } from '../../../src/core/report/completeness.ts'
import { controlsOf } from '../../../src/core/report/controls.ts'
import { covering } from '../../../src/core/report/coverage.ts'
import { numberNames } from '../../../src/core/report/numbers.ts'
import type { Summary } from '../../../src/core/report/summary.ts'
import { ChainWriter, newKeys, verifyLines } from '../audit/chains.ts'
import { reconciliation } from './reconciliations.ts'

const period = { from: Date.UTC(2026, 7, 1), to: Date.UTC(2026, 8, 1) }
const keys = newKeys()
const at = (time: string): JsonObject => ({ time: `${time}T12:00:00.000Z` })
const chain = (name = 'pod-0/01') => new ChainWriter(name, keys)

interface Given {
  readonly lines: readonly RecordLine[]
  readonly anchors?: readonly Anchor[]
  readonly hasKeys?: boolean
  readonly hasAnchors?: boolean
  readonly found?: Reconciliation | null
}

function judge(given: Given): Completeness {
  const { lines, anchors = [], hasKeys = true, hasAnchors = true, found = reconciliation() } = given
  const cover = covering(period, anchors)
  for (const { text } of lines) cover.add(JSON.parse(text) as Json)
  return completenessOf({
    period,
    verification: verifyLines(lines, { anchors, ...(hasKeys && { keys: keys.published }) }),
    coverage: cover.coverage(),
    hasKeys,
    hasAnchors,
    reconciliation: found,
  })
}

function anchorOf(one: ChainWriter): Anchor {
  return { file: 'anchors.json', item: 1, checkpoint: one.checkpoints.at(-1)! }
}

const whole = () => chain().add(at('2026-08-02')).add(at('2026-08-30')).close()

test('what is closed, signed, anchored and compared is shown', () => {
  const one = whole()
  const found = judge({ lines: one.recordLines(), anchors: [anchorOf(one)] })
  assert.deepEqual(found.records, { standing: 'shown', doubts: [] })
  assert.deepEqual(found.population, { standing: 'shown', doubts: [] })
  assert.equal(found.standing, 'shown')
})

type Title = string
type Standing = Completeness['standing']

const records: readonly (readonly [Title, () => Given, Standing, RegExp])[] = [
  ['nothing', () => ({ lines: [] }), 'not-provable', /no records/],
  [
    'no keys',
    () => ({ lines: whole().recordLines(), hasKeys: false }),
    'not-provable',
    /signatures/,
  ],
  [
    'no anchors',
    () => ({ lines: whole().recordLines(), hasAnchors: false }),
    'not-provable',
    /anchors/,
  ],
  [
    'an open chain that ends before the period does',
    () => ({ lines: chain().add(at('2026-08-02')).checkpoint().recordLines() }),
    'not-provable',
    /is open, and its last record is from before the end/,
  ],
  [
    'an end that nobody vouches for',
    () => {
      const one = chain()
        .add(at('2026-08-02'))
        .checkpoint()
        .add(at('2026-08-03'))
        .add(at('2026-09-02'))
      return { lines: one.recordLines() }
    },
    'not-provable',
    /stand behind its last checkpoint/,
  ],
  [
    'a record that was changed',
    () => {
      const lines = whole().recordLines()
      const [first, ...rest] = lines
      return {
        lines: [{ ...first!, text: first!.text.replace('2026-08-02', '2026-08-03') }, ...rest],
      }
    },
    'contradicted',
    /not as it was written; the first: a\.jsonl:2/,
  ],
  [
    'decisions that could not be written',
    () => ({
      lines: chain()
        .add({ ...at('2026-08-02'), unrecorded: 7 })
        .close()
        .recordLines(),
    }),
    'contradicted',
    /7 decisions could not be written down/,
  ],
  [
    'a chain that a later one names and that is not here',
    () => {
      const gone = chain('pod-0/00').add(at('2026-08-04'))
      const one = chain().add({ ...at('2026-08-05'), predecessor: { ...gone.head } })
      return { lines: one.close().recordLines() }
    },
    'not-provable',
    /The chain of pod-0\/00, of 1 record at least, is not here/,
  ],
  [
    'a chain that an anchor names and that is not here',
    () => {
      const gone = chain('pod-0/00').add(at('2026-08-04')).checkpoint()
      return { lines: whole().recordLines(), anchors: [anchorOf(gone)] }
    },
    'not-provable',
    /The chain of pod-0\/00/,
  ],
]

for (const [title, given, standing, why] of records) {
  test(`${title}: the records are ${standing}, and it is said why`, () => {
    const found = judge(given())
    assert.equal(found.records.standing, standing)
    assert.ok(
      found.records.doubts.some(({ text }) => why.test(text)),
      JSON.stringify(found.records),
    )
    assert.notEqual(found.standing, 'shown')
  })
}

test('what was over before the period, and a chain that goes on behind it, are no doubts', () => {
  const gone = chain('pod-0/00').add(at('2026-06-01'))
  const closed = chain('pod-1/00').add(at('2026-06-01'))
  closed.checkpoint(closed.statement({ closes: true, time: '2026-06-02T00:00:00.000Z' }))
  const one = chain()
    .add({ ...at('2026-07-01'), predecessor: { ...gone.head } })
    .add(at('2026-08-30'))
    .add(at('2026-09-02'))
    .checkpoint()
  const found = judge({ lines: one.recordLines(), anchors: [anchorOf(closed)] })
  assert.deepEqual(found.records, { standing: 'shown', doubts: [] })
})

const population: readonly (readonly [Title, Reconciliation | null, Standing, RegExp])[] = [
  ['no log', null, 'not-provable', /whether every write was decided cannot be said/],
  ['unseen writes', reconciliation({ unseen: 1 }), 'contradicted', /1 write were? stored/],
  [
    'no record',
    reconciliation({ withoutRecord: 2 }),
    'contradicted',
    /2 writes have a decision without/,
  ],
  ['contradictions', reconciliation({ contradictions: 2 }), 'contradicted', /contradict/],
  ['borrowed names', reconciliation({ impersonations: 2 }), 'contradicted', /borrowed/],
  [
    'unsure',
    reconciliation({ unsure: 2 }, { verdict: 'not-provable' }),
    'not-provable',
    /cannot be told/,
  ],
  [
    'a silence',
    reconciliation(
      {},
      {
        verdict: 'not-provable',
        notProvable: [{ from: 'a', to: 'b', of: 'log', what: 'events', records: null }],
      },
    ),
    'not-provable',
    /1 stretch/,
  ],
]

for (const [title, found, standing, why] of population) {
  test(`${title}: the population is ${standing}, and it is said why`, () => {
    const one = whole()
    const judged = judge({ lines: one.recordLines(), anchors: [anchorOf(one)], found })
    assert.equal(judged.population.standing, standing)
    assert.ok(judged.population.doubts.some(({ text }) => why.test(text)))
    assert.equal(judged.standing, standing)
  })
}

test('whatever reconcile does not explain is never shown', () => {
  for (const verdict of ['unexplained', 'not-provable'] as const) {
    const one = whole()
    const found = reconciliation({}, { verdict })
    const judged = judge({ lines: one.recordLines(), anchors: [anchorOf(one)], found })
    assert.notEqual(judged.population.standing, 'shown', verdict)
  }
})

const nothing = Object.fromEntries(numberNames.map((name) => [name, 0])) as Summary['numbers']
const shown = { standing: 'shown', doubts: [] } as const
const good = {
  completeness: { standing: 'shown', records: shown, population: shown },
  summary: { numbers: nothing, groups: { changes_by_author: [] } as unknown as Summary['groups'] },
  inputs: { breakGlass: 'a cluster', repositories: ['fleet=x'] },
} as const

function standings(changes: Partial<Parameters<typeof controlsOf>[0]>): ReadonlySet<Standing> {
  const all = controlsOf({ ...good, ...changes }).flatMap(({ evidenced }) => evidenced)
  return new Set(all.map(({ standing }) => standing))
}

test('controls are shown where all that they need is, and every one says what is not here', () => {
  assert.deepEqual(standings({}), new Set(['shown']))
  for (const control of controlsOf(good))
    assert.ok(control.notEvidenced.length > 0, control.control)
  assert.deepEqual(
    controlsOf(good).map(({ control }) => control),
    ['CC8.1', '6.5.1', '10.2, 10.3, 10.5.1', 'A.8.32', 'CM-5(1)', 'AC-3(10)'],
  )
})

test('controls are no better than what they stand on', () => {
  const bad = { standing: 'contradicted', doubts: [] } as const
  const numbers = (changes: Partial<Summary['numbers']>) => ({
    summary: { ...good.summary, numbers: { ...nothing, ...changes } },
  })
  const cases: readonly (readonly [Parameters<typeof standings>[0], Standing])[] = [
    [{ completeness: { ...good.completeness, population: bad } }, 'contradicted'],
    [{ completeness: { ...good.completeness, records: bad } }, 'contradicted'],
    [{ inputs: { ...good.inputs, breakGlass: null } }, 'not-provable'],
    [{ inputs: { ...good.inputs, repositories: [] } }, 'not-provable'],
    [numbers({ changes_not_enforced: 1 }), 'contradicted'],
    [numbers({ uses_without_record: 1 }), 'contradicted'],
    [numbers({ records_without_use: 1 }), 'contradicted'],
    [numbers({ approvals_by_holder: 1 }), 'contradicted'],
    [numbers({ reviews_by_holder: 1 }), 'contradicted'],
  ]
  for (const [changes, standing] of cases) {
    assert.ok(standings(changes).has(standing), JSON.stringify(changes))
  }
})
