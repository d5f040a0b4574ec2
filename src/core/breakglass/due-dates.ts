import { at, stringAt, type Json } from '../manifest/json.ts'
import { formatDuration, parseDuration } from '../policy/duration.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import { momentOf, momentText } from './moment.ts'

const nextWorkingDay = 'next-working-day'

/** Milliseconds, or until the end of the next working day. */
export type DueTerm = number | typeof nextWorkingDay

/** When a post-mortem is due, as the status of its grant and its own have it. */
export type DueDates = { readonly draft: string; readonly review: string }

/** What a rule wants afterwards, as the status of a grant keeps it: another policy does not change it. */
export type PostMortemTerms = {
  readonly draftDue: string
  readonly reviewDue: string
  readonly timeZone: string
}

export function postMortemTerms({ postMortem }: BreakGlassRule): PostMortemTerms {
  const { draftDue, reviewDue, timeZone } = postMortem
  return { draftDue: termText(draftDue), reviewDue: termText(reviewDue), timeZone }
}

/** Undefined for a grant of before there were terms, or one that never began. */
export function dueDates(grant: Json): DueDates | undefined {
  const terms = at(grant, 'status', 'postMortemTerms')
  const begun = momentOf(stringAt(grant, 'status', 'activatedAt'))
  const [draft, review] = [termOf(terms, 'draftDue'), termOf(terms, 'reviewDue')]
  const timeZone = stringAt(terms, 'timeZone')
  if (begun === undefined || draft === undefined || review === undefined) return undefined
  if (timeZone === undefined) return undefined
  const due = (term: DueTerm) => momentText(dueAt(term, begun, timeZone))
  return { draft: due(draft), review: due(review) }
}

/**
 * Epoch ms. Working days are Monday to Friday, as the clocks of the time zone have them: nobody here
 * knows of holidays. The day itself is not the next one.
 */
export function dueAt(term: DueTerm, from: number, timeZone: string): number {
  if (term !== nextWorkingDay) return from + term
  const today = localDay(from, timeZone)
  let next = today + 1
  while (!isWorkingDay(next)) next += 1
  return beginOf(next + 1, timeZone)
}

function termText(term: DueTerm): string {
  return term === nextWorkingDay ? term : formatDuration(term)
}

function termOf(terms: Json | undefined, key: string): DueTerm | undefined {
  const text = stringAt(terms, key) ?? ''
  return text === nextWorkingDay ? text : parseDuration(text)
}

const second = 1_000
const hour = 3_600 * second
const day = 24 * hour
/** No two clocks of the world are further apart, and none is ever put back by so much. */
const farthest = 30 * hour

/** The first of January 1970 was a Thursday. */
function isWorkingDay(days: number): boolean {
  const weekday = (((days + 4) % 7) + 7) % 7
  return weekday >= 1 && weekday <= 5
}

/** Days since 1970, as a calendar on the wall there counts them. */
function localDay(ms: number, timeZone: string): number {
  const part = partsOf(ms, timeZone)
  return daysFromCivil(part('year'), part('month'), part('day'))
}

/** The first second of a day, whatever the clocks do at midnight; epoch ms. */
function beginOf(days: number, timeZone: string): number {
  let before = days * day - farthest
  let after = days * day + farthest
  while (after - before > second) {
    const middle = Math.floor((before + after) / 2 / second) * second
    if (localDay(middle, timeZone) < days) before = middle
    else after = middle
  }
  return after
}

const formats = new Map<string, Intl.DateTimeFormat>()

function partsOf(ms: number, timeZone: string): (type: 'year' | 'month' | 'day') => number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
  formats.set(timeZone, format)
  const parts = format.formatToParts(ms)
  return (type) => Number(parts.find((one) => one.type === type)?.value)
}

/** Of the proleptic Gregorian calendar; years are counted from March, so that leap days come last. */
function daysFromCivil(year: number, month: number, dayOfMonth: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const monthFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + dayOfMonth - 1
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468
}
