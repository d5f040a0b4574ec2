import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { breadthOf } from '../../../src/core/breakglass/breadth.ts'
import { readGrant } from '../../../src/core/breakglass/grant.ts'
import { holderOf } from '../../../src/core/breakglass/holder.ts'
import { momentOf, momentText } from '../../../src/core/breakglass/moment.ts'
import { whyNotNextStatus } from '../../../src/core/breakglass/status-change.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { activeGrant, newGrant, scopeRow } from '../decision/granting.ts'

const stored = (grant: JsonObject): JsonObject => {
  const metadata = grant['metadata'] as JsonObject
  return { ...grant, metadata: { ...metadata, resourceVersion: '1' } }
}

describe('what is read as a grant', () => {
  const bad: readonly (readonly [string, JsonObject])[] = [
    ['another kind', { ...stored(newGrant()), kind: 'PostMortem' }],
    ['another group', { ...stored(newGrant()), apiVersion: 'example.com/v1alpha1' }],
    ['another version', { ...stored(newGrant()), apiVersion: 'solewriter.dev/v2' }],
    ['no version of the object', newGrant()],
    ['an unknown member of spec', stored(newGrant({ spec: { more: 1 } }))],
    ['a token that is no text', stored(newGrant({ spec: { token: 1 } }))],
    ['an end that is no flag', stored(newGrant({ spec: { ended: 'true' } }))],
    ['no time of creation', stored(newGrant({ metadata: { creationTimestamp: 'now' } }))],
    ['uses without terms', stored({ ...newGrant(), status: { uses: [] } })],
    ['a status that is a list', stored({ ...newGrant(), status: [] })],
    ['no uses at all to be had', stored(activeGrant({ status: { maxUses: 0 } }))],
    ['more uses than can be kept', stored(activeGrant({ status: { maxUses: 101 } }))],
    ['no scope', stored(activeGrant({ status: { scope: [] } }))],
    ['uses that are no list', stored(activeGrant({ status: { uses: {} } }))],
    ['two uses of one number', stored(activeGrant({ status: { uses: [use(1), use(1)] } }))],
    ['a time that is none', stored(activeGrant({ status: { expiresAt: 'soon' } }))],
    ['approvals of nobody', stored(activeGrant({ status: { approvals: [{}] } }))],
  ]
  for (const [title, object] of bad) {
    test(`not one with ${title}`, () => {
      assert.equal(readGrant(object), undefined)
    })
  }

  test('what is there, and that a cleared token may be an empty text', () => {
    const grant = readGrant(stored(activeGrant({ spec: { token: '' } })))
    assert.equal(grant?.token, undefined)
    assert.equal(grant?.status?.maxUses, 10)
    assert.equal(readGrant(stored(newGrant()))?.status, undefined)
  })

  test('whatever it is, reading it throws nothing', () => {
    const parts = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(parts, parts, (spec, status) => {
        readGrant({ ...stored(newGrant()), spec, status } as JsonObject)
        readGrant(stored(activeGrant({ spec, status } as Parameters<typeof activeGrant>[0])))
      }),
      { numRuns: 200 },
    )
  })
})

describe('whose it is', () => {
  test('as its status says, or its token as long as that is all there is', () => {
    assert.equal(holderOf(activeGrant()), 'alice@acme.example')
    assert.equal(holderOf(newGrant()), 'alice@acme.example')
    assert.equal(holderOf(newGrant({ spec: { token: 'x' } })), undefined)
    assert.equal(holderOf({}), undefined)
  })
})

describe('moments', () => {
  test('are what Date makes of them', () => {
    const years = fc.integer({ min: 0, max: 4_102_444_800 })
    fc.assert(
      fc.property(years, (seconds) => {
        const text = momentText(seconds * 1000 + 999)
        assert.equal(text, new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'))
        assert.equal(momentOf(text), seconds * 1000)
      }),
    )
    assert.equal(momentText(Date.UTC(2028, 1, 29)), '2028-02-29T00:00:00Z')
    assert.equal(momentOf('tomorrow'), undefined)
  })
})

test('the narrower of two scopes has the smaller breadth', () => {
  const order = [
    { ...scopeRow, labels: ['a=b'] },
    scopeRow,
    { ...scopeRow, names: ['api', 'web'] },
    { ...scopeRow, names: ['api-*'] },
    { resources: ['pods'], operations: ['DELETE'], namespaces: ['pay'] },
    { ...scopeRow, fields: ['*'], namespaces: ['*'] },
  ] as const
  const breadths = order.map((row) => breadthOf([{ ...row, operations: ['UPDATE'] }]))
  assert.deepEqual(
    breadths,
    breadths.toSorted((a, b) => a - b),
  )
})

test('a status says once what it says', () => {
  const { status } = activeGrant()
  assert.equal(whyNotNextStatus(undefined, status), undefined)
  assert.equal(whyNotNextStatus({ phase: 'Pending' }, status), undefined)
  assert.match(whyNotNextStatus(status, undefined) ?? '', /stays what it is/)
})

function use(n: number) {
  return { n, fingerprint: `sha256:${n}`, time: '2026-08-23T02:14:20Z' }
}
