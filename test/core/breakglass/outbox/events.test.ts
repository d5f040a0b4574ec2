import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { at, stringAt, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { momentText } from '../../../../src/core/breakglass/moment.ts'
import { toMessage } from '../../../../src/core/breakglass/outbox/cloud-event.ts'
import { keyOf } from '../../../../src/core/breakglass/outbox/event.ts'
import { eventTypeNames } from '../../../../src/core/breakglass/outbox/event-types.ts'
import { eventsOf } from '../../../../src/core/breakglass/outbox/events.ts'
import { approverPart } from '../../../../src/core/breakglass/outbox/grant-events.ts'
import { newGrant, tokenWith } from '../../decision/granting.ts'
import { bypass, pastTheWebhook } from './past-the-webhook.ts'
import { begin, keysOf, minute, postMortem, telling, unapproved, use } from './telling.ts'

const teller = { clusterUid: 'uid-1', cluster: 'prod' }
const later = (minutes: number) => momentText(begin + minutes * minute)
const wanted = { required: 1, groups: ['lead'], until: later(15) }
const bob = `breakglass.approved/${approverPart('bob')}`

const hold = { use: 1, at: later(2), by: 'flux', commit: 'fleet@abc' }

type Case = readonly [title: string, told: ReturnType<typeof telling>, expected: readonly string[]]

const cases: readonly Case[] = [
  ['one in force', telling(), ['breakglass.requested', 'breakglass.activated']],
  [
    'one that waits',
    unapproved({ phase: 'Pending', approvalsWanted: wanted }),
    ['breakglass.requested'],
  ],
  [
    'one that waited in vain',
    unapproved({ phase: 'ApprovalTimeout', approvalsWanted: wanted }),
    ['breakglass.requested', 'breakglass.denied'],
  ],
  [
    'an approval',
    telling({ approvals: [{ by: 'bob', at: later(0) }], approvalsWanted: wanted }),
    ['breakglass.requested', bob, 'breakglass.activated'],
  ],
  [
    'uses, and what became of them',
    telling({
      uses: [
        use(1, { state: 'Committed', confirmedAt: later(4) }),
        use(2, { state: 'NotCommitted', confirmedAt: later(3) }),
        use(3),
      ],
    }),
    [
      'breakglass.requested',
      'breakglass.activated',
      'breakglass.use.admitted/1',
      'breakglass.use.admitted/2',
      'breakglass.use.admitted/3',
      'breakglass.use.notcommitted/2',
      'breakglass.use.committed/1',
    ],
  ],
  [
    // Nobody has ever seen it Exhausted, nor its uses unconfirmed.
    'all that was passed while nobody looked',
    telling(
      {
        phase: 'Expired',
        maxUses: 2,
        uses: [use(1, { state: 'Committed' }), use(2, { state: 'Committed' })],
      },
      postMortem(
        {
          phase: 'Closed',
          due: { draft: later(90), review: later(100) },
          overdue: ['review', 'draft'],
          resolvedAt: later(120),
          closedAt: later(200),
        },
        { review: { by: 'carol', at: later(150) } },
      ),
    ),
    [
      'breakglass.requested',
      'breakglass.activated',
      'postmortem.opened',
      'breakglass.use.admitted/1',
      'breakglass.use.committed/1',
      'breakglass.use.admitted/2',
      'breakglass.use.committed/2',
      'breakglass.exhausted',
      'breakglass.expired',
      'postmortem.overdue/draft',
      'postmortem.overdue/review',
      'postmortem.resolved',
      'postmortem.acknowledged',
      'postmortem.closed',
    ],
  ],
  [
    'an end by its holder',
    telling({ phase: 'Ended' }, undefined, { spec: { ended: true } }),
    ['breakglass.requested', 'breakglass.activated', 'breakglass.ended'],
  ],
  [
    'a revocation',
    telling({ phase: 'Revoked' }, undefined, { spec: { revoked: { by: 'carol' } } }),
    ['breakglass.requested', 'breakglass.activated', 'breakglass.revoked'],
  ],
  [
    'a hold, as long as it lasts',
    telling({ uses: [use(1)], holds: [{ ...hold, until: later(30) }] }),
    [
      'breakglass.requested',
      'breakglass.activated',
      'breakglass.use.admitted/1',
      'breakglass.held/1',
    ],
  ],
  [
    'a hold that is over, and one that Git has made needless',
    {
      ...telling({
        uses: [use(1), use(2, { resolution: { kind: 'Promoted', at: later(5) } })],
        holds: [
          { ...hold, until: later(30) },
          { ...hold, use: 2, until: later(30) },
        ],
      }),
      now: begin + 30 * minute,
    },
    [
      'breakglass.requested',
      'breakglass.activated',
      'breakglass.use.admitted/1',
      'breakglass.use.admitted/2',
      'breakglass.held/1',
      'breakglass.held/2',
      'breakglass.hold.expired/1',
    ],
  ],
  ['nothing of what cannot be read', telling({ uses: ['?'] }), []],
  [
    'writes past the webhook',
    pastTheWebhook,
    [
      'bypass.detected/1',
      'bypass.detected/2',
      'postmortem.opened',
      'postmortem.resolved',
      'postmortem.acknowledged',
      'postmortem.closed',
    ],
  ],
  [
    'a bypass of which nothing is known yet',
    { ...pastTheWebhook, grant: { ...bypass, status: {} } },
    [],
  ],
]

describe('the stored state implies', () => {
  for (const [title, told, expected] of cases) {
    test(title, () => {
      assert.deepEqual(keysOf(told), expected)
    })
  }

  test('nothing twice, and the same each time, whatever comes later', () => {
    for (const [title, told] of cases) {
      const keys = keysOf(told)
      assert.equal(new Set(keys).size, keys.length, title)
      const again = structuredClone(told)
      assert.deepEqual(eventsOf(again), eventsOf(told), title)
    }
    const [, first] = cases[4] ?? assert.fail()
    const ended = { ...first, grant: { ...first.grant, status: statusOf(first.grant, 'Expired') } }
    const ids = new Map(eventsOf(ended).map((one) => [keyOf(one), idOf(one, ended)]))
    for (const event of eventsOf(first)) assert.equal(ids.get(keyOf(event)), idOf(event, first))
  })

  test('an approval that is sorted in later changes no other', () => {
    const approvals = [
      { by: 'ann', at: later(0) },
      { by: 'bob', at: later(0) },
    ]
    assert.ok(keysOf(telling({ approvals })).includes(bob))
    assert.ok(keysOf(telling({ approvals: approvals.slice(1) })).includes(bob))
  })

  test('a request even before its status is filled, without the token', () => {
    const { spec, metadata } = newGrant({ metadata: { resourceVersion: '1' } })
    const grant = { ...newGrant(), metadata, spec }
    const told = { grant, postMortem: undefined, now: begin }
    assert.deepEqual(keysOf(told), ['breakglass.requested'])
    const [event] = eventsOf(told)
    const message = toMessage(event ?? assert.fail(), told, teller)
    assert.equal(stringAt(message.event.data, 'who', 'username'), 'alice@acme.example')
    const text = JSON.stringify(message)
    for (const part of tokenWith().split('.')) assert.ok(!text.includes(part))
  })
})

function statusOf(grant: JsonObject, phase: string): JsonObject {
  return { ...(at(grant, 'status') as JsonObject), phase }
}

function idOf(event: ReturnType<typeof eventsOf>[number], told: ReturnType<typeof telling>) {
  return toMessage(event, told, teller).event.id
}

describe('a CloudEvent', () => {
  const secret = 'sha256:of-a-secret'
  const told = telling(
    {
      phase: 'Revoked',
      incident: 'INC-1',
      reason: `line one\n<!channel> ${'x'.repeat(400)}`,
      maxUses: 1,
      approvals: [{ by: 'bob', at: later(0), group: 'lead' }],
      uses: [
        use(1, {
          pre: secret,
          post: secret,
          command: secret,
          program: 'sh',
          state: 'NotCommitted',
          paths: Array.from({ length: 50 }, (_, i) => `data.k${i}`),
        }),
      ],
    },
    postMortem(
      { phase: 'Closed', overdue: ['draft'], resolvedAt: later(9), closedAt: later(10) },
      {
        review: { by: 'carol', text: 'long' },
      },
    ),
    { spec: { revoked: { by: 'system:serviceaccount:a:b', reason: 'why' } } },
  )
  const messages = eventsOf(told).map((event) => toMessage(event, told, teller))

  test('has only attributes that the specification knows', () => {
    for (const { event } of messages) {
      const { data, ...attributes } = event
      assert.equal(event.specversion, '1.0')
      for (const [key, value] of Object.entries(attributes)) {
        assert.match(key, /^[a-z0-9]{1,20}$/)
        assert.ok(
          typeof value === 'string' ? value !== '' : Number.isInteger(value),
          `${key} of ${event.type}`,
        )
      }
      assert.equal(typeof data, 'object')
      assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    }
  })

  test('is of another id for each event, and its cause is one of them', () => {
    const ids = new Set(messages.map(({ event }) => event.id))
    assert.equal(ids.size, messages.length)
    for (const { event } of messages) {
      if (event.causationid !== undefined) assert.ok(ids.has(event.causationid), event.type)
    }
    const elsewhere = toMessage(eventsOf(told)[0] ?? assert.fail(), told, {
      ...teller,
      clusterUid: 'uid-2',
    })
    assert.ok(!ids.has(elsewhere.event.id))
  })

  test('sorts by its sequence', () => {
    const sequences = messages.map(({ event }) => event.sequence)
    assert.deepEqual(sequences, sequences.toSorted())
  })

  test('says who did it', () => {
    const actors = new Map(messages.map(({ type, event }) => [type, event.authid]))
    assert.equal(actors.get('breakglass.approved'), 'bob')
    assert.equal(actors.get('breakglass.activated'), 'alice@acme.example')
    assert.equal(actors.get('postmortem.acknowledged'), 'carol')
    assert.equal(actors.get('postmortem.closed'), undefined)
    const revoked = messages.find(({ type }) => type === 'breakglass.revoked')?.event
    assert.equal(revoked?.authtype, 'service_account')
  })

  test('shows neither digests nor arguments, and no more paths than people read', () => {
    for (const { event } of messages) {
      assert.ok(!JSON.stringify(event).includes(secret), event.type)
      const paths = at(event.data, 'use', 'paths')
      if (paths !== undefined) assert.equal((paths as readonly string[]).length, 20)
    }
  })

  test('has a headline of one line, whatever the reason is', () => {
    for (const { headline, type } of messages) {
      assert.match(headline, /^[^\n]{10,300}$/, type)
    }
    assert.equal(messages.length, new Set(messages.map(({ headline }) => headline)).size)
  })
})

test('each type of event is told of something', () => {
  const told = new Set(cases.flatMap(([, one]) => eventsOf(one).map(({ type }) => type)))
  assert.deepEqual(
    eventTypeNames.filter((type) => !told.has(type)),
    [],
  )
})
