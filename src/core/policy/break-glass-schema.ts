import { z } from 'zod'
import {
  count,
  due,
  durationUpTo,
  httpsUrl,
  httpUrl,
  issuerUrl,
  moment,
  people,
  regularExpression,
  timeZone,
} from './break-glass-leaves.ts'
import { scopeRowSchema } from './grant-scope-schema.ts'
import { jwksSchema } from './jwk-schema.ts'
import { absolutePath, name } from './leaves.ts'

const keyLimits = z.strictObject({
  kid: z.string().min(1).describe('which key'),
  users: z
    .array(people)
    .min(1)
    .exactOptional()
    .describe('exact usernames that its tokens may be for; all by default'),
  maxSession: durationUpTo('24h')
    .exactOptional()
    .describe('how long a grant from it may last, where the rule says more'),
  notAfter: moment
    .exactOptional()
    .describe('its tokens are refused from then on; a date begins at midnight UTC'),
})

const fiveMinutes = 300_000

const issuer = z
  .strictObject({
    name: name.describe('how records and messages name it'),
    issuer: issuerUrl.describe('the `iss` of its tokens, compared character by character'),
    jwksFile: absolutePath
      .exactOptional()
      .describe('file with its public keys; read again when it changes, the last good one is kept'),
    jwks: jwksSchema.exactOptional().describe('its public keys themselves'),
    jwksUrl: httpsUrl
      .exactOptional()
      .describe(
        'where its public keys are fetched, off the request path; the last good ones are kept',
      ),
    refresh: durationUpTo('24h')
      .exactOptional()
      .describe('how often, with `jwksUrl` only; `5m` by default'),
    keys: z.array(keyLimits).prefault([]).describe('limits of single keys'),
  })
  .transform((written) =>
    written.jwksUrl === undefined
      ? written
      : { ...written, refresh: written.refresh ?? fiveMinutes },
  )
  .describe('who signs tokens; exactly one of `jwksFile`, `jwks`, `jwksUrl`')

const bypass = z.strictObject({
  after: durationUpTo('24h').describe('how long approvals are waited for; less than `timeout`'),
  maxSession: durationUpTo('24h').describe('how long a grant lasts then'),
  maxUses: count(1, 100).describe('how many writes it admits then'),
})

const approvals = z.strictObject({
  required: count(0, 10).default(0).describe('how many other people have to approve'),
  groups: z.array(people).default([]).describe('who may: members of any of these groups'),
  timeout: durationUpTo('24h').prefault('15m').describe('how long a grant waits for them'),
  bypass: bypass
    .exactOptional()
    .describe(
      'what the holder may do alone when not enough of them have approved in a while; nothing by default',
    ),
})

const reason = z.strictObject({
  minLength: count(1, 500).default(15).describe('fewest characters of a reason'),
  incident: regularExpression
    .exactOptional()
    .describe('regular expression that the id of the incident has to match; any by default'),
})

const postMortem = z.strictObject({
  draftDue: due
    .prefault('24h')
    .describe('when it has to be written: a duration or `next-working-day`'),
  reviewDue: due
    .prefault('next-working-day')
    .describe('when it has to be reviewed: a duration or `next-working-day`'),
  timeZone: timeZone.default('UTC').describe('whose working days'),
})

const rule = z.strictObject({
  subjects: z
    .strictObject({
      groups: z.array(people).min(1).exactOptional().describe('members of any of these groups'),
      users: z.array(people).min(1).exactOptional().describe('exact usernames'),
    })
    .describe('who may activate tokens under this rule: the first rule that names a person counts'),
  maxScope: z
    .array(scopeRowSchema)
    .min(1)
    .exactOptional()
    .describe(
      "most that a grant covers, whatever the token says; the token's own scope by default",
    ),
  maxSession: durationUpTo('24h').prefault('1h').describe('how long a grant lasts at most'),
  maxUses: count(1, 100).default(50).describe('how many writes a grant admits at most'),
  approvals: approvals.prefault({}).describe('whose consent it takes'),
  reason: reason.prefault({}).describe('what a token has to say for itself'),
  reconcileHold: durationUpTo('4h')
    .prefault('30m')
    .describe('how long an engine is kept from undoing a use'),
  postMortem: postMortem.prefault({}).describe('what is due afterwards'),
})

export const sinkKinds = ['cloudevents', 'pagerduty', 'slack', 'file', 'kubernetes-event'] as const

const sink = z.strictObject({
  name: name.describe('how the status of grants names it'),
  kind: z.enum(sinkKinds).describe('what is told'),
  mandatory: z
    .boolean()
    .default(false)
    .describe('a grant is kept until it has all events, however long that takes'),
  url: httpUrl
    .exactOptional()
    .describe('where to send, for `cloudevents`; another service region, for `pagerduty`'),
  urlFile: absolutePath.exactOptional().describe('file with the webhook URL, for `slack`'),
  routingKeyFile: absolutePath
    .exactOptional()
    .describe('file with the integration key, for `pagerduty`'),
  path: absolutePath.exactOptional().describe('file to append to, for `file`'),
  caFile: absolutePath
    .exactOptional()
    .describe('file with further authorities that an https URL may have, for `cloudevents`'),
})

export const breakGlassSchema = z.strictObject({
  issuers: z.array(issuer).prefault([]).describe('whose tokens count'),
  rules: z.array(rule).prefault([]).describe('who may do what with them, for how long'),
  sinks: z.array(sink).prefault([]).describe('who is told'),
  lockdown: z
    .boolean()
    .default(false)
    .describe('true stops every grant from the next request on, and lets nobody make one'),
  annotationCarrier: z
    .boolean()
    .default(false)
    .describe(
      'whether a token may also come in the annotation `solewriter.dev/break-glass` of an object that is created or updated, where it stays',
    ),
})
