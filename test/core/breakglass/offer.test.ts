import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offerOf } from '../../../src/core/breakglass/offer.ts'
import { presets } from '../../../src/core/breakglass/presets.ts'
import { goodPolicy, head } from '../policy/policies.ts'

function offer(more: string) {
  const text = `${head}  breakGlass: {rules: [{subjects: {groups: [sre]}, ${more}}]}\n`
  return offerOf(goodPolicy(text).spec.breakGlass.rules[0] ?? assert.fail())
}

test('without maxScope every preset is of use', () => {
  assert.deepEqual(offer('maxSession: 2h, maxUses: 7'), {
    session: 7_200_000,
    maxUses: 7,
    presets: presets.map(({ name }) => name),
  })
})

const cases: readonly [row: string, ...presets: string[]][] = [
  ['{resources: [pods/exec], operations: [CONNECT], namespaces: [pay]}', 'exec'],
  [
    '{resources: [deployments.apps], operations: [UPDATE], fields: [spec.replicas], namespaces: [pay]}',
    'scale',
    'edit',
  ],
  ['{resources: [pods/eviction], operations: [CREATE], fields: ["*"], namespaces: ["*"]}'],
  ['{resources: ["*"], operations: [DELETE, CONNECT], namespaces: [pay]}', 'delete-pod', 'exec'],
]
for (const [row, ...useful] of cases) {
  test(`within ${row}: ${useful.join(', ') || 'none'}`, () => {
    assert.deepEqual(offer(`maxScope: [${row}]`).presets, useful)
  })
}
