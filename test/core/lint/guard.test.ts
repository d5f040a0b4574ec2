import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { judgeGuard } from '../../../src/core/lint/webhook/guard.ts'
import { guardValidation, guardVariables } from '../../../src/core/lint/webhook/shipped-guard.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

const guard = {
  metadata: { name: 'solewriter-guard' },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['admissionregistration.k8s.io'],
          apiVersions: ['*'],
          resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
          operations: ['*'],
          resourceNames: [] as string[],
        },
      ],
    },
    variables: [
      ...Array.from(guardVariables, ([name, expression]) => ({ name, expression })),
      { name: 'isAllowedHere', expression: 'false' },
    ],
    validations: [{ expression: guardValidation }],
  },
}
const bound = {
  metadata: { name: 'solewriter-guard' },
  spec: { policyName: 'solewriter-guard', validationActions: ['Deny'] },
}

function guardKinds(policies: readonly object[], bindings: readonly object[], isEnforcing = true) {
  return judgeGuard(policies as JsonObject[], bindings as JsonObject[], {
    isEnforcing,
    namespace: 'solewriter-system',
  }).findings.map(({ severity, kind }) => `${severity} ${kind}`)
}

test('the guard is good, weak or absent', () => {
  assert.deepEqual(guardKinds([guard], [bound]), [])
  assert.deepEqual(guardKinds([], []), ['warning guard-absent'])
  assert.deepEqual(guardKinds([], [], false), ['note guard-absent'])
  assert.deepEqual(guardKinds([guard], []), ['problem guard-weak'])
  const warning = { ...bound, spec: { ...bound.spec, validationActions: ['Warn'] } }
  assert.deepEqual(guardKinds([guard], [warning]), ['problem guard-weak'])
  const ignoring = { ...guard, spec: { ...guard.spec, failurePolicy: 'Ignore' } }
  assert.deepEqual(guardKinds([ignoring], [bound]), ['problem guard-weak'])
  const narrow = structuredClone(guard)
  narrow.spec.matchConstraints.resourceRules[0]!.operations = ['CREATE', 'UPDATE']
  assert.deepEqual(guardKinds([narrow], [bound]), ['problem guard-weak', 'problem guard-weak'])
})

const weakened: readonly (readonly [string, (spec: Guard) => void, (spec: Bound) => void])[] = [
  ['says yes to everything', (spec) => (spec.validations = [{ expression: 'true' }]), same],
  ['calls everybody an emergency', (spec) => (spec.variables[0]!.expression = 'true'), same],
  ['has lost a variable', (spec) => spec.variables.shift(), same],
  ['allows everybody here', (spec) => (spec.variables.at(-1)!.expression = 'true'), same],
  [
    'is for one name',
    (spec) => (spec.matchConstraints.resourceRules[0]!.resourceNames = ['other']),
    same,
  ],
  ['is bound for some objects', same, (spec) => (spec.matchResources = { objectSelector: labels })],
  [
    'is bound for one name',
    same,
    (spec) => (spec.matchResources = { resourceRules: [{ resourceNames: ['other'] }] }),
  ],
  ['is bound with parameters', same, (spec) => (spec.paramRef = { name: 'a' })],
]
const labels = { matchLabels: { 'solewriter.dev/guarded': 'yes' } }

type Guard = (typeof guard)['spec']
type Bound = (typeof bound)['spec'] & { matchResources?: object; paramRef?: object }

function same(): void {
  // As it is shipped.
}

for (const [title, change, changeBinding] of weakened) {
  test(`a guard that ${title} is weak`, () => {
    const [policy, binding] = [structuredClone(guard), structuredClone(bound)]
    change(policy.spec)
    changeBinding(binding.spec)
    const found = guardKinds([policy], [binding])
    assert.ok(found.length > 0)
    assert.deepEqual([...new Set(found)], ['problem guard-weak'])
  })
}

test('a guard that names somebody of yours is good, and it is told whom', () => {
  const policy = structuredClone(guard)
  policy.spec.variables.at(-1)!.expression = "request.userInfo.username == 'injector'"
  assert.deepEqual(guardKinds([policy], [bound]), ['note guard-allows'])
  const elsewhere = structuredClone(guard)
  const moved = (text: string) => text.replaceAll('solewriter-system', 'gate').replaceAll('\n', ' ')
  for (const one of elsewhere.spec.variables) one.expression = moved(one.expression)
  const judged = judgeGuard([elsewhere] as JsonObject[], [bound] as JsonObject[], {
    isEnforcing: true,
    namespace: 'gate',
  })
  assert.deepEqual(judged.findings, [])
})

test('the shipped guard is that of the manifest', () => {
  const file = path.join(import.meta.dirname, '../../../manifests/components/enforce/guard.yaml')
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (one) => one.toJS() as JsonObject,
  )
  const [policies, bindings] = [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ].map((wanted) => documents.filter(({ kind }) => kind === wanted))
  assert.deepEqual(guardKinds(policies ?? [], bindings ?? []), [])
  const shipped = policies?.[0]?.['spec'] as unknown as Guard
  assert.equal(shipped.variables.length, guardVariables.size + 1)
  assert.equal(shipped.validations.length, 1)
})
