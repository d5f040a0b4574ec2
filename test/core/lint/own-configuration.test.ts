import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { shippedConditions } from '../../../src/core/audit/reconcile/shipped-conditions.ts'
import { findFaults } from '../../../src/core/lint/webhook/own-configuration.ts'

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
    [`selector ${name}`],
  ],
  [
    'an object selector',
    configuration({ ...liveWebhook, objectSelector: { matchExpressions: [] } }),
    [`selector ${name}`],
  ],
  [
    'rules without subresources',
    configuration({ ...liveWebhook, rules: [{ ...everything, resources: ['*'] }] }),
    ['rules-narrow all', `changed ${name}: rules[0].resources`],
  ],
  [
    'rules for namespaced objects only',
    configuration({ ...liveWebhook, rules: [{ ...everything, scope: 'Namespaced' }] }),
    ['rules-narrow all', `changed ${name}: rules[0].scope`],
  ],
  [
    'no bundle',
    configuration({ ...liveWebhook, clientConfig: { url: 'https://x' } }),
    [`ca-bundle-missing ${name}`, `changed ${name}: clientConfig`],
  ],
  [
    'a match condition',
    configuration({ ...liveWebhook, matchConditions: [{ name: 'x', expression: 'false' }] }),
    [`changed ${name}: matchConditions[name=x]`],
  ],
  [
    'a shorter timeout',
    configuration({ ...liveWebhook, timeoutSeconds: 1 }),
    [`changed ${name}: timeoutSeconds`],
  ],
  [
    'another Service',
    configuration({
      ...liveWebhook,
      clientConfig: { caBundle: 'eA==', service: { namespace: 'a', name: 'evil', port: 443 } },
    }),
    [`changed ${name}: clientConfig.service.name`],
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

test('each says where, what is there and what should be', () => {
  const live = configuration({ ...liveWebhook, failurePolicy: 'Ignore', timeoutSeconds: 1 })
  const found = findFaults(live, { isEnforcing: true, shipped })
  assert.deepEqual(
    found.map(({ entry, path, found: is, wanted }) => [entry, path, is, wanted]),
    [
      [name, 'failurePolicy', 'Ignore', 'Fail'],
      [name, 'timeoutSeconds', 1, 10],
    ],
  )
})

test('what was applied with Fail may not be Ignore, whatever the policy asks for', () => {
  const live = configuration({ ...liveWebhook, failurePolicy: 'Ignore' })
  const strict = configuration({ ...shippedWebhook, failurePolicy: 'Fail' })
  assert.deepEqual(
    findFaults(live, { isEnforcing: false, shipped: strict }).map(({ fault }) => fault),
    ['failure-policy-ignore'],
  )
})

test('without the manifest our own conditions are known, in the namespace that we are in', () => {
  const ours = Array.from(shippedConditions, ([condition, expression]) => ({
    name: condition,
    expression: expression.replaceAll('solewriter-system', 'guard').replaceAll(/\s+/g, ' '),
  }))
  const faultsIn = (namespace: string, matchConditions: readonly object[]) =>
    findFaults(configuration({ ...liveWebhook, matchConditions }), {
      isEnforcing: true,
      namespace,
    }).map(({ fault, path }) => `${fault} ${path}`)
  assert.deepEqual(faultsIn('guard', ours), [])
  assert.ok(
    faultsIn('elsewhere', ours).includes('condition-foreign matchConditions[name=own-pods]'),
  )
  const wider = ours.with(0, { name: 'events', expression: 'false' })
  assert.deepEqual(faultsIn('guard', wider), ['condition-foreign matchConditions[name=events]'])
  assert.deepEqual(faultsIn('guard', [...ours, { name: 'mine', expression: 'false' }]), [
    'condition-foreign matchConditions[name=mine]',
  ])
})

const manifestFile = path.join(import.meta.dirname, '../../../manifests/base/webhook.yaml')
const applied = parse(readFileSync(manifestFile, 'utf8')) as Configuration

interface Configuration {
  readonly webhooks: readonly Record<string, unknown>[]
}

/** As `enforce` applies it, with what the controller adds. */
function asApplied(): Configuration {
  const [webhook] = structuredClone(applied).webhooks
  return {
    webhooks: [
      {
        ...webhook,
        failurePolicy: 'Fail',
        clientConfig: { ...(webhook?.['clientConfig'] as object), caBundle: 'eA==' },
      },
    ],
  }
}

/** Every place below a value, from the outside in. */
function placesIn(value: unknown, place: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...place]]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : Object.entries(value)
  const below = entries.flatMap(([key, item]) => placesIn(item, [...place, key]))
  return place.length === 0 ? below : [[...place], ...below]
}

function changed(place: readonly (string | number)[], isRemoval: boolean): JsonObject {
  const copy = asApplied()
  let holder = copy as unknown as Record<string | number, unknown>
  for (const key of place.slice(0, -1)) holder = holder[key] as typeof holder
  const last = place.at(-1) ?? ''
  if (!isRemoval) holder[last] = typeof holder[last] === 'number' ? 1 : 'other'
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else delete holder[last]
  return copy as unknown as JsonObject
}

test('no part of the configuration can be changed or removed without being found', () => {
  const whole = asApplied() as unknown as JsonObject
  const expectation = { isEnforcing: true, shipped: whole }
  assert.deepEqual(findFaults(whole, expectation), [])
  // What the API server fills in again by itself.
  const defaulted = ['matchPolicy', 'timeoutSeconds', 'scope', 'port', 'failurePolicy', 'path']
  const places = placesIn(whole)
  assert.ok(places.length > 60)
  for (const place of places) {
    // The other one of two is somebody else's authority, which the controller writes over.
    if (place.at(-1) === 'caBundle') continue
    const said = place.join('.')
    assert.notDeepEqual(findFaults(changed(place, false), expectation), [], said)
    if (defaulted.includes(String(place.at(-1)))) continue
    assert.notDeepEqual(findFaults(changed(place, true), expectation), [], `without ${said}`)
  }
})
