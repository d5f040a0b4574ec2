import assert from 'node:assert/strict'
import { test } from 'node:test'
import { customResourceDefinitions } from '../../../src/core/breakglass/objects/definitions.ts'
import { lint, verdictOf } from '../../../src/core/lint/lint.ts'
import type { ClusterFacts, Ground, LookedAt } from '../../../src/core/lint/facts.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { guardValidation, guardVariables } from '../../../src/core/lint/webhook/shipped-guard.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'

const now = Date.UTC(2026, 5, 1, 12)
const day = 86_400_000
const parsed = parsePolicy(
  'apiVersion: solewriter.dev/v1alpha1\nkind: Policy\nmetadata: {name: a}\nspec: {mode: enforce}\n',
  'policy.yaml',
)
assert.ok(parsed.kind === 'ok')
const { policy } = parsed

const rules = [
  {
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: ['*/*'],
    operations: ['*'],
  },
]
const service = { namespace: 'solewriter-system', name: 'solewriter' }
const caBundle = Buffer.from('pem').toString('base64')
const configuration = {
  metadata: { name: 'solewriter' },
  webhooks: [{ name: 'w', rules, failurePolicy: 'Fail', clientConfig: { service, caBundle } }],
}
const established = { conditions: [{ type: 'Established', status: 'True' }] }
const admission = 'admissionregistration.k8s.io'
const guard = {
  metadata: { name: 'solewriter-guard' },
  spec: {
    variables: Array.from(guardVariables, ([name, expression]) => ({ name, expression })),
    validations: [{ expression: guardValidation }],
    matchConstraints: {
      resourceRules: [
        { apiGroups: [admission], apiVersions: ['*'], resources: ['*'], operations: ['*'] },
      ],
    },
  },
}
const guardBinding = {
  metadata: { name: 'solewriter-guard' },
  spec: { policyName: 'solewriter-guard', validationActions: ['Deny'] },
}

/** An installation without a fault. */
const good: LookedAt = {
  version: '1.36',
  served: { resources: [], stale: [] },
  apiServices: [],
  configuration: configuration as unknown as JsonObject,
  mutatingWebhooks: [],
  mutatingPolicies: [],
  mutatingBindings: [],
  validatingPolicies: [guard as unknown as JsonObject],
  validatingBindings: [guardBinding as unknown as JsonObject],
  namespaces: [],
  roles: [],
  clusterRoles: [],
  roleBindings: [],
  clusterRoleBindings: [],
  definitions: customResourceDefinitions().map((one) => ({ ...one, status: established })),
  endpointSlices: [slice(['10.0.0.1', '10.0.0.2'])],
  lease: leaseOf('a', new Date(now - 5_000).toISOString()),
  isEmergency: false,
}

const ground: Ground = {
  namespace: 'solewriter-system',
  configurationName: 'solewriter',
  policy,
  shipped: undefined,
  now,
  certificatesOf: () => [{ subject: 'CN=a', notBefore: now - day, notAfter: now + 100 * day }],
  isMeasured: (version) => version === '1.36',
}

function slice(addresses: readonly string[], ready = true): JsonObject {
  return {
    metadata: { labels: { 'kubernetes.io/service-name': 'solewriter' } },
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
  }
}

function leaseOf(holderIdentity: string, renewTime: string): JsonObject {
  return { spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 } }
}

function outcomesOf(changes: Partial<LookedAt> = {}, other: Partial<Ground> = {}) {
  const all = Object.entries({ ...good, ...changes })
  const facts = Object.fromEntries(
    all.map(([key, value]) => [key, { kind: 'found', value }]),
  ) as unknown as ClusterFacts
  return lint(facts, { ...ground, ...other })
}

function told(changes: Partial<LookedAt> = {}, other: Partial<Ground> = {}): string[] {
  return outcomesOf(changes, other).flatMap(({ check, findings }) =>
    findings
      .filter(({ severity }) => severity !== 'note')
      .map(({ severity, kind }) => `${check} ${severity} ${kind}`),
  )
}

test('without a fault nothing is told, and the verdict is ok', () => {
  assert.deepEqual(told(), [])
  assert.equal(verdictOf(outcomesOf()), 'ok')
})

