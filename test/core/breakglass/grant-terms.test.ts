import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantTerms, type AskedTerms } from '../../../src/core/breakglass/grant-terms.ts'
import type { BreakGlassRule } from '../../../src/core/policy/schema.ts'
import { goodPolicy, head } from '../policy/policies.ts'

function rule(more: string): BreakGlassRule {
  const text = `${head}  breakGlass: {rules: [{subjects: {groups: [sre]}, ${more}}]}\n`
  return goodPolicy(text).spec.breakGlass.rules[0] ?? assert.fail()
}

const scope: AskedTerms['scope'] = [
  { resources: ['pods'], operations: ['DELETE'], namespaces: ['pay'] },
  { resources: ['pods'], operations: ['DELETE'], namespaces: ['shop'] },
]
const minute = 60_000
const generous = rule('maxSession: 2h, maxUses: 100, reconcileHold: 4h')

test('what a token leaves out is what the rule says', () => {
  assert.deepEqual(grantTerms({ scope, keyLimits: {} }, generous), {
    scope,
    session: 120 * minute,
    maxUses: 100,
    hold: 240 * minute,
    narrowedBy: [],
  })
})

test('a token that asks for less gets what it asks for', () => {
  const asked = { scope, session: minute, maxUses: 1, hold: 0, keyLimits: { maxSession: minute } }
  assert.deepEqual(grantTerms(asked, generous), {
    scope,
    session: minute,
    maxUses: 1,
    hold: 0,
    narrowedBy: [],
  })
})

test('everything that is less than asked for is named with its reason', () => {
  const row = '{resources: [pods], operations: [DELETE], namespaces: [pay]}'
  const strict = rule(`maxScope: [${row}], maxSession: 1h, maxUses: 5, reconcileHold: 30m`)
  const asked = { scope, session: 120 * minute, maxUses: 10, hold: 60 * minute }
  const terms = grantTerms({ ...asked, keyLimits: { maxSession: 30 * minute } }, strict)
  assert.deepEqual(terms, {
    scope: scope.slice(0, 1),
    session: 30 * minute,
    maxUses: 5,
    hold: 30 * minute,
    narrowedBy: [
      'scope[1] is outside of maxScope',
      'session is 30m rather than 2h: maxSession of the key',
      'uses is 5 rather than 10: maxUses of the rule',
      'hold is 30m rather than 1h: reconcileHold of the rule',
    ],
  })
  assert.deepEqual(
    grantTerms({ ...asked, keyLimits: { maxSession: 90 * minute } }, strict).narrowedBy[1],
    'session is 1h rather than 2h: maxSession of the rule',
  )
})

test('a key limits the session of a token that asks for none', () => {
  assert.equal(grantTerms({ scope, keyLimits: { maxSession: minute } }, generous).session, minute)
})
