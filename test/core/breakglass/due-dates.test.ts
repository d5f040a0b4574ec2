import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dueAt, dueDates, postMortemTerms } from '../../../src/core/breakglass/due-dates.ts'
import { momentOf, momentText } from '../../../src/core/breakglass/moment.ts'
import { breakGlassPolicy } from '../decision/granting.ts'

const due = (term: number | 'next-working-day', from: string, zone: string) =>
  momentText(dueAt(term, momentOf(from) ?? assert.fail(from), zone))

describe('a duration', () => {
  test('is one, whatever the clocks do meanwhile', () => {
    assert.equal(due(86_400_000, '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-29T12:00:00Z')
  })
})

describe('the next working day ends', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['the day after a Monday', 'UTC', '2026-11-30T15:00:00Z', '2026-12-02T00:00:00Z'],
    ['on Monday, for a Friday', 'UTC', '2026-12-04T23:59:59Z', '2026-12-08T00:00:00Z'],
    ['on Monday, for a Saturday', 'UTC', '2026-12-05T00:00:00Z', '2026-12-08T00:00:00Z'],
    ['on Monday, for a Sunday', 'UTC', '2026-12-06T12:00:00Z', '2026-12-08T00:00:00Z'],
    ['in the new year', 'UTC', '2026-12-31T10:00:00Z', '2027-01-02T00:00:00Z'],
    ['on a leap day', 'UTC', '2028-02-28T10:00:00Z', '2028-03-01T00:00:00Z'],
    [
      'by the day of the zone, which is ahead',
      'Europe/Berlin',
      '2026-11-30T23:30:00Z',
      '2026-12-02T23:00:00Z',
    ],
    [
      'by the day of the zone, which is behind',
      'America/New_York',
      '2026-12-05T03:00:00Z',
      '2026-12-08T05:00:00Z',
    ],
    ['past a summer time', 'Europe/Berlin', '2026-03-27T12:00:00Z', '2026-03-30T22:00:00Z'],
    ['past a winter time', 'Europe/Berlin', '2026-10-23T12:00:00Z', '2026-10-26T23:00:00Z'],
    // At midnight of 24 April 2026, a Friday, the clocks of Cairo go to one o'clock.
    [
      'with the first second of a day',
      'Africa/Cairo',
      '2026-04-22T10:00:00Z',
      '2026-04-23T22:00:00Z',
    ],
    [
      'where days begin by a half hour',
      'Asia/Kolkata',
      '2026-11-30T18:00:00Z',
      '2026-12-01T18:30:00Z',
    ],
    ['where a day was left out', 'Pacific/Apia', '2011-12-28T20:00:00Z', '2011-12-30T10:00:00Z'],
    ['at the date line', 'Pacific/Kiritimati', '2026-11-30T09:59:59Z', '2026-12-01T10:00:00Z'],
    ['at the other side of it', 'Pacific/Niue', '2026-11-30T10:59:59Z', '2026-12-01T11:00:00Z'],
  ]
  for (const [title, zone, from, expected] of cases) {
    test(`${title} (${zone})`, () => {
      assert.equal(due('next-working-day', from, zone), expected)
    })
  }
})

describe('the dates of a post-mortem', () => {
  const [rule = assert.fail()] = breakGlassPolicy().spec.breakGlass.rules
  const begun = { activatedAt: '2026-12-04T12:00:00Z' }

  test('are those of the rule at activation', () => {
    const terms = postMortemTerms(rule)
    assert.deepEqual(terms, { draftDue: '1d', reviewDue: 'next-working-day', timeZone: 'UTC' })
    assert.deepEqual(dueDates({ status: { ...begun, postMortemTerms: terms } }), {
      draft: '2026-12-05T12:00:00Z',
      review: '2026-12-08T00:00:00Z',
    })
  })

  test('are none before it begins, and none without terms', () => {
    assert.equal(dueDates({ status: begun }), undefined)
    assert.equal(dueDates({ status: { postMortemTerms: postMortemTerms(rule) } }), undefined)
    const odd = { draftDue: 'soon', reviewDue: '1d', timeZone: 'UTC' }
    assert.equal(dueDates({ status: { ...begun, postMortemTerms: odd } }), undefined)
  })
})