const [grants] = customResourceDefinitions()
assert.ok(grants !== undefined)
const unserved = { ...grants, status: established, spec: { versions: [] } }
const older = structuredClone({ ...grants, status: established }) as unknown as {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { status: object } } } }[] }
}
older.spec.versions[0]!.schema.openAPIV3Schema.properties.status = { properties: {} }

function withGrants(one: object): Partial<LookedAt> {
  return { definitions: [one as unknown as JsonObject, ...good.definitions.slice(1)] }
}

const cases: readonly (readonly [string, Partial<LookedAt>, readonly string[]])[] = [
  ['an old API server', { version: '1.31' }, ['api-server problem too-old']],
  ['a new one', { version: '1.40' }, ['api-server warning not-measured']],
  [
    'a definition that is missing',
    { definitions: good.definitions.slice(1) },
    ['definitions problem definition-absent'],
  ],
  [
    'one that is not served',
    withGrants(grants),
    ['definitions problem definition-not-established'],
  ],
  ['one of another version', withGrants(unserved), ['definitions problem definition-version']],
  ['one of another release', withGrants(older), ['definitions problem definition-old']],
  ['one replica', { endpointSlices: [slice(['10.0.0.1'])] }, ['endpoints warning one-ready']],
  [
    'replicas that are not ready',
    { endpointSlices: [slice(['10.0.0.1', '10.0.0.2'], false)] },
    ['endpoints problem none-ready'],
  ],
  ['no Lease', { lease: undefined }, ['controller problem not-held']],
  ['a Lease given back', { lease: leaseOf('', '') }, ['controller problem not-held']],
  [
    'a holder that died',
    { lease: leaseOf('a', '2026-06-01T11:59:00.000000Z') },
    ['controller problem not-renewed'],
  ],
  ['an emergency', { isEmergency: true }, ['mode problem emergency']],
  [
    'an API server that does not answer',
    { served: { resources: [], stale: ['metrics.k8s.io'] } },
    ['coverage warning stale'],
  ],
]
for (const [title, changes, expected] of cases) {
  test(`${title} is told`, () => {
    assert.deepEqual(told(changes), expected)
  })
}

test('certificates of the bundle: ended, ending, none', () => {
  const until = (notAfter: number) => ({
    certificatesOf: () => [{ subject: 'CN=a', notBefore: 0, notAfter }],
  })
  assert.deepEqual(told({}, until(now - 1)), ['certificates problem bundle-expired'])
  assert.deepEqual(told({}, until(now + 3 * day)), ['certificates warning bundle-ends'])
  assert.deepEqual(told({}, { certificatesOf: () => [] }), [
    'certificates problem bundle-unreadable',
  ])
})

test('what could not be read is no pass, and a problem outweighs it', () => {
  const values: readonly (readonly [string, unknown])[] = Object.entries(good)
  const all = values.map(([key, value]) => [key, { kind: 'found', value }] as const)
  const blind = Object.fromEntries([
    ...all,
    ['clusterRoles', { kind: 'unknown', what: 'list clusterroles', why: 'forbidden' }],
  ]) as unknown as ClusterFacts
  const outcomes = lint(blind, ground)
  const holders = outcomes.find(({ check }) => check === 'holders')
  assert.equal(holders?.status, 'unknown')
  assert.deepEqual(holders?.unknown, [{ what: 'list clusterroles', why: 'forbidden' }])
  assert.equal(verdictOf(outcomes), 'unknown')
  const worse = lint({ ...blind, lease: { kind: 'found', value: undefined } }, ground)
  assert.equal(verdictOf(worse), 'problem')
})

test('in audit mode that is said, and Ignore is as it should be', () => {
  const audit = parsePolicy(
    'apiVersion: solewriter.dev/v1alpha1\nkind: Policy\nmetadata: {name: a}\nspec: {mode: audit}\n',
    'policy.yaml',
  )
  assert.ok(audit.kind === 'ok')
  const [webhook] = configuration.webhooks
  const ignoring = { ...configuration, webhooks: [{ ...webhook, failurePolicy: 'Ignore' }] }
  const live = { configuration: ignoring as unknown as JsonObject }
  assert.deepEqual(told(live, { policy: audit.policy }), ['mode warning not-enforcing'])
  assert.deepEqual(told(live), ['webhook problem failure-policy-ignore'])
})
