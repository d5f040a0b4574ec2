import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration } from '../../../src/core/policy/duration.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'
import { breakGlass, issuer, rule, sink } from './break-glass-texts.ts'
import { fullPolicy, goodPolicy } from './policies.ts'

test('all of break-glass is read, durations as milliseconds and moments since the epoch', () => {
  const { issuers, rules, sinks } = goodPolicy(fullPolicy).spec.breakGlass
  assert.deepEqual(issuers[0], {
    name: 'oncall',
    issuer: 'https://breakglass.acme.example',
    jwksFile: '/etc/solewriter/jwks.json',
    keys: [{ kid: 'abc', users: ['alice'], maxSession: 1_800_000, notAfter: Date.UTC(2027, 0, 1) }],
  })
  assert.equal(issuers[1]?.keys[0]?.notAfter, Date.UTC(2027, 0, 1, 11))
  assert.equal(issuers[2]?.refresh, 600_000)
  assert.deepEqual(rules[0], {
    subjects: { groups: ['sre-oncall'], users: ['root'] },
    maxScope: [
      {
        resources: ['deployments.apps', 'deployments.apps/scale'],
        operations: ['UPDATE'],
        fields: ['spec.replicas'],
        namespaces: ['shop', 'team-*'],
        names: ['api', 'web-*'],
        labels: ['tier=web'],
      },
      { resources: ['*'], operations: ['DELETE', 'CONNECT'], namespaces: ['*'] },
      {
        resources: ['nodes'],
        operations: ['UPDATE'],
        fields: ['spec.unschedulable'],
        namespaces: [],
      },
    ],
    maxSession: 7_200_000,
    maxUses: 10,
    approvals: {
      required: 1,
      groups: ['sre-lead'],
      timeout: 300_000,
      bypass: { after: 180_000, maxSession: 1_200_000, maxUses: 5 },
    },
    reason: { minLength: 20, incident: '^(PD|INC)-[A-Z0-9]+$' },
    reconcileHold: 3_600_000,
    postMortem: {
      draftDue: 172_800_000,
      reviewDue: 'next-working-day',
      timeZone: 'Europe/Berlin',
    },
  })
  assert.deepEqual(
    sinks.map(({ kind, mandatory }) => [kind, mandatory]),
    [
      ['cloudevents', true],
      ['pagerduty', false],
      ['slack', false],
      ['file', false],
      ['kubernetes-event', false],
    ],
  )
})

test('a rule and an issuer have the documented defaults', () => {
  const { spec } = goodPolicy(
    breakGlass(`    rules: [{subjects: {groups: [sre]}}]
    issuers: [{name: a, issuer: "https://a.example", jwksUrl: "https://a.example/jwks"}]
`),
  )
  assert.deepEqual(spec.breakGlass.rules[0], {
    subjects: { groups: ['sre'] },
    maxSession: 3_600_000,
    maxUses: 50,
    approvals: { required: 0, groups: [], timeout: 900_000 },
    reason: { minLength: 15 },
    reconcileHold: 1_800_000,
    postMortem: { draftDue: 86_400_000, reviewDue: 'next-working-day', timeZone: 'UTC' },
  })
  assert.deepEqual(spec.breakGlass.issuers[0], {
    name: 'a',
    issuer: 'https://a.example',
    jwksUrl: 'https://a.example/jwks',
    refresh: 300_000,
    keys: [],
  })
})

const at = 'spec.breakGlass'
const file = 'jwksFile: /k'

const warned: readonly [title: string, text: string, ...warnings: string[]][] = [
  [
    'issuers without rules',
    issuer(file),
    `${at}.rules: nobody may activate a token: there are no rules`,
  ],
  [
    'rules without issuers',
    rule('maxUses: 1'),
    `${at}.issuers: nobody can: there are no issuers of tokens`,
  ],
  [
    'a pattern that is not anchored',
    `${issuer(file)}${rule('reason: {incident: "INC-1"}').split('\n').at(-2)}\n`,
    `${at}.rules[0].reason.incident: is not anchored by ^ and $: anything around a match passes too`,
  ],
  [
    'a sink that can be overheard',
    sink('kind: cloudevents, url: "http://a.example"'),
    `${at}.sinks[0].url: is http: anyone on the way can read it`,
  ],
  [
    'a lockdown, and tokens in objects',
    breakGlass('    lockdown: true\n    annotationCarrier: true\n'),
    `${at}.lockdown: is on: no grant counts, and nobody can make one`,
    `${at}.annotationCarrier: keeps tokens in objects, where whoever may read those reads them; each is spent by then`,
  ],
]

for (const [title, text, ...warnings] of warned) {
  test(`a warning: ${title}`, () => {
    const parsed = parsePolicy(text, 'p')
    assert.equal(parsed.kind, 'ok')
    assert.deepEqual(
      parsed.kind === 'ok' ? parsed.warnings.map(({ path, message }) => `${path}: ${message}`) : [],
      warnings,
    )
  })
}

test('a duration is written as it is read, in the largest unit that is exact', () => {
  for (const text of ['0d', '1ms', '1500ms', '90s', '61m', '1h', '25h', '2d']) {
    assert.equal(formatDuration(parseDuration(text) ?? -1), text)
  }
})
