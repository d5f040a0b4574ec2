import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { enforcesAnywhere, namespaceMatches, scopeFor } from '../../../src/core/policy/scope.ts'
import { goodPolicy, head } from './policies.ts'

const policy = goodPolicy(`${head}  mode: enforce
  scopes:
  - {namespaces: [sandbox-*], mode: audit}
  - {namespaces: [sandbox-1, shop], resources: [pods/exec, deployments.apps], mode: warn}
  - {resources: [clusterroles.rbac.authorization.k8s.io], mode: sealed}
  - {namespaces: [shop], resources: [namespaces], mode: "off"}
`)

const cases: readonly [
  title: string,
  target: [resource: string, namespace: string, name?: string],
  expected: [mode: string, index: number | undefined],
][] = [
  ['the first match wins', ['deployments.apps', 'sandbox-1'], ['audit', 0]],
  ['namespaces and resources must both match', ['deployments.apps', 'shop'], ['warn', 1]],
  ['a resource includes its subresources', ['deployments.apps/scale', 'shop'], ['warn', 1]],
  ['a subresource is that one alone', ['pods/exec', 'shop'], ['warn', 1]],
  ['a subresource does not include its parent', ['pods', 'shop'], ['enforce', undefined]],
  ['another subresource is not included', ['pods/attach', 'shop'], ['enforce', undefined]],
  ['the group counts', ['deployments.example.com', 'shop'], ['enforce', undefined]],
  [
    'a name that begins alike is another one',
    ['deployments.apps.x', 'shop'],
    ['enforce', undefined],
  ],
  ['what nothing matches is in the default mode', ['pods', 'other'], ['enforce', undefined]],
  [
    'cluster-scoped objects match scopes without namespaces',
    ['clusterroles.rbac.authorization.k8s.io', ''],
    ['sealed', 2],
  ],
  ['cluster-scoped objects match no scope with namespaces', ['nodes', ''], ['enforce', undefined]],
  [
    'a cluster-scoped object with the name of a namespace is not in it',
    ['nodes', '', 'sandbox-1'],
    ['enforce', undefined],
  ],
  ['a Namespace belongs to itself', ['namespaces', 'shop', 'shop'], ['off', 3]],
  [
    'a Namespace about to be created belongs to itself',
    ['namespaces', '', 'sandbox-9'],
    ['audit', 0],
  ],
  ['the status of a Namespace belongs to it', ['namespaces/status', 'shop', 'shop'], ['off', 3]],
  [
    'a Namespace without a name yet is in no namespace',
    ['namespaces', '', ''],
    ['enforce', undefined],
  ],
]

for (const [title, [resource, namespace, name = 'x'], [mode, index]] of cases) {
  test(title, () => {
    assert.deepEqual(scopeFor(policy, { resource, namespace, name }), { mode, index })
  })
}

const enforcing: readonly [spec: string, expected: boolean][] = [
  ['mode: enforce', true],
  ['mode: sealed', true],
  ['mode: audit', false],
  ['mode: "off"', false],
  ['{mode: warn, scopes: [{namespaces: [a], mode: enforce}]}', true],
  [
    '{mode: warn, scopes: [{namespaces: [a], mode: audit}, {resources: [pods], mode: sealed}]}',
    true,
  ],
  ['{mode: audit, scopes: [{namespaces: [a], mode: "off"}]}', false],
]

for (const [spec, expected] of enforcing) {
  test(`with ${spec} protection ${expected ? 'holds' : 'does not hold'}`, () => {
    assert.equal(enforcesAnywhere(goodPolicy(`${head}  ${spec}\n`)), expected)
  })
}

const globs: readonly [pattern: string, namespace: string, expected: boolean][] = [
  ['sandbox-*', 'sandbox-', true],
  ['sandbox-*', 'sandbox', false],
  ['sandbox-*', 'my-sandbox-1', false],
  ['*-dev', 'a-dev', true],
  ['*-dev', 'a-dev-1', false],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'axxbxxc', true],
  ['a*b*c', 'acb', false],
  ['a*a', 'a', false],
  ['*', 'x', true],
  ['*', '', false],
  ['**', 'x', true],
  ['a', 'a', true],
  ['a', 'A', false],
]

for (const [pattern, namespace, expected] of globs) {
  test(`${pattern} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(namespace)}`, () => {
    assert.equal(namespaceMatches([pattern], namespace), expected)
  })
}

test('patterns match what the same regular expression matches', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 6 })
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(glob, part, (pattern, text) => {
      const expected = text !== '' && new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text)
      assert.equal(namespaceMatches([pattern], text), expected)
    }),
    { numRuns: 2_000 },
  )
})
