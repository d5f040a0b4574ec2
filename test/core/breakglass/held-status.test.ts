import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdTold } from '../../../src/core/breakglass/held-status.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { activeGrant, begin, grantName, minute } from '../decision/granting.ts'

const held = {
  grant: grantName,
  use: 1,
  at: begin,
  by: 'flux',
  commit: `fleet@${'a'.repeat(40)}`,
  until: begin + 30 * minute,
}

test('of each use the first write that was held is told, and no other', () => {
  const grant = activeGrant()
  const first = holdTold(grant, held)
  assert.ok(first.kind === 'store')
  const told = {
    use: 1,
    at: momentText(begin),
    by: 'flux',
    commit: held.commit,
    until: momentText(begin + 30 * minute),
  }
  assert.deepEqual(first.status, { ...grant.status, holds: [told] })
  const after = { ...grant, status: first.status }
  assert.equal(holdTold(after, { ...held, at: begin + minute }).kind, 'leave')
  const second = holdTold(after, { ...held, use: 2 })
  assert.ok(second.kind === 'store')
  assert.deepEqual(second.status['holds'], [told, { ...told, use: 2 }])
})

test('nothing is told of a grant whose status is not filled', () => {
  const { status: _status, ...unfilled } = activeGrant()
  assert.equal(holdTold(unfilled, held).kind, 'leave')
})
