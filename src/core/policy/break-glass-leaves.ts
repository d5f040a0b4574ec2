import { z } from 'zod'
import { parseTimestamp } from '../content/meaning/timestamp.ts'
import { parseDuration } from './duration.ts'
import { duration, text } from './leaves.ts'

/** Why a text cannot be the `iss` of tokens; undefined for a good one. */
export function whyNotIssuer(value: string): string | undefined {
  if (value.length > 512) return 'must be at most 512 characters'
  return /^https:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(value)
    ? undefined
    : 'must be an https:// URL without user, query and fragment, exactly as tokens have it'
}

export const issuerUrl = text(whyNotIssuer)

export const httpsUrl = text((value) =>
  /^https:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/.test(value)
    ? undefined
    : 'must be an https:// URL without user and fragment',
)

export const httpUrl = text((value) =>
  /^https?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/.test(value)
    ? undefined
    : 'must be an https:// or http:// URL without user and fragment',
)

/** A whole number between two others. */
export function count(lowest: number, highest: number) {
  return z
    .number()
    .superRefine((value, context) => {
      if (Number.isInteger(value) && value >= lowest && value <= highest) return
      const message = `must be a whole number from ${lowest} to ${highest}`
      context.addIssue({ code: 'custom', message })
    })
    .meta({ minimum: lowest, maximum: highest })
}

/** A duration above zero, and at most this long. */
export function durationUpTo(longest: string) {
  return duration.superRefine((value, context) => {
    if (value > 0 && value <= (parseDuration(longest) ?? 0)) return
    context.addIssue({ code: 'custom', message: `must be more than 0s and at most ${longest}` })
  })
}

const nextWorkingDay = 'next-working-day'

/** Milliseconds, or the end of the next working day. */
export const due = text((value) =>
  value === nextWorkingDay || parseDuration(value) !== undefined
    ? undefined
    : `must be a duration such as 24h, or ${nextWorkingDay}`,
).transform((value) => parseDuration(value) ?? nextWorkingDay)

/** Epoch ms; a date is the moment at which it begins, in UTC. */
export const moment = text((value) =>
  z.iso.date().safeParse(value).success || z.iso.datetime({ offset: true }).safeParse(value).success
    ? undefined
    : 'must be a date such as 2027-01-01, or a time such as 2027-01-01T12:00:00Z',
).transform((value) => {
  const time = parseTimestamp(value.includes('T') ? value : `${value}T00:00:00Z`)
  return Number((time ?? 0n) / 1_000_000n)
})

export const timeZone = text((value) => {
  try {
    Intl.DateTimeFormat('en', { timeZone: value })
    return undefined
  } catch {
    return 'must be a time zone such as Europe/Berlin'
  }
})

export const regularExpression = text((value) => {
  try {
    new RegExp(value, 'u')
    return undefined
  } catch {
    return 'must be a regular expression'
  }
})

const everybody: readonly string[] = ['system:authenticated', 'system:unauthenticated']

/** People who may do something in an emergency. */
export const people = text((value) => {
  if (value === '') return 'must not be empty'
  if (value.includes('*')) return 'must not contain a wildcard'
  if (everybody.includes(value)) return 'is everybody'
  return /^system:serviceaccounts(?::|$)/.test(value)
    ? 'is every service account of a cluster or namespace'
    : undefined
})
