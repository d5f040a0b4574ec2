import { z } from 'zod'
import { moment, shortText } from './leaves.ts'

export const bypassReasons = ['NotAsked', 'FailedOpen', 'Denied', 'Impersonated'] as const

/** So many are listed, and so many more are counted. */
export const mostListed = 100
export const mostCounted = 1000

/** Characters; clients choose names, and the ids of their requests. */
export const longest = { id: 128, word: 64, who: 1024, resource: 1024, name: 512, address: 128 }

export const bypass = z.strictObject({
  actor: shortText(longest.who).describe('who wrote, by the audit log of the API server'),
  from: moment().describe('begin of the hour'),
  to: moment().describe('its end'),
})

const write = z.strictObject({
  n: z.int().min(1).describe('number of the write, from 1'),
  auditId: shortText(longest.id).describe('what the API server knows the request by'),
  time: moment().describe('when the API server received it'),
  verb: shortText(longest.word).describe('of the request, such as `patch`'),
  resource: shortText(longest.resource).describe('such as `deployments.apps/scale`'),
  namespace: shortText(longest.name).describe('empty for what is cluster-scoped'),
  name: shortText(longest.name).describe(
    'empty for what the API server named, and for collections',
  ),
  as: shortText(longest.who).exactOptional().describe('whom the actor impersonated'),
  code: z.int().describe('what the API server answered'),
  why: z
    .enum(bypassReasons)
    .describe(
      'NotAsked: nobody asked the webhook. FailedOpen: it did not answer, and the configuration let that pass. Denied: it was stored all the same. Impersonated: under the name of a writer, an exception or the control plane',
    ),
  sourceIps: z.array(shortText(longest.address)).describe('where it came from, by the API server'),
})

export const writes = z.array(write).max(mostListed)

/** Digests of what tells them apart. */
export const moreWrites = z.array(shortText(16)).max(mostCounted - mostListed)
