import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { findFaults } from '../../src/kubernetes/configuration-faults.ts'

const everything = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*/*'],
  operations: ['*'],
}

/** As a manifest has it. */
const shippedWebhook = {
  name: 'writes.solewriter.dev',
  clientConfig: { service: { namespace: 'a', name: 'b' } },
  rules: [everything],
  failurePolicy: 'Ignore',
  sideEffects: 'NoneOnDryRun',
  timeoutSeconds: 10,
  admissionReviewVersions: ['v1'],
}

/** As the API server has it. */
const liveWebhook = {
  ...shippedWebhook,
  clientConfig: { caBundle: 'eA==', service: { namespace: 'a', name: 'b', port: 443 } },
  rules: [{ ...everything, scope: '*' }],
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
}

function configuration(...webhooks: readonly object[]): JsonObject {
  return { metadata: { name: 'solewriter' }, webhooks: webhooks as unknown as JsonObject[] }
}

const shipped = configuration(shippedWebhook)

function faultsOf(live: JsonObject | undefined, isEnforcing = true): string[] {
  return findFaults(live, { isEnforcing, shipped }).map(({ fault, detail }) => `${fault} ${detail}`)
}

test('what the API server fills in, the bundle and the failure policy are no change', () => {
  assert.deepEqual(faultsOf(configuration(liveWebhook)), [])
})

const name = liveWebhook.name
const cases: readonly (readonly [string, JsonObject | undefined, readonly string[]])[] = [
  ['no configuration', undefined, ['absent there is no such configuration']],
  [
    'Ignore',
    configuration({ ...liveWebhook, failurePolicy: 'Ignore' }),
    [`failure-policy-ignore ${name}`],
  ],
  [
    'a namespace selector',
    configuration({ ...liveWebhook, namespaceSelector: { matchLabels: { a: 'b' } } }),
    [`selector ${name}`, `changed ${name}: namespaceSelector`],
  ],
  [
    'an object selector',
    configuration({ ...liveWebhook, objectSelector: { matchExpressions: [] } }),
    [`selector ${name}`, `changed ${name}: objectSelector`],
  ],
  [
    'rules without subresources',
    configuration({ ...liveWebhook, rules: [{ ...everything, resources: ['*'] }] }),
    ['rules-narrow all', `changed ${name}: rules`],
  ],
  [
    'rules for namespaced objects only',
    configuration({ ...liveWebhook, rules: [{ ...everything, scope: 'Namespaced' }] }),
    ['rules-narrow all', `changed ${name}: rules`],
  ],
  [
    'no bundle',
    configuration({ ...liveWebhook, clientConfig: { url: 'https://x' } }),
    [`ca-bundle-missing ${name}`],
  ],
  [
    'a match condition',
    configuration({ ...liveWebhook, matchConditions: [{ name: 'x', expression: 'false' }] }),
    [`changed ${name}: matchConditions`],
  ],
  [
    'a shorter timeout',
    configuration({ ...liveWebhook, timeoutSeconds: 1 }),
    [`changed ${name}: timeoutSeconds`],
  ],
  ['no entries', configuration(), ['rules-narrow all', `changed ${name} is missing`]],
  [
    'an entry more',
    configuration(liveWebhook, { ...liveWebhook, name: 'other.solewriter.dev' }),
    ['changed other.solewriter.dev is not of ours'],
  ],
]
for (const [title, live, expected] of cases) {
  test(`${title} is found`, () => {
    assert.deepEqual(faultsOf(live), expected)
  })
}

test('Ignore is as it should be while nothing is enforced', () => {
  assert.deepEqual(faultsOf(configuration({ ...liveWebhook, failurePolicy: 'Ignore' }), false), [])
})

test('without the manifest only what is wrong in itself is found', () => {
  const live = configuration({ ...liveWebhook, timeoutSeconds: 1 })
  assert.deepEqual(findFaults(live, { isEnforcing: true }), [])
})
