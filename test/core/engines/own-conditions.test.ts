import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownWrites } from '../../../src/core/engines/argo-cd/own-writes.ts'
import { ownConditions } from '../../../src/core/engines/own-conditions.ts'
import { argoCd } from '../../../src/core/policy/presets/argo-cd.ts'
import { presets } from '../../../src/core/policy/presets/presets.ts'

test('whatever condition a preset names, its engine can judge', () => {
  const rows = presets.flatMap(({ accounts }) => accounts.flatMap(({ allow }) => allow))
  const named = rows.flatMap(({ only }) => (only?.kind === 'engine' ? [only.name] : []))
  assert.notEqual(named.length, 0)
  assert.deepEqual(
    named.filter((name) => !ownConditions.has(name)),
    [],
  )
})

test('preset argo-cd allows exactly what Argo CD writes of its own accord', () => {
  const written = argoCd.accounts.flatMap(({ account, allow }) =>
    allow.map(({ resources, operations, fields, only }) =>
      JSON.stringify([account, resources, operations, fields, only !== undefined]),
    ),
  )
  const known = ownWrites.map(({ account, resources, operations, fields, condition }) =>
    JSON.stringify([account, resources, operations, fields, condition !== undefined]),
  )
  assert.deepEqual(written.toSorted(), known.toSorted())
})
