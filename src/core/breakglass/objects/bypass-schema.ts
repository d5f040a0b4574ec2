import { z } from 'zod'
import { moment, shortText } from './leaves.ts'

export const bypassReasons = ['NotAsked', 'FailedOpen', 'Denied', 'Impersonated'] as const

/** So many are listed, and so many more are counted. */
export const mostListed = 100
export const mostCounted = 1000

export const bypass = z.strictObject({
  actor: shortText(1024).describe('who wrote, by the audit log of the API server'),
  from: moment().describe('begin of the hour'),
  to: moment().describe('its end'),
})

const write = z.strictObject({
  n: z.int().min(1).describe('number of the write, from 1'),
  auditId: shortText(128).describe('what the API server knows the request by'),
  time: moment().describe('when the API server received it'),
  verb: shortText(64).describe('of the request, such as `patch`'),
  resource: shortText(1024).describe('such as `deployments.apps/scale`'),
  namespace: shortText(512).describe('empty for what is cluster-scoped'),
  name: shortText(512).describe('empty for what the API server named, and for collections'),
  as: shortText(1024).exactOptional().describe('whom the actor impersonated'),
  code: z.int().describe('what the API server answered'),
  why: z
    .enum(bypassReasons)
    .describe(
      'NotAsked: nobody asked the webhook. FailedOpen: it did not answer, and the configuration let that pass. Denied: it was stored all the same. Impersonated: under the name of a writer, an exception or the control plane',
    ),
  sourceIps: z.array(shortText(128)).describe('where it came from, by the API server'),
})

export const writes = z.array(write).max(mostListed)

/** Digests of audit ids. */
export const moreWrites = z.array(shortText(16)).max(mostCounted - mostListed)
